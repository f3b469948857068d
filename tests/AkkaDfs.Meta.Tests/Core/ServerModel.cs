// A chunk server as meta's rules need it, without disk or network: replicas are lists of operations, labelled with the
// generation they belong to. What a crash forgets it forgets here too: promises, rights, staged copies.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Tests.Core;

/// <summary>One replica of the model.</summary>
internal sealed class ReplicaModel
{
    internal Generation Label { get; set; }

    internal List<int> Operations { get; set; } = [];

    internal byte Position { get; set; }

    internal byte ChainLength { get; set; }

    /// <summary>False for what a write has made until its primary is known to have the right to acknowledge.</summary>
    internal bool IsConfirmed { get; set; } = true;
}

/// <summary>An adoption that a primary works on.</summary>
internal sealed record AdoptionModel(ServerProtocol.AdoptGeneration Order, HashSet<ServerId> Missing);

/// <summary>One chunk server of the model.</summary>
internal sealed class ServerModel(int number, Action<ServerModel, ServerProtocol.ToMeta> send)
{
    private readonly HashSet<ChunkId> _changed = [];
    private readonly HashSet<ChunkId> _removed = [];
    private readonly HashSet<ChunkId> _listed = [];
    private readonly Dictionary<long, long> _sentAtMs = [];
    private readonly Dictionary<ChunkId, ulong> _firstAsk = [];
    private readonly Dictionary<ChunkId, Generation> _quiescedUnder = [];
    private long _heartbeat;
    private ulong _asks;
    private ulong _freshFrom = ulong.MaxValue;
    private Epoch _epoch;

    internal ServerId Id { get; private set; }

    internal Guid ClusterId { get; private set; }

    internal Guid Incarnation { get; private set; }

    internal bool IsUp { get; private set; }

    internal bool IsRegistered { get; private set; }

    internal long ServeUntilMs { get; private set; }

    internal Dictionary<ChunkId, ReplicaModel> Replicas { get; } = [];

    /// <summary>Chunks for which operations of older generations are refused.</summary>
    internal Dictionary<ChunkId, Generation> Promised { get; } = [];

    internal HashSet<ChunkId> Retired { get; } = [];

    internal Dictionary<ChunkId, Generation> Rights { get; } = [];

    internal Dictionary<ChunkId, AdoptionModel> Adoptions { get; } = [];

    internal bool IsStopping { get; set; }

    internal long FreeBytes { get; set; } = 1L << 40;

    internal DataEndpoint Endpoint => new("127.0.0.1", 7_000 + number);

    internal void Start(Random random)
    {
        IsUp = true;
        var bytes = new byte[16];
        random.NextBytes(bytes);
        Incarnation = new Guid(bytes);
        _heartbeat = 0;
    }

    internal void Crash()
    {
        IsUp = false;
        IsStopping = false;
        IsRegistered = false;
        ServeUntilMs = 0;
        Promised.Clear();
        Retired.Clear();
        Rights.Clear();
        _firstAsk.Clear();
        _quiescedUnder.Clear();
        _freshFrom = ulong.MaxValue;
        Adoptions.Clear();
        _changed.Clear();
        _removed.Clear();
        _listed.Clear();
        _sentAtMs.Clear();
    }

    /// <summary>True when a reader is answered.</summary>
    internal bool Serves(ChunkId chunk, long nowMs)
        => IsUp && nowMs < ServeUntilMs && !Retired.Contains(chunk) && Replicas.TryGetValue(chunk, out var replica) && replica.IsConfirmed
        && Promised.GetValueOrDefault(chunk, replica.Label) == replica.Label;

    /// <summary>Says what is due: registration, or a heartbeat with what has changed.</summary>
    internal void Beat(long nowMs)
    {
        if (!IsRegistered)
        {
            _sentAtMs[0] = nowMs;
            send(this, new ServerProtocol.Register(Id, ClusterId, Incarnation, $"10.0.0.{number}:6000", Endpoint, [$"/data/{number}"], 1L << 40, FreeBytes));
            return;
        }

        var changed = _changed.Where(Replicas.ContainsKey).Order().Select(Report).ToList();
        var removed = _removed.Where(c => _listed.Contains(c) && !Replicas.ContainsKey(c)).Order().ToList();
        _listed.UnionWith(changed.Select(c => c.Chunk));
        _listed.ExceptWith(removed);
        _changed.Clear();
        _removed.Clear();
        _sentAtMs[++_heartbeat] = nowMs;
        var digest = Replicas.Aggregate(0UL, (sum, r) => sum + ReportDigest.Of(r.Key, r.Value.Label));
        send(this, new ServerProtocol.Heartbeat(Id, Incarnation, _heartbeat, changed, removed, Replicas.Count, digest, Replicas.Count * 100, FreeBytes) { IsStopping = IsStopping });
    }

    internal void Changed(ChunkId chunk) => _changed.Add(chunk);

    internal void Remove(ChunkId chunk)
    {
        if (Replicas.Remove(chunk))
        {
            _removed.Add(chunk);
            Rights.Remove(chunk);
        }
    }

    /// <summary>Asks for the right to acknowledge writes.</summary>
    internal void AskForRight(ChunkId chunk, Generation generation)
    {
        _firstAsk.TryAdd(chunk, ++_asks);
        Say(new ServerProtocol.ReopenChunk(Id, chunk, generation) { Ask = _asks });
    }

    /// <summary>Gives the right back, or says again that it has none.</summary>
    internal void GiveBack(ChunkId chunk)
    {
        var replica = Replicas[chunk];
        Rights.Remove(chunk);
        _firstAsk.Remove(chunk);
        _quiescedUnder[chunk] = replica.Label;
        Changed(chunk);
        Say(new ServerProtocol.ChunkQuiesced(Id, chunk, replica.Label, (ulong)replica.Operations.Count, replica.Operations.Count));
    }

    /// <summary>True for a right that was given before it was given back.</summary>
    internal bool IsLate(ServerProtocol.ChunkReopened answer)
        => answer.Ask == 0 ? _quiescedUnder.GetValueOrDefault(answer.Chunk) == answer.Generation : answer.Ask < _firstAsk.GetValueOrDefault(answer.Chunk, ulong.MaxValue);

    internal void Say(ServerProtocol.ToMeta message) => send(this, message);

    /// <summary>Takes an order; false when it comes from a replaced meta.</summary>
    internal bool Take(ServerProtocol.ToServer order, long nowMs)
    {
        if (order.Epoch.Value < _epoch.Value)
        {
            return false;
        }

        _epoch = order.Epoch;
        GiveUp(order);
        switch (order)
        {
            case ServerProtocol.Registered o: Registered(o, nowMs); break;
            case ServerProtocol.HeartbeatAck o: Acknowledged(o, nowMs); break;
            case ServerProtocol.AdoptGeneration o: Adopt(o); break;
            case ServerProtocol.GetReplica o: Answer(o); break;
            case ServerProtocol.DeleteReplicas o: Delete(o); break;
            case ServerProtocol.WithholdReplicas o:
                Retired.UnionWith(o.Chunks);
                Say(new ServerProtocol.ReplicasWithheld(Id, Incarnation, o.Chunks));
                break;
            case ServerProtocol.RepairBlocks o: Repair(o); break;
        }

        return true;
    }

    // Chunks that the server was told to give up, and older ones, are begun only with meta's leave.
    private void GiveUp(ServerProtocol.ToServer order)
    {
        IEnumerable<ChunkId> chunks = order switch
        {
            ServerProtocol.AdoptGeneration { Chain.Count: 0 } o => [o.Chunk],
            ServerProtocol.DeleteReplicas o => o.Replicas.Select(r => r.Chunk),
            ServerProtocol.WithholdReplicas o => o.Chunks,
            ServerProtocol.QuiesceChunk o => [o.Chunk],
            _ => [],
        };
        foreach (var chunk in chunks)
        {
            _freshFrom = _freshFrom == ulong.MaxValue ? _freshFrom : Math.Max(_freshFrom, chunk.Value + 1);
        }
    }

    /// <summary>The source brings a member to its own state.</summary>
    internal void BringUp(AdoptionModel adoption, ServerModel member)
    {
        var chunk = adoption.Order.Chunk;
        member.Replicas[chunk] = Labelled(adoption.Order, member.Id, [.. Replicas[chunk].Operations]);
        member.Rights.Remove(chunk);
        member.Changed(chunk);
        adoption.Missing.Remove(member.Id);
        member.SayAdopted(adoption.Order);
    }

    /// <summary>Makes a replica of a new chunk that begins with the bytes of another; false when they are not what was said.</summary>
    internal bool TryBegin(ChunkId chunk, ServerProtocol.CopiedChunk of)
    {
        var operations = Replicas[of.Chunk].Operations;
        if (operations.Count != (int)of.Sequence)
        {
            return false;
        }

        Replicas[chunk] = new ReplicaModel { Label = Generation.First, Operations = [.. operations], Position = of.Position, ChainLength = of.ChainLength };
        Changed(chunk);
        return true;
    }

    internal void CreateForFirstWrite(ChunkLocation location)
    {
        var position = location.Replicas.Select(r => r.Server).ToList().IndexOf(Id);
        Replicas[location.Chunk] = new ReplicaModel
        {
            Label = Generation.First, Position = (byte)position, ChainLength = (byte)location.Replicas.Count, IsConfirmed = false,
        };
        Changed(location.Chunk);
        if (position == 0 && location.Chunk.Value >= _freshFrom)
        {
            Rights[location.Chunk] = Generation.First;
        }
    }

    private static ReplicaModel Labelled(ServerProtocol.AdoptGeneration order, ServerId server, List<int> operations) => new()
    {
        Label = order.Generation,
        Operations = operations,
        Position = (byte)order.Chain.ToList().FindIndex(r => r.Server == server),
        ChainLength = (byte)order.Chain.Count,
    };

    private void Registered(ServerProtocol.Registered order, long nowMs)
    {
        _freshFrom = _freshFrom == ulong.MaxValue ? order.NextChunk.Value : Math.Max(_freshFrom, order.NextChunk.Value);
        Id = order.Server;
        ClusterId = order.ClusterId;
        if (!IsRegistered)
        {
            IsRegistered = true;
            SendReport();
            Beat(nowMs);
        }
    }

    private void Acknowledged(ServerProtocol.HeartbeatAck order, long nowMs)
    {
        if (order.MustRegister)
        {
            IsRegistered = false;
            Beat(nowMs);
            return;
        }

        if (_sentAtMs.TryGetValue(order.Number, out var sentAtMs))
        {
            ServeUntilMs = Math.Max(ServeUntilMs, sentAtMs + order.ServeMs);
        }

        if (order.WantFullReport)
        {
            SendReport();
            Beat(nowMs);
        }
    }

    private void SendReport()
    {
        var all = Replicas.Keys.Order().ToList();
        _listed.Clear();
        _listed.UnionWith(all);
        _changed.Clear();
        _removed.Clear();
        var pages = all.Chunk(3).ToList();
        for (var page = 0; page < Math.Max(1, pages.Count); page++)
        {
            var entries = page < pages.Count ? pages[page].Select(Report).ToList() : [];
            send(this, new ServerProtocol.ReportPage(Id, Incarnation, page, page >= pages.Count - 1, entries));
        }
    }

    private ServerProtocol.ReplicaReport Report(ChunkId chunk)
    {
        var replica = Replicas[chunk];
        var flags = Rights.ContainsKey(chunk) ? ServerProtocol.ReplicaFlags.Open : ServerProtocol.ReplicaFlags.None;
        return new ServerProtocol.ReplicaReport(
            chunk, replica.Label, (ulong)replica.Operations.Count, replica.Operations.Count, 0, replica.Position, replica.ChainLength, flags);
    }

    private void Adopt(ServerProtocol.AdoptGeneration order)
    {
        if (order.Generation < Promised.GetValueOrDefault(order.Chunk) || (Replicas.TryGetValue(order.Chunk, out var had) && had.Label > order.Generation))
        {
            return;
        }

        Promised[order.Chunk] = order.Generation;
        if (order.Chain.All(r => r.Server != Id))
        {
            Retired.Add(order.Chunk);
            Rights.Remove(order.Chunk);
            SayAdopted(order);
            return;
        }

        Retired.Remove(order.Chunk);
        if (had?.Label == order.Generation)
        {
            SayAdopted(order);
        }
        else if (order.Chain[0].Server == Id)
        {
            AdoptAsSource(order, had);
        }
    }

    private void AdoptAsSource(ServerProtocol.AdoptGeneration order, ReplicaModel? had)
    {
        Rights.Remove(order.Chunk);
        if (had is null && !order.MayCreate)
        {
            var error = new DfsError(DfsErrorCode.ReplicaNotFound, "not here");
            Say(new ServerProtocol.OrderFailed(Id, order.Chunk, order.Generation, nameof(ServerProtocol.AdoptGeneration), error));
            return;
        }

        Replicas[order.Chunk] = Labelled(order, Id, had?.Operations ?? []);
        Changed(order.Chunk);
        Adoptions[order.Chunk] = new AdoptionModel(order, [.. order.Chain.Skip(1).Select(r => r.Server)]);
        SayAdopted(order);
    }

    private void Repair(ServerProtocol.RepairBlocks order)
        => Say(Replicas.TryGetValue(order.Chunk, out var replica) && replica.Label == order.Generation
            ? new ServerProtocol.ReplicaRepaired(Id, order.Chunk, order.Generation, (ulong)replica.Operations.Count, replica.Operations.Count, 0)
            : new ServerProtocol.OrderFailed(Id, order.Chunk, order.Generation, nameof(ServerProtocol.RepairBlocks), new DfsError(DfsErrorCode.StaleGeneration, "the model says so")));

    private void SayAdopted(ServerProtocol.AdoptGeneration order)
    {
        var count = Replicas.TryGetValue(order.Chunk, out var replica) ? replica.Operations.Count : 0;
        Say(new ServerProtocol.GenerationAdopted(Id, order.Chunk, order.Generation, (ulong)count, count));
    }

    private void Answer(ServerProtocol.GetReplica order)
    {
        var found = Replicas.TryGetValue(order.Chunk, out var replica);
        var count = replica?.Operations.Count ?? 0;
        Say(new ServerProtocol.ReplicaAnswer(Id, order.Chunk, replica?.Label ?? Generation.Any, (ulong)count, count, found));
    }

    private void Delete(ServerProtocol.DeleteReplicas order)
    {
        foreach (var version in order.Replicas)
        {
            if (Replicas.TryGetValue(version.Chunk, out var replica) && replica.Label <= version.Generation)
            {
                Remove(version.Chunk);
            }
        }
    }
}
