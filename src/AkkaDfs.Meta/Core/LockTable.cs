// Advisory locks of one family on all files: who has which bytes, and who waits for them. Pure bookkeeping: an owner is a session and
// its number for the owner; what is held by one owner never overlaps and never touches with equal strength.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using static AkkaDfs.Shared.Protocol.MetaProtocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Who has a lock.</summary>
internal readonly record struct LockOwner(Guid Session, ulong Owner);

/// <summary>A held lock: bytes from Start up to, not including, End.</summary>
internal readonly record struct HeldRange(LockOwner Owner, LockMode Mode, long Start, long End)
{
    /// <summary>True when both cannot be held.</summary>
    internal bool Forbids(HeldRange other)
        => Owner != other.Owner && Start < other.End && other.Start < End && (Mode == LockMode.Exclusive || other.Mode == LockMode.Exclusive);
}

/// <summary>Locks of one family.</summary>
internal sealed class LockTable
{
    private readonly Dictionary<InodeId, FileLocks> _files = [];
    private readonly Dictionary<LockOwner, InodeId> _waiting = [];

    /// <summary>Number of ranges held.</summary>
    public int Count { get; private set; }

    /// <summary>Number of owners that wait.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>What is held on a file, in order of starts.</summary>
    public IReadOnlyList<HeldRange> HeldOn(InodeId file) => _files.GetValueOrDefault(file)?.Held ?? [];

    /// <summary>A held lock that forbids this one, or null.</summary>
    public HeldRange? ConflictOf(InodeId file, HeldRange wanted)
    {
        foreach (var held in HeldOn(file))
        {
            if (held.Forbids(wanted))
            {
                return held;
            }
        }

        return null;
    }

    /// <summary>A lock that is held, or waited for by somebody who came earlier, and forbids this one; null when it can be had.</summary>
    public HeldRange? ObstacleOf(InodeId file, HeldRange wanted)
    {
        if (ConflictOf(file, wanted) is { } held)
        {
            return held;
        }

        foreach (var earlier in _files.GetValueOrDefault(file)?.Queue ?? [])
        {
            if (earlier.Owner == wanted.Owner)
            {
                return null;
            }

            if (earlier.Forbids(wanted))
            {
                return earlier;
            }
        }

        return null;
    }

    /// <summary>Puts a lock in place of all that its owner has in the range; Unlocked gives the range back. Nothing may forbid it.</summary>
    public void Set(InodeId file, HeldRange wanted)
    {
        StopWaiting(wanted.Owner);
        if (!_files.TryGetValue(file, out var locks))
        {
            if (wanted.Mode == LockMode.Unlocked)
            {
                return;
            }

            _files.Add(file, locks = new FileLocks());
        }

        Count -= locks.Held.Count;
        locks.Replace(wanted);
        Count += locks.Held.Count;
        Tidy(file, locks);
    }

    /// <summary>Queues for a lock, or keeps the place that the owner has for this very lock.</summary>
    public void Wait(InodeId file, HeldRange wanted)
    {
        if (_waiting.TryGetValue(wanted.Owner, out var where) && where == file && _files[file].Queue.Contains(wanted))
        {
            return;
        }

        StopWaiting(wanted.Owner);
        if (!_files.TryGetValue(file, out var locks))
        {
            _files.Add(file, locks = new FileLocks());
        }

        locks.Queue.Add(wanted);
        _waiting.Add(wanted.Owner, file);
    }

    /// <summary>Leaves the queue.</summary>
    public void StopWaiting(LockOwner owner)
    {
        if (_waiting.Remove(owner, out var file))
        {
            var locks = _files[file];
            locks.Queue.RemoveAll(w => w.Owner == owner);
            Tidy(file, locks);
        }
    }

    /// <summary>True when waiting for this lock would close a circle of owners that wait for each other.</summary>
    public bool WouldDeadlock(InodeId file, HeldRange wanted)
    {
        var seen = new HashSet<LockOwner>();
        var open = new Stack<(InodeId File, HeldRange Wanted)>([(file, wanted)]);
        while (open.TryPop(out var next))
        {
            foreach (var held in HeldOn(next.File))
            {
                if (!held.Forbids(next.Wanted))
                {
                    continue;
                }

                if (held.Owner == wanted.Owner)
                {
                    return true;
                }

                if (seen.Add(held.Owner) && _waiting.TryGetValue(held.Owner, out var where))
                {
                    open.Push((where, _files[where].Queue.Find(w => w.Owner == held.Owner)));
                }
            }
        }

        return false;
    }

    /// <summary>Gives back all that a session has, and leaves all its queues.</summary>
    public void End(Guid session)
    {
        foreach (var owner in _waiting.Keys.Where(o => o.Session == session).ToArray())
        {
            StopWaiting(owner);
        }

        foreach (var (file, locks) in _files.Where(f => f.Value.Held.Exists(h => h.Owner.Session == session)).ToArray())
        {
            Count -= locks.Held.RemoveAll(h => h.Owner.Session == session);
            Tidy(file, locks);
        }
    }

    private void Tidy(InodeId file, FileLocks locks)
    {
        if (locks.Held.Count == 0 && locks.Queue.Count == 0)
        {
            _files.Remove(file);
        }
    }

    private sealed class FileLocks
    {
        internal List<HeldRange> Held { get; } = [];

        internal List<HeldRange> Queue { get; } = [];

        internal void Replace(HeldRange wanted)
        {
            var (start, end) = (wanted.Start, wanted.End);
            for (var i = Held.Count - 1; i >= 0; i--)
            {
                var held = Held[i];
                var touches = held.Mode == wanted.Mode ? held.Start <= wanted.End && wanted.Start <= held.End : held.Start < wanted.End && wanted.Start < held.End;
                if (held.Owner != wanted.Owner || !touches)
                {
                    continue;
                }

                Held.RemoveAt(i);
                if (held.Mode == wanted.Mode)
                {
                    (start, end) = (Math.Min(start, held.Start), Math.Max(end, held.End));
                    continue;
                }

                if (held.End > wanted.End)
                {
                    Held.Insert(i, held with { Start = wanted.End });
                }

                if (held.Start < wanted.Start)
                {
                    Held.Insert(i, held with { End = wanted.Start });
                }
            }

            if (wanted.Mode != LockMode.Unlocked)
            {
                var at = Held.FindIndex(h => h.Start > start);
                Held.Insert(at < 0 ? Held.Count : at, wanted with { Start = start, End = end });
            }

            Held.Sort((a, b) => a.Start.CompareTo(b.Start));
        }
    }
}
