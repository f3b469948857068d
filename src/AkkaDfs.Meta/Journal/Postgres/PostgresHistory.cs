// The history in a journal's tables, as one moment saw them.

using System.Data;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>Replays a journal's tables for <see cref="JournalHistory"/>.</summary>
internal sealed class PostgresHistory(PostgresJournalSettings settings) : IHistorySource
{
    private readonly PostgresDatabase _database = new(settings);
    private readonly PostgresTables _tables = new(settings.Schema);

    /// <inheritdoc/>
    public DfsError? Replay(JournalCursor cursor, Action<MetaEvent> replay, Action logBegins)
    {
        try
        {
            using var connection = _database.Connect(isPatient: true);
            using var transaction = connection.BeginTransaction(IsolationLevel.RepeatableRead);
            if (_tables.ReadWriter(connection) is not { } writer)
            {
                return null;
            }

            var recovery = new PostgresRecovery(_tables, _database.Place, cursor, replay);
            if (recovery.LoadCheckpoint(connection, writer, _tables.OldestRecord(connection)) is { } unusable)
            {
                return unusable;
            }

            logBegins();
            return recovery.ReadLog(connection, writer.NextPosition, writer.Previous);
        }
        catch (Exception e) when (PostgresErrors.IsDatabaseFailure(e))
        {
            return PostgresErrors.ToError(e, _database.Place);
        }
    }
}
