// What the Replicator can say about a chunk: how far its repair is, who could take a copy and who not, and when it will be there.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

internal sealed partial class Replicator
{
    // Share of the newest copy in the mean: old enough to be steady, young enough to follow a change of load.
    private const double NewestWeight = 0.2;

    private double _meanCopyMs = -1;

    /// <summary>How far a chunk's repair is.</summary>
    public RepairStage StageOf(Chunk chunk)
    {
        if (chunk.Health is not (ChunkHealth.Under or ChunkHealth.Missing))
        {
            return RepairStage.NotNeeded;
        }

        if (state.SafeMode.IsActive)
        {
            return RepairStage.SafeMode;
        }

        if (chunk.Health == ChunkHealth.Missing)
        {
            return RepairStage.NoSource;
        }

        if (_jobs.TryGetValue(chunk.Id, out var job))
        {
            return job.IsAdopting ? RepairStage.Changing : RepairStage.Copying;
        }

        if (chunk.IsChanging)
        {
            return RepairStage.Changing;
        }

        if (state.Blocks.IsUnderWay(chunk))
        {
            return RepairStage.Copying;
        }

        if (chunk.QueueLevel == 0)
        {
            return RepairStage.Maintenance;
        }

        // Busy and just-failed servers are taken later; the others only when they change.
        return Candidates(chunk).Any(c => c.Refusal is PlacementRefusal.None or PlacementRefusal.Busy or PlacementRefusal.JustFailed)
            ? RepairStage.Queued
            : RepairStage.NoTarget;
    }

    /// <summary>All servers as targets of a copy of the chunk, by id, each with what speaks against it.</summary>
    public IReadOnlyList<RepairCandidate> Candidates(Chunk chunk)
    {
        var candidates = new List<RepairCandidate>();
        var fits = false;
        foreach (var server in state.Durable.Servers.All)
        {
            var refusal = WhyNot(chunk, server);
            fits |= refusal == PlacementRefusal.None;
            candidates.Add(new RepairCandidate(server.Id, refusal));
        }

        // Little space speaks against a server only while another one has enough.
        return fits
            ? candidates
            : candidates.ConvertAll(c => c.Refusal == PlacementRefusal.LittleSpace ? c with { Refusal = PlacementRefusal.None } : c);
    }

    /// <summary>Chunks in the queue that have as few good replicas as this one, or fewer; 0 when it is not in the queue.</summary>
    public long AheadOf(Chunk chunk)
    {
        long ahead = 0;
        for (var level = 1; level <= chunk.QueueLevel; level++)
        {
            ahead += state.Queue.CountAt(level);
        }

        return Math.Max(0, ahead - 1);
    }

    /// <summary>Estimate of when the chunk will have one more replica, from the time that the last copies took; -1 when none was made.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="ahead">Chunks before it.</param>
    public long EstimateMs(Chunk chunk, long ahead)
    {
        if (_meanCopyMs < 0)
        {
            return -1;
        }

        var spent = _jobs.TryGetValue(chunk.Id, out var job) ? state.Now.Ms - job.StartedMs : 0;
        var rounds = job is null ? 1 + (ahead / Math.Max(1, Math.Max(_jobs.Count, 1))) : 1;
        return Math.Max(0, (long)(rounds * _meanCopyMs) - spent);
    }

    /// <summary>Estimate of when so many copies are made, in milliseconds; 0 for none, -1 when nothing is known to go by.</summary>
    public long EstimateAllMs(long copies)
        => copies == 0 ? 0 : _meanCopyMs < 0 ? -1 : (long)(Math.Ceiling(copies / (double)Math.Max(1, _jobs.Count)) * _meanCopyMs);

    private PlacementRefusal WhyNot(Chunk chunk, Server server)
    {
        var refusal = Placement.WhyNot(server, chunk.File.Layout.ChunkSizeBytes);
        if (refusal is not (PlacementRefusal.None or PlacementRefusal.LittleSpace))
        {
            return refusal;
        }

        return IsHolder(chunk, server, mayReplace: true) ? PlacementRefusal.HasReplica
            : FailedDestinations(chunk).Contains(server.Id) ? PlacementRefusal.JustFailed
            : server.Copies >= state.Policy.CopiesPerServer ? PlacementRefusal.Busy
            : refusal;
    }

    private void Measure(Job job)
    {
        var took = state.Now.Ms - job.StartedMs;
        _meanCopyMs = _meanCopyMs < 0 ? took : _meanCopyMs + (NewestWeight * (took - _meanCopyMs));
    }
}
