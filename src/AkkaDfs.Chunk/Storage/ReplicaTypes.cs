// What goes into the chunk store and what comes out of it: plain values, no behaviour.

using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Storage;

/// <summary>The place of a replica in its chunk's chain.</summary>
/// <param name="Generation">Version of the replica set; operations of older ones are to be refused.</param>
/// <param name="Position">0 is the primary, <paramref name="ChainLength"/> - 1 the tail.</param>
/// <param name="ChainLength">1 to 16.</param>
public readonly record struct ReplicaRole(Generation Generation, byte Position, byte ChainLength);

/// <summary>What the store knows of a replica without opening it.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="Role">Its generation and place; generation 0 when the meta file is lost or damaged.</param>
/// <param name="Sequence">Last operation applied.</param>
/// <param name="LengthBytes">Length of the chunk after it.</param>
/// <param name="ChunkSizeBytes">Most it may grow to.</param>
/// <param name="Folder">Number of its data folder, counting from 0 in the settings' list.</param>
/// <param name="Flags">Damaged when a block is known to differ from its checksum, or a file of it is missing or unreadable.</param>
public readonly record struct ReplicaInfo(
    ChunkId Chunk,
    ReplicaRole Role,
    ulong Sequence,
    long LengthBytes,
    int ChunkSizeBytes,
    byte Folder,
    ServerProtocol.ReplicaFlags Flags)
{
    /// <summary>This as a row of a chunk report; <paramref name="isOpen"/> adds the flag Open.</summary>
    public ServerProtocol.ReplicaReport ToReport(bool isOpen) => new(
        Chunk,
        Role.Generation,
        Sequence,
        LengthBytes,
        Folder,
        Role.Position,
        Role.ChainLength,
        isOpen ? Flags | ServerProtocol.ReplicaFlags.Open : Flags);
}

/// <summary>One operation on a replica, its place in the order and its offset already decided by the primary.</summary>
public readonly record struct ReplicaOp
{
    /// <summary>One more than the operation before it.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>What kind. Append and Record must stand exactly at the replica's length.</summary>
    public required WriteMode Mode { get; init; }

    /// <summary>
    /// True for a record that did not fit: no payload, <see cref="Offset"/> is the replica's length, and the rest of the chunk
    /// becomes NUL.
    /// </summary>
    public bool PadToEnd { get; init; }

    /// <summary>Where the payload goes; the new length for Truncate. A gap before it reads as NUL.</summary>
    public required long Offset { get; init; }

    /// <summary>The bytes, at most <see cref="DataPlaneLimits.MaxPayloadBytes"/>; borrowed until Apply returns.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Checksums of the payload as <see cref="Checksum.ComputeSegments"/> gives them for <see cref="ChecksumBase"/>.</summary>
    public ReadOnlyMemory<uint> Checksums { get; init; }

    /// <summary>The offset that the checksums were cut for: <see cref="Offset"/>, or 0 where the sender did not know it yet.</summary>
    public long ChecksumBase { get; init; }

    /// <summary>Id to remember with the outcome; None remembers nothing.</summary>
    public OperationId Operation { get; init; }

    /// <summary>True when SyncAsync will be asked for this operation: it then goes to the write-ahead log with its payload.</summary>
    public bool Sync { get; init; }
}

/// <summary>What became of an operation; remembered with the replica so that a repeat gets the same answer.</summary>
/// <param name="Sequence">Its place in the order.</param>
/// <param name="Offset">Where its bytes are.</param>
/// <param name="LengthBytes">Length of the chunk right after it.</param>
/// <param name="Code">None, or ChunkFull for a record that padded the chunk.</param>
public readonly record struct OperationOutcome(ulong Sequence, long Offset, long LengthBytes, DfsErrorCode Code);

/// <summary>What Apply did.</summary>
/// <param name="Applied">Operations in force, counted from the first of the batch.</param>
/// <param name="Error">Null when that is all of them, else why the next one is not.</param>
public readonly record struct ApplyResult(int Applied, DfsError? Error);

/// <summary>What a read gave.</summary>
/// <param name="BytesRead">Bytes in the destination, verified; fewer than asked only at the end of the replica. 0 on error.</param>
/// <param name="Error">Null; ReplicaCorrupt or DiskError with the blocks in <paramref name="BadBlocks"/>; ReplicaLost.</param>
/// <param name="BadBlocks">Indexes of blocks (of <see cref="Checksum.BlockBytes"/>) in the range that are not what was written.</param>
public readonly record struct ReadOutcome(int BytesRead, DfsError? Error, IReadOnlyList<int> BadBlocks);

/// <summary>The right bytes of one block.</summary>
/// <param name="Index">Block number: byte offset / <see cref="Checksum.BlockBytes"/>.</param>
/// <param name="Bytes">The whole block; shorter only for the last block of the replica.</param>
/// <param name="Checksum">Checksum of the bytes.</param>
public readonly record struct BlockData(int Index, ReadOnlyMemory<byte> Bytes, uint Checksum);

/// <summary>Everything about a replica's state but its blocks.</summary>
/// <param name="Sequence">Last operation applied.</param>
/// <param name="LengthBytes">Length after it.</param>
/// <param name="Outcomes">Remembered outcomes, as ExportOutcomes gave them at the source.</param>
public sealed record ReplicaContent(ulong Sequence, long LengthBytes, ReadOnlyMemory<byte> Outcomes);

/// <summary>State of one data folder.</summary>
/// <param name="Number">Place in the settings' list.</param>
/// <param name="Path">Absolute path.</param>
/// <param name="IsNew">True when it bore no stamp at the start: it is empty, whatever was there before.</param>
/// <param name="Error">Null while it works; why it does not: StoreDamaged, WrongCluster, VersionMismatch, DiskError.</param>
/// <param name="Replicas">Number of replicas in it.</param>
/// <param name="UsedBytes">Sum of their lengths.</param>
/// <param name="FreeBytes">What it can still take, the reserve taken off.</param>
public sealed record FolderStatus(int Number, string Path, bool IsNew, DfsError? Error, long Replicas, long UsedBytes, long FreeBytes);

/// <summary>What the store has to say on its own account.</summary>
public abstract record StoreEvent
{
    /// <summary>Blocks of a replica are not what was written; other blocks of it still serve. Rewrite them with PatchAsync.</summary>
    public sealed record ReplicaDamaged(ChunkId Chunk, Generation Generation, IReadOnlyList<int> Blocks, DfsError Error) : StoreEvent;

    /// <summary>A replica can no longer be trusted: delete it and make another elsewhere.</summary>
    public sealed record ReplicaLost(ChunkId Chunk, Generation Generation, DfsError Error) : StoreEvent;

    /// <summary>A data folder is out of use, and with it all its replicas.</summary>
    public sealed record FolderFailed(int Folder, DfsError Error) : StoreEvent;

    /// <summary>A data folder that was out of use works again: with its replicas, or empty when they were deleted under the server.</summary>
    public sealed record FolderRestored(int Folder) : StoreEvent;

    /// <summary>The write-ahead log of a folder was damaged where it had been durable: its replicas may have lost their last operations.</summary>
    public sealed record LogDamaged(int Folder, DfsError Error) : StoreEvent;

    /// <summary>Background work failed; it is tried again, and nothing that was promised is lost.</summary>
    public sealed record Trouble(int Folder, DfsError Error) : StoreEvent;
}
