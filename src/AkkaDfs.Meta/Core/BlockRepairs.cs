// Damaged replicas that their own servers put right block by block. That takes less than a copy of the whole and needs no new
// generation, so it comes first; where it fails, or is not possible, the Replicator copies. What is here is lost with the process:
// the damage is reported again, and repaired again.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Orders for the repair of single blocks.</summary>
internal sealed class BlockRepairs(MetaState state)
{
    private readonly Dictionary<(ChunkId Chunk, ServerId Server), Order> _orders = [];
    private readonly Dictionary<(ChunkId Chunk, ServerId Server), long> _givenUpUntilMs = [];

    /// <summary>Has damaged replicas of a chunk put right.</summary>
    /// <returns>True when that is under way, or waits for its turn: no copy is needed for now.</returns>
    public bool TryStart(Chunk chunk)
    {
        if (chunk.IsChanging || chunk.IsCopied || state.SafeMode.IsActive)
        {
            return false;
        }

        var isUnderWay = false;
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            if (!IsCandidate(chunk, replica))
            {
                continue;
            }

            var key = (chunk.Id, replica.Server);
            if (!_orders.ContainsKey(key))
            {
                var sources = SourcesFor(chunk, replica.Server);
                if (sources.Count == 0)
                {
                    continue;
                }

                if (_orders.Count < state.Policy.CopiesTotal)
                {
                    _orders.Add(key, new Order(chunk.Generation, state.Now.Ms));
                    state.Send(replica.Server, new ServerProtocol.RepairBlocks(chunk.Id, chunk.Generation, sources) { Epoch = state.Durable.Epoch });
                }
            }

            isUnderWay = true;
        }

        return isUnderWay;
    }

    /// <summary>The same without waiting after an earlier failure.</summary>
    /// <returns>True when damaged replicas are being put right, or wait for their turn.</returns>
    public bool StartNow(Chunk chunk)
    {
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            _givenUpUntilMs.Remove((chunk.Id, chunk.Replicas[i].Server));
        }

        return TryStart(chunk);
    }

    /// <summary>True while a replica of the chunk is being put right.</summary>
    public bool IsUnderWay(Chunk chunk)
    {
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            if (chunk.Replicas[i].IsDamaged && _orders.ContainsKey((chunk.Id, chunk.Replicas[i].Server)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A server has answered its order.</summary>
    /// <returns>False when no such order waits for an answer.</returns>
    public bool End(Chunk chunk, ServerId server, Generation generation)
        => _orders.TryGetValue((chunk.Id, server), out var order) && order.Generation == generation && _orders.Remove((chunk.Id, server));

    /// <summary>A replica cannot be put right block by block: for a while it is not tried again.</summary>
    public void GiveUp(Chunk chunk, ServerId server)
    {
        _orders.Remove((chunk.Id, server));
        _givenUpUntilMs[(chunk.Id, server)] = state.Now.Ms + state.Policy.BlockRepairMs;
    }

    /// <summary>A server is no longer usable: what it was told to do has come to nothing.</summary>
    public void ServerDown(Server server)
    {
        foreach (var key in _orders.Keys.Where(k => k.Server == server.Id).ToList())
        {
            _orders.Remove(key);
        }
    }

    /// <summary>Orders that were not answered in time have failed.</summary>
    public void Tick()
    {
        var now = state.Now.Ms;
        foreach (var (key, _) in _orders.Where(o => now - o.Value.SentMs >= state.Policy.BlockRepairMs).ToList())
        {
            _orders.Remove(key);
            _givenUpUntilMs[key] = now + state.Policy.BlockRepairMs;
        }

        foreach (var (key, _) in _givenUpUntilMs.Where(g => g.Value <= now).ToList())
        {
            _givenUpUntilMs.Remove(key);
        }
    }

    private bool IsCandidate(Chunk chunk, in Replica replica)
        => replica is { InChain: true, IsDamaged: true }
        && state.Durable.Servers[replica.Server].IsUsable
        && !_givenUpUntilMs.ContainsKey((chunk.Id, replica.Server));

    // Those without known damage first; but a damaged one may have right what is wrong here.
    private List<ReplicaLocation> SourcesFor(Chunk chunk, ServerId server)
    {
        var sources = new List<ReplicaLocation>();
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            if (replica.InChain && replica.Server != server && state.Durable.Servers[replica.Server].IsUsable)
            {
                sources.Insert(replica.IsDamaged ? sources.Count : 0, state.Book.LocationOf(chunk, replica));
            }
        }

        return sources;
    }

    private readonly record struct Order(Generation Generation, long SentMs);
}
