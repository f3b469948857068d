// The operation log as its readers see it.

using System.Text.Json;
using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared;
using static AkkaDfs.Client.Tests.Files.ReadTests;

namespace AkkaDfs.Client.Tests.EndToEnd;

public sealed class LogTests
{
    [Fact]
    public async Task S5_10_11_The_operation_log_tells_what_happened_to_which_path_also_after_a_restart()
    {
        using var folder = new TemporaryFolder();
        var options = new DfsClusterOptions { ChunkServers = 3, DataFolder = folder.At("data"), Node = ClusterFixture.Node };
        await using (var first = await DfsCluster.StartAsync(options))
        {
            await first.Client.MakeDirectoryAsync("/a");
            await WriteAsync(first.Client, "/a/f", Content(20_000, 1));
            await first.Client.RenameAsync("/a/f", "/a/g");
            await first.Client.RemoveAsync("/a/g");
            await WriteAsync(first.Client, "/b", Content(1000, 1));
        }

        await using var cluster = await DfsCluster.StartAsync(options);
        var all = await cluster.Client.GetLogAsync();
        Assert.False(all.HasEarlier);
        Assert.Equal("formed", all.Entries[0].Kind);
        Assert.Equal(2, all.Entries.Count(e => e.Kind == "epoch"));
        Assert.True(all.Entries.Zip(all.Entries.Skip(1)).All(p => p.First.Position <= p.Second.Position && p.First.AtUnixNs <= p.Second.AtUnixNs));

        var below = await cluster.Client.GetLogAsync("/a");
        Assert.All(below.Entries, e => Assert.StartsWith("/a", e.Path, StringComparison.Ordinal));
        Assert.Equal(["create", "create", "allocate"], below.Entries.Take(3).Select(e => e.Kind));
        Assert.Contains(below.Entries, e => e is { Kind: "move", Path: "/a/f", OtherPath: "/a/g" });
        Assert.Equal(("remove", "/a/g"), (below.Entries[^1].Kind, below.Entries[^1].Path));

        var newest = await cluster.Client.GetLogAsync("/a", limit: 2);
        Assert.True(newest.HasEarlier);
        Assert.Equal(below.Entries.TakeLast(2), newest.Entries);
        var since = await cluster.Client.GetLogAsync("/a", JsonTimeOf(below.Entries[^1].AtUnixNs));
        Assert.Equal(below.Entries[^1], Assert.Single(since.Entries));
        Assert.Empty((await cluster.Client.GetLogAsync("/nothing")).Entries);
        var error = await Assert.ThrowsAsync<DfsException>(() => cluster.Client.GetLogAsync(limit: 0));
        Assert.Equal(DfsErrorCode.InvalidArgument, error.Code);

        Assert.Contains("move        /a/f -> /a/g", (await RealCli.RunAsync(cluster, "log", "/a")).Out, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await RealCli.RunAsync(cluster, "log", "/a", "--since", "1h", "--json")).Out);
        Assert.Equal(below.Entries.Count, json.RootElement.GetProperty("entries").GetArrayLength());
        Assert.Equal(2, (await RealCli.RunAsync(cluster, "log", "--since", "soon")).ExitCode);
    }

    private static DateTimeOffset JsonTimeOf(long unixNs) => DateTimeOffset.UnixEpoch.AddTicks(unixNs / 100);
}
