// A meta that follows a simple script: registers servers, grants serving, lets primaries reopen, and, when told to, moves a chunk
// to a new generation without the server that its primary suspects. It keeps everything that it was told.

using System.Collections.Concurrent;
using Akka.Actor;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Tests.Actors;

/// <summary>State shared between the actor and the test.</summary>
internal sealed class FakeMeta
{
    private readonly ConcurrentDictionary<ServerId, IActorRef> _servers = new();
    private readonly ConcurrentDictionary<string, ServerId> _known = new();
    private readonly ConcurrentDictionary<ChunkId, ChunkLocation> _chunks = new();
    private int _lastServer;

    public Guid ClusterId { get; } = Guid.NewGuid();

    public Epoch Epoch { get; set; } = new(1);

    public ConcurrentQueue<ServerProtocol.ToMeta> Told { get; } = new();

    /// <summary>How long a heartbeat's answer grants serving.</summary>
    public int ServeMs { get; set; } = 60_000;

    /// <summary>Whether to move a chunk whose chain is broken.</summary>
    public bool Repairs { get; set; } = true;

    public bool Reopens { get; set; } = true;

    public bool IsRegistered(ServerId server) => _servers.ContainsKey(server);

    /// <summary>What was told of a chunk, for messages.</summary>
    public string Story(ChunkId chunk) => string.Join("; ", Told
        .Where(m => m is not (ServerProtocol.Heartbeat or ServerProtocol.ReportPage or ServerProtocol.Register) && m.ToString().Contains(chunk.ToString(), StringComparison.Ordinal))
        .TakeLast(30));

    public void Add(ChunkLocation chunk) => _chunks[chunk.Chunk] = chunk;

    public ChunkLocation Now(ChunkId chunk) => _chunks[chunk];

    /// <summary>Orders a new generation with the given chain.</summary>
    public ChunkLocation Move(ChunkId chunk, IReadOnlyList<ReplicaLocation> chain, bool mayCreate = false)
    {
        var before = _chunks[chunk];
        var next = before with { Generation = before.Generation.Next, Replicas = chain };
        _chunks[chunk] = next;
        var order = new ServerProtocol.AdoptGeneration(chunk, next.Generation, next.ChunkSizeBytes, chain) { Epoch = Epoch, MayCreate = mayCreate };
        foreach (var member in before.Replicas.Concat(chain).Select(r => r.Server).Distinct())
        {
            Order(member, order);
        }

        Order(chain[0].Server, new ServerProtocol.ChunkReopened(chunk, next.Generation) { Epoch = Epoch });
        return next;
    }

    public void Order(ServerId server, ServerProtocol.ToServer order) => _servers[server].Tell(order);

    public Props Props() => Akka.Actor.Props.Create(() => new Script(this));

    private void Take(ServerProtocol.ToMeta message, IActorRef sender, IActorRef self)
    {
        Told.Enqueue(message);
        switch (message)
        {
            case ServerProtocol.Register m:
                var id = m.Server != ServerId.None ? m.Server : _known.GetOrAdd(m.ControlAddress, _ => new ServerId((uint)Interlocked.Increment(ref _lastServer)));
                _servers[id] = sender;
                sender.Tell(new ServerProtocol.Registered(id, ClusterId, 100, ServeMs) { Epoch = Epoch }, self);
                break;
            case ServerProtocol.Heartbeat m:
                sender.Tell(new ServerProtocol.HeartbeatAck(m.Number, ServeMs, false, false) { Epoch = Epoch }, self);
                break;
            case ServerProtocol.ReopenChunk m when Reopens && _chunks.TryGetValue(m.Chunk, out var chunk):
                var error = chunk.Generation == m.Generation ? null : new DfsError(DfsErrorCode.StaleGeneration, "older");
                sender.Tell(new ServerProtocol.ChunkReopened(m.Chunk, m.Generation, error) { Epoch = Epoch, Ask = m.Ask }, self);
                break;
            case ServerProtocol.ChainBroken m when Repairs && _chunks.TryGetValue(m.Chunk, out var broken) && broken.Generation == m.Generation:
                Move(m.Chunk, [.. broken.Replicas.Where(r => r.Server != m.Suspect)]);
                break;
        }
    }

    private sealed class Script : ReceiveActor
    {
        public Script(FakeMeta meta) => Receive<ServerProtocol.ToMeta>(m => meta.Take(m, Sender, Self));
    }
}
