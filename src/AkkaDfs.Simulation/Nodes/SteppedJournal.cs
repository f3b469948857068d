// What BackgroundJournal does with two threads, in steps of a simulation: flushes what is queued after as long as the disk takes,
// rests in between, and makes checkpoints.

using Akka.Embedded.Simulation;
using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Shared;
using AkkaDfs.Simulation.Disk;

namespace AkkaDfs.Simulation.Nodes;

/// <summary>Keeps a journal going without threads.</summary>
internal sealed class SteppedJournal(IFlushedJournal journal, SimulatedProcess process, SimulatedDisk disk) : IMetaJournal
{
    private readonly CancellationTokenSource _stop = new();
    private bool _isFlushDue;
    private bool _isCheckpointDue;
    private bool _isDisposed;
    private IDisposable? _rest;

    /// <inheritdoc/>
    public bool IsConfirmed => journal.IsConfirmed;

    /// <inheritdoc/>
    public DurableState? TakeState() => journal.TakeState();

    /// <inheritdoc/>
    public Result<JournalOpened> Open(Action<MetaEvent> replay, IJournalListener listener)
    {
        if (_isDisposed)
        {
            return new DfsError(DfsErrorCode.ShuttingDown, "The meta node is stopping.");
        }

        var opened = journal.Open(replay, listener);
        if (opened.IsOk)
        {
            RestLater();
            CheckpointLater();
        }

        return opened;
    }

    /// <inheritdoc/>
    public long Append(IReadOnlyList<MetaEvent> transaction)
    {
        var position = journal.Append(transaction);
        if (!_isFlushDue)
        {
            _isFlushDue = true;
            process.Schedule(disk.NextDelay() * 2, static self => ((SteppedJournal)self!).Flush(), this);
        }

        return position;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _rest?.Dispose();
        _stop.Cancel();
        journal.StopWaiting();
        while (journal.Flush())
        {
        }

        journal.Dispose();
        _stop.Dispose();
    }

    private void Flush()
    {
        _isFlushDue = false;
        if (_isDisposed)
        {
            return;
        }

        while (journal.Flush())
        {
        }

        journal.Rest();
        RestLater();
        CheckpointLater();
    }

    private void RestLater()
    {
        _rest?.Dispose();
        if (journal.RestInterval != Timeout.InfiniteTimeSpan)
        {
            _rest = process.Schedule(journal.RestInterval, static self => ((SteppedJournal)self!).Flush(), this);
        }
    }

    private void CheckpointLater()
    {
        if (journal.IsCheckpointDue && !_isCheckpointDue)
        {
            _isCheckpointDue = true;
            process.Schedule(disk.NextDelay() * 20, static self => ((SteppedJournal)self!).MakeCheckpoint(), this);
        }
    }

    private void MakeCheckpoint()
    {
        _isCheckpointDue = false;
        if (!_isDisposed)
        {
            journal.MakeCheckpoint(_stop.Token);
        }
    }
}
