// The conversation between a chunk server and meta: registration, heartbeats with chunk reports, and meta's orders.
// Every order carries meta's epoch; a server refuses one that is older than the newest it has seen.
// All messages of one server travel through its ChunkServerActor, so that meta sees them in the order in which they became true.
//
// The right to acknowledge writes. Meta answers for the length of a chunk that is closed, so a primary acknowledges writes only
// while meta knows the chunk as open under its present generation: from ChunkReopened for that generation until it says
// ChunkQuiesced, restarts, or adopts another generation. A write that arrives without that right is not applied before the answer to
// ReopenChunk gives it: a snapshot may see the chunk as it is. The first write of a chunk is no exception: that there is no replica
// here may also mean that the chunk has moved on and the replica was deleted. For the same reason a replica that a write has
// made serves no read before its primary has had that right.

namespace AkkaDfs.Shared.Protocol;

/// <summary>Messages between ChunkServerActors and the MetaActor.</summary>
public static class ServerProtocol
{
    /// <summary>Most entries in one page of a chunk report.</summary>
    public const int MaxReportEntries = 4096;

    /// <summary>Most chunks in one <see cref="WithholdReplicas"/>.</summary>
    public const int MaxWithheldEntries = 2048;

    /// <summary>What a chunk server tells meta.</summary>
    public abstract record ToMeta;

    /// <summary>What meta tells a chunk server.</summary>
    public abstract record ToServer
    {
        /// <summary>The sender's term.</summary>
        public Epoch Epoch { get; init; }
    }

    /// <summary>One replica in a chunk report.</summary>
    /// <param name="Chunk">The chunk.</param>
    /// <param name="Generation">The generation the replica belongs to.</param>
    /// <param name="Sequence">Last operation applied.</param>
    /// <param name="LengthBytes">Its length.</param>
    /// <param name="Folder">Number of the data folder it is in.</param>
    /// <param name="Position">Place in the chain of that generation: 0 is the primary.</param>
    /// <param name="ChainLength">Length of that chain.</param>
    /// <param name="Flags">What else is to be said.</param>
    public readonly record struct ReplicaReport(
        ChunkId Chunk,
        Generation Generation,
        ulong Sequence,
        long LengthBytes,
        byte Folder,
        byte Position,
        byte ChainLength,
        ReplicaFlags Flags);

    /// <summary>Flags of a reported replica. Numbers are on the wire: append only.</summary>
    [Flags]
    public enum ReplicaFlags
    {
        /// <summary>Nothing special.</summary>
        None = 0,

        /// <summary>Length and sequence may move: operations are under way, or this primary has the right to acknowledge writes.</summary>
        Open = 1,

        /// <summary>At least one block does not match its checksum.</summary>
        Damaged = 2,
    }

    // ---- server to meta ----------------------------------------------------------------------------------------

    /// <summary>First message after a start, and whenever meta asks. Answer: Registered or RegistrationRefused, to the sender.</summary>
    /// <param name="Server">Id stamped in its folders; <see cref="ServerId.None"/> for empty folders.</param>
    /// <param name="ClusterId">Cluster stamped in its folders; empty for empty folders.</param>
    /// <param name="Incarnation">Random, new with each start of the process.</param>
    /// <param name="ControlAddress">host:port of its actor system.</param>
    /// <param name="Endpoint">Where its data plane listens.</param>
    /// <param name="Folders">Absolute paths of its data folders.</param>
    /// <param name="CapacityBytes">Bytes it may use in all.</param>
    /// <param name="FreeBytes">Bytes it can still take.</param>
    public sealed record Register(
        ServerId Server,
        Guid ClusterId,
        Guid Incarnation,
        string ControlAddress,
        DataEndpoint Endpoint,
        IReadOnlyList<string> Folders,
        long CapacityBytes,
        long FreeBytes) : ToMeta;

    /// <summary>
    /// A page of the full report; pages count from 0, and the last one says so. After it the server sends a heartbeat at once: a
    /// server is given the right to serve only after its full report, so that it serves nothing stale.
    /// </summary>
    public sealed record ReportPage(ServerId Server, Guid Incarnation, int Page, bool IsLast, IReadOnlyList<ReplicaReport> Replicas) : ToMeta;

    /// <summary>Sign of life with what changed since the last one. Answer: HeartbeatAck.</summary>
    /// <param name="Server">Its id.</param>
    /// <param name="Incarnation">Which run of the process.</param>
    /// <param name="Number">1 and up, one more each time within an incarnation.</param>
    /// <param name="Changed">Replicas that are new or whose report changed; at most <see cref="MaxReportEntries"/>.</param>
    /// <param name="Removed">Replicas that are gone.</param>
    /// <param name="ReplicaCount">Number of replicas after these changes.</param>
    /// <param name="Digest">Order-independent digest of all (chunk, generation) after these changes; see <see cref="ReportDigest"/>.</param>
    /// <param name="UsedBytes">Bytes in use.</param>
    /// <param name="FreeBytes">Bytes it can still take.</param>
    public sealed record Heartbeat(
        ServerId Server,
        Guid Incarnation,
        long Number,
        IReadOnlyList<ReplicaReport> Changed,
        IReadOnlyList<ChunkId> Removed,
        long ReplicaCount,
        ulong Digest,
        long UsedBytes,
        long FreeBytes) : ToMeta
    {
        /// <summary>
        /// True when the server is about to stop in good order: it takes no writes from clients any more, brings those that are under
        /// way to their end, and says ChunkQuiesced of each chunk. Its chains are to be handed to others.
        /// </summary>
        public bool IsStopping { get; init; }

        /// <summary>How far its scrub is.</summary>
        public ScrubStatus Scrub { get; init; }
    }

    /// <summary>
    /// The primary of a chunk has had nothing to do for a while: all its operations are committed, and it acknowledges no further
    /// one until it has asked with <see cref="ReopenChunk"/>.
    /// </summary>
    public sealed record ChunkQuiesced(ServerId Server, ChunkId Chunk, Generation Generation, ulong Sequence, long LengthBytes) : ToMeta;

    /// <summary>
    /// A primary without the right to acknowledge writes has one to acknowledge. Sent again until answered.
    /// Answer: <see cref="ChunkReopened"/>.
    /// </summary>
    public sealed record ReopenChunk(ServerId Server, ChunkId Chunk, Generation Generation) : ToMeta
    {
        /// <summary>Number of the asking, 1 and up, higher each time in one run of the server's process.</summary>
        public ulong Ask { get; init; }
    }

    /// <summary>
    /// The primary could not get an operation through its chain. It acknowledges nothing until it has adopted another generation,
    /// and says this again from time to time until then.
    /// </summary>
    /// <param name="Server">The primary.</param>
    /// <param name="Chunk">The chunk.</param>
    /// <param name="Generation">Its generation.</param>
    /// <param name="Suspect">The replica that did not accept.</param>
    /// <param name="Error">How it failed; ConnectionRefused when nothing listens there.</param>
    public sealed record ChainBroken(ServerId Server, ChunkId Chunk, Generation Generation, ServerId Suspect, DfsError Error) : ToMeta;

    /// <summary>A replica of this server is damaged or lost.</summary>
    public sealed record ReplicaFailed(ServerId Server, ChunkId Chunk, Generation Generation, DfsError Error) : ToMeta;

    /// <summary>
    /// Answer to AdoptGeneration: this replica durably belongs to the new generation. The source says it at once, another member
    /// only after the source has brought it to its own state, and a retired replica when it has stopped serving.
    /// </summary>
    public sealed record GenerationAdopted(ServerId Server, ChunkId Chunk, Generation Generation, ulong Sequence, long LengthBytes) : ToMeta;

    /// <summary>Answer to GetReplica.</summary>
    public sealed record ReplicaAnswer(ServerId Server, ChunkId Chunk, Generation Generation, ulong Sequence, long LengthBytes, bool Found) : ToMeta;

    /// <summary>Answer to CopyReplica: the copy is complete, verified, durable, and waits to be adopted into a generation.</summary>
    public sealed record ReplicaCopied(ServerId Server, ChunkId Chunk, Generation Generation, ulong Sequence, long LengthBytes, long CopiedBytes) : ToMeta;

    /// <summary>A copy is not complete, and has come further: said from time to time, so that a slow one is not taken for one that hangs.</summary>
    public sealed record CopyProgress(ServerId Server, ChunkId Chunk, Generation Generation, long CopiedBytes) : ToMeta;

    /// <summary>Answer to RepairBlocks: every block of the replica is what was written, and on disk.</summary>
    public sealed record ReplicaRepaired(ServerId Server, ChunkId Chunk, Generation Generation, ulong Sequence, long LengthBytes, long RepairedBytes) : ToMeta;

    /// <summary>An order failed.</summary>
    public sealed record OrderFailed(ServerId Server, ChunkId Chunk, Generation Generation, string Order, DfsError Error) : ToMeta;

    /// <summary>What <see cref="WithholdReplicas"/> has named is served no more by this run of the server's process.</summary>
    public sealed record ReplicasWithheld(ServerId Server, Guid Incarnation, IReadOnlyList<ChunkId> Chunks) : ToMeta;

    // ---- meta to server ----------------------------------------------------------------------------------------

    /// <summary>The server is known; it stamps cluster and id into its folders before it stores anything, then sends its report.</summary>
    /// <param name="Server">Its id, given now or before.</param>
    /// <param name="ClusterId">The cluster.</param>
    /// <param name="HeartbeatMs">How often to send a heartbeat.</param>
    /// <param name="ServeMs">How long it may serve after the send time of the message this answers.</param>
    public sealed record Registered(ServerId Server, Guid ClusterId, int HeartbeatMs, int ServeMs) : ToServer
    {
        /// <summary>No chunk of this id or a higher one was allocated when this was said.</summary>
        public ChunkId NextChunk { get; init; } = new(1);
    }

    /// <summary>The server cannot join; the error says why.</summary>
    public sealed record RegistrationRefused(DfsError Error) : ToServer;

    /// <summary>Answer to a heartbeat.</summary>
    /// <param name="Number">The heartbeat's number.</param>
    /// <param name="ServeMs">How long the server may serve, counted from when it sent that heartbeat.</param>
    /// <param name="WantFullReport">The digests differ, or meta has none yet.</param>
    /// <param name="MustRegister">Meta does not know this incarnation.</param>
    public sealed record HeartbeatAck(long Number, int ServeMs, bool WantFullReport, bool MustRegister) : ToServer;

    /// <summary>
    /// Moves a chunk to a new generation: from now on operations of older ones are refused; the first of
    /// <paramref name="Chain"/> is the primary and source: it brings the others to its own state before it takes writes. Until it has
    /// been brought there, a member answers GetReplica and reports with its old generation. A receiver that is not in the chain
    /// retires its replica: it serves neither reads nor writes any more and keeps the bytes until DeleteReplicas. Sent again until
    /// answered; a repeat is answered again.
    /// </summary>
    public sealed record AdoptGeneration(ChunkId Chunk, Generation Generation, int ChunkSizeBytes, IReadOnlyList<ReplicaLocation> Chain) : ToServer
    {
        /// <summary>
        /// True when the chunk was never written as far as meta knows: a source without a replica starts with an empty one. When
        /// false, such a source answers OrderFailed with ReplicaNotFound.
        /// </summary>
        public bool MayCreate { get; init; }
    }

    /// <summary>Answer to ReopenChunk, and said unasked when a chunk under write has moved to a new generation.</summary>
    /// <param name="Chunk">The chunk.</param>
    /// <param name="Generation">The generation under which writes may be acknowledged now.</param>
    /// <param name="Error">Null; StaleGeneration or ChunkRecovering when they may not, and another generation is on its way.</param>
    public sealed record ChunkReopened(ChunkId Chunk, Generation Generation, DfsError? Error = null) : ToServer
    {
        /// <summary>The asking that this answers; 0 when said unasked. An answer that comes after the primary has given the right back is of no use.</summary>
        public ulong Ask { get; init; }
    }

    /// <summary>Asks for a replica's state. Answer: ReplicaAnswer.</summary>
    public sealed record GetReplica(ChunkId Chunk) : ToServer;

    /// <summary>
    /// Tells the destination to copy a replica from the source; it stays outside every generation until adopted. The destination
    /// may hold a stale or damaged replica of the chunk, which the copy replaces when it is adopted.
    /// </summary>
    public sealed record CopyReplica(ChunkId Chunk, Generation Generation, int ChunkSizeBytes, ReplicaLocation Source) : ToServer
    {
        /// <summary>
        /// Set when the chunk is a new one that begins with the bytes of another, which does not change meanwhile: the copy is a
        /// replica of the new chunk as soon as it is complete, and its state has to be the one that is said here.
        /// </summary>
        public CopiedChunk? Of { get; init; }
    }

    /// <summary>What a new chunk begins with, and the replica's place in its chain.</summary>
    public sealed record CopiedChunk(ChunkId Chunk, ulong Sequence, long LengthBytes, byte Position, byte ChainLength);

    /// <summary>
    /// The primary of a chunk is to bring what is under way to its end, to acknowledge nothing further, and to say so with
    /// ChunkQuiesced; what comes meanwhile waits for the answer to ReopenChunk. Sent again until meta knows the chunk as closed.
    /// </summary>
    public sealed record QuiesceChunk(ChunkId Chunk, Generation Generation) : ToServer;

    /// <summary>
    /// Tells a server to put right the damaged blocks of its replica with the bytes of other members, of which each may be damaged
    /// itself, elsewhere. Answer: ReplicaRepaired or OrderFailed.
    /// </summary>
    public sealed record RepairBlocks(ChunkId Chunk, Generation Generation, IReadOnlyList<ReplicaLocation> Sources) : ToServer;

    /// <summary>Tells the source that a copy is about to be read by the destination, so that it keeps the replica and grants the bandwidth.</summary>
    public sealed record ServeCopy(ChunkId Chunk, Generation Generation, ReplicaLocation Destination) : ToServer;

    /// <summary>Deletes replicas that are of this or an older generation and not adopted since.</summary>
    public sealed record DeleteReplicas(IReadOnlyList<ReplicaVersion> Replicas) : ToServer;

    /// <summary>
    /// The chunks are in no file: the server serves their replicas to nobody any more, and keeps the bytes until DeleteReplicas.
    /// Sent again with each heartbeat until it is confirmed. Answer: <see cref="ReplicasWithheld"/>.
    /// </summary>
    /// <param name="Chunks">At most <see cref="MaxWithheldEntries"/>.</param>
    public sealed record WithholdReplicas(IReadOnlyList<ChunkId> Chunks) : ToServer;

    /// <summary>A chunk and the newest generation that may be deleted.</summary>
    public readonly record struct ReplicaVersion(ChunkId Chunk, Generation Generation);
}

/// <summary>Order-independent digest of a chunk report: the sum of a mix of each (chunk, generation).</summary>
public static class ReportDigest
{
    /// <summary>What one replica adds to the digest.</summary>
    public static ulong Of(ChunkId chunk, Generation generation)
    {
        // splitmix64's finaliser: a small change of the input changes every bit of the output.
        var value = chunk.Value + (generation.Value * 0x9E3779B97F4A7C15UL) + 0x632BE59BD9B4E019UL;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
