// All replicas of one chunk server, in one or more data folders.
//
// Crash rules. After a kill of the process every operation whose Apply returned is there. After a power loss each replica is
// at a prefix of its applied operations that includes every synced one, and no torn block passes its checksum. A replica's
// data file holds exactly the chunk's bytes as soon as the replica has been left alone for a moment (SettleDelay).

using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Storage;

/// <summary>The replicas of one chunk server. Thread-safe. Calls block on the disk unless they return a task.</summary>
public interface IChunkStore : IDisposable
{
    /// <summary>Cluster stamped in the folders; empty before <see cref="Stamp"/>.</summary>
    Guid ClusterId { get; }

    /// <summary>Server stamped in the folders; None before <see cref="Stamp"/>.</summary>
    ServerId Server { get; }

    /// <summary>State of every data folder, in the order of the settings.</summary>
    IReadOnlyList<FolderStatus> Folders { get; }

    /// <summary>Number of replicas, damaged ones included.</summary>
    long ReplicaCount { get; }

    /// <summary>Bytes that all working folders can hold: what is used and what is free beyond the reserve.</summary>
    long CapacityBytes { get; }

    /// <summary>Sum of the replicas' lengths.</summary>
    long UsedBytes { get; }

    /// <summary>What can still be taken.</summary>
    long FreeBytes { get; }

    /// <summary>Stamps cluster and server into the folders that bear none; durable when it returns. Needed before the first replica.</summary>
    /// <returns>Null; WrongCluster when a folder bears another stamp; DiskError.</returns>
    DfsError? Stamp(Guid clusterId, ServerId server);

    /// <summary>
    /// Looks whether every folder is still the one that was opened. One that is not (deleted, unmounted, exchanged) fails with
    /// all its replicas, and FolderFailed is told. One that was deleted and is empty now, on the same disk, and one whose disk was
    /// full at the start and has space again, is taken back into use, and FolderRestored is told. Call it with each heartbeat.
    /// </summary>
    void CheckFolders();

    /// <summary>
    /// Takes a failed folder back into use, empty: whatever is still there is put aside. For a folder that was wiped, or whose
    /// disk was replaced.
    /// </summary>
    DfsError? ResetFolder(int folder);

    /// <summary>Finds a replica without opening it.</summary>
    bool TryGet(ChunkId chunk, out ReplicaInfo info);

    /// <summary>All replicas, in no particular order; each as of some moment during the enumeration.</summary>
    IEnumerable<ReplicaInfo> List();

    /// <summary>Makes an empty replica (sequence 0) in the folder with most free space; durable with its first sync.</summary>
    /// <returns>Open; AlreadyExists; DiskFull; DiskError (no folder works); InvalidArgument (no stamp yet).</returns>
    Result<IReplicaFile> Create(ChunkId chunk, ReplicaRole role, int chunkSizeBytes);

    /// <summary>Opens a replica.</summary>
    /// <returns>Open; ReplicaNotFound; ReplicaLost (a file of it is missing or damaged beyond use); DiskError.</returns>
    Result<IReplicaFile> Open(ChunkId chunk);

    /// <summary>Deletes a replica, open or not; handles that are open fail from then on with ReplicaNotFound.</summary>
    /// <returns>Completes at once, or, when <paramref name="durably"/>, when it cannot come back. ReplicaNotFound when it is not there.</returns>
    ValueTask<DfsError?> DeleteAsync(ChunkId chunk, bool durably);

    /// <summary>Begins to receive a copy; an older unfinished or unadopted one of the same chunk is dropped.</summary>
    /// <param name="chunk">The chunk; a replica of it may exist and goes on serving.</param>
    /// <param name="chunkSizeBytes">Its size.</param>
    /// <param name="seedFromExisting">True: start from the blocks of the existing replica that are intact, so that only others need to move.</param>
    Result<IIncomingReplica> BeginIncoming(ChunkId chunk, int chunkSizeBytes, bool seedFromExisting);

    /// <summary>True when a complete copy waits for adoption, with its state.</summary>
    bool TryGetIncoming(ChunkId chunk, out ulong sequence, out long lengthBytes);

    /// <summary>
    /// Makes the complete copy the replica, in place of the existing one if there is one (whose handles fail from then on with
    /// ReplicaNotFound), in one step that a crash cannot split. Durable when it completes.
    /// </summary>
    /// <returns>Open; ReplicaNotFound when no complete copy waits; StaleGeneration when the existing replica's is newer.</returns>
    ValueTask<Result<IReplicaFile>> AdoptIncomingAsync(ChunkId chunk, ReplicaRole role);

    /// <summary>Drops a copy, complete or not; nothing happens when there is none.</summary>
    void DropIncoming(ChunkId chunk);
}
