// The operation log in a PostgreSQL database, for several meta nodes of which one writes (docs/decisions/007-standby-meta.md).
//
// Invariants. A record is appended only when the one before it is known to be in the log. Once the writer was found replaced, or
// has failed, nothing is appended or confirmed by this instance any more.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>A journal in PostgreSQL. Append from one thread; see <see cref="IFlushedJournal"/> for the others.</summary>
internal sealed class PostgresMetaJournal : IFlushedJournal
{
    private readonly PostgresJournalSettings _settings;
    private readonly TimeProvider _time;
    private readonly WriterWatch _watch;
    private readonly PostgresDatabase _database;
    private readonly PostgresTables _tables;
    private readonly StandbyReader? _standby;
    private JournalCursor _cursor = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly object _gate = new();
    private readonly object _opening = new();
    private readonly PostgresCommits _commits;
    private EventWriter _pending = new();
    private EventWriter _writing = new();
    private int _pendingCount;
    private long _appended;
    private IJournalListener _listener = null!;
    private long _logBytes;
    private long _checkpointAt;
    private CheckpointDue? _checkpointDue;
    private volatile bool _isEnded = true;

    /// <summary>Connects to nothing yet.</summary>
    /// <param name="settings">Where and how.</param>
    /// <param name="time">Its monotonic part decides the lease.</param>
    /// <param name="watch">What this node has seen of the writer before; shared by all journals of the process.</param>
    /// <param name="standby">What this node has read of the log before; null for nothing.</param>
    public PostgresMetaJournal(PostgresJournalSettings settings, TimeProvider time, WriterWatch watch, StandbyReader? standby = null)
    {
        (_settings, _time, _watch, _standby) = (settings, time, watch, standby);
        _database = new PostgresDatabase(settings);
        _tables = new PostgresTables(settings.Schema);
        _commits = new PostgresCommits(settings, _database, _tables, watch, time, _stop.Token);
        _checkpointAt = settings.CheckpointBytes;
    }

    /// <inheritdoc/>
    public bool IsConfirmed => !_isEnded && _commits.Lease.IsConfirmed;

    /// <inheritdoc/>
    public TimeSpan RestInterval => _settings.Lease / 4;

    /// <inheritdoc/>
    public bool IsCheckpointDue => Volatile.Read(ref _checkpointDue) is not null;

    /// <inheritdoc/>
    public DurableState? TakeState()
    {
        _watch.IsWriterHere = true;
        if (_standby?.Take() is not { } read)
        {
            return null;
        }

        (_cursor, _logBytes) = (read.Cursor, read.LogBytes);
        return read.State;
    }

    /// <inheritdoc/>
    public Result<JournalOpened> Open(Action<MetaEvent> replay, IJournalListener listener)
    {
        _listener = listener;
        lock (_opening)
        {
            _watch.IsWriterHere = true;
            try
            {
                return Take(replay);
            }
            catch (OperationCanceledException)
            {
                return new DfsError(DfsErrorCode.ShuttingDown, "The meta node is stopping.");
            }
            catch (Exception e) when (PostgresErrors.IsDatabaseFailure(e))
            {
                return PostgresErrors.ToError(e, _database.Place);
            }
            finally
            {
                _watch.IsWriterHere = !_isEnded;
            }
        }
    }

    /// <inheritdoc/>
    public long Append(IReadOnlyList<MetaEvent> transaction)
    {
        lock (_gate)
        {
            for (var i = 0; i < transaction.Count; i++)
            {
                MetaEventCodec.Write(_pending, transaction[i]);
            }

            _pendingCount++;
            return ++_appended;
        }
    }

    /// <inheritdoc/>
    public bool Flush()
    {
        int count;
        long last;
        lock (_gate)
        {
            if (_pendingCount == 0 || _isEnded)
            {
                return false;
            }

            (_pending, _writing) = (_writing, _pending);
            _pending.Reset(0);
            (count, last) = (_pendingCount, _appended);
            _pendingCount = 0;
        }

        if (_writing.Length > RecordHead.MaxPayloadBytes)
        {
            return End(new DfsError(DfsErrorCode.JournalUnwritable, $"A record of {_writing.Length} bytes is over the limit of {RecordHead.MaxPayloadBytes}."));
        }

        var head = new byte[RecordHead.Bytes];
        var first = _cursor.NextPosition;
        var checksum = new RecordHead(
            _writing.Length, Checksum.Compute(_writing.Written), first, count, _cursor.Previous, _commits.Epoch).Write(head);
        if (_commits.Append(new CommitRecord(first, first + (ulong)count, checksum, head, _writing.WrittenMemory)) is { } error)
        {
            return End(error);
        }

        _cursor.Previous = checksum;
        _cursor.NextPosition += (ulong)count;
        _logBytes += _writing.Length;
        NoteCheckpoint();
        _listener.Durable(last);
        TellConfirmed();
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>Confirms the epoch. The flush before has done that, if there was one.</remarks>
    public void Rest()
    {
        if (_isEnded || _stop.IsCancellationRequested || _commits.Lease.IsYoung)
        {
            return;
        }

        if (_commits.Confirm(_cursor.NextPosition) is { } error)
        {
            End(error);
            return;
        }

        TellConfirmed();
    }

    /// <inheritdoc/>
    public void MakeCheckpoint(CancellationToken stop)
    {
        if (Interlocked.Exchange(ref _checkpointDue, null) is not { } due || _isEnded)
        {
            return;
        }

        DfsError? error;
        try
        {
            error = new PostgresCheckpointer(_database, _tables, _time).Make(due.Next, _commits.Epoch, stop);
        }
        catch (Exception e) when (PostgresErrors.IsDatabaseFailure(e))
        {
            error = PostgresErrors.ToError(e, _database.Place);
        }

        if (error is null)
        {
            Interlocked.Add(ref _logBytes, -due.LogBytes);
            Interlocked.Exchange(ref _checkpointAt, _settings.CheckpointBytes);
        }
        else
        {
            // Not again with every commit: what has failed may go on failing.
            Interlocked.Exchange(ref _checkpointAt, Interlocked.Read(ref _logBytes) + (_settings.CheckpointBytes / 4));
        }

        _listener.Checkpointed((long)due.Next, error);
    }

    /// <inheritdoc/>
    public void StopWaiting() => _stop.Cancel();

    /// <inheritdoc/>
    /// <remarks>A writer that has confirmed everything leaves in order: the next one need not wait for the lease.</remarks>
    public void Dispose()
    {
        _stop.Cancel();
        lock (_opening)
        {
            var isOrderly = !_isEnded && _pendingCount == 0;
            _isEnded = true;
            _watch.IsWriterHere = false;
            _commits.Close(isOrderly);
        }
    }

    private Result<JournalOpened> Take(Action<MetaEvent> replay)
    {
        var connection = _commits.Connect();
        var take = new PostgresTakeover(_settings, _database.Place, _tables, _cursor, _watch, _time, change =>
        {
            _stop.Token.ThrowIfCancellationRequested();
            replay(change);
        });
        var taken = take.Run(connection, _stop.Token);
        if (!taken.IsOk)
        {
            return taken.Error;
        }

        _commits.Epoch = taken.Value.Epoch.Value;
        if (_commits.Confirm(_cursor.NextPosition) is { } error)
        {
            return error;
        }

        _appended = taken.Value.Transactions;
        _logBytes += take.LogBytes;
        _isEnded = false;
        NoteCheckpoint();
        return taken;
    }

    private bool End(DfsError error)
    {
        _isEnded = true;
        _watch.IsWriterHere = false;
        _listener.Failed(error);
        return false;
    }

    private void TellConfirmed()
    {
        if (_commits.Lease.TakeAsked())
        {
            _listener.Confirmed();
        }
    }

    private void NoteCheckpoint()
    {
        if (Interlocked.Read(ref _logBytes) >= Interlocked.Read(ref _checkpointAt) && _cursor.NextPosition > 1)
        {
            Volatile.Write(ref _checkpointDue, new CheckpointDue(_cursor.NextPosition, Interlocked.Read(ref _logBytes)));
        }
    }

    private sealed record CheckpointDue(ulong Next, long LogBytes);
}
