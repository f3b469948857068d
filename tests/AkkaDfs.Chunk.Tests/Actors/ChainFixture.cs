// A few chunk servers in one actor system, over real sockets on the loopback address and real files in a temporary folder, with
// a scripted meta and a client of the data plane.

using System.Security.Cryptography;
using Akka.Actor;
using Akka.Configuration;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Tests.Actors;

internal sealed class ChainFixture : IAsyncDisposable
{
    /// <summary>Disk threads of each server.</summary>
    public const int DiskThreads = 2;

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("dfs-chain-").FullName;
    private readonly ActorSystem _system;
    private readonly IActorRef _meta;
    private readonly ChunkSettings _settings;
    private readonly Guid _client = Guid.NewGuid();
    private ulong _lastChunk;
    private long _lastOperation;
    private int _starts;

    private ChainFixture(ChunkSettings settings)
    {
        _settings = settings;
        _system = ActorSystem.Create("chain", ConfigurationFactory.ParseString($$"""
            akka.loglevel = {{System.Environment.GetEnvironmentVariable("DFS_TEST_LOGLEVEL") ?? "WARNING"}}
            akka.stdout-loglevel = OFF
            akka.actor.disk-dispatcher {
              type = ForkJoinDispatcher
              throughput = 16
              dedicated-thread-pool.thread-count = 12
            }
            """));
        _meta = _system.ActorOf(Meta.Props(), "meta");
        Client = NewClient(TcpTransport.Instance);
    }

    public FakeMeta Meta { get; } = new();

    public List<TestServer> Servers { get; } = [];

    public DataPlaneClient Client { get; }

    public static async Task<ChainFixture> StartAsync(int servers = 3, ChunkSettings? settings = null)
    {
        var fixture = new ChainFixture((settings ?? new ChunkSettings()) with { DiskThreads = DiskThreads, AllowDrills = true });
        for (var i = 0; i < servers; i++)
        {
            fixture.Servers.Add(new TestServer(i, Path.Combine(fixture._folder, $"server-{i}")));
            await fixture.StartAsync(i);
        }

        return fixture;
    }

    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (!condition())
        {
            Assert.False(timeout.IsCancellationRequested, $"not in time: {what}");
            await Task.Delay(5);
        }
    }

    public DataPlaneClient NewClient(IDataTransport transport) => new(new DataPlaneOptions { Transport = transport });

    /// <summary>Starts a server in its folder, and waits until it may serve.</summary>
    public async Task StartAsync(int index)
    {
        var server = Servers[index];
        var settings = new NodeSettings { Chunk = _settings with { Folders = [server.Folder] }, PublicHostname = string.Empty };
        server.Host = ChunkServerHost.Start(_system, _meta, settings, $"server-{index}:1", $"chunk-server-{index}-{++_starts}", new ChunkNodeOptions());
        await UntilAsync(() => server.Host.Data.Identity.Server != ServerId.None && Meta.IsRegistered(server.Id), "registered");
        await UntilAsync(() => Meta.Told.Any(m => m is ServerProtocol.Heartbeat h && h.Server == server.Id), "heartbeat");
    }

    public ReplicaLocation At(int index) => new(Servers[index].Id, Servers[index].Host.Data.Endpoint);

    /// <summary>Names a new chunk with a chain over the given servers.</summary>
    public ChunkLocation NewChunk(int chunkSizeBytes, params int[] chain)
    {
        var location = new ChunkLocation
        {
            Chunk = new ChunkId(++_lastChunk),
            File = new InodeId(7),
            Index = 0,
            Generation = Generation.First,
            ChunkSizeBytes = chunkSizeBytes,
            IsOpen = true,
            Replicas = [.. (chain.Length == 0 ? Enumerable.Range(0, Servers.Count) : chain).Select(At)],
        };
        Meta.Add(location);
        return location;
    }

    public OperationId NextOperation() => new(_client, (ulong)Interlocked.Increment(ref _lastOperation));

    public WriteOp Op(ChunkLocation location, WriteMode mode, byte[] bytes, long offset = 0, bool sync = false, OperationId? id = null) => new()
    {
        Location = location,
        Operation = id ?? NextOperation(),
        Mode = mode,
        Offset = offset,
        Sync = sync,
        Payload = bytes,
        FirstAttempt = id is null,
    };

    public async Task<Result<WriteAck>> WriteAsync(ChunkLocation location, WriteMode mode, byte[] bytes, long offset = 0, bool sync = false, OperationId? id = null)
    {
        using var timeout = new CancellationTokenSource(Patience);
        return await Client.WriteAsync(Op(location, mode, bytes, offset, sync, id), timeout.Token);
    }

    /// <summary>Writes like a client library: asks meta again and repeats the same operation until it is acknowledged.</summary>
    public async Task<WriteAck> InsistAsync(DataPlaneClient client, ChunkId chunk, WriteMode mode, byte[] bytes)
    {
        using var timeout = new CancellationTokenSource(Patience);
        var id = NextOperation();
        for (var attempt = 1; ; attempt++)
        {
            using var each = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token);
            each.CancelAfter(TimeSpan.FromSeconds(10));
            var op = Op(Meta.Now(chunk), mode, bytes, id: id) with { FirstAttempt = attempt == 1 };
            var result = await client.WriteAsync(op, each.Token);
            if (result.IsOk)
            {
                return result.Value;
            }

            Assert.False(timeout.IsCancellationRequested, $"not acknowledged in time: {result.Error}; meta was told: {Meta.Story(chunk)}");
            Assert.NotEqual(DfsAdvice.Fail, result.Error.Code == DfsErrorCode.Timeout ? DfsAdvice.Retry : result.Error.Advice);
            await Task.Delay(10);
        }
    }

    public async Task<Result<byte[]>> ReadAsync(ChunkLocation location, int replica, long offset, int length)
    {
        using var timeout = new CancellationTokenSource(Patience);
        var buffer = new byte[length];
        var at = location.Replicas[replica];
        var done = 0;
        while (done < length)
        {
            var range = new ByteRange(offset + done, Math.Min(1 << 20, length - done));
            var read = await Client.ReadAsync(at.Endpoint, new ReadOp(location.Chunk, location.Generation, at.Server, range), buffer.AsMemory(done), timeout.Token);
            if (!read.IsOk)
            {
                return read.Error;
            }

            done += read.Value.BytesRead;
            if (read.Value.BytesRead < range.LengthBytes)
            {
                break;
            }
        }

        return buffer[..done];
    }

    /// <summary>The bytes of a replica's data file, once nothing is under way.</summary>
    public async Task<byte[]> FileOfAsync(ChunkLocation location, int replica)
    {
        var at = location.Replicas[replica];
        using var timeout = new CancellationTokenSource(Patience);
        while (true)
        {
            var status = await Client.StatAsync(at.Endpoint, location.Chunk, at.Server, timeout.Token);
            Assert.True(status.IsOk, status.Error?.ToString());
            var bytes = await File.ReadAllBytesAsync(status.Value.Path, timeout.Token);
            var whole = await ReadAsync(location, replica, 0, (int)Math.Max(1, status.Value.LengthBytes));
            if (bytes.LongLength == status.Value.LengthBytes && whole.IsOk && whole.Value.AsSpan().SequenceEqual(bytes))
            {
                return bytes;
            }

            await Task.Delay(10, timeout.Token);
        }
    }

    /// <summary>All replicas hold the same bytes; gives them.</summary>
    public async Task<byte[]> SameEverywhereAsync(ChunkLocation location)
    {
        var first = await FileOfAsync(location, 0);
        for (var i = 1; i < location.Replicas.Count; i++)
        {
            var other = await FileOfAsync(location, i);
            Assert.Equal(Convert.ToHexString(SHA256.HashData(first)), Convert.ToHexString(SHA256.HashData(other)));
        }

        return first;
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        foreach (var server in Servers)
        {
            await server.Host.StopAsync();
        }

        await _system.Terminate();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>One chunk server of a fixture.</summary>
internal sealed class TestServer(int index, string folder)
{
    public int Index => index;

    public string Folder => folder;

    public ChunkServerHost Host { get; set; } = null!;

    public ServerId Id => Host.Data.Identity.Server;
}
