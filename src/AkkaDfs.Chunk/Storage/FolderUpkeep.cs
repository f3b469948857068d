// A folder's background work: settling, deleting files whose deletion is durable, and checkpoints, which write the meta files
// of all replicas that changed so that the log can be cut. Writers wait for it only when it has fallen far behind.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

internal sealed partial class FolderUpkeep : IDisposable
{
    private const int FarBehind = 4;
    private const int StepsAtOnce = 256;

    /// <summary>From this many files on, one sync of the whole file system is cheaper than syncing each.</summary>
    internal const int SyncAllFrom = 64;

    private readonly DataFolder _folder;
    private readonly ReplicaTable _table;
    private readonly ILane _settleLane;
    private readonly ILane _checkpointLane;
    private readonly ITimer _settleTimer;
    private readonly ITimer _checkpointTimer;
    private readonly Lock _lock = new();
    private readonly Lock _checkpointLock = new();
    private readonly Lock _unlinkLock = new();
    private readonly HashSet<Replica> _dirty = [];
    private readonly List<Unlink> _unlinks = [];
    private readonly HashSet<string> _unsyncedDirectories = [];
    private HashSet<Replica> _settling = [];
    private long _unsyncedBytes;
    private bool _settleIsDue;
    private bool _checkpointIsDue;
    private bool _disposed;

    internal FolderUpkeep(DataFolder folder, ReplicaTable table, ILanes lanes, TimeProvider time)
    {
        (_folder, _table) = (folder, table);
        _settleLane = lanes.Create($"settle {folder.Number}");
        _checkpointLane = lanes.Create($"checkpoint {folder.Number}");
        _settleTimer = time.CreateTimer(_ => _settleLane.Post(SettleRound), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _checkpointTimer = time.CreateTimer(_ => PostCheckpoint(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private ChunkStoreSettings Settings => _folder.Settings;

    private WriteAheadLog Log => _folder.Log;

    /// <summary>True when no replica has anything in the log that its files do not have.</summary>
    internal bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _dirty.Count == 0 && _unlinks.Count == 0 && _unsyncedDirectories.Count == 0;
            }
        }
    }

    internal void RunSync(Action work) => _settleLane.Post(work);

    internal void MarkDirty(Replica replica)
    {
        bool isFirst, isMany;
        lock (_lock)
        {
            isFirst = _dirty.Add(replica) && _dirty.Count == 1;
            isMany = _dirty.Count > Settings.DirtyReplicas;
        }

        if (isFirst)
        {
            Arm(_checkpointTimer, Settings.CheckpointInterval);
        }

        if (isMany)
        {
            PostCheckpoint();
        }
    }

    internal void MarkClean(Replica replica)
    {
        lock (_lock)
        {
            _dirty.Remove(replica);
            _settling.Remove(replica);
        }
    }

    internal void QueueSettling(Replica replica)
    {
        lock (_lock)
        {
            _settling.Add(replica);
        }

        SettleSoon();
    }

    /// <summary>Deletes files once the frame that says so is durable.</summary>
    internal void QueueUnlink(ChunkId chunk, ulong lsn, params ReadOnlySpan<string> paths)
    {
        lock (_lock)
        {
            foreach (var path in paths)
            {
                _unlinks.Add(new Unlink(chunk, lsn, path));
            }
        }

        SettleSoon();
    }

    /// <summary>Makes sure that no file of a chunk that was deleted is still to be deleted.</summary>
    internal DfsError? FinishUnlinks(ChunkId chunk)
    {
        lock (_lock)
        {
            if (!_unlinks.Exists(u => u.Chunk == chunk))
            {
                return null;
            }
        }

        if (Log.CommitNow() is { } failed)
        {
            return failed;
        }

        RunUnlinks();
        lock (_lock)
        {
            return _unlinks.Exists(u => u.Chunk == chunk)
                ? new DfsError(DfsErrorCode.DiskError, $"Files of the deleted replica of chunk {chunk} could not be removed. Try again.")
                : null;
        }
    }

    internal void AddUnsyncedDirectory(string path)
    {
        lock (_lock)
        {
            _unsyncedDirectories.Add(path);
        }
    }

    internal void AddUnsynced(int bytes)
    {
        if (Interlocked.Add(ref _unsyncedBytes, bytes) > Settings.DirtyDataCheckpointBytes)
        {
            Interlocked.Exchange(ref _unsyncedBytes, 0);
            PostCheckpoint();
        }
    }

    /// <summary>Called before anything is written: begins a checkpoint when it is time, waits for one when it is late.</summary>
    internal void KeepUp()
    {
        var logBytes = Log.LiveBytes;
        int dirty;
        lock (_lock)
        {
            dirty = _dirty.Count;
        }

        if (logBytes > FarBehind * Settings.LogCheckpointBytes || dirty > FarBehind * Settings.DirtyReplicas)
        {
            Checkpoint();
        }
        else if (logBytes > Settings.LogCheckpointBytes + Settings.LogSegmentBytes)
        {
            PostCheckpoint();
        }
    }

    /// <summary>Settles whatever the log can be made to allow.</summary>
    internal void SettleRound()
    {
        HashSet<Replica> settling;
        lock (_lock)
        {
            _settleIsDue = false;
            (settling, _settling) = (_settling, []);
        }

        foreach (var replica in settling)
        {
            _ = replica.SyncUnlogged();
        }

        if (Log.CommitNow() is not null)
        {
            return;
        }

        foreach (var replica in settling)
        {
            if (!replica.SettleDurable())
            {
                QueueSettling(replica);
            }
        }

        RunUnlinks();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
        }

        _settleTimer.Dispose();
        _checkpointTimer.Dispose();
        _settleLane.Dispose();
        _checkpointLane.Dispose();
    }

    // One at a time: a file that is made anew must not fall to a deletion that was under way.
    private void RunUnlinks()
    {
        lock (_unlinkLock)
        {
            var durable = Log.DurableLsn;
            List<Unlink> due;
            lock (_lock)
            {
                due = _unlinks.FindAll(u => u.Lsn < durable);
            }

            foreach (var unlink in due)
            {
                RunUnlink(unlink);
            }
        }
    }

    private void RunUnlink(Unlink unlink)
    {
        try
        {
            _folder.Files.Delete(unlink.Path);
            lock (_lock)
            {
                _unsyncedDirectories.Add(unlink.Path[..unlink.Path.LastIndexOf('/')]);
                _unlinks.Remove(unlink);
            }
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            _folder.TellTrouble(failure, $"delete {unlink.Path}");
        }
    }

    private void SettleSoon()
    {
        lock (_lock)
        {
            if (_settleIsDue || _disposed)
            {
                return;
            }

            _settleIsDue = true;
        }

        Arm(_settleTimer, Settings.SettleDelay);
    }

    private void PostCheckpoint()
    {
        lock (_lock)
        {
            if (_checkpointIsDue || _disposed)
            {
                return;
            }

            _checkpointIsDue = true;
        }

        _checkpointLane.Post(Checkpoint);
    }

    private void Arm(ITimer timer, TimeSpan delay)
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                timer.Change(delay, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private sealed record Unlink(ChunkId Chunk, ulong Lsn, string Path);
}
