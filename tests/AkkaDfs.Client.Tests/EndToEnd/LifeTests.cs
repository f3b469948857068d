// Clusters that stop and start, and servers that come and go.

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Shared.Protocol;
using static AkkaDfs.Client.Tests.Files.ReadTests;

namespace AkkaDfs.Client.Tests.EndToEnd;

public sealed class LifeTests
{
    private static NodeOptions RejoiningSoon { get; } =
        ClusterFixture.Node with { Overrides = [.. ClusterFixture.Node.Overrides, "dfs.node.chunk.rejoin-after=1s"] };

    [Fact]
    public async Task S1_05_What_was_stored_is_there_after_a_restart_of_the_whole_cluster()
    {
        using var folder = new TemporaryFolder();
        var options = new DfsClusterOptions { ChunkServers = 4, DataFolder = folder.At("data"), Node = ClusterFixture.Node };
        var content = Content(500_000, 1);
        await using (var first = await DfsCluster.StartAsync(options))
        {
            await WriteAsync(first.Client, "/kept/file", content);
            await first.Client.MakeDirectoryAsync("/empty");
            await (await first.Client.CreateAsync("/closed-empty")).DisposeAsync();
            _ = await first.Client.CreateAsync("/open-empty");
        }

        await using var second = await DfsCluster.StartAsync(options with { ChunkServers = 0 });
        Assert.Equal([1, 2, 3, 4], second.RunningServers);
        Assert.Equal(content, await ReadAllAsync(second.Client, "/kept/file"));
        Assert.Equal(NodeKind.Directory, (await second.Client.StatAsync("/empty")).Kind);
        await second.Client.AppendAsync("/kept/file", new byte[10]);
        Assert.Equal(0, (await second.Client.StatAsync("/closed-empty")).LengthBytes);
        Assert.Equal(0, (await second.Client.StatAsync("/open-empty")).LengthBytes);
        Assert.Equal(0, await second.Client.AppendAsync("/open-empty", new byte[10]));
        Assert.Equal(500_010, (await second.Client.StatAsync("/kept/file")).LengthBytes);
    }

    [Fact]
    public async Task S1_20_A_server_that_stops_is_replaced_and_reads_and_writes_go_on()
    {
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 5, Node = ClusterFixture.Node });
        var layout = new FileLayout(ChunkSizeBytes: 8192);
        var content = Content(200_000, 2);
        await using (var stream = await cluster.Client.OpenWriteAsync("/f", new CreateOptions { Layout = layout }))
        {
            await stream.WriteAsync(content);
        }

        await cluster.StopServerAsync(2);
        Assert.Equal(content, await ReadAllAsync(cluster.Client, "/f"));
        await cluster.Client.AppendAsync("/f", new byte[20_000]);
        await Eventually.AssertAsync(() =>
        {
            var status = cluster.Client.GetClusterAsync().GetAwaiter().GetResult();
            Assert.Equal((4, 0L, 0L), (status.Servers.Count(s => s.State == ServerState.Alive), status.UnderReplicated, status.Missing));
        });
        var chunks = (await cluster.Client.GetChunksAsync("/f")).Chunks;
        Assert.All(chunks, c => Assert.Equal(3, c.Replicas.Where(r => r.State == ReplicaState.Live).Select(r => r.Server).Distinct().Count()));
        byte[] expected = [.. content, .. new byte[20_000]];
        Assert.Equal(expected, await ReadAllAsync(cluster.Client, "/f"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_port_that_is_taken_is_named_in_a_typed_error(bool isForData)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var options = isForData
            ? new DfsClusterOptions { ChunkServers = 1, Node = ClusterFixture.Node with { DataPort = port } }
            : new DfsClusterOptions { ChunkServers = 1, Port = port, Node = ClusterFixture.Node };
        var error = await Assert.ThrowsAsync<DfsException>(() => DfsCluster.StartAsync(options));
        Assert.Equal(DfsErrorCode.AddressUnavailable, error.Code);
        Assert.Contains(port.ToString(CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_its_cluster_has_removed_starts_again_by_itself()
    {
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 3, Node = RejoiningSoon });
        var content = Content(100_000, 3);
        await WriteAsync(cluster.Client, "/f", content);
        foreach (var node in cluster.NodesInProcess)
        {
            var before = node.System;
            var self = Akka.Cluster.Cluster.Get(before);
            self.Down(self.SelfAddress);
            await before.WhenTerminated;
            await Eventually.AssertAsync(() =>
            {
                Assert.NotSame(before, node.System);
                Assert.Equal(3, cluster.Client.GetClusterAsync().GetAwaiter().GetResult().Servers.Count(s => s.State == ServerState.Alive));
            });
        }

        Assert.Equal(content, await ReadAllAsync(cluster.Client, "/f"));
        await cluster.Client.AppendAsync("/f", new byte[10]);
    }

    [Fact]
    public async Task Chunk_servers_find_a_meta_that_started_again_in_a_cluster_of_its_own()
    {
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions
        {
            ChunkServers = 3,
            Node = RejoiningSoon,
        });
        var content = Content(100_000, 4);
        await WriteAsync(cluster.Client, "/f", content);

        // The others agree that meta is no member any more, and go on without it.
        var meta = cluster.NodesInProcess.First();
        var before = meta.System;
        Akka.Cluster.Cluster.Get(cluster.NodesInProcess.Last().System).Down(Akka.Cluster.Cluster.Get(before).SelfAddress);
        await before.WhenTerminated;
        await Eventually.AssertAsync(() =>
        {
            Assert.NotSame(before, meta.System);
            Assert.Equal(4, Akka.Cluster.Cluster.Get(meta.System).State.Members.Count(m => m.Status == Akka.Cluster.MemberStatus.Up));
            Assert.Equal(3, cluster.Client.GetClusterAsync().GetAwaiter().GetResult().Servers.Count(s => s.State == ServerState.Alive));
        });
        Assert.Equal(content, await ReadAllAsync(cluster.Client, "/f"));
    }
}
