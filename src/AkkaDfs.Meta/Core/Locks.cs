// Requests about locks. Locks are in memory only: a session says them again to the next acting meta, and until all sessions have, nobody gets
// a new one. Whoever waits asks again and again; the queue is in order of the first asking, and who stops asking loses the place.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using static AkkaDfs.Shared.Protocol.MetaProtocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Answers requests about locks.</summary>
internal sealed class Locks(MetaState state)
{
    /// <summary>Most ranges of all sessions, in each family.</summary>
    internal const int MaxLocks = 262_144;

    /// <summary>Most owners that wait, in each family.</summary>
    internal const int MaxWaiting = 65_536;

    private const int MostNumbers = 4 * MaxLocks;

    /// <summary>Delay that somebody who waits is told before he asks again.</summary>
    private const int AskAgainMs = 100;

    /// <summary>Silence of somebody who waits after which the place in the queue is lost.</summary>
    private const int PatienceMs = 5_000;

    private readonly LockTable _posix = new();
    private readonly LockTable _flock = new();
    private readonly Dictionary<LockOwner, long> _askedMs = [];
    private readonly Dictionary<(LockOwner Owner, LockKind Kind, InodeId File), ulong> _newest = [];

    /// <summary>Number of ranges held.</summary>
    internal int Count => _posix.Count + _flock.Count;

    internal Reply Set(Session session, SetLock request)
    {
        var owner = new LockOwner(session.Id, request.Owner);
        if (Check(request.Kind, request.Mode, request.Start, request.End) is { } wrong)
        {
            return new Failed(wrong);
        }

        if (state.Durable.Names.FindAny(request.File) is null)
        {
            return new Failed(Errors.Path(DfsErrorCode.FileNotFound, PathRef.Of(request.File)));
        }

        if (IsLate(owner, request.Kind, request.File, request.Number))
        {
            // Whoever sent it has gone on since and does not wait for this answer; it must not look like a lock.
            return request.Mode == LockMode.Unlocked ? new Done() : new Failed(Conflict(new HeldRange(owner, request.Mode, request.Start, request.End), 0));
        }

        var table = TableOf(request.Kind);
        var wanted = new HeldRange(owner, request.Mode, request.Start, request.End);
        if (request.Mode == LockMode.Unlocked)
        {
            table.Set(request.File, wanted);
            Forget(owner, request.Kind, request.File);
            return new Done();
        }

        if (state.Sessions.IsGrace)
        {
            return new Failed(Grace());
        }

        Impatient(table);
        if (table.ObstacleOf(request.File, wanted) is { } obstacle)
        {
            return new Failed(request.Wait ? Queue(table, request, wanted) : Conflict(obstacle, 0));
        }

        if (table.Count >= MaxLocks)
        {
            return new Failed(Errors.TooManyHandles($"{MaxLocks} locks"));
        }

        _askedMs.Remove(owner);
        table.Set(request.File, wanted);
        return new Done();
    }

    internal Reply Cancel(Session session, CancelLock request)
    {
        var owner = new LockOwner(session.Id, request.Owner);
        if (!IsLate(owner, request.Kind, request.File, request.Number))
        {
            _askedMs.Remove(owner);
            TableOf(request.Kind).StopWaiting(owner);
        }

        return new Done();
    }

    internal Reply Get(Session session, GetLock request)
    {
        if (Check(request.Kind, request.Mode, request.Start, request.End) is { } wrong)
        {
            return new Failed(wrong);
        }

        var wanted = new HeldRange(new LockOwner(session.Id, request.Owner), request.Mode, request.Start, request.End);
        return new LockReply(TableOf(request.Kind).ConflictOf(request.File, wanted) is { } held
            ? new HeldLock(request.File, held.Owner.Owner, request.Kind, held.Mode, held.Start, held.End)
            : null);
    }

    /// <summary>Takes a lock that a session had under an earlier meta; false when another has it by now.</summary>
    internal bool Reclaim(Session session, HeldLock held)
    {
        var wanted = new HeldRange(new LockOwner(session.Id, held.Owner), held.Mode, held.Start, held.End);
        var table = TableOf(held.Kind);
        if (Check(held.Kind, held.Mode, held.Start, held.End) is not null || held.Mode == LockMode.Unlocked || table.Count >= MaxLocks
            || state.Durable.Names.FindAny(held.File) is null || table.ConflictOf(held.File, wanted) is not null)
        {
            return false;
        }

        table.Set(held.File, wanted);
        return true;
    }

    /// <summary>Gives back all that a session has.</summary>
    internal void End(Guid session)
    {
        _posix.End(session);
        _flock.End(session);
        foreach (var owner in _askedMs.Keys.Where(o => o.Session == session).ToArray())
        {
            _askedMs.Remove(owner);
        }

        foreach (var key in _newest.Keys.Where(k => k.Owner.Session == session).ToArray())
        {
            _newest.Remove(key);
        }
    }

    private static DfsError? Check(LockKind kind, LockMode mode, long start, long end)
        => !Enum.IsDefined(kind) || !Enum.IsDefined(mode) || start < 0 || end <= start || (kind == LockKind.Flock && (start, end) != (0, long.MaxValue))
            ? Errors.Argument($"A {kind} lock of bytes {start} up to {end}", "a known family and strength, from 0 up, not empty; flock locks whole files")
            : null;

    private LockTable TableOf(LockKind kind) => kind == LockKind.Posix ? _posix : _flock;

    // Requests of one owner about one file come in the order of their numbers, or are repeats.
    private bool IsLate(LockOwner owner, LockKind kind, InodeId file, ulong number)
    {
        var key = (owner, kind, file);
        if (_newest.TryGetValue(key, out var newest) && number < newest)
        {
            return true;
        }

        if (_newest.Count >= MostNumbers)
        {
            _newest.Clear();
        }

        _newest[key] = number;
        return false;
    }

    // The number of the last word is kept while there is anything that a late repeat could undo, and for the session's life otherwise
    // only in a bounded table.
    private void Forget(LockOwner owner, LockKind kind, InodeId file)
    {
        _askedMs.Remove(owner);
        if (_newest.Count > MaxLocks)
        {
            _newest.Remove((owner, kind, file));
        }
    }

    private DfsError Queue(LockTable table, SetLock request, HeldRange wanted)
    {
        if (request.Kind == LockKind.Posix && table.WouldDeadlock(request.File, wanted))
        {
            _askedMs.Remove(wanted.Owner);
            table.StopWaiting(wanted.Owner);
            return new DfsError(
                DfsErrorCode.WouldDeadlock, "Waiting for this lock would never end: whoever has it waits, directly or through others, for a lock of yours. Give one back first.");
        }

        if (table.WaitingCount >= MaxWaiting)
        {
            return Errors.TooManyHandles($"{MaxWaiting} owners that wait for locks");
        }

        table.Wait(request.File, wanted);
        _askedMs[wanted.Owner] = state.Now.Ms;
        return Conflict(table.ObstacleOf(request.File, wanted) ?? wanted, AskAgainMs);
    }

    // Whoever has not asked for a while has gone away: nobody behind him is to wait for that.
    private void Impatient(LockTable table)
    {
        if (table.WaitingCount == 0)
        {
            return;
        }

        foreach (var owner in _askedMs.Where(a => state.Now.Ms - a.Value > PatienceMs).Select(a => a.Key).ToArray())
        {
            _askedMs.Remove(owner);
            _posix.StopWaiting(owner);
            _flock.StopWaiting(owner);
        }
    }

    private static DfsError Conflict(HeldRange obstacle, int retryAfterMs) => new(
        DfsErrorCode.LockConflict,
        $"Another owner has, or waits for, {(obstacle.Mode == LockMode.Shared ? "a shared" : "an exclusive")} lock of bytes {obstacle.Start} up to {obstacle.End}. Try again when it is given back.",
        retryAfterMs);

    private DfsError Grace() => new(
        DfsErrorCode.Busy,
        $"Meta has just begun to act, and other clients still say which locks they have; that takes at most {state.Policy.SessionMs / 1000} s. Try again shortly.",
        RetryAfterMs: 200);
}
