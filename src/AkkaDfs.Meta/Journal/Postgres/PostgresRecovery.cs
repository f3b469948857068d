// Reads a journal's tables back: the newest whole checkpoint, then the log behind it. What does not fit together is refused with
// its place; nothing is changed. A commit in PostgreSQL is whole or not there, so there is no torn tail: all misfit is damage.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using Npgsql;

namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>One reading of the tables.</summary>
internal sealed class PostgresRecovery(PostgresTables tables, string place, JournalCursor cursor, Action<MetaEvent> replay)
{
    private readonly List<string> _warnings = [];

    /// <summary>Checkpoints that were passed over, and why.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Bytes of payload of the log that were read.</summary>
    public long LogBytes { get; private set; }

    /// <summary>Whether a writer's row can be used by this code; null, or VersionMismatch, WrongCluster.</summary>
    public static DfsError? Check(WriterRow row, PostgresJournalSettings settings, string place)
        => row.Format > PostgresTables.Format
            ? new DfsError(
                DfsErrorCode.VersionMismatch,
                $"The operation log in {place} has format version {row.Format}, and this release reads up to {PostgresTables.Format}. Run the newer release.")
            : row.ClusterName != settings.ClusterName
                ? new DfsError(
                    DfsErrorCode.WrongCluster,
                    $"The operation log in {place} belongs to cluster '{row.ClusterName}', and this node to '{settings.ClusterName}'. Give each cluster a schema of its own.")
                : null;

    /// <summary>Replays the newest whole checkpoint at or before a position.</summary>
    public DfsError? LoadCheckpoint(NpgsqlConnection connection, WriterRow writer, ulong limit)
    {
        var oldest = tables.OldestRecord(connection);
        var isDamaged = false;
        foreach (var position in tables.Checkpoints(connection).Where(p => p <= limit))
        {
            var read = ReadCheckpoint(connection, writer, position, null);
            if (read.IsOk)
            {
                var head = ReadCheckpoint(connection, writer, position, replay).Value;
                (cursor.NextPosition, cursor.Previous, cursor.Epoch) = (head.FirstPosition, head.Previous, head.Epoch);
                return null;
            }

            if (read.Error.Code != DfsErrorCode.JournalDamaged)
            {
                return read.Error;
            }

            isDamaged = true;
            _warnings.Add($"{read.Error.Message} It is passed over; an older state and the log from there on are used. Keep a dump of the table and check the disk.");
        }

        return isDamaged && oldest != 1
            ? new DfsError(DfsErrorCode.JournalDamaged, $"{_warnings[^1]} But the log in {place} begins with transaction {oldest}. {WaysOut}")
            : null;
    }

    /// <summary>Replays the log from where reading has got to up to a position.</summary>
    /// <param name="connection">In a transaction that saw <paramref name="end"/> as the position that comes next.</param>
    /// <param name="end">First position that is not read.</param>
    /// <param name="previous">Head checksum that the last record must have; null when it is not known.</param>
    public DfsError? ReadLog(NpgsqlConnection connection, ulong end, uint? previous)
    {
        using (var command = tables.SelectLog(connection, cursor.NextPosition, end))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                if (Take((ulong)reader.GetInt64(0), (ulong)reader.GetInt64(1), reader.GetFieldValue<byte[]>(2), reader.GetFieldValue<byte[]>(3)) is { } error)
                {
                    return error;
                }
            }
        }

        return cursor.NextPosition != end ? Damaged($"transaction {cursor.NextPosition} should come next and is missing; the log should go on to {end - 1}")
            : previous is { } last && cursor.Previous != last ? Damaged($"its last record, before transaction {end}, is not the one that was written last")
            : null;
    }

    private const string WaysOut =
        "Nothing was changed. Ways out: restore the rows from a backup of the database; or, to go on with what comes before and give up what came "
        + "after, follow docs/formats/meta-journal-postgres.md, section Repair.";

    private DfsError? Take(ulong position, ulong epoch, byte[] head, byte[] payload)
    {
        if (head.Length != RecordHead.Bytes || !RecordHead.TryRead(head, out var record, out var checksum))
        {
            return Damaged($"the head of the record at position {position} is unreadable");
        }

        if (position != cursor.NextPosition || record.FirstPosition != position || record.Previous != cursor.Previous || record.Epoch != epoch
            || record.Epoch < cursor.Epoch || record.Count < 1)
        {
            return Damaged($"the record at position {position} does not follow the one before it: transaction {cursor.NextPosition} should come next. A row is missing or was exchanged");
        }

        if (record.PayloadBytes != payload.Length || Checksum.Compute(payload) != record.PayloadChecksum)
        {
            return Damaged($"the payload of the record at position {position} does not match its checksum");
        }

        if (Replay(payload, replay, $"log, position {position}") is { } error)
        {
            return error;
        }

        LogBytes += payload.Length;
        cursor.Previous = checksum;
        cursor.NextPosition += (ulong)record.Count;
        cursor.Epoch = record.Epoch;
        return null;
    }

    /// <summary>Reads one checkpoint from its head to its end mark.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="writer">The writer's row, for the cluster that it must belong to.</param>
    /// <param name="position">First position that it does not contain.</param>
    /// <param name="images">Receives the images; null to check only.</param>
    public Result<SegmentHead> ReadCheckpoint(NpgsqlConnection connection, WriterRow writer, ulong position, Action<MetaEvent>? images)
    {
        using var command = tables.SelectCheckpoint(connection, position);
        using var reader = command.ExecuteReader();
        SegmentHead? found = null;
        var (previous, number, isEnded) = (0U, 0, false);
        while (reader.Read())
        {
            var (piece, head, payload) = (reader.GetInt32(0), reader.GetFieldValue<byte[]>(1), reader.GetFieldValue<byte[]>(2));
            if (piece != number || isEnded)
            {
                return BadCheckpoint(position, piece);
            }

            if (number++ == 0)
            {
                if (head.Length != SegmentHead.Bytes || !SegmentHead.TryRead(head, SegmentHead.CheckpointMagic, out var segment, out _)
                    || segment.FirstPosition != position || segment.ClusterId != writer.ClusterId)
                {
                    return BadCheckpoint(position, piece);
                }

                found = segment;
                continue;
            }

            if (head.Length != RecordHead.Bytes || !RecordHead.TryRead(head, out var record, out var checksum)
                || record.FirstPosition != (ulong)piece || record.Previous != previous
                || record.PayloadBytes != payload.Length || Checksum.Compute(payload) != record.PayloadChecksum)
            {
                return BadCheckpoint(position, piece);
            }

            if (Replay(payload, images, $"checkpoint, position {position}, piece {piece}") is { } error)
            {
                return error;
            }

            (previous, isEnded) = (checksum, record.IsMark);
        }

        return found is { } whole && isEnded ? whole : BadCheckpoint(position, number);
    }

    private DfsError? Replay(ReadOnlySpan<byte> rest, Action<MetaEvent>? target, string where)
    {
        try
        {
            while (target is not null && !rest.IsEmpty)
            {
                target(MetaEventCodec.Read(ref rest));
            }

            return null;
        }
        catch (FormatException e)
        {
            return new DfsError(
                DfsErrorCode.VersionMismatch,
                $"{place}, table {where}: a record is whole but cannot be understood ({e.Message}). It was probably written by a newer release: run that one.");
        }
    }

    private DfsError Damaged(string what) => new(DfsErrorCode.JournalDamaged, $"The operation log in {place}, table log, is damaged: {what}. {WaysOut}");

    private DfsError BadCheckpoint(ulong position, int piece)
        => new(DfsErrorCode.JournalDamaged, $"The checkpoint at position {position} in {place} is damaged at piece {piece}.");
}
