// How a journal connects: without a pool, with bounded waits, and only to a server that keeps what it has confirmed.

using Npgsql;

namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>Makes connections.</summary>
internal sealed class PostgresDatabase
{
    private const int PatientSeconds = 60;

    private readonly string _connectionString;
    private readonly string _patientConnectionString;
    private readonly int _timeoutMs;

    /// <summary>Reads the settings; connects to nothing yet.</summary>
    /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
    public PostgresDatabase(PostgresJournalSettings settings)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(settings.StatementTimeout.TotalSeconds));
        var builder = new NpgsqlConnectionStringBuilder(settings.ConnectionString)
        {
            Pooling = false,
            Enlist = false,
            PersistSecurityInfo = false,
            Timeout = seconds,
            CommandTimeout = seconds,
            CancellationTimeout = -1,
            TcpKeepAlive = true,
            MaxAutoPrepare = 20,
            AutoPrepareMinUsages = 2,
            ApplicationName = $"akkadfs meta {settings.Holder}",
        };
        _timeoutMs = seconds * 1000;
        _connectionString = builder.ConnectionString;
        builder.CommandTimeout = PatientSeconds;
        _patientConnectionString = builder.ConnectionString;
        Place = $"PostgreSQL {builder.Host}:{builder.Port}/{builder.Database}, schema {settings.Schema}";
    }

    /// <summary>Which database, for people; without user and password.</summary>
    public string Place { get; }

    /// <summary>Opens a connection.</summary>
    /// <param name="isPatient">True for work on everything at once that nobody waits for: statements and pauses between them may last a minute.</param>
    /// <exception cref="NpgsqlException">It cannot be reached, refuses, or would forget what it has confirmed.</exception>
    public NpgsqlConnection Connect(bool isPatient = false)
    {
        var connection = new NpgsqlConnection(isPatient ? _patientConnectionString : _connectionString);
        try
        {
            connection.Open();
            Prepare(connection, isPatient ? PatientSeconds * 1000 : _timeoutMs);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // A statement whose client is gone must not wait for a lock for ever, and a client that is paused must not keep one.
    private static void Prepare(NpgsqlConnection connection, int timeoutMs)
    {
        using (var limits = new NpgsqlCommand($"SET lock_timeout = {timeoutMs}; SET idle_in_transaction_session_timeout = {2 * timeoutMs}", connection))
        {
            limits.ExecuteNonQuery();
        }

        if (Show(connection, "fsync") != "on" || Show(connection, "full_page_writes") != "on")
        {
            throw new NpgsqlException("fsync or full_page_writes is off, so that a power failure would lose what was acknowledged. Turn both on in postgresql.conf.");
        }

        if (Show(connection, "synchronous_commit") is "off" or "local" or "remote_write")
        {
            using var set = new NpgsqlCommand("SET synchronous_commit = on", connection);
            set.ExecuteNonQuery();
        }
    }

    private static string Show(NpgsqlConnection connection, string setting)
    {
        using var command = new NpgsqlCommand($"SHOW {setting}", connection);
        return (string)command.ExecuteScalar()!;
    }
}
