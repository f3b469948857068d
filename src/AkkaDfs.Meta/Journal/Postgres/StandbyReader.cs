// Reads the log along while another node writes it, so that a takeover has only the last moments to read, however many files
// there are. What it has read is durable, and belongs to one log: the chain of head checksums says so at every step. Whatever does
// not fit (a gap after a long pause, damage, a database that has gone back) makes it forget everything and begin again.

using System.Data;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using Npgsql;

namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>A state that follows the log. Thread-safe.</summary>
internal sealed class StandbyReader(PostgresTables tables, string place)
{
    private readonly object _gate = new();
    private DurableState _state = new();
    private JournalCursor _cursor = new();
    private PostgresRecovery? _recovery;

    /// <summary>Position of the transaction that is read next; 1 when nothing has been read.</summary>
    public ulong NextPosition
    {
        get
        {
            lock (_gate)
            {
                return _cursor.NextPosition;
            }
        }
    }

    /// <summary>Reads what is new.</summary>
    /// <returns>Null, or why all was forgotten. Failures of the database are thrown, and all is forgotten as well.</returns>
    public DfsError? Follow(NpgsqlConnection connection)
    {
        lock (_gate)
        {
            var isDone = false;
            try
            {
                var error = Read(connection);
                isDone = error is null;
                return error;
            }
            finally
            {
                if (!isDone)
                {
                    Forget();
                }
            }
        }
    }

    /// <summary>Gives away what has been read; null when nothing has. Reading begins anew after that.</summary>
    public Progress? Take()
    {
        lock (_gate)
        {
            var read = _recovery is { } recovery && _cursor.NextPosition > 1 ? new Progress(_state, _cursor, recovery.LogBytes) : null;
            Forget();
            return read;
        }
    }

    private DfsError? Read(NpgsqlConnection connection)
    {
        using var transaction = connection.BeginTransaction(IsolationLevel.RepeatableRead);
        if (tables.ReadWriter(connection) is not { } row)
        {
            return null;
        }

        if (_recovery is null)
        {
            var state = _state;
            _recovery = new PostgresRecovery(tables, place, _cursor, change => state.Apply(change, null));
            if (_recovery.LoadCheckpoint(connection, row, row.NextPosition) is { } unusable)
            {
                return unusable;
            }
        }

        return _recovery.ReadLog(connection, row.NextPosition, row.Previous);
    }

    private void Forget() => (_state, _cursor, _recovery) = (new DurableState(), new JournalCursor(), null);

    /// <summary>What has been read.</summary>
    /// <param name="State">The state before <paramref name="Cursor"/>.</param>
    /// <param name="Cursor">Where reading goes on.</param>
    /// <param name="LogBytes">Bytes of log that were read behind the checkpoint.</param>
    internal sealed record Progress(DurableState State, JournalCursor Cursor, long LogBytes);
}
