// Checkpoints: the meta files of all replicas that changed, then the log is cut.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

internal sealed partial class FolderUpkeep
{
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
}
