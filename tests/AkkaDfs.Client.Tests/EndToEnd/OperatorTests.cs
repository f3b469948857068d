// What an operator does with a running cluster: takes servers away, stops them for a while, looks how far it is.

using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using static AkkaDfs.Client.Tests.Files.ReadTests;

namespace AkkaDfs.Client.Tests.EndToEnd;

public sealed class OperatorTests
{
    private static readonly FileLayout Small = new(ChunkSizeBytes: 8192);

    [Fact]
    public async Task A_server_is_drained_while_a_file_is_written_and_is_missed_by_nobody_when_it_goes()
    {
        using var folder = new TemporaryFolder();
        var options = new DfsClusterOptions { ChunkServers = 4, DataFolder = folder.At("data"), Node = ClusterFixture.Node };
        await using var cluster = await DfsCluster.StartAsync(options);
        var content = Content(300_000, 1);
        await WriteAsync(cluster.Client, "/kept", content, Small);
        using var done = new CancellationTokenSource();
        await using var file = await cluster.Client.CreateAsync("/open", new CreateOptions { Layout = new FileLayout(ChunkSizeBytes: 65536) });
        var appending = AppendUntilAsync(file, done.Token);

        // Its number is in the order of registration, not that of its folder.
        var first = (await cluster.Client.GetChunksAsync("/kept")).Chunks[0].Replicas[0].Server;
        var said = await RealCli.RunAsync(cluster, "drain", $"{first}");
        Assert.Equal(0, said.ExitCode);
        Assert.Matches($"^Server {first} is (draining, [0-9,]+ chunks? left.*|drained and can be stopped)\\.", said.Out);
        said = await RealCli.RunAsync(cluster, "drain", $"{first}", "--wait", "--timeout", "2m");
        Assert.Equal($"Server {first} is drained and can be stopped.", said.Out.Trim());
        Assert.Contains("drained and can be stopped", (await RealCli.RunAsync(cluster, "nodes")).Out, StringComparison.Ordinal);
        var number = cluster.RunningServers.Single(n => cluster.AddressOf(n) == ServerOf(cluster, first).ControlAddress);
        Assert.Empty(Directory.EnumerateFiles(folder.At($"data/server-{number}/chunks"), "*.dat", SearchOption.AllDirectories));
        await done.CancelAsync();
        var appended = await appending;
        Assert.NotEqual(0, appended);

        var copies = (await cluster.Client.GetClusterAsync()).CopiesDone;
        await cluster.StopServerAsync(number);
        await Eventually.AssertAsync(() => Assert.Equal(ServerState.Dead, ServerOf(cluster, first).State));
        var status = await cluster.Client.GetClusterAsync();
        Assert.Equal((0L, 0L, copies), (status.UnderReplicated, status.Missing, status.CopiesDone));
        Assert.Equal(content, await ReadAllAsync(cluster.Client, "/kept"));
        var records = await ReadAllAsync(cluster.Client, "/open");
        Assert.Equal(appended, records.Chunk(65536).Sum(c => c.Chunk(1000).Count(r => r[0] == 1)));
    }

    [Fact]
    public async Task A_server_stopped_on_purpose_starts_no_storm()
    {
        using var folder = new TemporaryFolder();
        var options = new DfsClusterOptions { ChunkServers = 5, DataFolder = folder.At("data"), Node = ClusterFixture.Node };
        await using var cluster = await DfsCluster.StartAsync(options);
        var content = Content(300_000, 2);
        await WriteAsync(cluster.Client, "/f", content, Small);
        var id = (await cluster.Client.GetChunksAsync("/f")).Chunks[0].Replicas[0].Server;
        var number = cluster.RunningServers.Single(n => cluster.AddressOf(n) == ServerOf(cluster, id).ControlAddress);
        var said = await RealCli.RunAsync(cluster, "maintenance", $"{id}", "--for", "10m");
        Assert.StartsWith($"Server {id} is in maintenance for ", said.Out, StringComparison.Ordinal);
        await cluster.StopServerAsync(number);
        await Eventually.AssertAsync(() => Assert.False(ServerOf(cluster, id).IsAlive));
        Assert.Equal(content, await ReadAllAsync(cluster.Client, "/f"));
        var status = await cluster.Client.GetClusterAsync();
        Assert.NotEqual(0, status.UnderReplicated);
        Assert.Equal((0L, 0, 0L), (status.CopiesQueued, status.CopiesInFlight, status.CopiesDone));
        Assert.Contains("servers in maintenance", (await RealCli.RunAsync(cluster, "explain", "/f")).Out, StringComparison.Ordinal);

        await cluster.StartServerAsync(number);
        await Eventually.AssertAsync(() => Assert.Equal(0, cluster.Client.GetClusterAsync().GetAwaiter().GetResult().UnderReplicated));
        said = await RealCli.RunAsync(cluster, "maintenance", $"{id}", "--end");
        Assert.Equal($"Server {id} is alive.", said.Out.Trim());
        Assert.Equal(0, (await cluster.Client.GetClusterAsync()).CopiesDone);
        Assert.Equal(content, await ReadAllAsync(cluster.Client, "/f"));
    }

    [Fact]
    public async Task Servers_that_stop_one_after_the_other_hand_a_chunk_under_write_on_and_its_writer_sees_no_error()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await DfsCluster.StartAsync(
            new DfsClusterOptions { ChunkServers = 5, DataFolder = folder.At("data"), Node = ClusterFixture.Node });
        using var done = new CancellationTokenSource();
        await using var file = await cluster.Client.CreateAsync("/open", new CreateOptions { Layout = new FileLayout(ChunkSizeBytes: 1 << 30) });
        var appending = AppendUntilAsync(file, done.Token);
        for (var round = 0; round < 3; round++)
        {
            await Eventually.AssertAsync(() => Assert.Equal(3, LiveReplicas(cluster, "/open").Count));
            var primary = LiveReplicas(cluster, "/open")[0];
            var number = cluster.RunningServers.Single(n => cluster.AddressOf(n) == ServerOf(cluster, primary).ControlAddress);
            await cluster.StopServerAsync(number);
            Assert.False(appending.IsCompleted);
            await cluster.StartServerAsync(number);
        }

        await done.CancelAsync();
        var records = await appending;
        var bytes = await ReadAllAsync(cluster.Client, "/open");
        Assert.Equal(records, bytes.Chunk(1000).Count(r => r[0] == 1));
    }

    [Fact]
    public async Task A_cluster_that_is_stopped_as_a_whole_while_files_are_open_needs_no_copies_when_it_is_back()
    {
        using var folder = new TemporaryFolder();
        var options = new DfsClusterOptions { ChunkServers = 5, DataFolder = folder.At("data"), Node = ClusterFixture.Node };
        var record = Content(1000, 6);
        await using (var first = await DfsCluster.StartAsync(options))
        {
            for (var i = 0; i < 10; i++)
            {
                await using var file = await first.Client.CreateAsync($"/open{i}");
                await file.RecordAppendAsync(record);
            }
        }

        await using var second = await DfsCluster.StartAsync(options with { ChunkServers = 0 });
        await Eventually.AssertAsync(() => Assert.Equal(10, second.Client.GetClusterAsync().GetAwaiter().GetResult().FullyReplicated));
        Assert.Equal(0, (await second.Client.GetClusterAsync()).CopiesDone);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(record, await ReadAllAsync(second.Client, $"/open{i}"));
        }
    }

    [Fact]
    public async Task Three_servers_go_on_with_two_say_why_and_are_whole_when_another_comes()
    {
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 3, Node = ClusterFixture.Node });
        var content = Content(100_000, 3);
        await WriteAsync(cluster.Client, "/f", content, Small);
        await cluster.StopServerAsync(3);
        await cluster.Client.AppendAsync("/f", new byte[50_000]);
        byte[] expected = [.. content, .. new byte[50_000]];
        Assert.Equal(expected, await ReadAllAsync(cluster.Client, "/f"));
        await Eventually.AssertAsync(() => Assert.Contains(
            "no server can take a copy", RealCli.RunAsync(cluster, "explain", "/f").GetAwaiter().GetResult().Out, StringComparison.Ordinal));
        Assert.Contains("no-target", (await RealCli.RunAsync(cluster, "fsck")).Out, StringComparison.Ordinal);
        await Eventually.AssertAsync(() =>
        {
            // Chunks that were under write when the server left are settled first.
            var said = RealCli.RunAsync(cluster, "fsck", "--repair").GetAwaiter().GetResult();
            Assert.Equal(9, said.ExitCode);
            Assert.Contains("nothing can be done now (no-target)", said.Out, StringComparison.Ordinal);
            Assert.Contains("0 repairs begun.", said.Out, StringComparison.Ordinal);
        });
        await cluster.StartServerAsync(4);
        await Eventually.AssertAsync(() => Assert.Equal(0, cluster.Client.GetClusterAsync().GetAwaiter().GetResult().UnderReplicated));
        Assert.Equal(0, (await RealCli.RunAsync(cluster, "fsck", "--repair")).ExitCode);
    }

    [Fact]
    public async Task Nodes_show_how_far_the_scrub_is_and_what_it_found()
    {
        using var folder = new TemporaryFolder();
        var options = new DfsClusterOptions { ChunkServers = 3, DataFolder = folder.At("data"), Node = ClusterFixture.Node };
        var content = Content(200_000, 5);
        await using (var first = await DfsCluster.StartAsync(options))
        {
            await WriteAsync(first.Client, "/f", content, Small);
            Assert.Equal(0, (await RealCli.RunAsync(first, "corrupt", "/f")).ExitCode);
        }

        var scrubbed = options with { Node = options.Node with { Overrides = [.. options.Node.Overrides, "dfs.node.chunk.scrub-rate=64 MiB"] } };
        await using var cluster = await DfsCluster.StartAsync(scrubbed);
        await Eventually.AssertAsync(() =>
        {
            var servers = cluster.Client.GetClusterAsync().GetAwaiter().GetResult().Servers;
            Assert.All(servers, s => Assert.True(s.Scrub.Passes > 0));
            Assert.Contains(servers, s => s.Scrub.LastPassBadBlocks + s.Scrub.PassBadBlocks > 0);
        });
        Assert.Matches("\"passes\": [1-9]", (await RealCli.RunAsync(cluster, "nodes", "--json")).Out);
        Assert.Matches("ago|%", (await RealCli.RunAsync(cluster, "nodes")).Out);
        Assert.Equal(content, await ReadAllAsync(cluster.Client, "/f"));
    }

    private static List<ServerId> LiveReplicas(DfsCluster cluster, string path)
        => [.. cluster.Client.GetChunksAsync(path).GetAwaiter().GetResult().Chunks.SelectMany(c => c.Replicas).Where(r => r.State == ReplicaState.Live).Select(r => r.Server)];

    private static async Task<int> AppendUntilAsync(DfsFile file, CancellationToken done)
    {
        var record = Content(1000, 9);
        record[0] = 1;
        var count = 0;
        while (!done.IsCancellationRequested)
        {
            await file.RecordAppendAsync(record, cancellationToken: CancellationToken.None);
            count++;
        }

        return count;
    }

    private static async Task WriteAsync(IDfsClient client, string path, byte[] content, FileLayout layout)
    {
        await using var stream = await client.OpenWriteAsync(path, new CreateOptions { Layout = layout });
        await stream.WriteAsync(content);
    }

    private static ServerStatus ServerOf(DfsCluster cluster, ServerId id)
        => cluster.Client.GetClusterAsync().GetAwaiter().GetResult().Servers.Single(s => s.Server == id);
}
