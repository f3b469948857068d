// Takes the log: reads it back, waits until the writer before can act no more, and raises the epoch in the transaction that has
// read the rest. A log that cannot be read is never taken: the writer it has goes on.

using System.Data;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using Npgsql;

namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>One takeover.</summary>
internal sealed class PostgresTakeover(
    PostgresJournalSettings settings,
    string place,
    PostgresTables tables,
    JournalCursor cursor,
    WriterWatch watch,
    TimeProvider time,
    Action<MetaEvent> replay)
{
    private readonly PostgresRecovery _recovery = new(tables, place, cursor, replay);

    /// <summary>Bytes of log that were read, behind the checkpoint or behind where the cursor was before.</summary>
    public long LogBytes => _recovery.LogBytes;

    /// <summary>Takes the log.</summary>
    /// <returns>What was found, with the new epoch; JournalDamaged, WrongCluster, VersionMismatch. Failures of the database are thrown.</returns>
    /// <exception cref="OperationCanceledException">Asked to stop. The epoch may have been taken.</exception>
    public Result<JournalOpened> Run(NpgsqlConnection connection, CancellationToken stop)
    {
        tables.Create(connection, settings);
        if (ReadBack(connection) is { } error)
        {
            return error;
        }

        var begun = time.GetTimestamp();
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            var isForced = time.GetElapsedTime(begun) >= settings.TakeoverPatience;
            var taken = TryTake(connection, isForced, out var opened, out var overMs);
            if (taken is not null)
            {
                return taken;
            }

            if (opened is not null)
            {
                // Whoever was fenced while he still answered may go on answering reads for as long as his lease lasts.
                stop.WaitHandle.WaitOne(overMs);
                stop.ThrowIfCancellationRequested();
                return opened;
            }

            stop.WaitHandle.WaitOne(settings.Lease / 16);
        }
    }

    private DfsError? ReadBack(NpgsqlConnection connection)
    {
        using var transaction = connection.BeginTransaction(IsolationLevel.RepeatableRead);
        if (tables.ReadWriter(connection) is not { } row)
        {
            return NoRow();
        }

        watch.See(row);
        return PostgresRecovery.Check(row, settings, place)
            ?? (cursor.NextPosition > 1 ? null : _recovery.LoadCheckpoint(connection, row, row.NextPosition))
            ?? _recovery.ReadLog(connection, row.NextPosition, row.Previous);
    }

    // An error, or what was taken, or neither while the writer may still act.
    private DfsError? TryTake(NpgsqlConnection connection, bool isForced, out JournalOpened? opened, out TimeSpan wait)
    {
        (opened, wait) = (null, TimeSpan.Zero);
        using var transaction = connection.BeginTransaction();
        if (tables.ReadWriter(connection, isLocked: true) is not { } row)
        {
            return NoRow();
        }

        var isOver = watch.IsOver(row);
        watch.See(row);
        if (!isOver && !isForced)
        {
            return null;
        }

        if (_recovery.ReadLog(connection, row.NextPosition, row.Previous) is { } damaged)
        {
            return damaged;
        }

        wait = isOver ? TimeSpan.Zero : PostgresJournalSettings.WaitFor(row.Lease);
        opened = Take(connection, row);
        transaction.Commit();
        return null;
    }

    private JournalOpened Take(NpgsqlConnection connection, WriterRow row)
    {
        var epoch = Math.Max(row.Epoch, cursor.Epoch) + 1;
        var started = new EpochStarted(new Epoch(epoch), (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100);
        var isNew = row.NextPosition == 1;
        List<MetaEvent> transaction = isNew ? [new ClusterFormed(row.ClusterId, started.AtUnixNs), started] : [started];
        var payload = new EventWriter();
        transaction.ForEach(e => MetaEventCodec.Write(payload, e));
        var head = new byte[RecordHead.Bytes];
        var checksum = new RecordHead(payload.Length, Checksum.Compute(payload.Written), row.NextPosition, 1, row.Previous, epoch).Write(head);
        tables.Take(connection, epoch, settings.Lease, settings.Holder);
        if (!tables.Append(connection, epoch, row.NextPosition, row.NextPosition + 1, checksum, head, payload.WrittenMemory))
        {
            throw new InvalidOperationException("the writer's row has changed under its lock");
        }

        (cursor.Epoch, cursor.Previous, cursor.NextPosition) = (epoch, checksum, row.NextPosition + 1);
        transaction.ForEach(replay);
        return new JournalOpened(new Epoch(epoch), (long)row.NextPosition, 0, isNew) { Warnings = _recovery.Warnings };
    }

    private DfsError NoRow()
        => new(DfsErrorCode.JournalDamaged, $"The table writer in {place} is empty: somebody has removed its row. Restore the schema from a backup of the database.");
}
