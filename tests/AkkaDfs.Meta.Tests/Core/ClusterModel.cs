// Meta's state machine with modelled chunk servers around it, one queue of messages each way per server: they keep their
// order, are delayed, and get lost when a test says so. Writers and readers check what users are promised: an acknowledged
// operation is never missing from what a reader is given afterwards, whoever serves it.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

/// <summary>A cluster in one thread.</summary>
internal sealed class ClusterModel
{
    private readonly Random _random;
    private readonly Dictionary<ServerModel, Queue<(long DueMs, ServerProtocol.ToMeta Message)>> _toMeta = [];
    private readonly Dictionary<ServerModel, Queue<(long DueMs, ServerProtocol.ToServer Order)>> _toServer = [];
    private readonly List<(long DueMs, CopyPlan Plan)> _copies = [];
    private readonly List<(ServerModel Primary, ChunkId Chunk, Generation Generation, int Operation)> _unacknowledged = [];
    private readonly List<(ServerModel Primary, ChunkLocation Location)> _held = [];
    private ulong _epoch = 1;
    private int _nextOperation;

    internal ClusterModel(int servers, Random random, MetaPolicy? policy = null)
    {
        _random = random;
        Meta = new MetaHarness(policy);
        for (var i = 1; i <= servers; i++)
        {
            AddServer();
        }
    }

    internal MetaHarness Meta { get; private set; }

    internal List<ServerModel> Servers { get; } = [];

    /// <summary>Servers that nobody can reach.</summary>
    internal HashSet<ServerModel> Isolated { get; } = [];

    /// <summary>Share of messages that get lost, in percent.</summary>
    internal int LossPercent { get; set; }

    /// <summary>True while a write may stop anywhere in the chain.</summary>
    internal bool BreaksOff { get; set; } = true;

    /// <summary>Acknowledged operations by chunk, in the order in which they were acknowledged.</summary>
    internal Dictionary<ChunkId, List<int>> Acknowledged { get; } = [];

    /// <summary>Every message and fault so far, for a person who looks for the reason of a failure.</summary>
    internal List<string> Trace { get; } = [];

    /// <summary>Copies ordered so far.</summary>
    internal List<CopyPlan> Copies { get; } = [];

    internal ServerModel AddServer()
    {
        var server = new ServerModel(Servers.Count + 1, Send);
        Servers.Add(server);
        _toMeta[server] = new();
        _toServer[server] = new();
        server.Start(_random);
        server.Beat(Meta.NowMs);
        return server;
    }

    internal ServerModel ServerOf(ServerId id) => Servers.Single(s => s.Id == id);

    /// <summary>Lets time pass: heartbeats, messages, copies, adoptions.</summary>
    internal void Pass(long ms)
    {
        for (var end = Meta.NowMs + ms; Meta.NowMs < end;)
        {
            Meta.NowMs += 20;
            Deliver();
            FinishCopies();
            BringUpMembers();
            Acknowledge();
            if (Meta.NowMs % 100 == 0)
            {
                Meta.Signal(new Tick());
            }

            foreach (var server in Servers.Where(s => s.IsUp && (Meta.NowMs / 20) % (Meta.Policy.HeartbeatMs / 20) == Servers.IndexOf(s) % 10))
            {
                server.Beat(Meta.NowMs);
            }

            Route();
        }
    }

    internal void Note(string text) => Trace.Add($"{Meta.NowMs} {text}");

    internal void Crash(ServerModel server)
    {
        Note($"{server.Id} crashes");
        server.Crash();
        _toMeta[server].Clear();
        _toServer[server].Clear();
        _unacknowledged.RemoveAll(u => u.Primary == server);
        _held.RemoveAll(h => h.Primary == server);
    }

    internal void Restart(ServerModel server)
    {
        Note($"{server.Id} starts");
        server.Start(_random);
        server.Beat(Meta.NowMs);
    }

    /// <summary>Meta dies; another one reads the journal. Orders that are under way may still arrive.</summary>
    internal void RestartMeta()
    {
        Note("meta restarts");
        foreach (var queue in _toMeta.Values)
        {
            queue.Clear();
        }

        Meta = new MetaHarness(Meta.Policy, _epoch + 100, Meta.Journal, new Epoch(++_epoch), Meta.NowMs);
        _copies.Clear();
        Route();
    }

    /// <summary>Tries to append one operation to a chunk, using a location from meta; breaks off anywhere.</summary>
    internal void Write(ChunkLocation location)
    {
        var primary = ServerOf(location.Replicas[0].Server);
        var operation = ++_nextOperation;
        if (!CanReachFromClient(primary))
        {
            Meta.Ask(new MetaProtocol.OpenChunk(location.Chunk, location.Generation, primary.Id, DfsErrorCode.Unreachable));
            Route();
            return;
        }

        for (var i = 0; i < location.Replicas.Count; i++)
        {
            var member = ServerOf(location.Replicas[i].Server);
            var refused = WhyRefused(member, location, i == 0 ? null : primary);
            if (refused != DfsErrorCode.None)
            {
                Complain(location, primary, member, refused);
                return;
            }

            var replica = member.Replicas[location.Chunk];
            if (i == 0 && primary.Rights.GetValueOrDefault(location.Chunk) != location.Generation)
            {
                // What comes without the right waits, and changes nothing.
                _held.Add((primary, location));
                primary.AskForRight(location.Chunk, location.Generation);
                return;
            }

            if (i > 0)
            {
                // Whatever the primary has and this one has not yet goes along, in order.
                replica.Operations = [.. primary.Replicas[location.Chunk].Operations];
            }
            else
            {
                replica.Operations.Add(operation);
            }

            member.Changed(location.Chunk);
            if (BreaksOff && _random.Next(200) == 0)
            {
                return;
            }
        }

        _unacknowledged.Add((primary, location.Chunk, location.Generation, operation));
        if (primary.Rights.GetValueOrDefault(location.Chunk) != location.Generation)
        {
            primary.AskForRight(location.Chunk, location.Generation);
        }

        Acknowledge();
    }

    /// <summary>Reads from any server that answers, with whatever location a client may have cached, and checks what it gets.</summary>
    internal void CheckReads(ChunkId chunk)
    {
        foreach (var server in Servers.Where(s => s.Serves(chunk, Meta.NowMs) && !Isolated.Contains(s)))
        {
            var missing = Acknowledged.GetValueOrDefault(chunk, []).Except(server.Replicas[chunk].Operations).ToList();
            Assert.True(missing.Count == 0, $"server {server.Id} serves chunk {chunk} without {missing.Count} acknowledged operations");
        }
    }

    /// <summary>Checks that the primary's quiet chunk is known with its length.</summary>
    internal void Quiesce(ChunkId chunk)
    {
        foreach (var server in Servers.Where(s => s.Rights.ContainsKey(chunk) && IsAtRest(s, chunk)).ToList())
        {
            server.GiveBack(chunk);
        }
    }

    // Nothing is under way: all members have the same.
    private bool IsAtRest(ServerModel primary, ChunkId chunk)
        => _unacknowledged.TrueForAll(u => u.Primary != primary || u.Chunk != chunk)
        && Servers.Where(s => s.Replicas.TryGetValue(chunk, out var r) && r.Label == primary.Replicas[chunk].Label)
            .All(s => s.Replicas[chunk].Operations.SequenceEqual(primary.Replicas[chunk].Operations));

    // What is under way comes to its end first; then the right is given back.
    private void Quiesce(ServerModel server, ServerProtocol.QuiesceChunk order)
    {
        if (!server.Replicas.TryGetValue(order.Chunk, out var replica))
        {
            server.Say(new ServerProtocol.OrderFailed(
                server.Id, order.Chunk, order.Generation, nameof(ServerProtocol.QuiesceChunk), new DfsError(DfsErrorCode.ReplicaNotFound, "none here")));
        }
        else if (replica.Label == order.Generation && replica.Position == 0 && server.Promised.GetValueOrDefault(order.Chunk, replica.Label) == replica.Label
            && !server.Retired.Contains(order.Chunk) && !(server.Adoptions.TryGetValue(order.Chunk, out var adoption) && adoption.Missing.Count > 0)
            && IsAtRest(server, order.Chunk))
        {
            server.GiveBack(order.Chunk);
        }
    }

    private bool CanReachFromClient(ServerModel server) => server.IsUp && !Isolated.Contains(server);

    private DfsErrorCode WhyRefused(ServerModel member, ChunkLocation location, ServerModel? sender)
    {
        if (!member.IsUp || (sender is not null && Isolated.Contains(member) != Isolated.Contains(sender)))
        {
            return member.IsUp ? DfsErrorCode.Timeout : DfsErrorCode.ConnectionRefused;
        }

        if (!member.Replicas.TryGetValue(location.Chunk, out var replica) && location.Generation == Generation.First
            && member.Promised.GetValueOrDefault(location.Chunk) == Generation.Any)
        {
            member.CreateForFirstWrite(location);
            return DfsErrorCode.None;
        }

        if (replica is null)
        {
            return DfsErrorCode.ReplicaNotFound;
        }

        var isAdopting = member.Adoptions.TryGetValue(location.Chunk, out var adoption) && adoption.Missing.Count > 0
            && adoption.Order.Generation == replica.Label;
        var isCurrent = replica.Label == location.Generation && member.Promised.GetValueOrDefault(location.Chunk, replica.Label) == replica.Label
            && !member.Retired.Contains(location.Chunk);
        return isAdopting ? DfsErrorCode.ChunkRecovering : isCurrent ? DfsErrorCode.None : DfsErrorCode.StaleGeneration;
    }

    private void Complain(ChunkLocation location, ServerModel primary, ServerModel member, DfsErrorCode code)
    {
        var error = new DfsError(code, "refused");
        if (member != primary && code is not (DfsErrorCode.ChunkRecovering or DfsErrorCode.StaleGeneration))
        {
            primary.Say(new ServerProtocol.ChainBroken(primary.Id, location.Chunk, location.Generation, member.Id, error));
        }
        else if (member == primary)
        {
            Meta.Ask(new MetaProtocol.OpenChunk(location.Chunk, location.Generation, member.Id, code));
            Route();
        }
    }

    private void Acknowledge()
    {
        for (var i = _unacknowledged.Count - 1; i >= 0; i--)
        {
            var (primary, chunk, generation, operation) = _unacknowledged[i];
            if (primary.Rights.GetValueOrDefault(chunk) == generation && primary.Replicas.TryGetValue(chunk, out var replica)
                && replica.Label == generation && primary.Promised.GetValueOrDefault(chunk, generation) == generation)
            {
                foreach (var member in Servers.Where(s => s.Replicas.TryGetValue(chunk, out var r) && r.Label == generation))
                {
                    member.Replicas[chunk].IsConfirmed = true;
                }

                Acknowledged.TryAdd(chunk, []);
                Acknowledged[chunk].Add(operation);
                Note($"{primary.Id} acknowledges {operation} of {chunk} under {generation}");
                _unacknowledged.RemoveAt(i);
            }
            else if (!primary.Replicas.TryGetValue(chunk, out replica) || replica.Label != generation)
            {
                _unacknowledged.RemoveAt(i);
            }
            else if (_random.Next(20) == 0)
            {
                primary.AskForRight(chunk, generation);
            }
        }
    }

    private void Send(ServerModel server, ServerProtocol.ToMeta message)
    {
        Note($"{server.Id} says {message}");
        if (!Isolated.Contains(server) && _random.Next(100) >= LossPercent)
        {
            _toMeta[server].Enqueue((Meta.NowMs + _random.Next(60), message));
        }
    }

    private void Send(ServerModel server, ServerProtocol.ToServer order)
    {
        Note($"meta to {server.Id}: {order}");
        if (!Isolated.Contains(server) && server.IsUp && _random.Next(100) >= LossPercent)
        {
            _toServer[server].Enqueue((Meta.NowMs + _random.Next(60), order));
        }
    }

    private void Deliver()
    {
        foreach (var server in Servers)
        {
            var toMeta = _toMeta[server];
            while (toMeta.TryPeek(out var next) && next.DueMs <= Meta.NowMs)
            {
                toMeta.Dequeue();
                var reply = Meta.Tell(next.Message);
                Route();
                if (reply is not null)
                {
                    Send(server, reply);
                }
            }

            var toServer = _toServer[server];
            while (server.IsUp && toServer.TryPeek(out var next) && next.DueMs <= Meta.NowMs)
            {
                toServer.Dequeue();
                Take(server, next.Order);
            }
        }
    }

    private void Take(ServerModel server, ServerProtocol.ToServer order)
    {
        if (server.Take(order, Meta.NowMs) && order is ServerProtocol.ChunkReopened { Error: null } reopened
            && server.Replicas.TryGetValue(reopened.Chunk, out var replica) && replica.Label == reopened.Generation && !server.IsLate(reopened))
        {
            server.Rights[reopened.Chunk] = reopened.Generation;
            var held = _held.Where(h => h.Primary == server && h.Location.Chunk == reopened.Chunk).ToList();
            _held.RemoveAll(held.Contains);
            held.ForEach(h => Write(h.Location));
        }
        else if (order is ServerProtocol.DeleteReplicas deletion)
        {
            foreach (var version in deletion.Replicas)
            {
                CheckStillSafe(version.Chunk);
            }
        }
        else if (order is ServerProtocol.QuiesceChunk quiesce)
        {
            Quiesce(server, quiesce);
        }
    }

    // Every acknowledged operation is still in as many replicas as asked, on disks that are up or down, or its file is gone.
    private void CheckStillSafe(ChunkId chunk)
    {
        if (Meta.State.Durable.Chunks.Find(chunk) is not { } known)
        {
            return;
        }

        var acknowledged = Acknowledged.GetValueOrDefault(chunk, []);
        var holders = Servers.Count(s => s.Replicas.TryGetValue(chunk, out var r) && acknowledged.TrueForAll(r.Operations.Contains));
        Assert.True(holders >= known.Wanted, $"a deletion left {holders} good replicas of chunk {chunk}");
    }

    private void Route()
    {
        foreach (var effect in Meta.TakeEffects())
        {
            switch (effect)
            {
                case SendOrder e when Servers.Find(s => s.Id == e.Server) is { } server:
                    Send(server, e.Order);
                    break;
                case StartCopy e:
                    Copies.Add(e.Plan);
                    _copies.Add((Meta.NowMs + 100 + _random.Next(400), e.Plan));
                    break;
                case AbandonCopy e:
                    _copies.RemoveAll(c => c.Plan == e.Plan);
                    break;
                case ProbeServer e:
                    var probed = ServerOf(e.Server);
                    Meta.Signal(new ServerProbed(e.Server, e.Incarnation, !probed.IsUp && !Isolated.Contains(probed)));
                    Route();
                    break;
            }
        }
    }

    private void FinishCopies()
    {
        foreach (var (_, plan) in _copies.Where(c => c.DueMs <= Meta.NowMs).ToList())
        {
            _copies.RemoveAll(c => c.Plan == plan);
            var source = ServerOf(plan.Source.Server);
            var destination = ServerOf(plan.Destination.Server);
            var works = source.IsUp && destination.IsUp && !Isolated.Contains(source) && !Isolated.Contains(destination)
                && source.Replicas.ContainsKey(plan.Of?.Chunk ?? plan.Chunk) && _random.Next(20) > 0;
            works = works && (plan.Of is not { } of || destination.TryBegin(plan.Chunk, of));
            Meta.Signal(new CopyEnded(plan, works ? null : new DfsError(DfsErrorCode.CopyFailed, "the model says so")));
            Route();
        }
    }

    private void BringUpMembers()
    {
        foreach (var source in Servers.Where(s => s.IsUp))
        {
            foreach (var adoption in source.Adoptions.Values.Where(a => a.Missing.Count > 0).ToList())
            {
                foreach (var id in adoption.Missing.Order().ToList())
                {
                    var member = ServerOf(id);
                    var isReady = member.IsUp && Isolated.Contains(member) == Isolated.Contains(source)
                        && member.Promised.GetValueOrDefault(adoption.Order.Chunk) == adoption.Order.Generation
                        && source.Replicas.TryGetValue(adoption.Order.Chunk, out var replica) && replica.Label == adoption.Order.Generation;
                    if (isReady && _random.Next(3) == 0)
                    {
                        source.BringUp(adoption, member);
                    }
                }
            }
        }
    }
}
