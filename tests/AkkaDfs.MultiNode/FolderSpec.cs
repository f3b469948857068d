// A real folder and a large file go in through the dfs command and come back bit by bit, before and after a restart of everything.

using AkkaDfs.MultiNode.Cluster;
using AkkaDfs.Testing.Nodes;
using Xunit;

namespace AkkaDfs.MultiNode;

public sealed class FolderSpec
{
    private const int Files = 1100;
    private const long LargeBytes = (512L << 20) + 12_345;

    [Fact]
    public async Task S5_03_04_A_folder_of_real_files_and_a_large_file_come_back_equal_also_after_a_restart_of_the_whole_cluster()
    {
        await using var cluster = await ProcessCluster.StartAsync(7);
        var source = Path.Combine(cluster.Folder, "source");
        RealFiles.CopySdk(source, Files);
        RealFiles.MakeLarge(Path.Combine(source, "large.bin"), LargeBytes, seed: 5);
        var expected = RealFiles.Hashes(source);
        Assert.True(expected.Count > 1000, $"only {expected.Count} files");

        await DfsAsync(cluster, "put", "-r", source, "/store");
        await FetchAndCompareAsync(cluster, "first", expected);

        await cluster.StopAllAsync();
        await cluster.StartAllAsync();
        await FetchAndCompareAsync(cluster, "second", expected);

        await cluster.KillAllAsync();
        await cluster.StartAllAsync();
        await FetchAndCompareAsync(cluster, "third", expected);
    }

    private static async Task FetchAndCompareAsync(ProcessCluster cluster, string name, SortedDictionary<string, string> expected)
    {
        var target = Path.Combine(cluster.Folder, name);
        await DfsAsync(cluster, "get", "-r", "/store", target);
        Assert.Equal(expected, RealFiles.Hashes(target));
        Directory.Delete(target, recursive: true);
    }

    private static async Task DfsAsync(ProcessCluster cluster, params string[] arguments)
    {
        await using var process = NodeProcess.StartDotnet("dfs", ProcessCluster.Program("dfs.dll"), [.. arguments, "--seed", cluster.Seed]);
        Assert.True(await process.WaitForExitAsync() == 0, $"dfs {string.Join(' ', arguments)}: {process.Output}");
    }
}
