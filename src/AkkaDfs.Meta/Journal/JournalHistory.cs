// The history that a journal's files still hold, read beside the meta that writes them. The events name nodes by number, so they
// are replayed into a state of their own from the oldest checkpoint on: that state knows the paths as they were at the time.
//
// Nothing is told that is not durable: what lies behind the position that the writer has confirmed is left out.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Journal;

/// <summary>Reads history from a journal's folder.</summary>
internal sealed class JournalHistory(string folder, IFileSystem files)
{
    /// <summary>Text of the entries of one answer, in characters; more would not fit into one message.</summary>
    private const int MostText = 500_000;

    private readonly JournalFiles _names = new(folder, files);

    /// <summary>Reads the last entries that match. Blocks on the disk for as long as a start of meta would.</summary>
    /// <param name="request">Which ones.</param>
    /// <param name="durable">Position of the last transaction that is confirmed.</param>
    /// <returns>The page; JournalDamaged, VersionMismatch, DiskError.</returns>
    public Result<MetaProtocol.LogPage> Read(MetaProtocol.GetLog request, long durable)
    {
        var gathered = new Gathering(request);
        try
        {
            return Replay(gathered, (ulong)durable) ?? (Result<MetaProtocol.LogPage>)gathered.Page();
        }
        catch (Exception e) when (FileErrors.IsDiskFailure(e))
        {
            // A checkpoint may have retired a segment meanwhile; a next try finds the newer ones.
            return FileErrors.ToError(e, $"read the operation log in {folder}");
        }
    }

    private DfsError? Replay(Gathering gathered, ulong durable)
    {
        var segments = _names.Segments();
        if (segments.Count == 0)
        {
            return null;
        }

        var state = new DurableState();
        var cursor = new JournalCursor();
        var teller = new EventTeller(state);
        var isHistory = false;
        var recovery = new JournalRecovery(_names, files, cursor, change =>
        {
            if (isHistory && cursor.NextPosition <= durable && teller.Tell(change) is { } told)
            {
                gathered.Add(new MetaProtocol.LogEntry((long)cursor.NextPosition, told.AtUnixNs, told.Kind, told.Path, told.OtherPath, told.Text));
            }

            state.Apply(change, null);
        });
        if (recovery.LoadCheckpoint(segments[0]) is { } unusable)
        {
            return unusable;
        }

        isHistory = true;
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

    /// <summary>Keeps the newest entries that match, within what one answer may hold.</summary>
    private sealed class Gathering(MetaProtocol.GetLog request)
    {
        private readonly Queue<MetaProtocol.LogEntry> _entries = new();
        private int _text;
        private bool _hasEarlier;

        public void Add(MetaProtocol.LogEntry entry)
        {
            if (entry.AtUnixNs < request.SinceUnixNs || !(IsBelow(entry.Path) || IsBelow(entry.OtherPath)))
            {
                return;
            }

            _entries.Enqueue(entry);
            _text += Length(entry);
            while (_entries.Count > request.Limit || _text > MostText)
            {
                _text -= Length(_entries.Dequeue());
                _hasEarlier = true;
            }
        }

        public MetaProtocol.LogPage Page() => new([.. _entries], _hasEarlier);

        private static int Length(MetaProtocol.LogEntry entry) => entry.Path.Length + entry.OtherPath.Length + entry.Text.Length;

        // Events of servers and of meta itself have no path: they belong to the whole tree.
        private bool IsBelow(string path)
            => request.Path == "/" || path == request.Path
                || (path.Length > request.Path.Length && path[request.Path.Length] == '/' && path.StartsWith(request.Path, StringComparison.Ordinal));
    }
}
