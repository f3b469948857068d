// Advisory locks of the mount: byte ranges with POSIX rules, and whole files with those of flock(2). Held by a session.

namespace AkkaDfs.Shared.Protocol;

public static partial class MetaProtocol
{
    /// <summary>Family of a lock; the two do not see each other. Numbers are on the wire: append only.</summary>
    public enum LockKind
    {
        /// <summary>Byte ranges: an owner's new lock replaces what it has in the range.</summary>
        Posix = 1,

        /// <summary>Whole files.</summary>
        Flock = 2,
    }

    /// <summary>Strength of a lock. Numbers are on the wire: append only.</summary>
    public enum LockMode
    {
        /// <summary>None: gives back.</summary>
        Unlocked = 0,

        /// <summary>With other shared ones.</summary>
        Shared = 1,

        /// <summary>Alone.</summary>
        Exclusive = 2,
    }

    /// <summary>
    /// Takes or gives back a lock. Answer: <see cref="Done"/>; LockConflict when another owner has one that forbids it (waiting: ask again by the hint,
    /// the same way, and the place in the queue is kept); WouldDeadlock; SessionLost.
    /// </summary>
    /// <param name="Session">The session.</param>
    /// <param name="Number">Counts the requests of the session about locks: an older one that comes late is passed over.</param>
    /// <param name="File">The node.</param>
    /// <param name="Owner">Who has it within the session, as the kernel numbers lock owners.</param>
    /// <param name="Kind">Its family.</param>
    /// <param name="Mode">Its strength.</param>
    /// <param name="Start">First byte; 0 for whole files.</param>
    /// <param name="End">Behind the last byte; <see cref="long.MaxValue"/> for everything that follows.</param>
    /// <param name="Wait">Whether to queue behind what forbids it.</param>
    public sealed record SetLock(
        Guid Session, ulong Number, InodeId File, ulong Owner, LockKind Kind, LockMode Mode, long Start, long End, bool Wait) : SessionRequest(Session);

    /// <summary>Stops waiting for a lock. Answer: <see cref="Done"/>.</summary>
    public sealed record CancelLock(Guid Session, ulong Number, InodeId File, ulong Owner, LockKind Kind) : SessionRequest(Session);

    /// <summary>Asks what forbids a lock, if anything. Answer: <see cref="LockReply"/>.</summary>
    public sealed record GetLock(Guid Session, InodeId File, ulong Owner, LockKind Kind, LockMode Mode, long Start, long End) : SessionRequest(Session);

    /// <summary>A lock that is held.</summary>
    public sealed record HeldLock(InodeId File, ulong Owner, LockKind Kind, LockMode Mode, long Start, long End);

    /// <summary>A lock that forbids the one asked for; null when nothing does.</summary>
    public sealed record LockReply(HeldLock? Conflict) : Reply;
}
