// Open nodes. A file that is open when its last name goes stays, without a name, until nobody has it open any more: before the name
// goes, an event says that the node is kept, and another one later that it no longer is.
//
// Openings are not in the journal, so a meta that begins to act knows sessions but not what they hold. Until each of them has said
// so, or has been silent for its time-out (the grace), every file that loses its last name is kept, and removed trees are not freed.

using System.Diagnostics;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Answers requests about sessions, and keeps files that are open.</summary>
internal sealed class Sessions(MetaState state)
{
    /// <summary>Most sessions.</summary>
    internal const int MaxSessions = 65_536;

    /// <summary>Most open nodes of one session.</summary>
    internal const int MaxHandlesPerSession = 262_144;

    /// <summary>Most open nodes of all sessions.</summary>
    internal const int MaxHandles = 2_097_152;

    private const int CheckIntervalMs = 500;

    private readonly SessionTable _table = state.Durable.Sessions;
    private readonly Namespace _names = state.Durable.Names;
    private int _unclaimed;
    private long _nextCheckMs;

    /// <summary>True while sessions of an earlier meta have not said yet what they hold.</summary>
    internal bool IsGrace => _unclaimed > 0;

    internal MetaProtocol.Reply? Answer(MetaProtocol.Request request) => request switch
    {
        MetaProtocol.StartSession r => Begin(r),
        MetaProtocol.RenewSession r => With(r.Session, Told),
        MetaProtocol.ReclaimSession r => With(r.Session, s => Reclaim(s, r)),
        MetaProtocol.EndSession r => End(r),
        MetaProtocol.OpenNode r => With(r.Session, s => Open(s, r)),
        MetaProtocol.SetLock r => With(r.Session, s => state.Locks.Set(s, r)),
        MetaProtocol.CancelLock r => With(r.Session, s => state.Locks.Cancel(s, r)),
        MetaProtocol.GetLock r => With(r.Session, s => state.Locks.Get(s, r)),
        MetaProtocol.HoldDirectory r => With(r.Session, s => state.Holds.Hold(s, r)),
        MetaProtocol.AwaitDrops r => With(r.Session, s => state.Holds.Await(s, r)),
        MetaProtocol.CloseNode r => With(r.Session, s => Close(s, r)),
        _ => throw new UnreachableException(request.GetType().Name),
    };

    /// <summary>Meta begins to act: all sessions get their full time to say what they hold.</summary>
    internal void Start()
    {
        foreach (var session in _table.All)
        {
            session.HeardMs = state.Now.Ms;
            _unclaimed++;
        }

        ReleaseAll();
    }

    /// <summary>Meta itself stood still: nobody is to blame for silence meanwhile.</summary>
    internal void Forgive(long gapMs)
    {
        foreach (var session in _table.All)
        {
            session.HeardMs = Math.Min(state.Now.Ms, session.HeardMs + gapMs);
        }
    }

    /// <summary>Ends the sessions that were silent for too long.</summary>
    internal void Tick()
    {
        if (state.Now.Ms < _nextCheckMs || _table.Count == 0)
        {
            return;
        }

        _nextCheckMs = state.Now.Ms + CheckIntervalMs;
        foreach (var session in _table.All.Where(s => state.Now.Ms - s.HeardMs >= state.Policy.SessionMs).ToArray())
        {
            state.Inform($"session {session.Id:n} was silent for {state.Now.Ms - session.HeardMs} ms: what it held is given up");
            End(session);
        }
    }

    /// <summary>To be called before a name of a node goes, and before everything below a directory does.</summary>
    internal void BeforeRemoval(Inode node)
    {
        if (node is not DirectoryInode top)
        {
            if ((IsGrace || _table.IsOpen(node.Id)) && !_names.IsKept(node.Id))
            {
                state.Emit(new NodeKept(node.Id));
            }
        }
        else if (top.Children.Count > 0)
        {
            foreach (var inode in _table.Open.Where(i => !_names.IsKept(i) && _names.Find(i) is { } open and not DirectoryInode && Namespace.IsWithin(open, top)).Order().ToArray())
            {
                state.Emit(new NodeKept(inode));
            }
        }
    }

    private MetaProtocol.Reply? With(Guid id, Func<Session, MetaProtocol.Reply?> answer)
    {
        if (_table.Find(id) is not { } session)
        {
            return new MetaProtocol.Failed(Errors.SessionLost(id));
        }

        session.HeardMs = state.Now.Ms;
        return answer(session);
    }

    private MetaProtocol.SessionReply Told(Session session) => new(state.Policy.SessionMs, !session.IsClaimed, []);

    private MetaProtocol.Reply Begin(MetaProtocol.StartSession request)
    {
        if (request.Session == Guid.Empty)
        {
            return new MetaProtocol.Failed(Errors.Argument("The session", "an id of 16 bytes, not all zero"));
        }

        if (_table.Find(request.Session) is null)
        {
            if (_table.Count >= MaxSessions)
            {
                return new MetaProtocol.Failed(Errors.TooManyHandles($"{MaxSessions} sessions"));
            }

            state.Emit(new SessionStarted(request.Session, state.Now.UnixNs));
            _table.Find(request.Session)!.IsClaimed = true;
        }

        return With(request.Session, Told)!;
    }

    private MetaProtocol.Reply Reclaim(Session session, MetaProtocol.ReclaimSession request)
    {
        if (Math.Max(request.Handles.Count, request.Locks.Count) > MetaProtocol.MaxReclaim)
        {
            return new MetaProtocol.Failed(Errors.Argument($"{request.Handles.Count} handles and {request.Locks.Count} locks at once", $"at most {MetaProtocol.MaxReclaim}"));
        }

        var lost = new List<ulong>();
        foreach (var (handle, inode) in request.Handles)
        {
            if (_names.FindAny(inode) is not { } node || !TryHold(session, handle, node))
            {
                lost.Add(handle);
            }
        }

        var lostLocks = request.Locks.Count(l => !state.Locks.Reclaim(session, l));
        if (request.IsLast)
        {
            Claim(session);
        }

        return Told(session) with { Lost = lost, LostLocks = lostLocks };
    }

    private MetaProtocol.Reply Open(Session session, MetaProtocol.OpenNode request)
    {
        if (request.Handle == 0)
        {
            return new MetaProtocol.Failed(Errors.Argument("The handle", "1 or more"));
        }

        var code = _names.Resolve(request.Target, request.FollowLink, request.Caller, out var node);
        if (code != DfsErrorCode.None)
        {
            return new MetaProtocol.Failed(Errors.Path(code, request.Target));
        }

        if (state.CheckAccess(node, request, request.Access, request.Target) is { } error)
        {
            return new MetaProtocol.Failed(error);
        }

        return TryHold(session, request.Handle, node)
            ? new MetaProtocol.StatusReply(Namespace.StatusOf(node))
            : new MetaProtocol.Failed(Errors.TooManyHandles($"{MaxHandlesPerSession} open nodes in one session, {MaxHandles} in all"));
    }

    private MetaProtocol.Done Close(Session session, MetaProtocol.CloseNode request)
    {
        Release(_table.Remove(session, request.Handle));
        return new MetaProtocol.Done();
    }

    private MetaProtocol.Done End(MetaProtocol.EndSession request)
    {
        if (_table.Find(request.Session) is { } session)
        {
            End(session);
        }

        return new MetaProtocol.Done();
    }

    private bool TryHold(Session session, ulong handle, Inode node)
    {
        var isRepeat = session.Handles.TryGetValue(handle, out var held);
        if (isRepeat || session.WasClosed(handle))
        {
            return !isRepeat || held == node.Id;
        }

        if (session.Handles.Count >= MaxHandlesPerSession || _table.HandleCount >= MaxHandles)
        {
            return false;
        }

        // Opened by its id, or told by a client of an earlier meta: its names may be gone, or about to be.
        if (node is not DirectoryInode && !_names.IsKept(node.Id) && !(node.Parent is { } parent && _names.IsAttached(parent)))
        {
            state.Emit(new NodeKept(node.Id));
        }

        return _table.Add(session, handle, node.Id);
    }

    private void End(Session session)
    {
        state.Emit(new SessionEnded(session.Id, state.Now.UnixNs));
        state.Locks.End(session.Id);
        state.Holds.End(session.Id);
        Claim(session);
        foreach (var handle in session.Handles.Keys.ToArray())
        {
            Release(_table.Remove(session, handle));
        }
    }

    private void Claim(Session session)
    {
        if (!session.IsClaimed)
        {
            session.IsClaimed = true;
            _unclaimed--;
            ReleaseAll();
        }
    }

    private void Release(InodeId? inode)
    {
        if (inode is { } closed && !IsGrace && _names.IsKept(closed))
        {
            state.Emit(new NodeReleased(closed));
        }
    }

    // The grace is over: what is kept and was told by nobody goes.
    private void ReleaseAll()
    {
        if (!IsGrace)
        {
            foreach (var inode in _names.KeptInOrder().Where(i => !_table.IsOpen(i)).ToArray())
            {
                state.Emit(new NodeReleased(inode));
            }
        }
    }
}
