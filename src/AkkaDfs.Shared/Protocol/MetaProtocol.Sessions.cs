// Sessions: what a client holds for as long as it lives. Meta keeps open nodes in memory only; that there is a session is in the
// journal, so that after a change of the acting meta its client has time to say again what it holds.

namespace AkkaDfs.Shared.Protocol;

public static partial class MetaProtocol
{
    /// <summary>Most handles and locks in one <see cref="ReclaimSession"/>.</summary>
    public const int MaxReclaim = 10_000;

    /// <summary>What somebody wants to do with a node. The numbers are the digits of a mode, and on the wire.</summary>
    [Flags]
    public enum Access
    {
        /// <summary>Only to know that it is there.</summary>
        None = 0,

        /// <summary>Run it; pass through a directory.</summary>
        Execute = 1,

        /// <summary>Change its content.</summary>
        Write = 2,

        /// <summary>Read its content.</summary>
        Read = 4,

        /// <summary>Both.</summary>
        ReadWrite = 6,
    }

    /// <summary>A request about what a session holds. May be repeated freely.</summary>
    /// <param name="Session">The session.</param>
    public abstract record SessionRequest(Guid Session) : Request;

    /// <summary>Begins a session; one that is there already is fine. Answer: <see cref="SessionReply"/>, or TooManyHandles.</summary>
    /// <param name="Session">Drawn at random by the client.</param>
    public sealed record StartSession(Guid Session) : SessionRequest(Session);

    /// <summary>
    /// Says that the client lives; due three times per time-out. Answer: <see cref="SessionReply"/>, or SessionLost when meta has given up what the session held.
    /// </summary>
    public sealed record RenewSession(Guid Session) : SessionRequest(Session);

    /// <summary>An open node.</summary>
    /// <param name="Id">The client's number for it, never used twice in a session.</param>
    /// <param name="Inode">The node.</param>
    public readonly record struct NodeHandle(ulong Id, InodeId Inode);

    /// <summary>Says again what a session holds, to a meta that has just begun to act. Answer: <see cref="SessionReply"/> with what is lost.</summary>
    /// <param name="Session">The session.</param>
    /// <param name="Handles">At most <see cref="MaxReclaim"/>.</param>
    /// <param name="Locks">At most <see cref="MaxReclaim"/>. Those that another has by now are lost: <see cref="SessionReply.LostLocks"/>.</param>
    /// <param name="IsLast">True when this is all, or the last part.</param>
    public sealed record ReclaimSession(Guid Session, IReadOnlyList<NodeHandle> Handles, IReadOnlyList<HeldLock> Locks, bool IsLast) : SessionRequest(Session);

    /// <summary>Gives up all that a session holds. Answer: <see cref="Done"/>, also when it was gone already.</summary>
    public sealed record EndSession(Guid Session) : SessionRequest(Session);

    /// <summary>
    /// Opens a node: from now on a file keeps its content when its last name goes, until it is closed or the session ends.
    /// Answer: <see cref="StatusReply"/>, or PermissionDenied, FileLocked, SessionLost, TooManyHandles.
    /// </summary>
    /// <param name="Session">The session.</param>
    /// <param name="Handle">The client's number for it, never used twice in a session.</param>
    /// <param name="Target">The node.</param>
    /// <param name="Access">What it is opened for.</param>
    /// <param name="FollowLink">Whether a symbolic link at the end is followed.</param>
    public sealed record OpenNode(Guid Session, ulong Handle, PathRef Target, Access Access, bool FollowLink = true) : SessionRequest(Session);

    /// <summary>Closes it. Answer: <see cref="Done"/>, also when it was closed already.</summary>
    public sealed record CloseNode(Guid Session, ulong Handle) : SessionRequest(Session);

    /// <summary>A session is known to the acting meta.</summary>
    /// <param name="TimeoutMs">Silence after which it ends.</param>
    /// <param name="MustReclaim">True when this meta has to be told first what the session holds.</param>
    /// <param name="Lost">Handles just told whose nodes are gone.</param>
    public sealed record SessionReply(int TimeoutMs, bool MustReclaim, IReadOnlyList<ulong> Lost) : Reply
    {
        /// <summary>Number of locks just told that others have by now.</summary>
        public int LostLocks { get; init; }
    }
}
