// Makes a checkpoint from what is in the tables, beside the meta that serves, as docs/decisions/006-checkpoints-from-the-log.md
// says: the checkpoint before and the log since, replayed into a state of its own.
//
// Invariants. A checkpoint is there whole or not at all: one transaction, read back before it commits. Nothing is removed before
// that, and never what the checkpoint before it needs.

using System.Data;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using Npgsql;

namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>Makes checkpoints over connections of its own.</summary>
internal sealed class PostgresCheckpointer(PostgresDatabase database, PostgresTables tables, TimeProvider time)
{
    private const int PieceBytes = 1024 * 1024;

    /// <summary>Makes the checkpoint of everything before a position.</summary>
    /// <param name="next">A position that begins a record, or the one that comes next.</param>
    /// <param name="epoch">The writer's epoch: nothing is made for a writer that has been replaced.</param>
    /// <param name="stop">Ends the work; the tables are as before.</param>
    /// <returns>Null, or JournalDamaged, VersionMismatch, StaleEpoch. Failures of the database are thrown.</returns>
    public DfsError? Make(ulong next, ulong epoch, CancellationToken stop)
    {
        using var connection = database.Connect(isPatient: true);
        ulong basis;
        using (var transaction = connection.BeginTransaction(IsolationLevel.RepeatableRead))
        {
            if (tables.ReadWriter(connection) is not { } writer || writer.Epoch != epoch)
            {
                return new DfsError(DfsErrorCode.StaleEpoch, "Another meta node has taken the operation log.");
            }

            var state = new DurableState();
            var cursor = new JournalCursor();
            var recovery = new PostgresRecovery(tables, database.Place, cursor, change => state.Apply(Checked(change), null));
            if (recovery.LoadCheckpoint(connection, writer, next - 1) is { } unusable)
            {
                return unusable;
            }

            basis = cursor.NextPosition;
            if (recovery.ReadLog(connection, next, null) is { } damaged)
            {
                return damaged;
            }

            Write(tables, connection, new SegmentHead(writer.ClusterId, next, cursor.Epoch, cursor.Previous, UnixNs()), state.Images().Select(Checked));
            if (recovery.ReadCheckpoint(connection, writer, next, null) is { IsOk: false } unreadable)
            {
                return unreadable.Error;
            }

            transaction.Commit();
        }

        // The checkpoint that this one was made from was just read whole, so it is the one to fall back to.
        tables.Retire(connection, basis);
        return null;

        MetaEvent Checked(MetaEvent change)
        {
            stop.ThrowIfCancellationRequested();
            return change;
        }
    }

    /// <summary>Writes a whole checkpoint, inside a transaction.</summary>
    public static void Write(PostgresTables tables, NpgsqlConnection connection, SegmentHead head, IEnumerable<MetaEvent> images)
    {
        var bytes = new byte[SegmentHead.Bytes];
        head.Write(bytes, SegmentHead.CheckpointMagic);
        tables.AddPiece(connection, head.FirstPosition, 0, bytes, Array.Empty<byte>());
        var writer = new EventWriter();
        var (previous, piece, count) = (0U, 0, 0);
        foreach (var image in images)
        {
            MetaEventCodec.Write(writer, image);
            count++;
            if (writer.Length >= PieceBytes)
            {
                Put();
            }
        }

        if (count > 0)
        {
            Put();
        }

        Put();

        void Put()
        {
            var record = new byte[RecordHead.Bytes];
            piece++;
            previous = new RecordHead(writer.Length, Checksum.Compute(writer.Written), (ulong)piece, count, previous, head.Epoch).Write(record);
            tables.AddPiece(connection, head.FirstPosition, piece, record, writer.WrittenMemory);
            writer.Reset(0);
            count = 0;
        }
    }

    private long UnixNs() => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
}
