// The history that a journal still holds, read beside the meta that writes it. The events name nodes by number, so they
// are replayed into a state of their own from the oldest checkpoint on: that state knows the paths as they were at the time.
//
// Nothing is told that is not durable: what lies behind the position that the writer has confirmed is left out.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Journal;

/// <summary>Where history is read from.</summary>
internal interface IHistorySource
{
    /// <summary>Replays the oldest state that is kept, and then the log behind it. Blocks.</summary>
    /// <param name="cursor">Is moved along: during a replay its position is that of the record at hand.</param>
    /// <param name="replay">Receives the events.</param>
    /// <param name="logBegins">Called between the state and the log.</param>
    /// <returns>Null, or JournalDamaged, VersionMismatch, or that the store does not answer.</returns>
    DfsError? Replay(JournalCursor cursor, Action<MetaEvent> replay, Action logBegins);
}

/// <summary>Reads history.</summary>
internal sealed class JournalHistory(IHistorySource source)
{
    /// <summary>Text of the entries of one answer, in characters; more would not fit into one message.</summary>
    private const int MostText = 500_000;

    /// <summary>Reads the last entries that match. Blocks for as long as a start of meta would.</summary>
    /// <param name="request">Which ones.</param>
    /// <param name="durable">Position of the last transaction that is confirmed.</param>
    /// <returns>The page; JournalDamaged, VersionMismatch, DiskError, JournalUnreachable.</returns>
    public Result<MetaProtocol.LogPage> Read(MetaProtocol.GetLog request, long durable)
    {
        var gathered = new Gathering(request);
        var state = new DurableState();
        var cursor = new JournalCursor();
        var teller = new EventTeller(state);
        var isHistory = false;
        var error = source.Replay(
            cursor,
            change =>
            {
                if (isHistory && cursor.NextPosition <= (ulong)durable && teller.Tell(change) is { } told)
                {
                    gathered.Add(new MetaProtocol.LogEntry((long)cursor.NextPosition, told.AtUnixNs, told.Kind, told.Path, told.OtherPath, told.Text));
                }

                state.Apply(change, null);
            },
            () => isHistory = true);
        return error ?? (Result<MetaProtocol.LogPage>)gathered.Page();
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
