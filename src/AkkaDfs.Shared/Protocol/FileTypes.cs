// Values that the conversations share: what a file is, where its chunks are, what a server is.

namespace AkkaDfs.Shared.Protocol;

/// <summary>Kind of a node of the tree. Numbers are on the wire and in the journal: append only.</summary>
public enum NodeKind
{
    /// <summary>A regular file.</summary>
    File = 1,

    /// <summary>A directory.</summary>
    Directory = 2,

    /// <summary>A symbolic link.</summary>
    SymbolicLink = 3,

    /// <summary>A named pipe, a socket or a device, kept for the mount.</summary>
    Special = 4,
}

/// <summary>Where replicas of a new chunk go. Numbers are on the wire and in the journal: append only.</summary>
public enum PlacementPolicy
{
    /// <summary>The cluster's default.</summary>
    Default = 0,

    /// <summary>Fewest chunks and most free space first, with some randomness against herds.</summary>
    LeastLoaded = 1,

    /// <summary>Uniformly random live servers.</summary>
    Random = 2,

    /// <summary>Chunk 0 on the server given by a hash of the path, the rest round-robin, copies on the next servers.</summary>
    HashRing = 3,
}

/// <summary>When a write counts as done. Numbers are on the wire and in the journal: append only.</summary>
public enum AckPolicy
{
    /// <summary>The cluster's default.</summary>
    Default = 0,

    /// <summary>All replicas have it.</summary>
    All = 1,

    /// <summary>The primary has it; the others follow.</summary>
    One = 2,
}

/// <summary>What a write does while a replica's server is down. Numbers are on the wire and in the journal: append only.</summary>
public enum ReplicaDownPolicy
{
    /// <summary>The cluster's default.</summary>
    Default = 0,

    /// <summary>Go on with another server.</summary>
    Replace = 1,

    /// <summary>Wait until the server is back or the deadline passes.</summary>
    Block = 2,

    /// <summary>Fail at once with a typed error.</summary>
    Fail = 3,
}

/// <summary>How a file is stored; fixed when the file is created.</summary>
/// <param name="ChunkSizeBytes">8 to 1 GiB; 0 means the cluster's default.</param>
/// <param name="Replicas">1 to 16; 0 means the cluster's default.</param>
/// <param name="Placement">Where new chunks go.</param>
/// <param name="Ack">When a write counts as done.</param>
/// <param name="OnReplicaDown">What a write does while a server is down.</param>
public sealed record FileLayout(
    int ChunkSizeBytes = 0,
    int Replicas = 0,
    PlacementPolicy Placement = PlacementPolicy.Default,
    AckPolicy Ack = AckPolicy.Default,
    ReplicaDownPolicy OnReplicaDown = ReplicaDownPolicy.Default)
{
    /// <summary>Smallest chunk size, in bytes.</summary>
    public const int MinChunkSizeBytes = 8;

    /// <summary>Largest chunk size, in bytes.</summary>
    public const int MaxChunkSizeBytes = 1 << 30;

    /// <summary>Most replicas of one chunk.</summary>
    public const int MaxReplicas = 16;

    /// <summary>Everything from the cluster's defaults.</summary>
    public static readonly FileLayout Default = new();
}

/// <summary>Who asks: decides permissions.</summary>
/// <param name="Uid">User id; 0 may do everything.</param>
/// <param name="Gid">Primary group id.</param>
/// <param name="Groups">Further group ids, at most 64.</param>
public sealed record Caller(uint Uid, uint Gid, IReadOnlyList<uint> Groups)
{
    /// <summary>User 0.</summary>
    public static readonly Caller Superuser = new(0, 0, []);

    /// <summary>Most further groups.</summary>
    public const int MaxGroups = 64;

    /// <summary>True for another user who passes every check, too; meta decides that, and nobody tells it over the wire.</summary>
    internal bool IsPrivileged { get; init; }
}

/// <summary>What meta knows of one node of the tree.</summary>
public sealed record FileStatus
{
    /// <summary>Its id.</summary>
    public required InodeId Inode { get; init; }

    /// <summary>Its kind.</summary>
    public required NodeKind Kind { get; init; }

    /// <summary>POSIX mode with the type bits, as st_mode.</summary>
    public uint Mode { get; init; }

    /// <summary>Owner.</summary>
    public uint Uid { get; init; }

    /// <summary>Owning group.</summary>
    public uint Gid { get; init; }

    /// <summary>Number of hard links (for a directory: 2 + number of sub-directories).</summary>
    public int LinkCount { get; init; }

    /// <summary>Length in bytes as far as meta knows; see <see cref="LengthIsExact"/>.</summary>
    public long LengthBytes { get; init; }

    /// <summary>False when the last chunk is being written: its primary has the length.</summary>
    public bool LengthIsExact { get; init; } = true;

    /// <summary>Last read, in nanoseconds since 1970 (UTC).</summary>
    public long AccessedUnixNs { get; init; }

    /// <summary>Last change of the content, in nanoseconds since 1970 (UTC).</summary>
    public long ModifiedUnixNs { get; init; }

    /// <summary>Last change of the node, in nanoseconds since 1970 (UTC).</summary>
    public long ChangedUnixNs { get; init; }

    /// <summary>Last change of the file's chunk mapping (which chunks, which servers), in nanoseconds since 1970 (UTC).</summary>
    public long MappingUpdatedUnixNs { get; init; }

    /// <summary>How the file is stored, with the defaults filled in.</summary>
    public FileLayout Layout { get; init; } = FileLayout.Default;

    /// <summary>Number of chunk places (highest index + 1; a place can be a hole).</summary>
    public int ChunkCount { get; init; }

    /// <summary>Target of a symbolic link; empty otherwise.</summary>
    public string LinkTarget { get; init; } = string.Empty;

    /// <summary>Number of a device, as st_rdev; 0 otherwise.</summary>
    public ulong Device { get; init; }
}

/// <summary>State of one replica as meta sees it. Numbers are on the wire: append only.</summary>
public enum ReplicaState
{
    /// <summary>Of the current generation, on a live server.</summary>
    Live = 1,

    /// <summary>Of the current generation, on a server that does not answer.</summary>
    Down = 2,

    /// <summary>Known to have a damaged block.</summary>
    Corrupt = 3,

    /// <summary>Of an older generation; about to be deleted.</summary>
    Stale = 4,

    /// <summary>Being copied; not usable yet.</summary>
    Copying = 5,
}

/// <summary>Where a data plane listens.</summary>
/// <param name="Host">Name or address, at most 255 characters.</param>
/// <param name="Port">1 to 65,535.</param>
public readonly record struct DataEndpoint(string Host, int Port)
{
    /// <inheritdoc/>
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>One replica of a chunk.</summary>
/// <param name="Server">The server's id.</param>
/// <param name="Endpoint">Its data plane.</param>
/// <param name="State">Usable or not.</param>
/// <param name="Path">Absolute path of the data file on that server; empty when not asked for.</param>
public sealed record ReplicaLocation(ServerId Server, DataEndpoint Endpoint, ReplicaState State = ReplicaState.Live, string Path = "");

/// <summary>One chunk of a file and where its replicas are.</summary>
public sealed record ChunkLocation
{
    /// <summary>The chunk; <see cref="ChunkId.None"/> for a hole, which reads as NUL.</summary>
    public required ChunkId Chunk { get; init; }

    /// <summary>The file.</summary>
    public required InodeId File { get; init; }

    /// <summary>Place in the file: byte offset = index × chunk size.</summary>
    public required int Index { get; init; }

    /// <summary>Version of the replica set.</summary>
    public required Generation Generation { get; init; }

    /// <summary>Chunk size of the file, in bytes.</summary>
    public required int ChunkSizeBytes { get; init; }

    /// <summary>Length as far as meta knows; exact unless <see cref="IsOpen"/>.</summary>
    public long LengthBytes { get; init; }

    /// <summary>True while the primary may be taking writes: then it has the length.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Replicas in chain order: the primary first, the tail last. Readers may use any live one.</summary>
    public IReadOnlyList<ReplicaLocation> Replicas { get; init; } = [];
}

/// <summary>State of a chunk server as meta sees it. Numbers are on the wire: append only.</summary>
public enum ServerState
{
    /// <summary>Heartbeats arrive.</summary>
    Alive = 1,

    /// <summary>Heartbeats have stopped, or its connection was refused: none of its replicas counts.</summary>
    Dead = 2,

    /// <summary>Alive and being emptied on purpose.</summary>
    Draining = 3,

    /// <summary>Announced to be away for a while: no repair yet.</summary>
    Maintenance = 4,

    /// <summary>Alive, and emptied: it can be stopped for good.</summary>
    Drained = 5,

    /// <summary>Alive, and about to stop in good order: it takes no writes any more.</summary>
    Stopping = 6,
}

/// <summary>What an operator has ordered for a server. Numbers are on the wire and in the journal: append only.</summary>
public enum ServerMode
{
    /// <summary>Nothing: it does its work.</summary>
    Normal = 0,

    /// <summary>It is being emptied: gets nothing new, and its replicas are made elsewhere before they are given up.</summary>
    Draining = 1,

    /// <summary>It may be down for some time: its replicas are not made again meanwhile.</summary>
    Maintenance = 2,
}

/// <summary>How far a server's scrub is. Times are Unix milliseconds, 0 for never.</summary>
/// <param name="PassStartedMs">When the pass under way began; 0 when none is.</param>
/// <param name="PassBytes">Bytes verified in it.</param>
/// <param name="PassBadBlocks">Bad blocks found in it.</param>
/// <param name="LastPassStartedMs">When the last complete pass began.</param>
/// <param name="LastPassEndedMs">When it ended.</param>
/// <param name="LastPassBadBlocks">Bad blocks found in it.</param>
/// <param name="Passes">Complete passes.</param>
public readonly record struct ScrubStatus(
    long PassStartedMs, long PassBytes, long PassBadBlocks, long LastPassStartedMs, long LastPassEndedMs, long LastPassBadBlocks, long Passes);

/// <summary>What meta knows of one chunk server.</summary>
public sealed record ServerStatus
{
    /// <summary>Its id.</summary>
    public required ServerId Server { get; init; }

    /// <summary>Address of its actor system, as host:port.</summary>
    public required string ControlAddress { get; init; }

    /// <summary>Its data plane.</summary>
    public required DataEndpoint Endpoint { get; init; }

    /// <summary>What it does, in one word.</summary>
    public required ServerState State { get; init; }

    /// <summary>True while heartbeats arrive.</summary>
    public bool IsAlive { get; init; }

    /// <summary>While it is being drained: chunks of which a replica is still there. 0 otherwise.</summary>
    public long LeftChunks { get; init; }

    /// <summary>While it is being drained: estimate of when it is empty, in milliseconds; -1 when nothing is known to go by.</summary>
    public long DrainedInMs { get; init; } = -1;

    /// <summary>How far its scrub is, as of its last heartbeat.</summary>
    public ScrubStatus Scrub { get; init; }

    /// <summary>Milliseconds until its maintenance is over by itself; 0 when there is none.</summary>
    public long MaintenanceLeftMs { get; init; }

    /// <summary>Milliseconds since its last heartbeat.</summary>
    public long SinceHeartbeatMs { get; init; }

    /// <summary>Number of replicas it stores.</summary>
    public long ChunkCount { get; init; }

    /// <summary>Bytes it stores.</summary>
    public long UsedBytes { get; init; }

    /// <summary>Bytes it can still take.</summary>
    public long FreeBytes { get; init; }

    /// <summary>Its data folders, absolute; a replica's folder number counts from 0 in this list.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];
}
