// The history in a journal's folder.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Meta.Journal;

/// <summary>Replays a journal's files for <see cref="JournalHistory"/>.</summary>
internal sealed class FileHistory(string folder, IFileSystem files) : IHistorySource
{
    private readonly JournalFiles _names = new(folder, files);

    /// <inheritdoc/>
    public DfsError? Replay(JournalCursor cursor, Action<MetaEvent> replay, Action logBegins)
    {
        try
        {
            return ReadAll(cursor, replay, logBegins);
        }
        catch (Exception e) when (FileErrors.IsDiskFailure(e))
        {
            // A checkpoint may have retired a segment meanwhile; a next try finds the newer ones.
            return FileErrors.ToError(e, $"read the operation log in {folder}");
        }
    }

    private DfsError? ReadAll(JournalCursor cursor, Action<MetaEvent> replay, Action logBegins)
    {
        var segments = _names.Segments();
        if (segments.Count == 0)
        {
            return null;
        }

        var recovery = new JournalRecovery(_names, files, cursor, replay);
        if (recovery.LoadCheckpoint(segments[0]) is { } unusable)
        {
            return unusable;
        }

        logBegins();
        foreach (var first in recovery.Tail())
        {
            using var segment = files.Open(_names.SegmentPath(first), FileOpen.Read);
            if (recovery.ReadSegment(first, segment, isLast: first == segments[^1]).Error is { } error)
            {
                return error;
            }
        }

        return null;
    }
}
