// Group commit: one sync makes durable whatever was appended before it, for all who wait.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

internal sealed partial class WriteAheadLog
{
    /// <summary>Completes when the frame at <paramref name="lsn"/> is durable; with an error when that failed, for good.</summary>
    internal Task<DfsError?> CommitAsync(ulong lsn)
    {
        lock (_lock)
        {
            if (Fault is not null || lsn < DurableLsn)
            {
                return Task.FromResult(Fault);
            }

            if (_running is { } running && lsn < _runningTarget)
            {
                return running.Task;
            }

            _next ??= new TaskCompletionSource<DfsError?>(TaskCreationOptions.RunContinuationsAsynchronously);
            Post();
            return _next.Task;
        }
    }

    /// <summary>True while a sync is under way; may be out of date by the time it is used.</summary>
    internal bool IsSyncing => Volatile.Read(ref _syncing) > 0;

    /// <summary>Makes everything appended so far durable, on this thread.</summary>
    internal DfsError? CommitNow()
    {
        ulong target;
        IFile file;
        lock (_lock)
        {
            if (Fault is not null || DurableLsn >= EndLsn)
            {
                return Fault;
            }

            (target, file) = (EndLsn, Current.File);
            _syncing++;
        }

        return Sync(file, target);
    }

    private void Post()
    {
        if (!_posted)
        {
            _posted = true;
            _lane.Post(_commitRound);
        }
    }

    private void CommitRound()
    {
        ulong target;
        IFile file;
        TaskCompletionSource<DfsError?>? waiting;
        lock (_lock)
        {
            (target, file) = (EndLsn, Current.File);
            (waiting, _next) = (_next, null);
            (_running, _runningTarget) = (waiting, target);
            _posted = false;
            if (Fault is not null)
            {
                waiting?.SetResult(Fault);
                return;
            }

            _syncing++;
        }

        var error = Sync(file, target);
        lock (_lock)
        {
            _running = null;
        }

        waiting?.SetResult(error);
    }

    private DfsError? Sync(IFile file, ulong target)
    {
        DfsError? error = null;
        try
        {
            file.Sync();
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            error = StoreErrors.Disk(failure, $"sync the log in {_directory}");
        }

        lock (_lock)
        {
            _syncing--;
            if (error is null && target > DurableLsn)
            {
                DurableLsn = target;
                _unsyncedBytes = EndLsn > target && SegmentOf(EndLsn) == SegmentOf(target) ? (long)(EndLsn - target) : 0;
            }
        }

        if (error is not null)
        {
            Fail(error);
        }

        return error ?? Fault;
    }

    private void Fail(DfsError error)
    {
        TaskCompletionSource<DfsError?>? waiting;
        lock (_lock)
        {
            if (Fault is not null)
            {
                return;
            }

            Fault = error;
            (waiting, _next) = (_next, null);
        }

        waiting?.SetResult(error);
        _lane.Post(() => _onFault(error));
    }
}
