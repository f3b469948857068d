// The names of a cluster, checked, saved and moved while its meta node is stopped.

using System.Text.Json;
using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared;
using static AkkaDfs.Client.Tests.Files.ReadTests;

namespace AkkaDfs.Client.Tests.EndToEnd;

public sealed class MetaVerbTests
{
    [Fact]
    public async Task Names_are_verified_dumped_and_loaded_and_the_cluster_goes_on_with_them()
    {
        using var folder = new TemporaryFolder();
        var options = new DfsClusterOptions { ChunkServers = 3, DataFolder = folder.At("data"), Node = ClusterFixture.Node };
        var meta = Path.Combine(folder.At("data"), "meta");
        var content = Content(20_000, 1);
        await using (var cluster = await DfsCluster.StartAsync(options))
        {
            await WriteAsync(cluster.Client, "/a/f", content);
            var busy = await RealCli.RunAsync(cluster, "meta", "verify", "--data", meta);
            Assert.NotEqual(0, busy.ExitCode);
            Assert.Contains("in use by a running meta node", busy.Error, StringComparison.Ordinal);
        }

        var dump = folder.At("names.dump");
        using (var json = JsonDocument.Parse((await RunAsync("meta", "verify", "--data", meta, "--json")).Out))
        {
            Assert.Equal(1, json.RootElement.GetProperty("files").GetInt64());
            Assert.Equal(3, json.RootElement.GetProperty("servers").GetInt32());
            Assert.Equal(0, json.RootElement.GetProperty("findings").GetArrayLength());
        }

        Assert.Contains("1 file", (await RunAsync("meta", "dump", dump, "--data", meta)).Out, StringComparison.Ordinal);
        Assert.NotEqual(0, (await RealCli.RunAsync((IDfsClient?)null, "meta", "dump", dump, "--data", meta)).ExitCode);
        Assert.NotEqual(0, (await RealCli.RunAsync((IDfsClient?)null, "meta", "load", dump, "--data", meta)).ExitCode);
        Directory.Move(meta, folder.At("aside"));
        await RunAsync("meta", "load", dump, "--data", meta);
        await using var again = await DfsCluster.StartAsync(options);
        Assert.Equal(content, await ReadAllAsync(again.Client, "/a/f"));
        await WriteAsync(again.Client, "/b", content);
        Assert.Equal(0, (await RealCli.RunAsync(again, "fsck")).ExitCode);
    }

    [Fact]
    public async Task Where_there_is_nothing_that_is_said()
    {
        using var folder = new TemporaryFolder();
        var nothing = await RealCli.RunAsync((IDfsClient?)null, "meta", "verify", "--data", folder.At("none"));
        Assert.Equal(3, nothing.ExitCode);
        await File.WriteAllTextAsync(folder.At("x"), "no dump at all");
        var damaged = await RealCli.RunAsync((IDfsClient?)null, "meta", "load", folder.At("x"), "--data", folder.At("new"));
        Assert.NotEqual(0, damaged.ExitCode);
        Assert.Contains("damaged at offset 0", damaged.Error, StringComparison.Ordinal);
    }

    private static async Task<CliResult> RunAsync(params string[] args)
    {
        var result = await RealCli.RunAsync((IDfsClient?)null, args);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }
}
