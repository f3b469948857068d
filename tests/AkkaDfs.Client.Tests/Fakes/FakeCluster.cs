// A whole cluster in memory, for the client's own tests: a meta that keeps a tree and places chunks round-robin, and chunk
// servers that keep bytes. Every server can be made to refuse, to be silent, to be slow, to lie. Requests can be dropped on
// their way to meta or on the way back.

using System.Collections.Concurrent;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Tests.Fakes;

internal enum ServerMood
{
    Well,
    Refusing,
    Silent,
    Corrupt,
    AppliesButIsSilent,
}

internal sealed class FakeServer(uint id)
{
    public ServerId Id { get; } = new(id);

    public DataEndpoint Endpoint => new("fake", (int)(6000 + Id.Value));

    public volatile ServerMood Mood;

    public long BytesServed;

    public long ReadsServed;
}

internal sealed class FakeChunk(ChunkLocation location)
{
    public ChunkLocation Location = location;

    public byte[] Bytes = new byte[location.ChunkSizeBytes];

    public int Length;

    public ulong Sequence;

    public Dictionary<OperationId, Result<WriteAck>> Answers { get; } = [];
}

internal sealed class FakeCluster
{
    private readonly Lock _gate = new();
    private ulong _lastChunk;
    private int _nextServer;

    public FakeCluster(int servers = 3, int chunkSizeBytes = 1024, int replicas = 3)
    {
        Layout = new FileLayout(chunkSizeBytes, replicas, PlacementPolicy.LeastLoaded, AckPolicy.All, ReplicaDownPolicy.Replace);
        Servers = [.. Enumerable.Range(1, servers).Select(i => new FakeServer((uint)i))];
        Meta = new FakeMeta(this);
        Data = new FakeData(this);
    }

    public FileLayout Layout { get; }

    public IReadOnlyList<FakeServer> Servers { get; }

    public FakeMeta Meta { get; }

    public FakeData Data { get; }

    public ConcurrentDictionary<ChunkId, FakeChunk> Chunks { get; } = [];

    public DfsClient Client(Func<DfsClientOptions, DfsClientOptions>? change = null, TimeProvider? time = null)
    {
        var options = new DfsClientOptions
        {
            RandomSeed = 20260101,
            MetaAttemptTimeout = TimeSpan.FromMilliseconds(200),
            WriteAttemptTimeout = TimeSpan.FromMilliseconds(300),
            Settings = new ClientSettings { OperationTimeout = TimeSpan.FromSeconds(20), RequestBytes = 4096, Window = 8 },
        };
        return new DfsClient(Meta, Data, change is null ? options : change(options), time);
    }

    public FakeServer Server(ServerId id) => Servers.Single(s => s.Id == id);

    public FakeChunk NewChunk(InodeId file, int index, FileLayout layout)
    {
        lock (_gate)
        {
            var replicas = Enumerable.Range(0, Math.Min(layout.Replicas, Servers.Count))
                .Select(i => Servers[(_nextServer + i) % Servers.Count])
                .Select(s => new ReplicaLocation(s.Id, s.Endpoint))
                .ToArray();
            _nextServer++;
            var chunk = new FakeChunk(new ChunkLocation
            {
                Chunk = new ChunkId(++_lastChunk), File = file, Index = index, Generation = Generation.First, ChunkSizeBytes = layout.ChunkSizeBytes,
                IsOpen = true, Replicas = replicas,
            });
            Chunks[chunk.Location.Chunk] = chunk;
            return chunk;
        }
    }

    /// <summary>The generation goes up and the suspect is replaced, if there is another server; else it is left out.</summary>
    public void Reconfigure(FakeChunk chunk, ServerId suspect)
    {
        lock (chunk)
        {
            var left = chunk.Location.Replicas.Where(r => r.Server != suspect).ToList();
            var spare = Servers.FirstOrDefault(s => s.Mood == ServerMood.Well && s.Id != suspect && left.All(r => r.Server != s.Id));
            if (spare is not null && left.Count < Layout.Replicas)
            {
                left.Add(new ReplicaLocation(spare.Id, spare.Endpoint));
            }

            chunk.Location = chunk.Location with { Generation = chunk.Location.Generation.Next, Replicas = left };
        }
    }
}
