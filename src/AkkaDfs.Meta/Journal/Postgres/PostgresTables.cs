// The tables, and every statement on them (docs/formats/meta-journal-postgres.md).

using Npgsql;
using NpgsqlTypes;

namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>Statements on the tables of one schema.</summary>
internal sealed class PostgresTables(string schema)
{
    /// <summary>Version that this code writes, and the newest it reads.</summary>
    public const int Format = 1;

    private const string RowColumns = "format, cluster_id, cluster_name, epoch, next_position, previous, beat, lease_ms, released, holder";

    /// <summary>Creates what is missing; the first writer's row among it. Safe when several do it at once.</summary>
    public void Create(NpgsqlConnection connection, PostgresJournalSettings settings)
    {
        if (Exists(connection))
        {
            return;
        }

        using var transaction = connection.BeginTransaction();
        using (var one = Command(connection, "SELECT pg_advisory_xact_lock(hashtextextended('akkadfs:' || $1, 0))", Text(schema)))
        {
            one.ExecuteNonQuery();
        }

        if (!Exists(connection))
        {
            using (var tables = Command(connection, $"""
                CREATE SCHEMA IF NOT EXISTS {schema};
                CREATE TABLE {schema}.writer (
                    one boolean PRIMARY KEY DEFAULT true CHECK (one),
                    format int NOT NULL, cluster_id uuid NOT NULL, cluster_name text NOT NULL,
                    epoch bigint NOT NULL, next_position bigint NOT NULL, previous bigint NOT NULL, beat bigint NOT NULL,
                    lease_ms bigint NOT NULL, released boolean NOT NULL, holder text NOT NULL, taken_at timestamptz NOT NULL DEFAULT now())
                    WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
                CREATE TABLE {schema}.log (
                    position bigint PRIMARY KEY, epoch bigint NOT NULL, head bytea NOT NULL, payload bytea NOT NULL);
                CREATE TABLE {schema}.checkpoint (
                    position bigint NOT NULL, piece int NOT NULL, head bytea NOT NULL, payload bytea NOT NULL, PRIMARY KEY (position, piece));
                ALTER TABLE {schema}.log ALTER COLUMN payload SET STORAGE EXTERNAL;
                ALTER TABLE {schema}.checkpoint ALTER COLUMN payload SET STORAGE EXTERNAL;
                """))
            {
                tables.ExecuteNonQuery();
            }

            using var row = Command(
                connection,
                $"INSERT INTO {schema}.writer ({RowColumns}) VALUES ($1, $2, $3, 0, 1, 0, 0, 0, true, '')",
                Int(Format), new NpgsqlParameter { Value = settings.NewClusterId }, Text(settings.ClusterName));
            row.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    /// <summary>True when the tables are there.</summary>
    public bool Exists(NpgsqlConnection connection)
    {
        using var command = Command(connection, "SELECT to_regclass($1) IS NOT NULL", Text($"{schema}.checkpoint"));
        return (bool)command.ExecuteScalar()!;
    }

    /// <summary>The writer's row; null when somebody has removed it.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="isLocked">True to keep others from changing it until the transaction ends.</param>
    public WriterRow? ReadWriter(NpgsqlConnection connection, bool isLocked = false)
    {
        using var command = Command(connection, $"SELECT {RowColumns} FROM {schema}.writer{(isLocked ? " FOR UPDATE" : string.Empty)}");
        using var reader = command.ExecuteReader();
        return reader.Read()
            ? new WriterRow(
                reader.GetInt32(0), reader.GetGuid(1), reader.GetString(2), (ulong)reader.GetInt64(3), (ulong)reader.GetInt64(4),
                (uint)reader.GetInt64(5), reader.GetInt64(6), TimeSpan.FromMilliseconds(reader.GetInt64(7)), reader.GetBoolean(8), reader.GetString(9))
            : null;
    }

    /// <summary>Appends a record if the epoch and the position are still the writer's, in one statement; false when they are not.</summary>
    public bool Append(NpgsqlConnection connection, ulong epoch, ulong first, ulong next, uint previous, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> payload)
    {
        using var command = Command(
            connection,
            $"""
            WITH w AS (UPDATE {schema}.writer SET next_position = $3, previous = $4, beat = beat + 1 WHERE epoch = $1 AND next_position = $2 RETURNING 1)
            INSERT INTO {schema}.log (position, epoch, head, payload) SELECT $2, $1, $5, $6 FROM w
            """,
            Long(epoch), Long(first), Long(next), Long(previous), Bytes(head), Bytes(payload));
        return command.ExecuteNonQuery() == 1;
    }

    /// <summary>Gives a sign of life; false when the epoch is not the writer's any more.</summary>
    public bool Beat(NpgsqlConnection connection, ulong epoch)
    {
        using var command = Command(connection, $"UPDATE {schema}.writer SET beat = beat + 1 WHERE epoch = $1", Long(epoch));
        return command.ExecuteNonQuery() == 1;
    }

    /// <summary>Says that the writer has stopped answering.</summary>
    public void Release(NpgsqlConnection connection, ulong epoch)
    {
        using var command = Command(connection, $"UPDATE {schema}.writer SET released = true, beat = beat + 1 WHERE epoch = $1", Long(epoch));
        command.ExecuteNonQuery();
    }

    /// <summary>Takes the log, inside a transaction that has the row locked.</summary>
    public void Take(NpgsqlConnection connection, ulong epoch, TimeSpan lease, string holder)
    {
        using var command = Command(
            connection,
            $"UPDATE {schema}.writer SET epoch = $1, lease_ms = $2, holder = $3, released = false, beat = beat + 1, taken_at = now()",
            Long(epoch), Long((ulong)lease.TotalMilliseconds), Text(holder));
        command.ExecuteNonQuery();
    }

    /// <summary>Makes a log that was never used go on where another one has ended, inside a transaction that has the row locked.</summary>
    public void Seed(NpgsqlConnection connection, SegmentHead head)
    {
        using var command = Command(
            connection,
            $"UPDATE {schema}.writer SET cluster_id = $1, epoch = $2, next_position = $3, previous = $4, beat = beat + 1",
            new NpgsqlParameter { Value = head.ClusterId }, Long(head.Epoch), Long(head.FirstPosition), Long(head.Previous));
        command.ExecuteNonQuery();
    }

    /// <summary>Records from a position on, in order.</summary>
    public NpgsqlCommand SelectLog(NpgsqlConnection connection, ulong from, ulong before)
        => Command(
            connection,
            $"SELECT position, epoch, head, payload FROM {schema}.log WHERE position >= $1 AND position < $2 ORDER BY position",
            Long(from), Long(Math.Min(before, long.MaxValue)));

    /// <summary>Position of the oldest record; 0 when there is none.</summary>
    public ulong OldestRecord(NpgsqlConnection connection)
    {
        using var command = Command(connection, $"SELECT coalesce(min(position), 0) FROM {schema}.log");
        return (ulong)(long)command.ExecuteScalar()!;
    }

    /// <summary>Positions of all checkpoints, newest first.</summary>
    public IReadOnlyList<ulong> Checkpoints(NpgsqlConnection connection)
    {
        using var command = Command(connection, $"SELECT DISTINCT position FROM {schema}.checkpoint ORDER BY position DESC");
        using var reader = command.ExecuteReader();
        var found = new List<ulong>();
        while (reader.Read())
        {
            found.Add((ulong)reader.GetInt64(0));
        }

        return found;
    }

    /// <summary>Pieces of one checkpoint, in order.</summary>
    public NpgsqlCommand SelectCheckpoint(NpgsqlConnection connection, ulong position)
        => Command(connection, $"SELECT piece, head, payload FROM {schema}.checkpoint WHERE position = $1 ORDER BY piece", Long(position));

    /// <summary>Adds a piece of a checkpoint.</summary>
    public void AddPiece(NpgsqlConnection connection, ulong position, int piece, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> payload)
    {
        using var command = Command(
            connection,
            $"INSERT INTO {schema}.checkpoint (position, piece, head, payload) VALUES ($1, $2, $3, $4)",
            Long(position), Int(piece), Bytes(head), Bytes(payload));
        command.ExecuteNonQuery();
    }

    /// <summary>Removes checkpoints before a position, and the log before it.</summary>
    public void Retire(NpgsqlConnection connection, ulong before)
    {
        using var command = Command(
            connection,
            $"WITH c AS (DELETE FROM {schema}.checkpoint WHERE position < $1) DELETE FROM {schema}.log WHERE position < $1",
            Long(before));
        command.ExecuteNonQuery();
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static NpgsqlParameter Long(ulong value) => new() { NpgsqlDbType = NpgsqlDbType.Bigint, Value = (long)value };

    private static NpgsqlParameter Int(int value) => new() { NpgsqlDbType = NpgsqlDbType.Integer, Value = value };

    private static NpgsqlParameter Text(string value) => new() { NpgsqlDbType = NpgsqlDbType.Text, Value = value };

    private static NpgsqlParameter Bytes(ReadOnlyMemory<byte> value) => new() { NpgsqlDbType = NpgsqlDbType.Bytea, Value = value };
}
