// Rows of the requirements that ask for a property of the whole cluster rather than of one operation.

using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;
using AkkaDfs.Testing.Nodes;
using static AkkaDfs.Client.Tests.Files.ReadTests;

namespace AkkaDfs.Client.Tests.EndToEnd;

[Collection(ClusterCollection.Name)]
public sealed class RowTests(ClusterFixture fixture)
{
    private static readonly CreateOptions Classroom = new() { Layout = new FileLayout(ChunkSizeBytes: 8192) };

    private DfsCluster Cluster => fixture.Cluster;

    private IDfsClient Client => fixture.Cluster.Client;

    [Fact]
    public async Task S1_15_16_Three_replicas_on_three_servers_are_equal_from_the_first_acknowledged_byte_on()
    {
        await using var file = await Client.CreateAsync("/s1-15", Classroom);
        for (var i = 0; i < 8; i++)
        {
            await file.RecordAppendAsync(Content(2000, i));
            var chunks = (await Client.GetChunksAsync("/s1-15")).Chunks;
            foreach (var chunk in chunks)
            {
                Assert.Equal(3, chunk.Replicas.Select(r => r.Server).Distinct().Count());

                // What is acknowledged is in all three files, to be seen by anybody, before anything else is written.
                Assert.Single(chunk.Replicas.Select(r => Convert.ToHexString(File.ReadAllBytes(r.Path))).Distinct());
            }
        }
    }

    [Fact]
    public async Task S1_22_No_server_holds_two_replicas_of_a_chunk()
    {
        await WriteAsync(Client, "/s1-22", Content(50_000, 22));
        await using (var stream = await Client.OpenWriteAsync("/s1-22-small", Classroom))
        {
            await stream.WriteAsync(Content(300_000, 23));
        }

        await foreach (var chunk in Client.TrackAsync("/").GroupByChunkAsync())
        {
            Assert.Equal(chunk.Count(), chunk.Select(r => r.Server).Distinct().Count());
        }
    }

    [Fact]
    public async Task S3_01_Meta_and_chunk_servers_serve_many_requests_at_once()
    {
        const int Callers = 64;
        await Client.MakeDirectoryAsync("/s3-01");
        var all = new Barrier(Callers);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Factory.StartNew(
            async () =>
            {
                all.SignalAndWait();
                await WriteAsync(Client, $"/s3-01/{i}", Content(10_000, i));
                Assert.Equal(Content(10_000, i), await ReadAllAsync(Client, $"/s3-01/{i}"));
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap()));
        var names = new List<string>();
        await foreach (var entry in Client.ListAsync("/s3-01"))
        {
            names.Add(entry.Name);
        }

        Assert.Equal(Enumerable.Range(0, Callers).Select(i => $"{i}").Order(StringComparer.Ordinal), names);
    }

    [Fact]
    public async Task S3_04_File_bytes_travel_over_plain_TCP()
    {
        var content = Content(100_000, 4);
        await WriteAsync(Client, "/s3-04", content);
        var transport = new CountingTransport();
        await using var plain = new DataPlaneClient(new DataPlaneOptions { Transport = transport });
        var chunk = Assert.Single((await Client.GetChunksAsync("/s3-04")).Chunks);
        foreach (var replica in chunk.Replicas)
        {
            var bytes = new byte[content.Length];
            var before = transport.ReceivedBytes;
            var read = await plain.ReadAsync(
                replica.Endpoint, new ReadOp(chunk.Chunk, chunk.Generation, replica.Server, new ByteRange(0, bytes.Length)), bytes, CancellationToken.None);
            Assert.Equal(content.Length, read.Value.BytesRead);
            Assert.Equal(content, bytes);

            // The bytes themselves, and little else, came through the socket.
            Assert.InRange(transport.ReceivedBytes - before, content.Length, content.Length + 2000);
        }
    }

    [Fact]
    public async Task S3_18_A_large_binary_comes_back_bit_identical_by_parts_and_as_a_whole()
    {
        var content = Content(30_000_001, 18);
        await WriteAsync(Client, "/s3-18.mp4", content);
        Assert.Equal(content, await ReadAllAsync(Client, "/s3-18.mp4"));
        foreach (var (from, length) in new[] { (0, 1), (29_999_999, 2), (12_345_678, 4_000_000), (16_383, 16_386) })
        {
            var part = new byte[length];
            Assert.Equal(length, await Client.ReadAsync("/s3-18.mp4", from, part));
            Assert.Equal(content.AsSpan(from, length).ToArray(), part);
        }
    }

    [Fact]
    public async Task S5_02_A_chunk_server_takes_its_port_as_an_argument()
    {
        using var folder = new TemporaryFolder();
        await using var own = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 1, Node = ClusterFixture.Node });
        var port = FreePort();
        await using var node = NodeProcess.StartDotnet(
            "chunk",
            Path.Combine(AppContext.BaseDirectory, "AkkaDfs.Chunk.dll"),
            "--port", $"{port}", "--seed", own.Seeds[0], "--data", folder.At("data"));
        await node.WaitForLineAsync($"^ready: chunk 127.0.0.1:{port} ");
        await Eventually.AssertAsync(() =>
            Assert.Contains(own.Client.GetClusterAsync().GetAwaiter().GetResult().Servers, s => s.ControlAddress == $"127.0.0.1:{port}" && s.State == ServerState.Alive));
    }

    private static int FreePort()
    {
        using var listener = TcpTransport.Instance.Listen("127.0.0.1", 0);
        return listener.Endpoint.Port;
    }
}

public sealed class LivenessRowTests
{
    [Fact]
    public async Task S3_05_With_a_heartbeat_every_second_the_alive_column_flips_and_flips_back()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions
        {
            ChunkServers = 3,
            DataFolder = folder.At("data"),
            Node = ClusterFixture.Node with { Overrides = [.. ClusterFixture.Node.Overrides, "dfs.cluster.heartbeat-interval=1s"] },
        });
        await WriteAsync(cluster.Client, "/f", Content(1000, 5));
        await AliveAsync(cluster, 3);
        await cluster.StopServerAsync(2);
        await AliveAsync(cluster, 2);
        await cluster.StartServerAsync(2);
        await AliveAsync(cluster, 3);
    }

    private static Task AliveAsync(DfsCluster cluster, int alive) => Eventually.AssertAsync(()
        => Assert.Equal(alive, cluster.Client.TrackAsync("/f").ToBlockingEnumerable().Count(r => r.Alive)));
}

internal static class TrackerRows
{
    public static async IAsyncEnumerable<IGrouping<ChunkId, MetaProtocol.TrackerRow>> GroupByChunkAsync(this IAsyncEnumerable<MetaProtocol.TrackerRow> rows)
    {
        var all = new List<MetaProtocol.TrackerRow>();
        await foreach (var row in rows)
        {
            all.Add(row);
        }

        foreach (var chunk in all.GroupBy(r => r.Chunk))
        {
            yield return chunk;
        }
    }
}

// Real sockets, with what they receive counted.
internal sealed class CountingTransport : IDataTransport
{
    private long _received;

    public long ReceivedBytes => Interlocked.Read(ref _received);

    public IDataListener Listen(string host, int port) => TcpTransport.Instance.Listen(host, port);

    public async ValueTask<IDataStream> ConnectAsync(DataEndpoint endpoint, CancellationToken cancellationToken)
        => new Stream(this, await TcpTransport.Instance.ConnectAsync(endpoint, cancellationToken));

    private sealed class Stream(CountingTransport owner, IDataStream inner) : IDataStream
    {
        public string Remote => inner.Remote;

        public async ValueTask<int> ReceiveAsync(Memory<byte> destination)
        {
            var received = await inner.ReceiveAsync(destination);
            Interlocked.Add(ref owner._received, received);
            return received;
        }

        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => inner.SendAsync(bytes);

        public void Abort() => inner.Abort();
    }
}
