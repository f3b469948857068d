// Makes a checkpoint from what is on the disk, beside the meta that serves: the checkpoint before, and the closed segments since,
// replayed into a state of its own (docs/decisions/006-checkpoints-from-the-log.md).
//
// Invariants. A checkpoint gets its name only when its content is durable and was read back whole. Nothing is removed before
// that name is durable, and never what the checkpoint before it needs: one damaged checkpoint costs no operation.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Meta.Journal;

/// <summary>Makes checkpoints. Reads only what the writer of the log does not touch any more.</summary>
internal sealed class Checkpointer(JournalFiles names, IFileSystem files, TimeProvider time)
{
    /// <summary>Makes the checkpoint of everything before a position.</summary>
    /// <param name="next">First position of a segment whose head is durable.</param>
    /// <param name="stop">Ends the work; the folder is as before, but for a part that the next start removes.</param>
    /// <returns>Null, or JournalDamaged, VersionMismatch. Disk failures are thrown.</returns>
    public DfsError? Make(ulong next, CancellationToken stop)
    {
        var state = new DurableState();
        var cursor = new JournalCursor();
        var recovery = new JournalRecovery(names, files, cursor, Replay);
        if (recovery.LoadCheckpoint(next - 1) is { } unusable)
        {
            return unusable;
        }

        var basis = cursor.NextPosition;
        if (ReadSegments(recovery, cursor, next) is { } error)
        {
            return error;
        }

        var head = new SegmentHead(recovery.ClusterId, next, cursor.Epoch, cursor.Previous, UnixNs());
        if (Write(head, state.Images().Select(Checked)) is { } unreadable)
        {
            return unreadable;
        }

        Retire(basis);
        return null;

        void Replay(MetaEvent change) => state.Apply(Checked(change), null);

        MetaEvent Checked(MetaEvent change)
        {
            stop.ThrowIfCancellationRequested();
            return change;
        }
    }

    private DfsError? ReadSegments(JournalRecovery recovery, JournalCursor cursor, ulong next)
    {
        foreach (var first in recovery.Tail().TakeWhile(s => s < next))
        {
            using var file = files.Open(names.SegmentPath(first), FileOpen.Read);
            if (recovery.ReadSegment(first, file, isLast: false).Error is { } error)
            {
                return error;
            }
        }

        return cursor.NextPosition == next
            ? null
            : new DfsError(
                DfsErrorCode.JournalDamaged,
                $"The closed segments in {names.Folder} end before transaction {cursor.NextPosition} instead of {next}: a file was removed or exchanged. "
                + "The running meta node still has everything: do not stop it before its names are saved elsewhere.");
    }

    private DfsError? Write(SegmentHead head, IEnumerable<MetaEvent> images)
    {
        var part = names.PartPath(head.FirstPosition);
        using (var file = files.Open(part, FileOpen.CreateOrTruncate))
        {
            CheckpointFile.Write(file, head, images);
            if (CheckpointFile.Read(part, file, null) is { IsOk: false } unreadable)
            {
                return unreadable.Error;
            }
        }

        files.Move(part, names.CheckpointPath(head.FirstPosition));
        files.SyncDirectory(names.Folder);
        return null;
    }

    // The checkpoint that this one was made from was just read whole, so it is the one to fall back to.
    private void Retire(ulong basis)
    {
        foreach (var checkpoint in names.Checkpoints().Where(c => c < basis))
        {
            files.Delete(names.CheckpointPath(checkpoint));
        }

        foreach (var segment in names.Segments().Where(s => s < basis))
        {
            files.Delete(names.SegmentPath(segment));
        }

        files.SyncDirectory(names.Folder);
    }

    private long UnixNs() => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
}
