// The conversation between a client and meta. Requests are imperatives, replies are facts; a failure is a Failed reply.
// Every mutation carries an operation id: meta answers a repeated one with the first answer.

namespace AkkaDfs.Shared.Protocol;

/// <summary>Messages between clients and the MetaActor.</summary>
public static partial class MetaProtocol
{
    /// <summary>Most entries in one page of a listing.</summary>
    public const int MaxPage = 4096;

    /// <summary>Longest maintenance, in milliseconds: a week.</summary>
    public const long MaxMaintenanceMs = 7L * 24 * 3600 * 1000;

    /// <summary>Anything a client asks.</summary>
    public abstract record Request
    {
        /// <summary>Who asks.</summary>
        public Caller Caller { get; init; } = Caller.Superuser;

        /// <summary>By which name it holds leases; empty for none. At most 255 characters.</summary>
        public string Holder { get; init; } = string.Empty;

        /// <summary>The session whose holds this request need not disturb, as its client takes care of them; empty for none.</summary>
        public Guid Through { get; init; }

        /// <summary>Time the client will wait, in milliseconds; 0 means the cluster's default. Later replies may be left out.</summary>
        public int DeadlineMs { get; init; }
    }

    /// <summary>A request that changes something.</summary>
    public abstract record Mutation : Request
    {
        /// <summary>Its id; repeats are applied once.</summary>
        public OperationId Operation { get; init; }

        /// <summary>
        /// Every operation of this client with a smaller counter has been answered to it: meta forgets their answers, and refuses
        /// late repeats of them. 0 when the client does not say; meta then keeps the last answers only.
        /// </summary>
        public ulong AnsweredBelow { get; init; }
    }

    /// <summary>Anything meta answers.</summary>
    public abstract record Reply;

    // ---- requests that only look -------------------------------------------------------------------------------

    /// <summary>Asks for one node. Answer: <see cref="StatusReply"/>, or why the caller may not do with it what he wants to.</summary>
    /// <param name="Target">The node.</param>
    /// <param name="FollowLink">Whether a symbolic link at the end is followed.</param>
    /// <param name="Access">What the caller wants to do with it.</param>
    public sealed record GetStatus(PathRef Target, bool FollowLink = true, Access Access = Access.None) : Request;

    /// <summary>Asks for a page of a directory, in order of names. Answer: <see cref="DirectoryPage"/>.</summary>
    /// <param name="Target">The directory.</param>
    /// <param name="After">Last name of the page before; empty for the first page.</param>
    /// <param name="Limit">1 to <see cref="MaxPage"/>.</param>
    public sealed record ListDirectory(PathRef Target, string After, int Limit) : Request;

    /// <summary>Asks for a file's chunks. Answer: <see cref="ChunksReply"/>.</summary>
    /// <param name="Target">The file.</param>
    /// <param name="FirstIndex">First chunk index wanted; -1 for the last chunk alone.</param>
    /// <param name="Limit">1 to <see cref="MaxPage"/>.</param>
    /// <param name="WithPaths">Also give the path of each replica on its server.</param>
    /// <param name="Access">What the file is opened for; None for one that is open already.</param>
    public sealed record GetChunks(PathRef Target, int FirstIndex, int Limit, bool WithPaths = false, Access Access = Access.None) : Request;

    /// <summary>Asks for the cluster's state. Answer: <see cref="ClusterReply"/>.</summary>
    public sealed record GetCluster : Request;

    /// <summary>Asks for the look-up table of replicas, in order of paths. Answer: <see cref="TrackerPage"/>.</summary>
    /// <param name="Target">A file, or a directory with everything below it.</param>
    /// <param name="After">The <see cref="TrackerPage.Next"/> of the page before; empty for the first.</param>
    /// <param name="Limit">1 to <see cref="MaxPage"/> files.</param>
    public sealed record GetTracker(PathRef Target, string After, int Limit) : Request;

    /// <summary>Asks for the condition of all chunks below a node, in order of paths. Answer: <see cref="InspectionPage"/>.</summary>
    /// <param name="Target">A file, or a directory with everything below it.</param>
    /// <param name="After">The <see cref="InspectionPage.Next"/> of the page before; empty for the first.</param>
    /// <param name="Limit">Most files in one page, 1 to <see cref="MaxPage"/>.</param>
    /// <param name="OnlyTroubled">True to list only chunks that are not healthy; all are counted.</param>
    public sealed record InspectChunks(PathRef Target, string After, int Limit, bool OnlyTroubled) : Request;

    /// <summary>Asks for the newest entries of the operation log. Read from the disk beside all other work. Answer: <see cref="LogPage"/>.</summary>
    /// <param name="Path">Only what happened to this absolute path or below it; "/" for everything.</param>
    /// <param name="SinceUnixNs">Only what happened at this time or later; 0 for everything.</param>
    /// <param name="Limit">Most entries, 1 to <see cref="MaxPage"/>: the newest of those that match.</param>
    public sealed record GetLog(string Path, long SinceUnixNs, int Limit) : Request;

    // ---- mutations ---------------------------------------------------------------------------------------------

    /// <summary>What CreateFile does with an existing file. Numbers are on the wire: append only.</summary>
    public enum Disposition
    {
        /// <summary>Fail with AlreadyExists.</summary>
        CreateNew = 1,

        /// <summary>Open it as it is.</summary>
        OpenOrCreate = 2,

        /// <summary>Replace it by an empty file with the given layout; readers of the old content are not disturbed.</summary>
        Replace = 3,
    }

    /// <summary>Creates (or opens) a file. Answer: <see cref="FileOpened"/>.</summary>
    /// <param name="Target">The file.</param>
    /// <param name="Disposition">What to do with an existing one.</param>
    /// <param name="Layout">How to store it.</param>
    /// <param name="Mode">Permission bits, as for creat(2).</param>
    /// <param name="MakeParents">Also make missing directories.</param>
    /// <param name="AllocateFirst">Also allocate chunk 0, sparing a round trip.</param>
    public sealed record CreateFile(
        PathRef Target,
        Disposition Disposition,
        FileLayout Layout,
        uint Mode = 0x1A4,
        bool MakeParents = false,
        bool AllocateFirst = false) : Mutation;

    /// <summary>Makes a directory. Answer: <see cref="StatusReply"/>. With <paramref name="MakeParents"/> an existing one is fine.</summary>
    public sealed record MakeDirectory(PathRef Target, uint Mode = 0x1ED, bool MakeParents = false) : Mutation;

    /// <summary>What Remove may remove. Numbers are on the wire: append only.</summary>
    public enum RemoveKind
    {
        /// <summary>Files and empty directories.</summary>
        Any = 0,

        /// <summary>Anything but a directory (unlink).</summary>
        NotDirectory = 1,

        /// <summary>Only a directory (rmdir).</summary>
        Directory = 2,
    }

    /// <summary>Removes a node. Answer: <see cref="Done"/>.</summary>
    /// <param name="Target">What to remove.</param>
    /// <param name="Kind">What it may be.</param>
    /// <param name="Recursive">Also everything below a directory.</param>
    /// <param name="SkipTrash">For good at once; otherwise it can be had back for as long as the cluster keeps its trash.</param>
    public sealed record Remove(PathRef Target, RemoveKind Kind = RemoveKind.Any, bool Recursive = false, bool SkipTrash = false) : Mutation;

    /// <summary>What Rename does with an existing target. Numbers are on the wire: append only.</summary>
    public enum RenameMode
    {
        /// <summary>POSIX: file over file, directory over empty directory.</summary>
        Replace = 0,

        /// <summary>Fail with AlreadyExists.</summary>
        NoReplace = 1,

        /// <summary>Swap the two atomically.</summary>
        Exchange = 2,
    }

    /// <summary>Moves a node. Answer: <see cref="Done"/>.</summary>
    public sealed record Rename(PathRef From, PathRef To, RenameMode Mode = RenameMode.Replace) : Mutation;

    /// <summary>Makes a symbolic link. Answer: <see cref="StatusReply"/>.</summary>
    /// <param name="Target">The link.</param>
    /// <param name="LinkTarget">Where it leads: 1 to 4,095 bytes, need not exist.</param>
    public sealed record MakeSymbolicLink(PathRef Target, string LinkTarget) : Mutation;

    /// <summary>Makes a named pipe, a socket or a device. Answer: <see cref="StatusReply"/>.</summary>
    /// <param name="Target">The node.</param>
    /// <param name="Mode">Type and permission bits, as st_mode.</param>
    /// <param name="Device">Number of a device, as st_rdev.</param>
    public sealed record MakeSpecial(PathRef Target, uint Mode, ulong Device = 0) : Mutation;

    /// <summary>Gives a node that is not a directory a further name. Answer: <see cref="StatusReply"/>.</summary>
    /// <param name="Existing">The node.</param>
    /// <param name="Target">Its further name; must be free.</param>
    /// <param name="FollowLink">Whether a symbolic link at the end of <paramref name="Existing"/> is followed.</param>
    public sealed record MakeHardLink(PathRef Existing, PathRef Target, bool FollowLink = false) : Mutation;

    /// <summary>Changes mode, owner and times; what is null stays. Answer: <see cref="StatusReply"/>.</summary>
    /// <param name="Target">The node.</param>
    /// <param name="FollowLink">Whether a symbolic link at the end is followed.</param>
    public sealed record SetAttributes(PathRef Target, bool FollowLink = true) : Mutation
    {
        /// <summary>Stands for meta's time at the moment of the change.</summary>
        public const long Now = long.MinValue;

        /// <summary>Permission bits.</summary>
        public uint? Mode { get; init; }

        /// <summary>Owner.</summary>
        public uint? Uid { get; init; }

        /// <summary>Owning group.</summary>
        public uint? Gid { get; init; }

        /// <summary>Last read, in nanoseconds since 1970 (UTC), or <see cref="Now"/>.</summary>
        public long? AccessedUnixNs { get; init; }

        /// <summary>Last change of the content, in nanoseconds since 1970 (UTC), or <see cref="Now"/>.</summary>
        public long? ModifiedUnixNs { get; init; }
    }

    /// <summary>Allocates the chunk at an index, or gives the one that is there. Answer: <see cref="ChunkReply"/>, open for writing.</summary>
    /// <param name="File">The file.</param>
    /// <param name="Index">Its place.</param>
    /// <param name="After">
    /// For appends: the last chunk of the file, which was found full; none when no chunk is known. If another one is the last by
    /// now, nothing is allocated, and ChunkNotFound comes. Null for writes at any place.
    /// </param>
    /// <param name="OnReplicaDown">As in <see cref="OpenChunk"/>.</param>
    public sealed record AllocateChunk(
        InodeId File, int Index, ChunkId? After = null, ReplicaDownPolicy OnReplicaDown = ReplicaDownPolicy.Default) : Mutation;

    /// <summary>
    /// Asks for a chunk to write to: meta sees to it that its chain is whole (or as whole as policy asks) and names the primary.
    /// Answer: <see cref="ChunkReply"/>, or ChunkRecovering with a retry hint.
    /// </summary>
    /// <param name="Chunk">The chunk.</param>
    /// <param name="Failed">The generation the caller failed with; <see cref="Generation.Any"/> when it has none.</param>
    /// <param name="Suspect">The server the caller failed at; <see cref="ServerId.None"/> when none.</param>
    /// <param name="Code">How it failed.</param>
    /// <param name="OnReplicaDown">What this caller wants while a server is down; Default takes what the file was created with.</param>
    public sealed record OpenChunk(
        ChunkId Chunk, Generation Failed, ServerId Suspect, DfsErrorCode Code, ReplicaDownPolicy OnReplicaDown = ReplicaDownPolicy.Default) : Mutation;

    /// <summary>Tells of a replica that did not serve a read, or served it damaged. Answer: <see cref="Done"/>.</summary>
    public sealed record ReportReplica(ChunkId Chunk, Generation Generation, ServerId Server, DfsErrorCode Code) : Mutation;

    /// <summary>A chunk's length as its primary told it with the last ack.</summary>
    public sealed record ChunkLength(ChunkId Chunk, Generation Generation, ulong Sequence, long LengthBytes);

    /// <summary>Tells that a writer is done for now, with the lengths it knows. Answer: <see cref="StatusReply"/>.</summary>
    public sealed record CompleteFile(InodeId File, IReadOnlyList<ChunkLength> Lengths) : Mutation;

    /// <summary>
    /// Takes the last chunks off a file, some at a time: their replicas are retired first, so that no write to them can be
    /// acknowledged any more. May be repeated freely. Answer: <see cref="StatusReply"/> when none is left from there on, otherwise
    /// ChunkRecovering with a retry hint.
    /// </summary>
    /// <param name="File">The file.</param>
    /// <param name="Places">Number of places to keep, 1 and up: what is in the last of them its primary cuts.</param>
    public sealed record CutFile(InodeId File, int Places) : Mutation;

    /// <summary>
    /// Orders what is to become of a chunk server; the last order counts, also after restarts. Superuser only. Answer:
    /// <see cref="ClusterReply"/>, or ServerNotFound.
    /// </summary>
    /// <param name="Server">The server.</param>
    /// <param name="Mode">The order.</param>
    /// <param name="ForMs">For maintenance: milliseconds until it is over by itself, 1 to <see cref="MaxMaintenanceMs"/>. 0 otherwise.</param>
    public sealed record SetServerMode(ServerId Server, ServerMode Mode, long ForMs = 0) : Mutation;

    /// <summary>
    /// Begins at once whatever can be repaired below a node, without waiting for the next check or for the end of a pause after a
    /// failure. May be repeated freely. Superuser only. Answer: <see cref="RepairPage"/>, or SafeMode.
    /// </summary>
    /// <param name="Target">A file, or a directory with everything below it.</param>
    /// <param name="After">The <see cref="RepairPage.Next"/> of the page before; empty for the first.</param>
    /// <param name="Limit">Most files in one page, 1 to <see cref="MaxPage"/>.</param>
    public sealed record RepairChunks(PathRef Target, string After, int Limit) : Mutation;

    // ---- replies -----------------------------------------------------------------------------------------------

    /// <summary>The request failed; nothing was changed unless the code says otherwise.</summary>
    public sealed record Failed(DfsError Error) : Reply;

    /// <summary>The mutation is durable.</summary>
    public sealed record Done : Reply
    {
        /// <summary>When a name was removed or moved, as its directory says; 0 when that is not known any more, and for all else.</summary>
        public long AtUnixNs { get; init; }
    }

    /// <summary>One node.</summary>
    public sealed record StatusReply(FileStatus Status) : Reply
    {
        /// <summary>True for a directory that was just made, and that the session which the request came through holds from now on.</summary>
        public bool IsHeld { get; init; }
    }

    /// <summary>One entry of a directory.</summary>
    public sealed record DirectoryEntry(string Name, FileStatus Status);

    /// <summary>A page of a directory.</summary>
    public sealed record DirectoryPage(IReadOnlyList<DirectoryEntry> Entries, bool HasMore) : Reply;

    /// <summary>A file and some of its chunks, in order of index; holes within the file appear with <see cref="ChunkId.None"/>.</summary>
    public sealed record ChunksReply(FileStatus Status, IReadOnlyList<ChunkLocation> Chunks, bool HasMore) : Reply;

    /// <summary>One chunk.</summary>
    /// <param name="Chunk">The chunk.</param>
    /// <param name="Places">Number of chunk places of its file: highest index + 1.</param>
    public sealed record ChunkReply(ChunkLocation Chunk, int Places) : Reply;

    /// <summary>A file is open; <paramref name="First"/> is chunk 0 when it was asked for.</summary>
    public sealed record FileOpened(FileStatus Status, ChunkLocation? First, bool Created) : Reply;

    /// <summary>One row of the look-up table.</summary>
    public sealed record TrackerRow(
        string Path, ChunkId Chunk, int Index, Generation Generation, ServerId Server, DataEndpoint Endpoint, string ServerPath, bool Alive, ReplicaState State);

    /// <summary>A page of the look-up table; <paramref name="Next"/> is empty after the last.</summary>
    public sealed record TrackerPage(IReadOnlyList<TrackerRow> Rows, string Next) : Reply;

    /// <summary>Conditions of chunks; <paramref name="Next"/> is empty after the last page, the counts are of this page.</summary>
    public sealed record InspectionPage(IReadOnlyList<ChunkInspection> Rows, ChunkCounts Counts, string Next) : Reply;

    /// <summary>One entry of the operation log.</summary>
    /// <param name="Position">Where it stands in the log; entries that were made durable together have the same.</param>
    /// <param name="AtUnixNs">When it happened.</param>
    /// <param name="Kind">create, remove, move, exchange, link, attributes, allocate, generation, open, measure, close, xattr, lease, unlease, undelete, expunge, quota, server, server-mode, epoch, formed.</param>
    /// <param name="Path">What it happened to, as it was called then; empty for the cluster itself.</param>
    /// <param name="OtherPath">The other name of a move, exchange or link; empty otherwise.</param>
    /// <param name="Text">Details for people.</param>
    public sealed record LogEntry(long Position, long AtUnixNs, string Kind, string Path, string OtherPath, string Text);

    /// <summary>Entries in the order in which they happened; <paramref name="HasEarlier"/> when older ones match, too.</summary>
    public sealed record LogPage(IReadOnlyList<LogEntry> Entries, bool HasEarlier) : Reply;

    /// <summary>What was ordered, chunks without trouble left out; <paramref name="Next"/> is empty after the last page.</summary>
    public sealed record RepairPage(IReadOnlyList<ChunkRepair> Rows, string Next) : Reply;

    /// <summary>The cluster as meta sees it.</summary>
    public sealed record ClusterReply(ClusterStatus Status) : Reply;
}

/// <summary>The cluster as meta sees it.</summary>
public sealed record ClusterStatus
{
    /// <summary>The cluster's identity, made at its first start.</summary>
    public required Guid ClusterId { get; init; }

    /// <summary>Address of the acting meta, as host:port.</summary>
    public required string MetaAddress { get; init; }

    /// <summary>All meta nodes in the cluster, the acting one among them, oldest first: in this order they would act.</summary>
    public IReadOnlyList<MetaNodeStatus> MetaNodes { get; init; } = [];

    /// <summary>Its term.</summary>
    public required Epoch Epoch { get; init; }

    /// <summary>True until enough chunk servers have reported after a start.</summary>
    public bool InSafeMode { get; init; }

    /// <summary>Why, and what is missing; empty outside safe mode.</summary>
    public string SafeModeReason { get; init; } = string.Empty;

    /// <summary>All servers ever registered, by id.</summary>
    public IReadOnlyList<ServerStatus> Servers { get; init; } = [];

    /// <summary>Files (not directories).</summary>
    public long Files { get; init; }

    /// <summary>Directories.</summary>
    public long Directories { get; init; }

    /// <summary>Chunks.</summary>
    public long Chunks { get; init; }

    /// <summary>Chunks with as many live replicas as asked, or more.</summary>
    public long FullyReplicated { get; init; }

    /// <summary>Chunks with at least one live replica but fewer than asked.</summary>
    public long UnderReplicated { get; init; }

    /// <summary>Chunks without a live replica.</summary>
    public long Missing { get; init; }

    /// <summary>Copies being made now.</summary>
    public int CopiesInFlight { get; init; }

    /// <summary>Copies made since the acting meta started.</summary>
    public long CopiesDone { get; init; }

    /// <summary>Copies that failed since the acting meta started (each is tried again).</summary>
    public long CopiesFailed { get; init; }

    /// <summary>Chunks that wait for a copy, those that leave a draining server included.</summary>
    public long CopiesQueued { get; init; }

    /// <summary>Estimate of when the last of them is made, in milliseconds; 0 when none is, -1 when nothing is known to go by.</summary>
    public long RecoveredInMs { get; init; }
}

/// <summary>A meta node as the acting one sees it.</summary>
/// <param name="Address">host:port.</param>
/// <param name="IsReachable">False while the acting one hears nothing of it.</param>
public sealed record MetaNodeStatus(string Address, bool IsReachable);
