// The sessions of clients. That a session exists is durable; what it holds is not, and is told again by its client to the next
// acting meta. Durable state and what only this meta knows are kept apart by who touches them: events the first, commands the rest.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

/// <summary>One session.</summary>
internal sealed class Session(Guid id)
{
    private const int MostClosed = 1024;

    private readonly Queue<ulong> _closedInOrder = new();
    private readonly HashSet<ulong> _closed = [];

    /// <summary>Its id.</summary>
    public Guid Id { get; } = id;

    /// <summary>True once it may hold directories.</summary>
    public bool MayHold { get; set; }

    /// <summary>When its client was heard last, on meta's clock. Not durable.</summary>
    public long HeardMs { get; set; }

    /// <summary>False after a change of the acting meta, until its client has said what it holds. Not durable.</summary>
    public bool IsClaimed { get; set; }

    /// <summary>Its open nodes. Not durable.</summary>
    public Dictionary<ulong, InodeId> Handles { get; } = [];

    /// <summary>True for a handle that was closed a short while ago: a late repeat of its opening opens nothing.</summary>
    public bool WasClosed(ulong handle) => _closed.Contains(handle);

    /// <summary>Notes that a handle is closed for ever.</summary>
    public void NoteClosed(ulong handle)
    {
        if (!_closed.Add(handle))
        {
            return;
        }

        _closedInOrder.Enqueue(handle);
        if (_closedInOrder.Count > MostClosed)
        {
            _closed.Remove(_closedInOrder.Dequeue());
        }
    }
}

/// <summary>All sessions.</summary>
internal sealed class SessionTable
{
    private readonly SortedDictionary<Guid, Session> _sessions = [];
    private readonly Dictionary<InodeId, int> _open = [];

    /// <summary>Number of sessions.</summary>
    public int Count => _sessions.Count;

    /// <summary>Number of handles of all sessions.</summary>
    public long HandleCount { get; private set; }

    /// <summary>All sessions, in order of ids.</summary>
    public IEnumerable<Session> All => _sessions.Values;

    /// <summary>The nodes that are open.</summary>
    public IEnumerable<InodeId> Open => _open.Keys;

    /// <summary>The session of an id, or null.</summary>
    public Session? Find(Guid id) => _sessions.GetValueOrDefault(id);

    /// <summary>True when any session has the node open.</summary>
    public bool IsOpen(InodeId inode) => _open.ContainsKey(inode);

    /// <summary>Notes an open node; false when the handle is in use or was closed already.</summary>
    public bool Add(Session session, ulong handle, InodeId inode)
    {
        if (session.WasClosed(handle) || !session.Handles.TryAdd(handle, inode))
        {
            return false;
        }

        HandleCount++;
        _open[inode] = _open.GetValueOrDefault(inode) + 1;
        return true;
    }

    /// <summary>Notes that a handle is closed; gives the node when nobody has it open any more.</summary>
    public InodeId? Remove(Session session, ulong handle)
    {
        session.NoteClosed(handle);
        if (!session.Handles.Remove(handle, out var inode))
        {
            return null;
        }

        HandleCount--;
        if (_open[inode] > 1)
        {
            _open[inode]--;
            return null;
        }

        _open.Remove(inode);
        return inode;
    }

    internal void Apply(SessionStarted started) => _sessions.TryAdd(started.Session, new Session(started.Session));

    internal void Apply(SessionEnded ended) => _sessions.Remove(ended.Session);

    internal void Apply(SessionHolding holding)
    {
        if (_sessions.TryGetValue(holding.Session, out var session))
        {
            session.MayHold = true;
        }
    }

    internal IEnumerable<MetaEvent> Images()
        => _sessions.Values.SelectMany(s => s.MayHold ? new MetaEvent[] { new SessionStarted(s.Id, 0), new SessionHolding(s.Id) } : [new SessionStarted(s.Id, 0)]);
}
