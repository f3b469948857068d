// Syncing, settling (bringing what is only in the log into the data file) and checkpointing (writing the meta file).

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

/// <summary>A meta file on its way to replace the one before.</summary>
/// <param name="Replica">Whose.</param>
/// <param name="Lsn">The last frame it reflects.</param>
/// <param name="File">The new file, still under its temporary name.</param>
/// <param name="NameIsDurable">False when the data file's name has yet to be synced.</param>
internal sealed record CheckpointStep(Replica Replica, ulong Lsn, IFile File, bool NameIsDurable);

internal sealed partial class Replica
{
    internal string TemporaryMetaPath => MetaPath + ".tmp";

    private string Directory => $"{_folder.Path}/{ChunkFileName.RelativeDirectory(_chunk)}";

    internal ValueTask<DfsError?> SyncAsync()
    {
        ulong lsn;
        lock (_lock)
        {
            if (Unusable() is { } error)
            {
                return new(error);
            }

            if (HasUnsettled)
            {
                var done = new TaskCompletionSource<DfsError?>(TaskCreationOptions.RunContinuationsAsynchronously);
                _folder.RunSync(() => SyncData(done));
                return new(done.Task);
            }

            lsn = _image!.Lsn;
        }

        return lsn < _folder.Log.DurableLsn && _folder.Log.Fault is null ? new((DfsError?)null) : CommitAsync(lsn);
    }

    /// <summary>
    /// Syncs the data file if it has bytes that are in no log, and puts that on record in the log (which is not synced here).
    /// </summary>
    internal DfsError? SyncUnlogged()
    {
        IFile file;
        ulong upTo;
        lock (_lock)
        {
            if (Unusable() is { } error)
            {
                return error;
            }

            if (!HasUnsettled)
            {
                return null;
            }

            (file, upTo) = (_file!, _image!.Lsn);
        }

        var failure = SyncFile(file);
        lock (_lock)
        {
            return Unusable() ?? MarkSettled(upTo, failure);
        }
    }

    /// <summary>Brings into the data file what the log has made durable.</summary>
    /// <returns>True when nothing is left to settle.</returns>
    internal bool SettleDurable()
    {
        lock (_lock)
        {
            return Unusable() is not null || (TrySettle() is null && !NeedsSettling);
        }
    }

    /// <summary>Does, without holding the replica up, the sync that settling for a checkpoint would have to wait for.</summary>
    internal void PrepareCheckpoint()
    {
        bool isNeeded;
        lock (_lock)
        {
            isNeeded = Unusable() is null && HasUnsettled && NeedsSettling;
        }

        if (isNeeded)
        {
            _ = SyncUnlogged();
        }
    }

    /// <summary>Looks whether the data file is still where it belongs.</summary>
    internal void CheckFile()
    {
        lock (_lock)
        {
            if (Unusable() is null && !_folder.Files.Exists(DataPath))
            {
                GiveUp("its data file is gone.");
            }
        }
    }

    /// <summary>Writes a new meta file under its temporary name; null when there is nothing to do, or it cannot be done now.</summary>
    internal CheckpointStep? BeginCheckpoint()
    {
        lock (_lock)
        {
            if (Unusable() is not null || !IsDirty)
            {
                _folder.MarkClean(this);
                return null;
            }

            if (NeedsSettling && (SettleNow() is not null || NeedsSettling))
            {
                return null;
            }

            try
            {
                var lsn = _image!.Lsn;
                return new CheckpointStep(this, lsn, ReplicaFiles.WriteMeta(_folder.Files, TemporaryMetaPath, _image), _nameIsDurable);
            }
            catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
            {
                _folder.TellTrouble(failure, $"write {TemporaryMetaPath}");
                return null;
            }
        }
    }

    /// <summary>Syncs the data file for a checkpoint; a failure is final for the replica.</summary>
    internal bool SyncForCheckpoint()
    {
        IFile? file;
        lock (_lock)
        {
            file = Unusable() is null ? _file : null;
        }

        if (file is null || SyncFile(file) is not { } failure)
        {
            return file is not null;
        }

        lock (_lock)
        {
            if (Unusable() is null)
            {
                GiveUp($"its data could not be synced: {failure.Message}");
            }
        }

        return false;
    }

    /// <summary>Gives the synced meta file its name. False when the replica is gone.</summary>
    internal bool Publish()
    {
        lock (_lock)
        {
            if (Unusable() is not null)
            {
                return false;
            }

            _folder.Files.Move(TemporaryMetaPath, MetaPath);
            return true;
        }
    }

    /// <summary>The meta file's name is durable.</summary>
    internal void EndCheckpoint(ulong lsn)
    {
        lock (_lock)
        {
            _checkpointLsn = lsn;
            FirstDirtyLsn = lsn;
            _nameIsDurable = true;
            if (Unusable() is not null || !IsDirty)
            {
                _folder.MarkClean(this);
            }
        }
    }

    private static Exception? SyncFile(IFile file)
    {
        try
        {
            file.Sync();
            return null;
        }
        catch (ObjectDisposedException)
        {
            // Deleted meanwhile; the caller looks again.
            return null;
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            return failure;
        }
    }

    private void SyncData(TaskCompletionSource<DfsError?> done)
    {
        if (SyncUnlogged() is { } failed)
        {
            done.SetResult(failed);
            return;
        }

        ulong lsn;
        lock (_lock)
        {
            lsn = _image?.Lsn ?? 0;
        }

        _ = CompleteAsync();

        async Task CompleteAsync() => done.SetResult(await CommitAsync(lsn).ConfigureAwait(Surroundings.HoldAwaits));
    }

    // Everything that is only in the log goes to the data file now, with the syncs that have to come first.
    private DfsError? SettleNow()
    {
        if (HasUnsettled && MarkSettled(_image!.Lsn, SyncFile(_file!)) is { } unsynced)
        {
            return unsynced;
        }

        return _folder.Log.CommitNow() is { } failed ? StoreErrors.Lost(_chunk, failed.Message) : TrySettle();
    }

    private DfsError? MarkSettled(ulong upTo, Exception? syncFailure)
    {
        if (syncFailure is null && !_nameIsDurable)
        {
            try
            {
                _folder.Files.SyncDirectory(Directory);
                _nameIsDurable = true;
            }
            catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
            {
                syncFailure = failure;
            }
        }

        if (syncFailure is not null)
        {
            return GiveUp($"its data could not be synced: {syncFailure.Message}");
        }

        if (TryLog(OperationBatch.OfThread.Frame.Settled(_chunk, new SettledBody(upTo, 0, 0))) is { } unlogged)
        {
            return unlogged;
        }

        _settledFrameLsn = _image!.Lsn;
        _firstUnsettledLsn = _lastUnloggedLsn > upTo ? Math.Max(_firstUnsettledLsn, upTo + 1) : 0;
        return null;
    }

    private DfsError? TrySettle()
    {
        try
        {
            Settle();
            return null;
        }
        catch (Exception failure) when (FileErrors.IsFull(failure))
        {
            // The log still has it: tried again later.
            return StoreErrors.Disk(failure, $"write chunk {_chunk} to {DataPath}");
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            return GiveUp($"its data file could not be written: {failure.Message}");
        }
    }

    private void Settle()
    {
        var durable = _folder.Log.DurableLsn;
        if (_settledFrameLsn >= durable)
        {
            return;
        }

        for (var i = 0; i < _overlay.Count;)
        {
            var range = _overlay.Ranges[i];
            if (!MaySettle(range.Lsn, durable))
            {
                i++;
                continue;
            }

            if (range.IsZero)
            {
                _file!.Zero(range.Start, range.LengthBytes);
            }
            else
            {
                CopyFromLog(range);
            }

            _overlay.Remove(range.Start, range.End);
        }

        if (_image!.LengthBytes < _physicalEnd && MaySettle(_shrinkLsn, durable))
        {
            _physicalEnd = _image.LengthBytes;
            _file!.SetLength(_physicalEnd);
        }
        else if (_overlay.IsEmpty && _file!.Length < _physicalEnd)
        {
            _file.SetLength(_physicalEnd);
        }
    }

    // A frame may change old bytes of the data file when it is durable itself and nothing before it is still unverifiable.
    private bool MaySettle(ulong lsn, ulong durable) => lsn < durable && (!HasUnsettled || lsn < _firstUnsettledLsn);

    private void CopyFromLog(Overlay.Range range)
    {
        var buffer = OperationBatch.OfThread.Block;
        while (range.LengthBytes > 0)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, range.LengthBytes));
            _folder.Log.Read(piece, range.Source);
            _file!.Write(piece, range.Start);
            range = range.Cut(range.Start + piece.Length, range.End);
        }
    }
}
