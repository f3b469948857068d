// Which sessions hold which directories, and what has been asked back and not been given back yet. Not durable: a meta that begins to act
// knows of no holds, and changes nothing until those of the one before are over.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

/// <summary>What one session holds.</summary>
internal sealed class SessionHolds(Guid session, ulong firstNumber)
{
    /// <summary>The session.</summary>
    public Guid Session { get; } = session;

    /// <summary>What it holds; the value is the number under which it was asked back, 0 when it was not.</summary>
    public Dictionary<InodeId, ulong> Directories { get; } = [];

    /// <summary>The last number that was given to an asking back.</summary>
    public ulong Number { get; set; } = firstNumber;

    /// <summary>Since when its client waits to be told; -1 when it does not.</summary>
    public long WaitingSinceMs { get; set; } = -1;

    /// <summary>How many directories have been asked back and not been given back.</summary>
    public int Outstanding { get; set; }
}

/// <summary>All holds.</summary>
internal sealed class HoldTable
{
    private readonly Dictionary<Guid, SessionHolds> _sessions = [];
    private readonly Dictionary<InodeId, List<SessionHolds>> _holders = [];

    /// <summary>Number of holds.</summary>
    public int Count { get; private set; }

    /// <summary>Everybody who holds something or waits.</summary>
    public IReadOnlyCollection<SessionHolds> Sessions => _sessions.Values;

    /// <summary>The directories that are held.</summary>
    public IReadOnlyCollection<InodeId> Held => _holders.Keys;

    /// <summary>Who holds a directory.</summary>
    public IReadOnlyList<SessionHolds> HoldersOf(InodeId directory) => _holders.GetValueOrDefault(directory) is { } some ? some : [];

    /// <summary>What a session holds, or null.</summary>
    public SessionHolds? Find(Guid session) => _sessions.GetValueOrDefault(session);

    /// <summary>What a session holds, noted from now on.</summary>
    public SessionHolds Of(Guid session, ulong firstNumber)
    {
        if (!_sessions.TryGetValue(session, out var holds))
        {
            _sessions.Add(session, holds = new SessionHolds(session, firstNumber));
        }

        return holds;
    }

    /// <summary>Notes a hold; one that is there already stays as it is.</summary>
    public void Add(SessionHolds session, InodeId directory)
    {
        if (!session.Directories.TryAdd(directory, 0))
        {
            return;
        }

        Count++;
        if (!_holders.TryGetValue(directory, out var holders))
        {
            _holders.Add(directory, holders = []);
        }

        holders.Add(session);
    }

    /// <summary>Notes that it is over.</summary>
    public void Remove(SessionHolds session, InodeId directory)
    {
        if (!session.Directories.Remove(directory, out var number))
        {
            return;
        }

        Count--;
        session.Outstanding -= number > 0 ? 1 : 0;
        var holders = _holders[directory];
        holders.Remove(session);
        if (holders.Count == 0)
        {
            _holders.Remove(directory);
        }
    }

    /// <summary>Forgets a session and all it holds.</summary>
    public void Remove(Guid id)
    {
        if (_sessions.Remove(id, out var session))
        {
            foreach (var directory in session.Directories.Keys.ToArray())
            {
                Remove(session, directory);
            }
        }
    }
}
