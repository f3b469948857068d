// Reads a journal's folder back: the newest whole checkpoint, then the segments behind it. A damaged checkpoint is passed over
// for the one before it, or for the whole log, as long as every segment from there on is still there; if not, or if a segment
// is missing or damaged, nothing is changed and the error says where and what can be done.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Meta.Journal;

/// <summary>One reading of a journal. First <see cref="LoadCheckpoint"/>, then the segments of <see cref="Tail"/> in order.</summary>
internal sealed class JournalRecovery(JournalFiles names, IFileSystem files, JournalCursor cursor, Action<MetaEvent> replay)
{
    private readonly List<string> _warnings = [];
    private bool _isBound;

    /// <summary>The cluster that the files read so far belong to; empty when there were none.</summary>
    public Guid ClusterId { get; private set; }

    /// <summary>Checkpoints that were passed over, and why.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Replays the newest whole checkpoint that continues with a segment at or below <paramref name="limit"/>.</summary>
    public DfsError? LoadCheckpoint(ulong limit)
    {
        var segments = names.Segments();
        DfsError? damage = null;
        foreach (var next in names.Checkpoints().Where(c => c <= limit).Reverse())
        {
            var path = names.CheckpointPath(next);
            using var file = files.Open(path, FileOpen.Read);
            var head = CheckpointFile.Read(path, file, null);
            if (head.IsOk && head.Value.FirstPosition != next)
            {
                head = new DfsError(DfsErrorCode.JournalDamaged, $"The checkpoint {path} is damaged at offset 32: its position is not the one of its name.");
            }

            if (head.IsOk)
            {
                return segments.Contains(next) ? Load(path, file) : Missing(next, damage);
            }

            if (head.Error.Code != DfsErrorCode.JournalDamaged)
            {
                return head.Error;
            }

            damage ??= head.Error;
            _warnings.Add($"{head.Error.Message} It is passed over; an older state and the log from there on are used. Keep a copy of the file and check the disk.");
        }

        return damage is not null && !segments.Contains(1UL) ? Missing(1, damage) : null;
    }

    /// <summary>First positions of the segments that are still to be read.</summary>
    public IReadOnlyList<ulong> Tail() => [.. names.Segments().Where(s => s >= cursor.NextPosition)];

    /// <summary>Replays one segment.</summary>
    public SegmentEnd ReadSegment(ulong first, IFile file, bool isLast)
    {
        var path = names.SegmentPath(first);
        var head = SegmentReader.ReadHead(file, SegmentHead.LogMagic, out var version);
        if (CheckHead(path, head, version) is { } error)
        {
            return new SegmentEnd(0, 0, error);
        }

        (ClusterId, _isBound) = (head!.Value.ClusterId, true);
        return new SegmentReader(path, file, cursor, replay).Read(isLast);
    }

    private DfsError? Load(string path, IFile file)
    {
        var read = CheckpointFile.Read(path, file, replay);
        if (!read.IsOk)
        {
            return read.Error;
        }

        var head = read.Value;
        (cursor.NextPosition, cursor.Previous, cursor.Epoch) = (head.FirstPosition, head.Previous, head.Epoch);
        (ClusterId, _isBound) = (head.ClusterId, true);
        return null;
    }

    private DfsError? CheckHead(string path, SegmentHead? head, int version)
    {
        if (head is null)
        {
            return version > SegmentHead.Version
                ? new DfsError(
                    DfsErrorCode.VersionMismatch,
                    $"{path} has format version {version}, and this release reads up to {SegmentHead.Version}. Run the newer release.")
                : Damaged(path, "its head is unreadable");
        }

        if (head.Value.FirstPosition != cursor.NextPosition || head.Value.Previous != cursor.Previous)
        {
            return Damaged(path, $"it begins with transaction {head.Value.FirstPosition}, but {cursor.NextPosition} should come next: a segment is missing or was exchanged");
        }

        return _isBound && head.Value.ClusterId != ClusterId ? Damaged(path, "it belongs to another cluster") : null;
    }

    private static DfsError Damaged(string path, string why) => new(
        DfsErrorCode.JournalDamaged,
        $"{path} cannot be used at offset 0: {why}. Nothing was changed. Ways out: put back the missing or undamaged file; "
        + "or, to go on with what comes before and give up what came after, move this file and all later ones away.");

    private DfsError Missing(ulong first, DfsError? damage) => new(
        DfsErrorCode.JournalDamaged,
        $"{(damage is null ? string.Empty : damage.Message + " ")}{names.SegmentPath(first)}, with which the log goes on, is missing. "
        + "Nothing was changed. Ways out: put back that file, or an undamaged copy of the checkpoint; without either, restore the newest copy of the whole folder.");
}
