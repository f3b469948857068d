// Limits of the chunk store, all named, with the defaults of hocon/reference.conf.

namespace AkkaDfs.Chunk.Storage;

/// <summary>Settings of one chunk server's store.</summary>
public sealed record ChunkStoreSettings
{
    /// <summary>Data folders, absolute; a replica's folder number counts from 0 in this list. At most 64.</summary>
    public required IReadOnlyList<string> Folders { get; init; }

    /// <summary>Space left free on each disk: writes that would go below get DiskFull.</summary>
    public long FreeSpaceReserveBytes { get; init; } = 64L << 20;

    /// <summary>Outcomes remembered per replica; 16 to 65,536.</summary>
    public int RememberedOperations { get; init; } = 4096;

    /// <summary>Synced writes up to this go to the log with their bytes; larger ones go to the data file and wait for its own sync.</summary>
    public int LoggedPayloadBytes { get; init; } = 64 * 1024;

    /// <summary>Length of one file of the log.</summary>
    public int LogSegmentBytes { get; init; } = 32 << 20;

    /// <summary>Log bytes after which its replicas are checkpointed in the background; four times as many make writers wait for it.</summary>
    public long LogCheckpointBytes { get; init; } = 64L << 20;

    /// <summary>Bytes written to data files, but not synced, after which a checkpoint runs.</summary>
    public long DirtyDataCheckpointBytes { get; init; } = 1L << 30;

    /// <summary>Replicas changed since their checkpoint after which one runs; four times as many make writers wait for it.</summary>
    public int DirtyReplicas { get; init; } = 512;

    /// <summary>Time without a checkpoint, while something is dirty, after which one runs.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an overwrite may stay in the log alone before it reaches the data file.</summary>
    public TimeSpan SettleDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Threads that read the heads of meta files at a start after a crash; 1 to 64.</summary>
    public int ScanThreads { get; init; } = 4;

    /// <summary>
    /// Data files held open. Beyond it those that were not used for longest and have nothing unwritten are closed, and opened
    /// again when they are needed; replicas that changed since their checkpoint stay open.
    /// </summary>
    public int MaxOpenFiles { get; init; } = 4096;

    /// <summary>Receives events; called from any thread, must not block and not call the store.</summary>
    public Action<StoreEvent> OnEvent { get; init; } = static _ => { };
}
