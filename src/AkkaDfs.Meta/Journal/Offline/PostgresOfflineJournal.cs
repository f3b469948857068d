// The journal in a database. Reading needs no rest: a transaction sees one moment. Loading needs tables that nobody has used.

using System.Data;
using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal.Postgres;
using AkkaDfs.Shared;
using Npgsql;

namespace AkkaDfs.Meta.Journal.Offline;

/// <summary>A journal in PostgreSQL.</summary>
internal sealed class PostgresOfflineJournal(PostgresJournalSettings settings, TimeProvider time) : IOfflineJournal
{
    private readonly PostgresDatabase _database = new(settings);
    private readonly PostgresTables _tables = new(settings.Schema);

    /// <inheritdoc/>
    public string Place => _database.Place;

    /// <inheritdoc/>
    public Result<OfflineState> Read() => Guarded<OfflineState>(connection =>
    {
        using var transaction = connection.BeginTransaction(IsolationLevel.RepeatableRead);
        if (!_tables.Exists(connection) || _tables.ReadWriter(connection) is not { } writer || writer.NextPosition == 1)
        {
            return new DfsError(DfsErrorCode.FileNotFound, $"There is no operation log in {Place} yet. Check the connection and the schema.");
        }

        if (PostgresRecovery.Check(writer, settings, Place) is { } foreign)
        {
            return foreign;
        }

        var state = new DurableState();
        var cursor = new JournalCursor();
        var recovery = new PostgresRecovery(_tables, Place, cursor, OfflineState.ReplayInto(state));
        var damaged = recovery.LoadCheckpoint(connection, writer, writer.NextPosition) ?? recovery.ReadLog(connection, writer.NextPosition, writer.Previous);
        return damaged is not null
            ? damaged
            : new OfflineState(state, cursor.NextPosition, Math.Max(cursor.Epoch, writer.Epoch), 0, recovery.Warnings);
    });

    /// <inheritdoc/>
    public DfsError? Load(SegmentHead head, IEnumerable<MetaEvent> images) => Guarded<bool>(connection =>
    {
        _tables.Create(connection, settings);
        using var transaction = connection.BeginTransaction();
        if (_tables.ReadWriter(connection, isLocked: true) is not { NextPosition: 1 } || _tables.Checkpoints(connection).Count > 0)
        {
            return new DfsError(DfsErrorCode.AlreadyExists, $"The operation log in {Place} is not empty, and nothing was changed. Load into a new schema.");
        }

        var loaded = head with { CreatedUnixNs = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100, Previous = 0 };
        _tables.Seed(connection, loaded);
        PostgresCheckpointer.Write(_tables, connection, loaded, images);
        transaction.Commit();
        return true;
    }).Error;

    private Result<T> Guarded<T>(Func<NpgsqlConnection, Result<T>> work)
    {
        try
        {
            using var connection = _database.Connect(isPatient: true);
            return work(connection);
        }
        catch (Exception e) when (PostgresErrors.IsDatabaseFailure(e))
        {
            return PostgresErrors.ToError(e, Place);
        }
    }
}
