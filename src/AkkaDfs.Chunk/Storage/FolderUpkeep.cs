// A folder's background work: settling, deleting files whose deletion is durable, and checkpoints, which write the meta files
// of all replicas that changed so that the log can be cut. Writers wait for it only when it has fallen far behind.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

internal sealed class FolderUpkeep : IDisposable
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

    /// <summary>Writes the meta files of all replicas that changed, and cuts the log.</summary>
    internal void Checkpoint()
    {
        lock (_checkpointLock)
        {
            Interlocked.Exchange(ref _unsyncedBytes, 0);
            Replica[] dirty;
            lock (_lock)
            {
                _checkpointIsDue = false;
                dirty = [.. _dirty];
            }

            // Nothing before this is needed by a replica that is not dirty now.
            var bound = Log.EndLsn;
            if (Log.CommitNow() is not null)
            {
                return;
            }

            RunUnlinks();
            var isGood = true;
            for (var i = 0; i < dirty.Length && isGood; i += StepsAtOnce)
            {
                isGood = CheckpointSome(dirty.AsSpan(i, Math.Min(StepsAtOnce, dirty.Length - i)));
            }

            if (isGood && SyncDirectories([]))
            {
                CutLog(bound);
            }

            _folder.OpenFiles.Trim();

            lock (_lock)
            {
                if (_dirty.Count > 0)
                {
                    Arm(_checkpointTimer, Settings.CheckpointInterval);
                }
            }
        }
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

    private bool CheckpointSome(ReadOnlySpan<Replica> replicas)
    {
        var steps = new List<CheckpointStep>(replicas.Length);
        foreach (var replica in replicas)
        {
            replica.PrepareCheckpoint();
            if (replica.BeginCheckpoint() is { } step)
            {
                steps.Add(step);
            }
        }

        var directories = new HashSet<string>();
        var isMany = steps.Count >= SyncAllFrom && TrySyncAll();
        var published = new List<CheckpointStep>(steps.Count);
        if (isMany || SyncEach(steps))
        {
            foreach (var step in steps)
            {
                if (TryPublish(step))
                {
                    published.Add(step);
                    directories.Add($"{_folder.Path}/{ChunkFileName.RelativeDirectory(step.Replica.Chunk)}");
                }
            }
        }

        steps.ForEach(s => s.File.Dispose());
        if (published.Count == 0)
        {
            return true;
        }

        if (isMany ? !TrySyncAll() : !SyncDirectories(directories))
        {
            return false;
        }

        foreach (var step in published)
        {
            step.Replica.EndCheckpoint(step.Lsn);
            _table.TryRest(step.Replica);
        }

        return true;
    }

    // Steps that fail are taken out; false when the folder failed.
    private bool SyncEach(List<CheckpointStep> steps)
    {
        steps.RemoveAll(step =>
        {
            if (!step.Replica.SyncForCheckpoint() || !TrySync(step.File, step.Replica.TemporaryMetaPath))
            {
                step.File.Dispose();
                return true;
            }

            return false;
        });
        return SyncDirectories(steps
            .Where(s => !s.NameIsDurable)
            .Select(s => $"{_folder.Path}/{ChunkFileName.RelativeDirectory(s.Replica.Chunk)}")
            .ToHashSet());
    }

    private bool TrySync(IFile file, string path)
    {
        try
        {
            file.Sync();
            return true;
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            _folder.TellTrouble(failure, $"sync {path}");
            return false;
        }
    }

    private bool TryPublish(CheckpointStep step)
    {
        try
        {
            if (step.Replica.Publish())
            {
                return true;
            }

            _folder.Files.Delete(step.Replica.TemporaryMetaPath);
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            _folder.TellTrouble(failure, $"rename {step.Replica.TemporaryMetaPath}");
        }

        return false;
    }

    // Also tells nothing of files that another program could not write: each file is then synced by itself.
    private bool TrySyncAll()
    {
        try
        {
            _folder.Files.SyncAll(_folder.Path);
            return true;
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            _folder.TellTrouble(failure, $"sync the file system of {_folder.Path}");
            return false;
        }
    }

    // The given ones and those that wait; a failure is final for the folder.
    private bool SyncDirectories(HashSet<string> directories)
    {
        lock (_lock)
        {
            directories.UnionWith(_unsyncedDirectories);
            _unsyncedDirectories.Clear();
        }

        foreach (var directory in directories)
        {
            try
            {
                _folder.Files.SyncDirectory(directory);
            }
            catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
            {
                lock (_lock)
                {
                    _unsyncedDirectories.UnionWith(directories);
                }

                _folder.FailSoon(StoreErrors.Disk(failure, $"sync {directory}"));
                return false;
            }
        }

        return true;
    }

    private void CutLog(ulong bound)
    {
        lock (_lock)
        {
            foreach (var replica in _dirty)
            {
                bound = Math.Min(bound, replica.FirstDirtyLsn);
            }

            foreach (var unlink in _unlinks)
            {
                bound = Math.Min(bound, unlink.Lsn);
            }

            if (_unsyncedDirectories.Count > 0)
            {
                return;
            }
        }

        _ = Log.Trim(bound);
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
