// The trash: what was removed can be had back for a while.

namespace AkkaDfs.Shared.Protocol;

public static partial class MetaProtocol
{
    /// <summary>Asks for a page of what the caller has removed (a superuser: of all), in the order of ids. Answer: <see cref="TrashPage"/>.</summary>
    /// <param name="After">Inode of the last entry of the page before; 0 for the first page.</param>
    /// <param name="Limit">1 to <see cref="MaxPage"/>.</param>
    public sealed record ListTrash(InodeId After, int Limit) : Request;

    /// <summary>
    /// Puts back what was removed from a path last, or a certain entry. Answer: <see cref="StatusReply"/>, or FileNotFound, AlreadyExists, QuotaExceeded.
    /// </summary>
    /// <param name="Path">The absolute path it was removed from.</param>
    /// <param name="Inode">The entry, when several were removed from there; 0 for the last.</param>
    /// <param name="To">Where to; empty for where it was. Missing directories are made.</param>
    public sealed record Undelete(string Path, InodeId Inode, string To) : Mutation;

    /// <summary>Removes for good what the caller has removed (a superuser: all), some at a time. Answer: <see cref="TrashPage"/> with what is gone; again while it has entries.</summary>
    public sealed record EmptyTrash : Mutation;

    /// <summary>Something that was removed.</summary>
    /// <param name="Path">Where it was.</param>
    /// <param name="Status">What it is.</param>
    /// <param name="RemovedUnixNs">When it was removed.</param>
    /// <param name="ExpiresUnixNs">When it is removed for good.</param>
    /// <param name="Uid">Who removed it.</param>
    public sealed record TrashEntry(string Path, FileStatus Status, long RemovedUnixNs, long ExpiresUnixNs, uint Uid);

    /// <summary>A page of the trash.</summary>
    public sealed record TrashPage(IReadOnlyList<TrashEntry> Entries, bool HasMore) : Reply;
}
