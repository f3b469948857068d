// A journal with threads of its own. One writes: it sleeps while nothing is queued, and while it syncs, the next record
// gathers. The other makes checkpoints, at low priority: neither the writer nor meta ever waits for it.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Journal;

/// <summary>Flushes a journal in the background. Disposing writes what is queued, and abandons a checkpoint under way.</summary>
internal sealed class BackgroundJournal(IFlushedJournal journal) : IMetaJournal
{
    private readonly object _gate = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly SemaphoreSlim _checkpointWork = new(0);
    private readonly CancellationTokenSource _stop = new();
    private Thread? _thread;
    private Thread? _checkpointThread;
    private IJournalListener? _listener;
    private int _asked;
    private bool _isDisposed;

    /// <inheritdoc/>
    public bool IsConfirmed => journal.IsConfirmed;

    /// <inheritdoc/>
    public DurableState? TakeState() => journal.TakeState();

    /// <inheritdoc/>
    public Result<JournalOpened> Open(Action<MetaEvent> replay, IJournalListener listener)
    {
        _listener = listener;
        var opened = journal.Open(replay, listener);
        lock (_gate)
        {
            if (_isDisposed)
            {
                return new DfsError(DfsErrorCode.ShuttingDown, "The meta node is stopping.");
            }

            if (opened.IsOk)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "meta-journal" };
                _checkpointThread = new Thread(RunCheckpoints) { IsBackground = true, Name = "meta-checkpoint", Priority = ThreadPriority.BelowNormal };
                _thread.Start();
                _checkpointThread.Start();
            }
        }

        return opened;
    }

    /// <inheritdoc/>
    public long Append(IReadOnlyList<MetaEvent> transaction)
    {
        var position = journal.Append(transaction);
        if (Interlocked.Exchange(ref _asked, 1) == 0)
        {
            _work.Release();
        }

        return position;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        _stop.Cancel();
        journal.StopWaiting();
        _work.Release();
        _checkpointWork.Release();
        _thread?.Join();
        _checkpointThread?.Join();
        _work.Dispose();
        _checkpointWork.Dispose();
        _stop.Dispose();
        journal.Dispose();
    }

    private void Run()
    {
        AskForCheckpoint();
        while (true)
        {
            var isAsked = _work.Wait(journal.RestInterval);
            Interlocked.Exchange(ref _asked, 0);
            var isRestDue = !isAsked;
            while (journal.Flush())
            {
                isRestDue = true;
                AskForCheckpoint();
            }

            if (isRestDue)
            {
                journal.Rest();
            }

            if (_stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void AskForCheckpoint()
    {
        if (journal.IsCheckpointDue && _checkpointWork.CurrentCount == 0)
        {
            _checkpointWork.Release();
        }
    }

    private void RunCheckpoints()
    {
        while (true)
        {
            _checkpointWork.Wait();
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            try
            {
                journal.MakeCheckpoint(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                // A broken invariant in the log or in this code. Meta serves from memory and loses nothing by it; ending the
                // process would lose the only state that is known to be good. It is told, and no checkpoint is made any more.
                _listener!.Checkpointed(0, new DfsError(DfsErrorCode.Internal, $"No checkpoints are made until the next start: {e}"));
                return;
            }
        }
    }
}
