// The condition of every chunk below a node, and why those that are not whole are not (dfs fsck, dfs explain).

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Makes one page of inspections.</summary>
internal sealed class InspectionWalk(MetaState state, int limit, bool onlyTroubled, Caller who) : FileWalk(state.Durable.Names, limit, who)
{
    private const int SkippedBytes = 16;
    private const int RowBytes = 120;
    private const int ReplicaBytes = 60;
    private const int CandidateBytes = 8;

    private readonly List<ChunkInspection> _rows = [];
    private ChunkCounts _counts;

    /// <summary>The page after <paramref name="after"/>: the Next of the page before, or empty for the first.</summary>
    internal MetaProtocol.Reply Page(Inode top, string after)
    {
        var next = Walk(top, after);
        return next.IsOk
            ? new MetaProtocol.InspectionPage(_rows, _counts with { Files = Files }, next.Value)
            : new MetaProtocol.Failed(next.Error);
    }

    /// <inheritdoc/>
    protected override int Visit(string path, Chunk chunk)
    {
        var conditions = ConditionsOf(chunk);
        _counts += ChunkCounts.Of(conditions);
        if (onlyTroubled && (conditions & ~ChunkConditions.Open) == ChunkConditions.None)
        {
            return SkippedBytes;
        }

        var stage = state.Repair.StageOf(chunk);
        IReadOnlyList<RepairCandidate> candidates = stage == RepairStage.NotNeeded ? [] : state.Repair.Candidates(chunk);
        var location = state.Book.LocationOf(chunk, withPaths: true);
        var ahead = state.Repair.AheadOf(chunk);
        _rows.Add(new ChunkInspection
        {
            Path = path,
            Location = location,
            Wanted = chunk.Wanted,
            Live = state.Book.CountLive(chunk),
            Conditions = conditions,
            Stage = stage,
            Ahead = ahead,
            NextReplicaInMs = stage is RepairStage.Queued or RepairStage.Copying ? state.Repair.EstimateMs(chunk, ahead) : -1,
            Candidates = candidates,
        });
        return RowBytes + path.Length + location.Replicas.Sum(r => ReplicaBytes + r.Path.Length) + (CandidateBytes * candidates.Count);
    }

    private ChunkConditions ConditionsOf(Chunk chunk)
    {
        var live = state.Book.CountLive(chunk);
        var conditions = chunk.Health switch
        {
            ChunkHealth.Under => ChunkConditions.UnderReplicated,
            ChunkHealth.Missing => ChunkConditions.Missing,
            _ => ChunkConditions.None,
        };
        conditions |= live > chunk.Wanted ? ChunkConditions.OverReplicated : ChunkConditions.None;
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            conditions |= chunk.Replicas[i].IsDamaged ? ChunkConditions.Corrupt : ChunkConditions.None;
        }

        // Under policy Replace a chain goes on without the members that are down; under the others it waits or fails.
        var waits = chunk.File.Layout.OnReplicaDown != ReplicaDownPolicy.Replace && !state.Book.IsChainWhole(chunk);
        var isUnwritable = chunk.HasData && (live == 0 || waits);
        conditions |= isUnwritable ? ChunkConditions.Unwritable : ChunkConditions.None;
        return conditions | (chunk is { IsOpen: true, HasData: true } ? ChunkConditions.Open : ChunkConditions.None);
    }
}
