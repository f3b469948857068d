// One open replica. See IChunkStore for the crash rules.

using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Storage;

/// <summary>
/// An open replica. Calls may come from any thread and are serialised inside; Dispose gives the handle back (operations that
/// were applied stay applied). Several handles to one replica share its state.
/// </summary>
public interface IReplicaFile : IDisposable
{
    /// <summary>State right now: sequence and length include everything applied, synced or not.</summary>
    ReplicaInfo Info { get; }

    /// <summary>Absolute path of the data file.</summary>
    string DataPath { get; }

    /// <summary>The turn to <see cref="Apply"/> a few small operations from a thread that should not block.</summary>
    FolderTurn Turn { get; }

    /// <summary>Non-null once the replica can no longer be trusted: ReplicaLost; every later call returns it.</summary>
    DfsError? Fault { get; }

    /// <summary>
    /// Applies operations, in order. On return those that were applied are in the operating system (they outlive a kill of this
    /// process) and visible to reads, but on disk only after <see cref="SyncAsync"/>.
    /// </summary>
    /// <returns>
    /// How many, from the first on, are in force; the others had no effect at all. All of them, or an error for the first that
    /// is not: SequenceGap (not the next one), OutOfRange (beyond the chunk size, or an append that does not stand at the end),
    /// InvalidArgument, ProtocolViolation (payload and checksums differ), ReplicaCorrupt (a block that is partly overwritten is
    /// damaged: repair it first), DiskFull, DiskError, ReplicaLost.
    /// </returns>
    ApplyResult Apply(ReadOnlySpan<ReplicaOp> operations);

    /// <summary>
    /// Completes when everything applied before the call is on disk. One fdatasync of the folder's log serves all replicas
    /// that wait for it. Returns ReplicaLost when the disk failed: final, never to be retried.
    /// </summary>
    ValueTask<DfsError?> SyncAsync();

    /// <summary>Reads and verifies the blocks that the range touches.</summary>
    /// <param name="range">Clipped to the replica's length.</param>
    /// <param name="destination">At least as long as the range, clipped.</param>
    /// <param name="checksums">Receives the checksums of the bytes read, shaped as <see cref="Checksum.ComputeSegments"/> at the range's offset.</param>
    ReadOutcome Read(ByteRange range, Span<byte> destination, Span<uint> checksums);

    /// <summary>Number of blocks: length / <see cref="Checksum.BlockBytes"/>, rounded up.</summary>
    int BlockCount { get; }

    /// <summary>Copies the checksums of blocks [<paramref name="firstBlock"/>, …) as they ought to be, without reading the blocks.</summary>
    /// <returns>How many were copied.</returns>
    int CopyBlockChecksums(int firstBlock, Span<uint> destination);

    /// <summary>Reads blocks and adds to <paramref name="bad"/> the indexes of those that are not what was written.</summary>
    /// <returns>Null, also when some are bad; ReplicaLost when the files are gone.</returns>
    DfsError? Verify(int firstBlock, int blockCount, ICollection<int> bad);

    /// <summary>Rewrites damaged blocks with their right bytes; the replica's state does not change. Durable when it completes.</summary>
    /// <param name="blocks">At most <see cref="AkkaDfs.Shared.DataPlane.DataPlaneLimits.MaxPayloadBytes"/> in all; checksums must be the replica's own (else ProtocolViolation).</param>
    ValueTask<DfsError?> RepairAsync(IReadOnlyList<BlockData> blocks);

    /// <summary>
    /// Brings the replica to another one's state, in one step that a crash cannot split: blocks that differ, sequence, length,
    /// remembered outcomes, and its role in the new generation. Durable when it completes.
    /// </summary>
    /// <param name="blocks">At most <see cref="AkkaDfs.Shared.DataPlane.DataPlaneLimits.MaxPayloadBytes"/> in all; where more differ, copy the replica with BeginIncoming instead.</param>
    /// <param name="content">The source's state.</param>
    /// <param name="role">The role it has from then on.</param>
    /// <returns>Null, or ProtocolViolation when bytes and checksums do not fit together; InvalidArgument when over the limit.</returns>
    ValueTask<DfsError?> ReplaceAsync(IReadOnlyList<BlockData> blocks, ReplicaContent content, ReplicaRole role);

    /// <summary>Moves the replica to another generation or place. Durable when it completes.</summary>
    /// <returns>Null; StaleGeneration when the replica's own is newer; ReplicaLost.</returns>
    ValueTask<DfsError?> SetRoleAsync(ReplicaRole role);

    /// <summary>Finds what became of an operation among the last ones (see ChunkStoreSettings.RememberedOperations).</summary>
    bool TryGetOutcome(OperationId operation, out OperationOutcome outcome);

    /// <summary>True once an outcome had to be forgotten.</summary>
    bool HasForgottenOutcomes { get; }

    /// <summary>
    /// For an operation that is not found: false when it was certainly never applied, true when its outcome may be among those
    /// forgotten. A client's operations above the highest counter that was forgotten of it are certain.
    /// </summary>
    bool MayHaveForgotten(OperationId operation);

    /// <summary>The remembered outcomes as bytes, oldest first; goes along with every copy of the replica.</summary>
    byte[] ExportOutcomes();
}

/// <summary>
/// A copy that is being received. It is no replica yet: it is not listed, serves nothing, and is gone after a restart. One
/// thread at a time. Dispose before <see cref="CompleteAsync"/> drops it.
/// </summary>
public interface IIncomingReplica : IDisposable
{
    /// <summary>The chunk.</summary>
    ChunkId Chunk { get; }

    /// <summary>Checksums of the blocks that are there so far, 0 where nothing is; with a seeded copy those of the old replica.</summary>
    ReadOnlySpan<uint> BlockChecksums { get; }

    /// <summary>Writes whole blocks, in any order; the last one of the chunk may be shorter.</summary>
    /// <param name="offset">Multiple of <see cref="Checksum.BlockBytes"/>.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="checksums">One per block; they are compared with the data.</param>
    /// <returns>Null; ProtocolViolation; OutOfRange; DiskFull; DiskError.</returns>
    DfsError? WriteBlocks(long offset, ReadOnlySpan<byte> data, ReadOnlySpan<uint> checksums);

    /// <summary>
    /// Ends the copy: cuts to the length, checks that every block is there, and syncs. It then waits for
    /// IChunkStore.AdoptIncomingAsync.
    /// </summary>
    ValueTask<DfsError?> CompleteAsync(ReplicaContent content);
}
