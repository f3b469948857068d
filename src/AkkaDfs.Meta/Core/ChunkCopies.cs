// Copies chunks that snapshots see before somebody writes to them. The copy is for the snapshots; the living file keeps its chunk, so that
// whoever has it open notices nothing but a delay. Each server that has a replica makes the copy from its own bytes.
//
//   a primary asks for the right to write ──▶ copy begun (journaled) ──▶ made on all servers ──▶ snapshots name the copy, and the
//   chunk's generation is raised (one transaction) ──▶ all members have adopted it ──▶ the primary is given the right
//
// The generation fences those who read the chunk for a snapshot: they are refused, ask meta again, and find the copy. What breaks off
// before that transaction leaves a copy that nobody names, which is dropped; after it, a chunk whose change was broken off.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Makes copies for snapshots.</summary>
internal sealed class ChunkCopies(MetaState state)
{
    private const int MostAtOnce = 64;
    private const int PauseMs = 500;

    private readonly Dictionary<ChunkId, Job> _jobs = [];
    private readonly Dictionary<ChunkId, long> _notBefore = [];

    /// <summary>Copies that a meta before this one has begun have come to nothing.</summary>
    internal void Start()
    {
        foreach (var (of, copy) in state.Durable.Copies.ToList())
        {
            state.Emit(new ChunkCopyDropped(copy, of, state.Now.UnixNs));
        }
    }

    /// <summary>Why a chunk that is closed must not be opened for writing now, or null. Sees to it that it soon can be.</summary>
    internal DfsError? WhyNotOpen(Chunk chunk)
    {
        if (!state.Durable.Names.IsShared(chunk))
        {
            return null;
        }

        if (!_jobs.ContainsKey(chunk.Id) && !chunk.IsChanging && _jobs.Count < MostAtOnce && !(_notBefore.TryGetValue(chunk.Id, out var at) && at > state.Now.Ms))
        {
            Begin(chunk);
        }

        return Errors.Recovering(chunk.Id, state.Policy.RetryHintMs);
    }

    /// <summary>One replica of a copy is made, or has failed.</summary>
    internal void Ended(CopyEnded ended)
    {
        if (_jobs.TryGetValue(ended.Plan.Of!.Chunk, out var job) && job.Open.Remove(ended.Plan))
        {
            if (ended.Error is { } error)
            {
                state.Inform($"copying chunk {job.Of.Id} on server {ended.Plan.Destination.Server} for snapshots failed: {error.Message}");
                Fail(job);
            }
            else
            {
                TryFinish(job);
            }
        }
    }

    /// <summary>A server is no longer usable: copies that it was part of are made anew without it.</summary>
    internal void ServerDown(Server server) => FailAll(j => j.Servers.Contains(server.Id));

    /// <summary>All copies under way are lost.</summary>
    internal void AllLost() => FailAll(j => j.Open.Count > 0);

    /// <summary>A chunk is gone for good, and with it its copy; or the copy.</summary>
    internal void Forget(Chunk chunk)
    {
        _notBefore.Remove(chunk.Id);
        if (_jobs.Values.FirstOrDefault(j => j.Of == chunk || j.Copy == chunk) is { } job)
        {
            Abandon(job);
        }
    }

    /// <summary>Copies that are complete and had to wait take their place.</summary>
    internal void Tick()
    {
        foreach (var job in _jobs.Count > 0 ? _jobs.Values.Where(j => j.Open.Count == 0).OrderBy(j => j.Of.Id).ToList() : [])
        {
            TryFinish(job);
        }
    }

    private void Begin(Chunk chunk)
    {
        _notBefore.Remove(chunk.Id);
        var servers = new List<Server>();
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            if (state.Book.IsLive(chunk.Replicas[i]))
            {
                servers.Add(state.Durable.Servers[chunk.Replicas[i].Server]);
            }
        }

        if (servers.Count == 0)
        {
            return;
        }

        var id = state.Durable.Chunks.NextChunk;
        state.Emit(new ChunkCopyBegun(id, chunk.Id, (byte)servers.Count, state.Now.UnixNs));
        var copy = state.Durable.Chunks.Find(id)!;
        var job = new Job(chunk, copy);
        _jobs.Add(chunk.Id, job);
        copy.ChainLength = (byte)servers.Count;
        copy.IsCopied = true;
        for (var i = 0; i < servers.Count; i++)
        {
            var at = state.Book.LocationOf(chunk, chunk.Replicas[chunk.Replicas.IndexOf(servers[i].Id)]);
            state.Book.Put(copy, new Replica(servers[i].Id, Generation.Any, 0, (byte)i, ReplicaMarks.InChain));
            var plan = new CopyPlan(copy.Id, Generation.First, chunk.File.Layout.ChunkSizeBytes, at, at)
            {
                Of = new ServerProtocol.CopiedChunk(chunk.Id, chunk.Sequence, chunk.LengthBytes, (byte)i, (byte)servers.Count),
            };
            job.Servers.Add(servers[i].Id);
            job.Open.Add(plan);
            state.Do(new StartCopy(plan));
        }

        state.Book.Recount(copy);
    }

    private void TryFinish(Job job)
    {
        // A change that is under way would go on with a generation that readers of snapshots may have been told.
        if (job.Open.Count > 0 || job.Of.IsChanging)
        {
            return;
        }

        var (chunk, copy) = (job.Of, job.Copy);
        _jobs.Remove(chunk.Id);
        copy.IsCopied = false;
        copy.WasSeen = true;
        state.Emit(new ChunkCopied(copy.Id, chunk.Id, chunk.Sequence, chunk.LengthBytes, state.Now.UnixNs));
        if (state.Durable.Chunks.Find(copy.Id) is not null)
        {
            state.Book.Recount(copy);
        }

        if (state.Durable.Chunks.Find(chunk.Id) is not null)
        {
            state.Emit(new GenerationRaised(chunk.Id, chunk.Generation.Next, state.Now.UnixNs));
            _ = state.Changes.MakeWhole(chunk);
        }
    }

    private void FailAll(Predicate<Job> which)
    {
        foreach (var job in _jobs.Count > 0 ? _jobs.Values.Where(j => which(j)).OrderBy(j => j.Of.Id).ToList() : [])
        {
            Fail(job);
        }
    }

    private void Fail(Job job)
    {
        Abandon(job);
        _notBefore[job.Of.Id] = state.Now.Ms + PauseMs;
        state.Emit(new ChunkCopyDropped(job.Copy.Id, job.Of.Id, state.Now.UnixNs));
    }

    private void Abandon(Job job)
    {
        _jobs.Remove(job.Of.Id);
        job.Open.ForEach(p => state.Do(new AbandonCopy(p)));
    }

    private sealed class Job(Chunk of, Chunk copy)
    {
        internal Chunk Of { get; } = of;

        internal Chunk Copy { get; } = copy;

        internal List<CopyPlan> Open { get; } = [];

        internal List<ServerId> Servers { get; } = [];
    }
}
