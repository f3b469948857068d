// What a client (or another chunk server) can ask of a chunk server's data plane. The bytes travel in frames over TCP,
// never through actor messages; docs/formats/data-plane.md has the grammar.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>Kinds of write. Numbers are on the wire and on disk: append only.</summary>
public enum WriteMode : byte
{
    /// <summary>At an offset that the caller gives; a gap before it reads as NUL.</summary>
    AtOffset = 1,

    /// <summary>At the end, all of it or, when it does not fit, ChunkFull and nothing.</summary>
    Append = 2,

    /// <summary>
    /// A record: at the end if it fits; if not, the rest of the chunk is padded with NUL on every replica and the answer is ChunkFull.
    /// </summary>
    Record = 3,

    /// <summary>Cuts, or grows with NUL, to the length given as offset; no payload.</summary>
    Truncate = 4,
}

/// <summary>A write to a chunk, addressed to its primary.</summary>
public sealed record WriteOp
{
    /// <summary>The chunk, its generation, its chain (primary first) and its size, as meta gave them.</summary>
    public required ChunkLocation Location { get; init; }

    /// <summary>Its id; a repeat gets the first answer.</summary>
    public required OperationId Operation { get; init; }

    /// <summary>What kind.</summary>
    public required WriteMode Mode { get; init; }

    /// <summary>Offset in the chunk for <see cref="WriteMode.AtOffset"/>, new length for <see cref="WriteMode.Truncate"/>, else 0.</summary>
    public long Offset { get; init; }

    /// <summary>True: acknowledged only when every replica has it on disk.</summary>
    public bool Sync { get; init; }

    /// <summary>When this replica's ack is enough; Default means the file's own policy was resolved to All.</summary>
    public AckPolicy Ack { get; init; } = AckPolicy.All;

    /// <summary>
    /// True only when this operation id was never sent before: the primary then need not look for an earlier outcome. A retry
    /// says false; if its outcome is so old that it was forgotten, the answer is OutcomeUnknown.
    /// </summary>
    public required bool FirstAttempt { get; init; }

    /// <summary>Milliseconds the server may let it wait; 0 for as long as the connection lasts.</summary>
    public int DeadlineMs { get; init; }

    /// <summary>
    /// The bytes, at most <see cref="DataPlaneLimits.MaxPayloadBytes"/>. Borrowed until the call returns; the caller keeps ownership.
    /// </summary>
    public ReadOnlyMemory<byte> Payload { get; init; }
}

/// <summary>An acknowledged write.</summary>
/// <param name="Offset">Where in the chunk the bytes are.</param>
/// <param name="Generation">Generation under which it was committed.</param>
/// <param name="Sequence">Its place in the chunk's history.</param>
/// <param name="ChunkLengthBytes">Length of the chunk right after it.</param>
public readonly record struct WriteAck(long Offset, Generation Generation, ulong Sequence, long ChunkLengthBytes);

/// <summary>A read from one replica.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="Generation">What the caller believes; <see cref="Generation.Any"/> takes whatever is current there.</param>
/// <param name="Server">The server meant, so that a foreign one on the same address refuses.</param>
/// <param name="Range">Within the chunk, at most <see cref="DataPlaneLimits.MaxPayloadBytes"/>; what lies beyond its end is not returned.</param>
/// <param name="DeadlineMs">Milliseconds the server may let it wait; 0 for as long as the connection lasts.</param>
public readonly record struct ReadOp(ChunkId Chunk, Generation Generation, ServerId Server, ByteRange Range, int DeadlineMs = 0);

/// <summary>What a read gave.</summary>
/// <param name="BytesRead">Bytes put into the destination: fewer than asked only at the end of the chunk.</param>
/// <param name="Generation">Generation of the replica.</param>
/// <param name="Sequence">Operations up to this one were committed and are reflected.</param>
/// <param name="ChunkLengthBytes">Committed length of the chunk at that point.</param>
public readonly record struct ReadAck(int BytesRead, Generation Generation, ulong Sequence, long ChunkLengthBytes);

/// <summary>State of one replica as its server sees it.</summary>
/// <param name="Generation">Its generation.</param>
/// <param name="Sequence">Last committed operation.</param>
/// <param name="LengthBytes">Committed length.</param>
/// <param name="IsOpen">True while operations are under way.</param>
/// <param name="Path">Absolute path of the data file.</param>
public sealed record ReplicaStatus(Generation Generation, ulong Sequence, long LengthBytes, bool IsOpen, string Path);

/// <summary>Limits that both sides check before they allocate.</summary>
public static class DataPlaneLimits
{
    /// <summary>Largest payload of one frame, in bytes: a record of a quarter of a 64 MiB chunk travels in one piece.</summary>
    public const int MaxPayloadBytes = 16 * 1024 * 1024;

    /// <summary>Largest head of one frame, in bytes.</summary>
    public const int MaxHeadBytes = 64 * 1024;
}

/// <summary>
/// Connections to data planes: one or a few per endpoint, many requests in flight on each, reconnecting on demand.
/// Thread-safe. Deadlines come as cancellation tokens: a cancelled write gives OutcomeUnknown, a cancelled read Timeout.
/// </summary>
public interface IDataPlaneClient : IAsyncDisposable
{
    /// <summary>Sends a write to the primary of its chain and waits for the commit.</summary>
    ValueTask<Result<WriteAck>> WriteAsync(WriteOp op, CancellationToken cancellationToken);

    /// <summary>Reads from one replica into <paramref name="destination"/> and verifies the checksums that came with the bytes.</summary>
    /// <returns>ReplicaCorrupt when they do not match: try the next replica, and report this one.</returns>
    ValueTask<Result<ReadAck>> ReadAsync(DataEndpoint endpoint, ReadOp op, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Asks a replica for its state.</summary>
    ValueTask<Result<ReplicaStatus>> StatAsync(DataEndpoint endpoint, ChunkId chunk, ServerId server, CancellationToken cancellationToken);

    /// <summary>Damages a replica on its server's disk, for a drill; only where the server permits it.</summary>
    ValueTask<Result<DamageReport>> DamageAsync(DataEndpoint endpoint, DamageOp op, CancellationToken cancellationToken);

    /// <summary>Tells a primary that the writer is done for now, so that it may tell meta the chunk's final length at once.</summary>
    ValueTask<Result<ReplicaStatus>> QuiesceAsync(DataEndpoint endpoint, ChunkId chunk, ServerId server, CancellationToken cancellationToken);
}
