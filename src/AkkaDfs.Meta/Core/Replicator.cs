// Brings chunks with too few replicas back: picks a source and a destination for each copy, fewest live replicas first,
// bounded per server and in all, spread over destinations by placement, which counts copies under way. The copy itself is
// made outside; a finished one is taken into the chain by the Reconfigurer.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Plans copies.</summary>
internal sealed partial class Replicator(MetaState state, SeededRandom random)
{
    private const int MostTried = 1024;
    private const int MostMisses = 64;

    private readonly Dictionary<ChunkId, Job> _jobs = [];
    private readonly Dictionary<ChunkId, Setback> _setbacks = [];
    private readonly List<Server> _chosen = [];

    /// <summary>Copies under way.</summary>
    public int InFlight => _jobs.Count;

    /// <summary>Copies made since the start.</summary>
    public long Done { get; private set; }

    /// <summary>Copies that failed since the start.</summary>
    public long Failed { get; private set; }

    /// <summary>Starts as many copies as the limits allow.</summary>
    public void Pump()
    {
        var queue = state.Queue;
        if (state.SafeMode.IsActive || queue.Count == 0)
        {
            return;
        }

        int tried = 0, misses = 0;
        for (var live = 1; live <= queue.Levels; live++)
        {
            for (var left = queue.CountAt(live); left > 0; left--)
            {
                if (_jobs.Count >= state.Policy.CopiesTotal || tried++ >= MostTried || misses >= MostMisses)
                {
                    return;
                }

                misses = TryStart(state.Durable.Chunks.Find(queue.Next(live))!) ? 0 : misses + 1;
            }
        }
    }

    /// <summary>Begins the copy of a chunk, without waiting after an earlier failure, or leaves it in the queue when all are busy.</summary>
    /// <returns>False when no server could take one.</returns>
    public bool StartNow(Chunk chunk)
    {
        _setbacks.Remove(chunk.Id);
        return (_jobs.Count < state.Policy.CopiesTotal && TryStart(chunk)) || StageOf(chunk) is RepairStage.Queued or RepairStage.Copying
            || _jobs.ContainsKey(chunk.Id);
    }

    /// <summary>Finished copies that could not be taken in at once, because the chunk was changing, are taken in now.</summary>
    public void Tick()
    {
        foreach (var job in _jobs.Values.Where(j => j.IsCopied && !j.IsAdopting && !j.Chunk.IsChanging).OrderBy(j => j.Chunk.Id).ToList())
        {
            Adopt(job);
        }

        state.Blocks.Tick();
        Pump();
    }

    /// <summary>A copy is complete, or has failed.</summary>
    public void Ended(CopyEnded ended)
    {
        if (!_jobs.TryGetValue(ended.Plan.Chunk, out var job) || job.Plan != ended.Plan || job.IsCopied)
        {
            return;
        }

        if (ended.Error is { } error)
        {
            state.Inform($"copying chunk {ended.Plan.Chunk} from server {ended.Plan.Source.Server} to {ended.Plan.Destination.Server} failed: {error.Message}");
            Fail(job);
        }
        else
        {
            job.IsCopied = true;
            Adopt(job);
        }

        Pump();
    }

    /// <summary>A change of the chunk's replicas is over.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="added">The server whose copy it was to take in; None when it was for something else.</param>
    /// <param name="isDone">True when it is in the chain.</param>
    public void Settled(Chunk chunk, ServerId added, bool isDone)
    {
        if (added == ServerId.None || !_jobs.TryGetValue(chunk.Id, out var job) || !job.IsAdopting)
        {
            return;
        }

        if (isDone && chunk.Replicas.IndexOf(added) is >= 0 and var at && chunk.Replicas[at].InChain)
        {
            Done++;
            Measure(job);
            _setbacks.Remove(chunk.Id);
            Finish(job);
        }
        else
        {
            Fail(job);
        }
    }

    /// <summary>Forgets a chunk that is gone.</summary>
    public void Forget(Chunk chunk)
    {
        _setbacks.Remove(chunk.Id);
        if (_jobs.TryGetValue(chunk.Id, out var job))
        {
            state.Do(new AbandonCopy(job.Plan));
            Finish(job);
        }
    }

    /// <summary>A server is no longer usable: its copies are made elsewhere.</summary>
    public void ServerDown(Server server)
    {
        state.Blocks.ServerDown(server);
        foreach (var job in JobsInOrder(j => !j.IsAdopting && (j.Plan.Source.Server == server.Id || j.Plan.Destination.Server == server.Id)))
        {
            state.Do(new AbandonCopy(job.Plan));
            Failed++;
            Finish(job);
        }
    }

    /// <summary>A server has become usable: what could not be repaired may be possible now.</summary>
    public void ServerUp() => _setbacks.Clear();

    /// <summary>All copies under way are lost.</summary>
    public void AllLost()
    {
        foreach (var job in JobsInOrder(j => !j.IsCopied))
        {
            Failed++;
            Finish(job);
        }

        Pump();
    }

    private List<Job> JobsInOrder(Func<Job, bool> which) => [.. _jobs.Values.Where(which).OrderBy(j => j.Chunk.Id)];

    private bool TryStart(Chunk chunk)
    {
        if (chunk.IsChanging || chunk.IsCopied || state.Blocks.TryStart(chunk))
        {
            return false;
        }

        var avoid = FailedDestinations(chunk);
        var source = ChooseSource(chunk);
        if (source is null)
        {
            return false;
        }

        var destination = ChooseDestination(chunk, avoid, mayReplace: false) ?? ChooseDestination(chunk, avoid, mayReplace: true);
        if (destination is null)
        {
            return false;
        }

        var at = chunk.Replicas.IndexOf(source.Id);
        var plan = new CopyPlan(
            chunk.Id,
            chunk.Generation,
            chunk.File.Layout.ChunkSizeBytes,
            state.Book.LocationOf(chunk, chunk.Replicas[at]),
            new ReplicaLocation(destination.Id, destination.Endpoint, ReplicaState.Copying));
        _jobs.Add(chunk.Id, new Job(chunk, plan, state.Now.Ms));
        chunk.IsCopied = true;
        source.Copies++;
        destination.Copies++;
        destination.CopiesIn++;
        state.Do(new StartCopy(plan));
        return true;
    }

    private Server? ChooseSource(Chunk chunk)
    {
        Server? best = null;
        var start = random.Next(chunk.Replicas.Count);
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[(start + i) % chunk.Replicas.Count];
            var server = state.Durable.Servers[replica.Server];
            if (state.Book.IsLive(replica) && server.Copies < state.Policy.CopiesPerServer && (best is null || server.Copies < best.Copies))
            {
                best = server;
            }
        }

        return best;
    }

    // First a server without any replica of the chunk; else one whose replica is of no use and is replaced by the copy.
    private Server? ChooseDestination(Chunk chunk, IReadOnlyList<ServerId> avoid, bool mayReplace)
    {
        var layout = chunk.File.Layout;
        var start = layout.Placement == PlacementPolicy.HashRing ? Placement.HashOf(Namespace.PathOf(chunk.File)) + (ulong)chunk.Index : 0;
        _chosen.Clear();
        state.Placement.Choose(
            new PlacementRequest(layout.Placement, 1, layout.ChunkSizeBytes, start),
            server => server.Copies >= state.Policy.CopiesPerServer
                || avoid.Contains(server.Id)
                || IsHolder(chunk, server, mayReplace),
            _chosen);
        return _chosen.Count == 0 ? null : _chosen[0];
    }

    private static bool IsHolder(Chunk chunk, Server server, bool mayReplace)
    {
        var at = chunk.Replicas.IndexOf(server.Id);
        return at >= 0 && (!mayReplace || chunk.Replicas[at] is { InChain: true, IsDamaged: false });
    }

    private void Adopt(Job job)
    {
        if (!job.Chunk.IsChanging)
        {
            job.IsAdopting = true;
            state.Changes.AddCopy(job.Chunk, job.Plan.Destination.Server);
        }
    }

    private void Fail(Job job)
    {
        Failed++;
        var failed = _setbacks.TryGetValue(job.Chunk.Id, out var before) && before.UntilMs > state.Now.Ms ? before.Avoid : [];
        _setbacks[job.Chunk.Id] = new Setback([.. failed, job.Plan.Destination.Server], state.Now.Ms + state.Policy.RepairBackoffMs);
        Finish(job);
    }

    private void Finish(Job job)
    {
        _jobs.Remove(job.Chunk.Id);
        job.Chunk.IsCopied = false;
        state.Durable.Servers[job.Plan.Source.Server].Copies--;
        var destination = state.Durable.Servers[job.Plan.Destination.Server];
        destination.Copies--;
        destination.CopiesIn--;
    }

    // A chunk whose copy failed avoids that destination for a while.
    private IReadOnlyList<ServerId> FailedDestinations(Chunk chunk)
    {
        if (!_setbacks.TryGetValue(chunk.Id, out var setback))
        {
            return [];
        }

        if (setback.UntilMs > state.Now.Ms)
        {
            return setback.Avoid;
        }

        _setbacks.Remove(chunk.Id);
        return [];
    }

    private sealed class Job(Chunk chunk, CopyPlan plan, long startedMs)
    {
        internal long StartedMs { get; } = startedMs;

        internal Chunk Chunk { get; } = chunk;

        internal CopyPlan Plan { get; } = plan;

        internal bool IsCopied { get; set; }

        internal bool IsAdopting { get; set; }
    }

    private sealed record Setback(IReadOnlyList<ServerId> Avoid, long UntilMs);
}
