// The operation log in a PostgreSQL database, for several meta nodes of which one writes (docs/decisions/007-standby-meta.md).
//
// Invariants. Epoch and position are checked in the very statement that appends, so a replaced writer can append nothing. A
// commit whose outcome is not known is looked up under a lock on the writer's row before anything else is done. The writer is
// confirmed for one lease from the beginning of the last statement that found its epoch in place. Once it was found replaced, or
// has failed, nothing is appended or confirmed by this instance any more.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using Npgsql;

namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>A journal in PostgreSQL. Append from one thread; see <see cref="IFlushedJournal"/> for the others.</summary>
internal sealed class PostgresMetaJournal : IFlushedJournal
{
    private readonly PostgresJournalSettings _settings;
    private readonly TimeProvider _time;
    private readonly WriterWatch _watch;
    private readonly PostgresDatabase _database;
    private readonly PostgresTables _tables;
    private readonly JournalCursor _cursor = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly object _gate = new();
    private readonly object _opening = new();
    private readonly WriterLease _lease;
    private EventWriter _pending = new();
    private EventWriter _writing = new();
    private int _pendingCount;
    private long _appended;
    private IJournalListener _listener = null!;
    private NpgsqlConnection? _connection;
    private ulong _epoch;
    private long _logBytes;
    private CheckpointDue? _checkpointDue;
    private volatile bool _isEnded = true;

    /// <summary>Connects to nothing yet.</summary>
    /// <param name="settings">Where and how.</param>
    /// <param name="time">Its monotonic part decides the lease.</param>
    /// <param name="watch">What this node has seen of the writer before; shared by all journals of the process.</param>
    public PostgresMetaJournal(PostgresJournalSettings settings, TimeProvider time, WriterWatch watch)
    {
        (_settings, _time, _watch) = (settings, time, watch);
        _database = new PostgresDatabase(settings);
        _tables = new PostgresTables(settings.Schema);
        _lease = new WriterLease(time, settings.Lease);
    }

    /// <inheritdoc/>
    public bool IsConfirmed => !_isEnded && _lease.IsConfirmed;

    /// <inheritdoc/>
    public TimeSpan RestInterval => _settings.Lease / 4;

    /// <inheritdoc/>
    public bool IsCheckpointDue => Volatile.Read(ref _checkpointDue) is not null;

    /// <inheritdoc/>
    public Result<JournalOpened> Open(Action<MetaEvent> replay, IJournalListener listener)
    {
        _listener = listener;
        lock (_opening)
        {
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
            _writing.Length, Checksum.Compute(_writing.Written), first, count, _cursor.Previous, _epoch).Write(head);
        if (Repeat(new Record(first, first + (ulong)count, checksum, head, _writing.WrittenMemory)) is { } error)
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
        if (_isEnded || _stop.IsCancellationRequested || _lease.IsYoung)
        {
            return;
        }

        if (Repeat(null) is { } error)
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
            error = new PostgresCheckpointer(_database, _tables, _time).Make(due.Next, _epoch, stop);
        }
        catch (Exception e) when (PostgresErrors.IsDatabaseFailure(e))
        {
            error = PostgresErrors.ToError(e, _database.Place);
        }

        if (error is null)
        {
            Interlocked.Add(ref _logBytes, -due.LogBytes);
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
            if (isOrderly && _connection is not null)
            {
                Release(_connection);
            }

            _connection?.Dispose();
            _connection = null;
        }
    }

    private void Release(NpgsqlConnection connection)
    {
        try
        {
            _tables.Release(connection, _epoch);
        }
        catch (Exception e) when (PostgresErrors.IsDatabaseFailure(e))
        {
            // The next writer waits for the lease instead.
            _watch.NoteFailure(e);
        }
    }

    private Result<JournalOpened> Take(Action<MetaEvent> replay)
    {
        _connection = ConnectPatiently();
        var take = new PostgresTakeover(_settings, _database.Place, _tables, _cursor, _watch, _time, change =>
        {
            _stop.Token.ThrowIfCancellationRequested();
            replay(change);
        });
        var taken = take.Run(_connection, _stop.Token);
        if (!taken.IsOk)
        {
            return taken.Error;
        }

        _epoch = taken.Value.Epoch.Value;
        var asked = _time.GetTimestamp();
        if (!_tables.Beat(_connection, _epoch))
        {
            return new DfsError(DfsErrorCode.StaleEpoch, $"Another meta node has taken the operation log in {_database.Place} right after this one.");
        }

        _lease.Renew(asked);
        _appended = taken.Value.Transactions;
        _logBytes = take.LogBytes;
        _isEnded = false;
        NoteCheckpoint();
        return taken;
    }

    private NpgsqlConnection ConnectPatiently()
    {
        for (var begun = _time.GetTimestamp(); ; _stop.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(250)))
        {
            _stop.Token.ThrowIfCancellationRequested();
            try
            {
                return _database.Connect();
            }
            catch (Exception e) when (PostgresErrors.IsPassing(e) && _time.GetElapsedTime(begun) < _settings.RetryFor)
            {
                _watch.NoteFailure(e);
            }
        }
    }

    // Appends a record, or only confirms the epoch, and tries again until it is known to be in the log, or never to get there.
    private DfsError? Repeat(Record? record)
    {
        var begun = _time.GetTimestamp();
        var isUnsure = false;
        for (var pause = TimeSpan.FromMilliseconds(50); ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, TimeSpan.TicksPerSecond)))
        {
            try
            {
                _connection ??= _database.Connect();
                if (Try(record, ref isUnsure, out var error))
                {
                    return error;
                }
            }
            catch (Exception e) when (PostgresErrors.IsDatabaseFailure(e))
            {
                _connection?.Dispose();
                _connection = null;
                if (!PostgresErrors.IsPassing(e) || _stop.IsCancellationRequested || _time.GetElapsedTime(begun) >= _settings.RetryFor)
                {
                    return PostgresErrors.ToError(e, _database.Place);
                }
            }

            _stop.Token.WaitHandle.WaitOne(pause);
        }
    }

    // True when the outcome is known: stored or confirmed, with no error, or never to be.
    private bool Try(Record? record, ref bool isUnsure, out DfsError? error)
    {
        error = null;
        var asked = _time.GetTimestamp();
        if (!isUnsure)
        {
            isUnsure = record is not null;
            if (record is null ? _tables.Beat(_connection!, _epoch) : Append(record))
            {
                _lease.Renew(asked);
                return true;
            }
        }

        // Somebody has the epoch; or an earlier try, whose answer was lost, is in. The lock waits for a try that still runs.
        using var transaction = _connection!.BeginTransaction();
        var row = _tables.ReadWriter(_connection, isLocked: true);
        transaction.Rollback();
        if (row is null || row.Epoch < _epoch || (row.Epoch == _epoch && (row.NextPosition < _cursor.NextPosition
            || (row.NextPosition > _cursor.NextPosition && (record is null || (row.NextPosition, row.Previous) != (record.Next, record.Checksum))))))
        {
            error = new DfsError(
                DfsErrorCode.JournalDamaged,
                $"The operation log in {_database.Place} has gone back or was changed by somebody else: this writer had epoch {_epoch} and position {_cursor.NextPosition}, "
                + $"and the table says {(row is null ? "nothing" : $"{row.Epoch} and {row.NextPosition}")}. Was a backup or an asynchronous replica put in its place? Bring back the newest database before meta is started again.");
            return true;
        }

        if (row.Epoch != _epoch)
        {
            error = new DfsError(
                DfsErrorCode.StaleEpoch,
                $"Meta at {row.Holder} has taken the operation log in epoch {row.Epoch}; this node had epoch {_epoch} and acts no more.");
            return true;
        }

        isUnsure = false;
        if (record is null || row.NextPosition == record.Next)
        {
            _lease.Renew(asked);
            return true;
        }

        return false;
    }

    private bool Append(Record record)
        => _tables.Append(_connection!, _epoch, record.First, record.Next, record.Checksum, record.Head, record.Payload);

    private bool End(DfsError error)
    {
        _isEnded = true;
        _listener.Failed(error);
        return false;
    }

    private void TellConfirmed()
    {
        if (_lease.TakeAsked())
        {
            _listener.Confirmed();
        }
    }

    private void NoteCheckpoint()
    {
        if (Interlocked.Read(ref _logBytes) >= _settings.CheckpointBytes && _cursor.NextPosition > 1)
        {
            Volatile.Write(ref _checkpointDue, new CheckpointDue(_cursor.NextPosition, Interlocked.Read(ref _logBytes)));
        }
    }

    private sealed record Record(ulong First, ulong Next, uint Checksum, byte[] Head, ReadOnlyMemory<byte> Payload);

    private sealed record CheckpointDue(ulong Next, long LogBytes);
}
