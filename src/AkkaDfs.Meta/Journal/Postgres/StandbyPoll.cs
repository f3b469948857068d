// What a standby does all day: it looks at the writer's row and reads the log along. So it knows at a takeover how long the row has
// stood still and what is in the log, and an operator hears early that the database cannot be reached from here.

using AkkaDfs.Shared;
using Npgsql;

namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>Looks at the writer's row in the background, except while a journal of this process is the writer.</summary>
internal sealed class StandbyPoll : IDisposable
{
    private const int LooksAfterFailure = 120;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly PostgresDatabase _database;
    private readonly PostgresTables _tables;
    private readonly TimeSpan _interval;
    private readonly WriterWatch _watch;
    private readonly Action<string, bool> _tell;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private string _told = string.Empty;
    private int _looksToSkip;
    private int _failures;

    /// <summary>What has been read of the log.</summary>
    public StandbyReader Reader { get; }

    /// <summary>Begins.</summary>
    /// <param name="settings">Where.</param>
    /// <param name="watch">Takes in what is seen.</param>
    /// <param name="tell">Is told what has changed, and whether an operator should worry; called on the poll's thread.</param>
    public StandbyPoll(PostgresJournalSettings settings, WriterWatch watch, Action<string, bool> tell)
    {
        (_database, _tables, _interval, _watch, _tell) = (new PostgresDatabase(settings), new PostgresTables(settings.Schema), settings.Lease / 4, watch, tell);
        Reader = new StandbyReader(_tables, _database.Place);
        _thread = new Thread(Run) { IsBackground = true, Name = "meta-standby" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // It may be waiting for a database that does not answer. It holds nothing that must be closed in order.
        _stop.Set();
        if (_thread.Join(s_patience))
        {
            _stop.Dispose();
        }
    }

    private void Run()
    {
        NpgsqlConnection? connection = null;
        while (!_stop.Wait(_interval))
        {
            if (_watch.IsWriterHere)
            {
                // The journal tells by itself; after it, look anew.
                (connection, _told) = (Close(connection), string.Empty);
                continue;
            }

            try
            {
                connection ??= _database.Connect();
                Look(connection);
            }
            catch (Exception e) when (PostgresErrors.IsDatabaseFailure(e))
            {
                connection = Close(connection);
                Tell($"This meta node could not take over now: {PostgresErrors.ToError(e, _database.Place).Message}", true);
            }
            catch (Exception e)
            {
                // A broken invariant in the log or in this code. The meta that acts serves from memory; ending this process would
                // help nobody. An operator is told, and a takeover would read the log from the beginning.
                _looksToSkip = int.MaxValue;
                Tell($"This meta node could probably not take over; it has stopped reading the operation log: {e}", true);
            }
        }

        Close(connection);
    }

    private void Look(NpgsqlConnection connection)
    {
        if (!_tables.Exists(connection) || _tables.ReadWriter(connection) is not { } row)
        {
            return;
        }

        _watch.See(row);
        if (row.Epoch > 0 && !row.IsReleased)
        {
            Tell($"Meta stands by: the meta node at {row.Holder} acts in epoch {row.Epoch}", false);
            Follow(connection);
        }
    }

    // Once is a gap after a pause, and mended by beginning again; twice in a row is worth an alarm, and is not tried all the time.
    private void Follow(NpgsqlConnection connection)
    {
        if (_looksToSkip > 0)
        {
            _looksToSkip--;
        }
        else if (Reader.Follow(connection) is not { } error)
        {
            _failures = 0;
        }
        else if (++_failures > 1)
        {
            _looksToSkip = LooksAfterFailure;
            Tell($"This meta node could not take over: {error.Message}", true);
        }
    }

    private void Tell(string text, bool isWarning)
    {
        if (text != _told)
        {
            _told = text;
            _tell(text, isWarning);
        }
    }

    private static NpgsqlConnection? Close(NpgsqlConnection? connection)
    {
        connection?.Dispose();
        return null;
    }
}
