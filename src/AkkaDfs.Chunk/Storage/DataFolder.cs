// One data folder: its stamp, its lock, its log, and the space on its disk. Folders do not depend on each other: one that
// fails takes its own replicas with it and nothing else.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

internal sealed partial class DataFolder : IDisposable
{
    internal const string LogDirectory = "wal";
    internal const string IncomingDirectory = "incoming";
    private const string LockFile = "lock";
    private const string RunningFile = "running";
    private const long RecheckBytes = 8 << 20;
    private static readonly TimeSpan RecheckInterval = TimeSpan.FromSeconds(1);

    private readonly ReplicaTable _table;
    private readonly ILanes _lanes;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Guid _run = Surroundings.NewId();
    private IDisposable? _osLock;
    private ILane? _commitLane;
    private WriteAheadLog? _log;
    private FolderUpkeep? _upkeep;
    private long _usedBytes;
    private long _freeBytes;
    private long _freeCheckedAt;
    private long _writtenSinceCheck = RecheckBytes;
    private int _copies;
    private string _device = string.Empty;
    private bool _isGone;
    private bool _hasNotStarted;

    internal DataFolder(int number, string path, ChunkStoreSettings settings, IFileSystem files, ReplicaTable table, ILanes lanes, TimeProvider time)
    {
        (Number, Path, Settings, Files) = (number, path.TrimEnd('/'), settings, files);
        (_table, _lanes, _time) = (table, lanes, time);
        Turn = new FolderTurn(() => _log is { IsSyncing: true });
    }

    internal int Number { get; }

    internal string Path { get; }

    internal ChunkStoreSettings Settings { get; }

    internal IFileSystem Files { get; }

    /// <summary>The data files that replicas hold open, in all folders.</summary>
    internal required OpenFiles OpenFiles { get; init; }

    internal FolderStamp? Stamp { get; private set; }

    /// <summary>True when it bore no stamp at the start.</summary>
    internal bool IsNew { get; private set; }

    /// <summary>Why it is out of use, or null.</summary>
    internal DfsError? Error { get; private set; }

    internal bool IsUsable => Error is null && _log is { Fault: null };

    internal WriteAheadLog Log => _log ?? throw new InvalidOperationException($"{Path} has no log yet");

    internal FolderUpkeep Upkeep => _upkeep ?? throw new InvalidOperationException($"{Path} is not in use yet");

    internal FolderTurn Turn { get; }

    internal long UsedBytes => Interlocked.Read(ref _usedBytes);

    /// <summary>Takes the lock and reads the stamp. FolderLocked is returned; any other failure puts the folder out of use.</summary>
    internal DfsError? Lock()
    {
        try
        {
            Files.CreateDirectory(Path);
            _device = Files.DeviceOf(Path);
            _osLock = Files.TryLock($"{Path}/{LockFile}");
            if (_osLock is null)
            {
                return new DfsError(DfsErrorCode.FolderLocked, $"The data folder {Path} is in use by another process. Stop that one, or use another folder.");
            }

            var stamp = FolderStamp.Read(Files, Path);
            Error = stamp.Error;
            Stamp = stamp.IsOk ? stamp.Value : null;
            IsNew = stamp.IsOk && Stamp is null;
            if (IsNew && HasLeftovers())
            {
                Error = new DfsError(
                    DfsErrorCode.StoreDamaged,
                    $"The data folder {Path} has replicas but no {FolderStamp.FileName}. Restore that file, or empty the folder.");
            }
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            Error = StoreErrors.Disk(failure, $"open the data folder {Path}");
        }

        return null;
    }

    /// <summary>Recovers a stamped folder and takes it into use.</summary>
    /// <param name="discardOther">Deletes a replica of another folder that this one has a newer replica of.</param>
    internal void Start(Action<ReplicaInfo> discardOther)
    {
        try
        {
            _hasNotStarted = true;
            _commitLane = _lanes.Create($"commit {Number}");
            _upkeep = new FolderUpkeep(this, _table, _lanes, _time);
            WriteRunning();
            if (new FolderRecovery(this, _table, discardOther).Run() is { } failed)
            {
                Fail(failed);
            }

            _hasNotStarted = Error is not null;
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            Fail(StoreErrors.Disk(failure, $"open the data folder {Path}"));
        }
    }

    /// <summary>Makes an empty folder this server's.</summary>
    internal DfsError? Initialize(Guid clusterId, ServerId server, Action<ReplicaInfo> discardOther)
    {
        try
        {
            for (var i = 0; i < 256; i++)
            {
                Files.CreateDirectory($"{Path}/{ChunkFileName.RelativeDirectory(new ChunkId((ulong)i))}");
            }

            Files.CreateDirectory($"{Path}/{LogDirectory}");
            Files.CreateDirectory($"{Path}/{IncomingDirectory}");
            Files.SyncDirectory($"{Path}/{ChunkFileName.Root}");
            Files.SyncDirectory(Path);
            var stamp = new FolderStamp(clusterId, server, Surroundings.NewId());
            new LogState(stamp.FolderId, IsClean: true, 0).Write(Files, $"{Path}/{LogDirectory}");
            stamp.Write(Files, Path);
            Stamp = stamp;
            Start(discardOther);
            return Error;
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            return StoreErrors.Disk(failure, $"set up the data folder {Path}");
        }
    }

    /// <summary>Begins the log's next life; used by recovery.</summary>
    internal WriteAheadLog OpenLog(uint number, IEnumerable<uint> older, ulong continuesFrom)
    {
        var directory = $"{Path}/{LogDirectory}";
        _log = new WriteAheadLog(Files, directory, Stamp!.Value.FolderId, Settings, _commitLane!, Fail, number, older, continuesFrom);
        new LogState(Stamp.Value.FolderId, IsClean: false, number).Write(Files, directory);
        return _log;
    }

    /// <summary>Refuses what would go below the reserve; sees to it that upkeep keeps up.</summary>
    internal DfsError? MakeRoom(ReadOnlySpan<ReplicaOp> operations)
    {
        long bytes = 0;
        foreach (ref readonly var op in operations)
        {
            // What is synced goes to the log and to the data file.
            bytes += op.Sync ? 2L * op.Payload.Length : op.Payload.Length;
        }

        return MakeRoom(bytes);
    }

    internal DfsError? MakeRoom(long bytes)
    {
        if (Error is not null)
        {
            return Error;
        }

        Upkeep.KeepUp();
        if (bytes <= 0 || Free(bytes) >= bytes)
        {
            return null;
        }

        lock (_lock)
        {
            // It is not going to be written.
            _writtenSinceCheck -= bytes;
        }

        return StoreErrors.Full(Path);
    }

    /// <summary>What can still be taken, the reserve taken off.</summary>
    /// <param name="about">Bytes that are about to be written.</param>
    internal long Free(long about = 0)
    {
        lock (_lock)
        {
            _writtenSinceCheck += about;
            var left = Math.Max(0, _freeBytes - Settings.FreeSpaceReserveBytes);
            if (_writtenSinceCheck >= Math.Min(RecheckBytes, left / 4) || _time.GetElapsedTime(_freeCheckedAt) > RecheckInterval)
            {
                _freeBytes = Error is null ? FreeOnDisk() : 0;
                _freeCheckedAt = _time.GetTimestamp();
                _writtenSinceCheck = about;
            }

            return Math.Max(0, _freeBytes - Settings.FreeSpaceReserveBytes - _writtenSinceCheck + about);
        }
    }

    internal void Account(long bytes) => Interlocked.Add(ref _usedBytes, bytes);

    internal void AddUnsynced(int bytes) => Upkeep.AddUnsynced(bytes);

    internal void MarkDirty(Replica replica) => Upkeep.MarkDirty(replica);

    internal void MarkClean(Replica replica) => _upkeep?.MarkClean(replica);

    internal void QueueSettling(Replica replica) => Upkeep.QueueSettling(replica);

    internal void RunSync(Action work) => Upkeep.RunSync(work);

    /// <summary>A number that no received copy in this folder ever had.</summary>
    internal ulong NextCopyNumber() => (Log.EndLsn & 0xFFFF_FFFF_0000_0000UL) | (uint)Interlocked.Increment(ref _copies);

    /// <summary>Puts on record that a replica is not to be trusted, and removes its meta file.</summary>
    internal void GiveUp(ChunkId chunk, string metaPath)
    {
        try
        {
            var lsn = Log.Append(new LogFrame().Simple(FrameKind.Lost, chunk));
            Upkeep.QueueUnlink(chunk, lsn, metaPath);
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            TellTrouble(failure, $"put on record that the replica of chunk {chunk} is lost");
        }
    }

    internal void TellTrouble(Exception failure, string doing) => Settings.OnEvent(new StoreEvent.Trouble(Number, StoreErrors.Disk(failure, doing)));

    /// <summary>Takes the folder out of use, from a place that holds locks.</summary>
    internal void FailSoon(DfsError error) => Upkeep.RunSync(() => Fail(error));

    /// <summary>Takes the folder out of use, with all its replicas.</summary>
    internal void Fail(DfsError error)
    {
        lock (_lock)
        {
            if (Error is not null)
            {
                return;
            }

            Error = error;
        }

        foreach (var replica in _table.RemoveFolder(Number))
        {
            replica.Abandon(error.Message);
        }

        Interlocked.Exchange(ref _usedBytes, 0);
        Settings.OnEvent(new StoreEvent.FolderFailed(Number, error));
    }

    /// <summary>Checkpoints everything and closes; the next start has nothing to recover.</summary>
    public void Dispose()
    {
        try
        {
            if (IsUsable)
            {
                Upkeep.SettleRound();
                Upkeep.Checkpoint();
                Upkeep.Checkpoint();
                if (Upkeep.IsIdle && Log.CommitNow() is null)
                {
                    var (id, last, directory) = (Stamp!.Value.FolderId, WriteAheadLog.SegmentOf(Log.EndLsn), $"{Path}/{LogDirectory}");
                    FolderIndex.Write(Files, directory, id, last, _table.List().Where(r => r.Folder == Number));
                    new LogState(id, IsClean: true, last).Write(Files, directory);
                }
            }
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            TellTrouble(failure, $"close the data folder {Path}");
        }

        CloseParts();
        _osLock?.Dispose();
    }

    private long FreeOnDisk()
    {
        try
        {
            return Files.FreeBytes(Path);
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            TellTrouble(failure, $"ask for the free space of {Path}");
            return 0;
        }
    }

    private bool HasLeftovers() => Enumerable.Range(0, 256)
        .Any(i => Files.ListFiles($"{Path}/{ChunkFileName.RelativeDirectory(new ChunkId((ulong)i))}").Count > 0);
}
