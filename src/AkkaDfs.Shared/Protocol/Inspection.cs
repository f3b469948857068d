// What `dfs fsck` and `dfs explain` show: the condition of one chunk, and why it is not whole yet. Reasons are values, so that
// programs can act on them.

namespace AkkaDfs.Shared.Protocol;

/// <summary>What is to be said of a chunk; none of the first five means that it is healthy. Numbers are on the wire: append only.</summary>
[Flags]
public enum ChunkConditions
{
    /// <summary>Nothing: as many good replicas as asked.</summary>
    None = 0,

    /// <summary>At least one good replica, but fewer than asked.</summary>
    UnderReplicated = 1,

    /// <summary>More good replicas than asked.</summary>
    OverReplicated = 2,

    /// <summary>A replica is known to be damaged.</summary>
    Corrupt = 4,

    /// <summary>No good replica, though there may be bytes in it.</summary>
    Missing = 8,

    /// <summary>Writes wait or fail: see the file's policy for replicas that are down.</summary>
    Unwritable = 16,

    /// <summary>May be under write. No fault.</summary>
    Open = 32,
}

/// <summary>How far a chunk's repair is. Numbers are on the wire: append only.</summary>
public enum RepairStage
{
    /// <summary>There is nothing to repair.</summary>
    NotNeeded = 0,

    /// <summary>Meta waits for reports before it repairs anything.</summary>
    SafeMode = 1,

    /// <summary>No server has a good replica to copy from.</summary>
    NoSource = 2,

    /// <summary>No server can take a copy; the candidates say why.</summary>
    NoTarget = 3,

    /// <summary>In the queue, behind chunks with fewer replicas or until a server has room for one more copy.</summary>
    Queued = 4,

    /// <summary>A copy is being made.</summary>
    Copying = 5,

    /// <summary>Its replica set is being changed.</summary>
    Changing = 6,

    /// <summary>Its other replicas are on servers that are in maintenance.</summary>
    Maintenance = 7,
}

/// <summary>Why a server was not taken for a copy. Numbers are on the wire: append only.</summary>
public enum PlacementRefusal
{
    /// <summary>It can be taken.</summary>
    None = 0,

    /// <summary>It does not answer.</summary>
    NotAlive = 1,

    /// <summary>It has not given its full report yet.</summary>
    NotReported = 2,

    /// <summary>It has no free space.</summary>
    NoSpace = 3,

    /// <summary>It has a good replica of the chunk already.</summary>
    HasReplica = 4,

    /// <summary>It is making as many copies as it may at once.</summary>
    Busy = 5,

    /// <summary>A copy to it has just failed.</summary>
    JustFailed = 6,

    /// <summary>Its free space may not hold a whole chunk, and another server's does.</summary>
    LittleSpace = 7,

    /// <summary>It is being drained, or stops.</summary>
    Leaving = 8,

    /// <summary>It is in maintenance.</summary>
    Maintenance = 9,
}

/// <summary>A server that was considered for a copy.</summary>
public readonly record struct RepairCandidate(ServerId Server, PlacementRefusal Refusal);

/// <summary>One chunk as meta judges it.</summary>
public sealed record ChunkInspection
{
    /// <summary>Path of its file.</summary>
    public required string Path { get; init; }

    /// <summary>The chunk with all its replicas, those that do not count included.</summary>
    public required ChunkLocation Location { get; init; }

    /// <summary>Replicas asked for.</summary>
    public required int Wanted { get; init; }

    /// <summary>Good replicas.</summary>
    public required int Live { get; init; }

    /// <summary>What is to be said of it.</summary>
    public ChunkConditions Conditions { get; init; }

    /// <summary>How far its repair is.</summary>
    public RepairStage Stage { get; init; }

    /// <summary>Chunks in the repair queue with as few good replicas or fewer, this one not counted.</summary>
    public long Ahead { get; init; }

    /// <summary>Estimate of when it will have one more replica, in milliseconds from now; -1 when nothing is known to go by.</summary>
    public long NextReplicaInMs { get; init; } = -1;

    /// <summary>All servers as targets of a copy; empty when nothing is to be repaired.</summary>
    public IReadOnlyList<RepairCandidate> Candidates { get; init; } = [];
}

/// <summary>What was ordered for a chunk. Numbers are on the wire: append only.</summary>
[Flags]
public enum RepairOrders
{
    /// <summary>Nothing: there is nothing to repair, or nothing that could be done now.</summary>
    None = 0,

    /// <summary>A copy is made, or was put in the queue again without waiting after a failure.</summary>
    Copy = 1,

    /// <summary>The servers of damaged replicas put their bad blocks right.</summary>
    Reread = 2,

    /// <summary>Stale replicas are deleted, where enough verified ones exist.</summary>
    Delete = 4,

    /// <summary>A replica too many leaves the chain.</summary>
    Trim = 8,

    /// <summary>The chain is put together anew from what is there.</summary>
    Regroup = 16,

    /// <summary>Servers were asked for replicas that they have not listed.</summary>
    Ask = 32,
}

/// <summary>What was ordered for one chunk.</summary>
/// <param name="Path">Path of its file.</param>
/// <param name="Chunk">The chunk.</param>
/// <param name="Index">Its place in the file.</param>
/// <param name="Wanted">Replicas asked for.</param>
/// <param name="Live">Good replicas.</param>
/// <param name="Orders">What was ordered.</param>
/// <param name="Stage">How far its repair is with that.</param>
public sealed record ChunkRepair(string Path, ChunkId Chunk, int Index, int Wanted, int Live, RepairOrders Orders, RepairStage Stage);

/// <summary>Numbers of chunks; a chunk can count under several conditions.</summary>
public readonly record struct ChunkCounts(
    long Files, long Chunks, long Healthy, long UnderReplicated, long OverReplicated, long Corrupt, long Missing, long Unwritable, long Open)
{
    /// <summary>The sums.</summary>
    public static ChunkCounts operator +(ChunkCounts a, ChunkCounts b) => new(
        a.Files + b.Files,
        a.Chunks + b.Chunks,
        a.Healthy + b.Healthy,
        a.UnderReplicated + b.UnderReplicated,
        a.OverReplicated + b.OverReplicated,
        a.Corrupt + b.Corrupt,
        a.Missing + b.Missing,
        a.Unwritable + b.Unwritable,
        a.Open + b.Open);

    /// <summary>What one chunk adds.</summary>
    public static ChunkCounts Of(ChunkConditions conditions)
    {
        long If(ChunkConditions one) => conditions.HasFlag(one) ? 1 : 0;
        return new ChunkCounts(
            0,
            1,
            (conditions & ~ChunkConditions.Open) == ChunkConditions.None ? 1 : 0,
            If(ChunkConditions.UnderReplicated),
            If(ChunkConditions.OverReplicated),
            If(ChunkConditions.Corrupt),
            If(ChunkConditions.Missing),
            If(ChunkConditions.Unwritable),
            If(ChunkConditions.Open));
    }
}
