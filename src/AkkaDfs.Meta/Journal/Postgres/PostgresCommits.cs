// The writer's statements, each tried until its outcome is known.
//
// Invariants. Epoch and position are checked in the very statement that appends, so a replaced writer can append nothing. A commit
// whose answer was lost is looked up under a lock on the writer's row before anything else is done. The writer is confirmed for one
// lease from the beginning of the last statement that found its epoch in place.

using AkkaDfs.Shared;
using Npgsql;

namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>One record on its way into the log.</summary>
/// <param name="First">Position of its first transaction.</param>
/// <param name="Next">Position behind its last.</param>
/// <param name="Checksum">Checksum of its head, which the next record repeats.</param>
/// <param name="Head">Its head.</param>
/// <param name="Payload">Its events.</param>
internal sealed record CommitRecord(ulong First, ulong Next, uint Checksum, byte[] Head, ReadOnlyMemory<byte> Payload);

/// <summary>The writer's connection. Used by one thread at a time; <see cref="Lease"/> by any.</summary>
internal sealed class PostgresCommits(
    PostgresJournalSettings settings, PostgresDatabase database, PostgresTables tables, WriterWatch watch, TimeProvider time, CancellationToken stop)
{
    private NpgsqlConnection? _connection;

    /// <summary>Term of the writer.</summary>
    public ulong Epoch { get; set; }

    /// <summary>How long the writer may answer.</summary>
    public WriterLease Lease { get; } = new(time, settings.Lease);

    /// <summary>Appends a record.</summary>
    /// <returns>Null once it is in the log; StaleEpoch, JournalDamaged, JournalUnreachable, JournalUnwritable: it may be there or not.</returns>
    public DfsError? Append(CommitRecord record) => Repeat(record, record.First);

    /// <summary>Asks whether the epoch is still in place.</summary>
    /// <param name="position">Position of the transaction that comes next.</param>
    /// <returns>Null when it is; the same errors.</returns>
    public DfsError? Confirm(ulong position) => Repeat(null, position);

    /// <summary>Connects, and tries for a while when the database does not answer.</summary>
    /// <exception cref="NpgsqlException">It does not, or refuses.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public NpgsqlConnection Connect()
    {
        for (var begun = time.GetTimestamp(); ; stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(250)))
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                return _connection = database.Connect();
            }
            catch (Exception e) when (PostgresErrors.IsPassing(e) && time.GetElapsedTime(begun) < settings.RetryFor)
            {
                watch.NoteFailure(e);
            }
        }
    }

    /// <summary>Closes the connection.</summary>
    /// <param name="isOrderly">True to say that the writer has stopped answering: then the next one need not wait for the lease.</param>
    public void Close(bool isOrderly)
    {
        try
        {
            if (isOrderly && _connection is not null)
            {
                tables.Release(_connection, Epoch);
            }
        }
        catch (Exception e) when (PostgresErrors.IsDatabaseFailure(e))
        {
            // The next writer waits for the lease instead.
            watch.NoteFailure(e);
        }

        _connection?.Dispose();
        _connection = null;
    }

    // Appends a record, or only confirms the epoch, and tries again until it is known to be in the log, or never to get there.
    private DfsError? Repeat(CommitRecord? record, ulong position)
    {
        var begun = time.GetTimestamp();
        var isUnsure = false;
        for (var pause = TimeSpan.FromMilliseconds(50); ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, TimeSpan.TicksPerSecond)))
        {
            try
            {
                _connection ??= database.Connect();
                if (Try(record, position, ref isUnsure, out var error))
                {
                    return error;
                }
            }
            catch (Exception e) when (PostgresErrors.IsDatabaseFailure(e))
            {
                _connection?.Dispose();
                _connection = null;
                if (!PostgresErrors.IsPassing(e) || stop.IsCancellationRequested || time.GetElapsedTime(begun) >= settings.RetryFor)
                {
                    return PostgresErrors.ToError(e, database.Place);
                }
            }

            stop.WaitHandle.WaitOne(pause);
        }
    }

    // True when the outcome is known: stored or confirmed, with no error, or never to be.
    private bool Try(CommitRecord? record, ulong position, ref bool isUnsure, out DfsError? error)
    {
        error = null;
        var asked = time.GetTimestamp();
        if (!isUnsure)
        {
            isUnsure = record is not null;
            if (record is null
                ? tables.Beat(_connection!, Epoch)
                : tables.Append(_connection!, Epoch, record.First, record.Next, record.Checksum, record.Head, record.Payload))
            {
                Lease.Renew(asked);
                return true;
            }
        }

        // Somebody has the epoch; or an earlier try, whose answer was lost, is in. The lock waits for a try that still runs.
        using var transaction = _connection!.BeginTransaction();
        var row = tables.ReadWriter(_connection, isLocked: true);
        transaction.Rollback();
        if (row is null || row.Epoch < Epoch || (row.Epoch == Epoch && (row.NextPosition < position
            || (row.NextPosition > position && (record is null || (row.NextPosition, row.Previous) != (record.Next, record.Checksum))))))
        {
            error = new DfsError(
                DfsErrorCode.JournalDamaged,
                $"The operation log in {database.Place} has gone back or was changed by somebody else: this writer had epoch {Epoch} and position {position}, "
                + $"and the table says {(row is null ? "nothing" : $"{row.Epoch} and {row.NextPosition}")}. Was a backup or an asynchronous replica put in its place? Bring back the newest database before meta is started again.");
            return true;
        }

        if (row.Epoch != Epoch)
        {
            error = new DfsError(
                DfsErrorCode.StaleEpoch,
                $"Meta at {row.Holder} has taken the operation log in epoch {row.Epoch}; this node had epoch {Epoch} and acts no more.");
            return true;
        }

        isUnsure = false;
        if (record is null || row.NextPosition == record.Next)
        {
            Lease.Renew(asked);
            return true;
        }

        return false;
    }
}
