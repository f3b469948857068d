// Holds: a session that holds a directory may believe what it was told of it, its names and what is in them, until meta asks for the
// hold back. Meta carries out no change of what is held by others before they have given it back, or their time is over.

namespace AkkaDfs.Shared.Protocol;

public static partial class MetaProtocol
{
    /// <summary>Most directories in one <see cref="AwaitDrops"/>.</summary>
    public const int MaxGivenUp = 10_000;

    /// <summary>
    /// Asks for a hold on a directory, and for a part of its entries. Answer: <see cref="HeldDirectory"/>, or why it cannot be looked at.
    /// </summary>
    /// <param name="Session">The session.</param>
    /// <param name="Directory">The directory.</param>
    /// <param name="Name">A name in it that is asked for in the same go; empty for none.</param>
    /// <param name="After">Last name of the page before; empty for the first page.</param>
    /// <param name="Limit">0 to <see cref="MaxPage"/> entries.</param>
    public sealed record HoldDirectory(Guid Session, InodeId Directory, string Name, string After, int Limit) : SessionRequest(Session);

    /// <summary>
    /// Waits until meta wants holds back, a second or so at most, and says what was given back before. That it is asked again and again is
    /// also what keeps the holds: they are over <see cref="Drops.HoldMs"/> after the last asking that was answered was sent. Answer: <see cref="Drops"/>.
    /// </summary>
    /// <param name="Session">The session.</param>
    /// <param name="Heard">The <see cref="Drops.Number"/> up to which everything was given back; what was open of it was told before.</param>
    /// <param name="GivenUp">Directories given back unasked, which are not asked for again before this was answered. At most <see cref="MaxGivenUp"/>.</param>
    public sealed record AwaitDrops(Guid Session, ulong Heard, IReadOnlyList<InodeId> GivenUp) : SessionRequest(Session);

    /// <summary>Lengths of several files, as <see cref="CompleteFile"/> tells them of one. Answer: <see cref="FilesCompleted"/>.</summary>
    /// <param name="Files">At most <see cref="MaxPage"/>. Files that are gone are passed over.</param>
    public sealed record CompleteFiles(IReadOnlyList<FileLengths> Files) : Mutation;

    /// <summary>How far a writer got in one file.</summary>
    public sealed record FileLengths(InodeId File, IReadOnlyList<ChunkLength> Lengths);

    /// <summary>The states of the files that are there.</summary>
    public sealed record FilesCompleted(IReadOnlyList<FileStatus> Files) : Reply;

    /// <summary>One entry of a held directory.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Status">Its state. Only that of a file with one name and an exact length, or of a link, may be believed under this hold.</param>
    /// <param name="First">Where its first chunk is; null for none.</param>
    /// <param name="MayOpen">False when a lease or the like decides about each opening.</param>
    /// <param name="HasNoXattrs">True when it certainly has no extended attributes.</param>
    public sealed record HeldEntry(string Name, FileStatus Status, ChunkLocation? First, bool MayOpen, bool HasNoXattrs);

    /// <summary>A directory and some of its entries, in order of names.</summary>
    /// <param name="IsHeld">False when it is not to be believed any longer than now.</param>
    /// <param name="Directory">Its own state.</param>
    /// <param name="Above">The directory above it.</param>
    /// <param name="Named">The entry that was asked for by name; null when there is none.</param>
    /// <param name="Entries">The page.</param>
    /// <param name="HasMore">True when there are more behind it.</param>
    public sealed record HeldDirectory(
        bool IsHeld, FileStatus Directory, InodeId Above, HeldEntry? Named, IReadOnlyList<HeldEntry> Entries, bool HasMore) : Reply;

    /// <summary>What meta wants back.</summary>
    /// <param name="Number">To be said when it is done.</param>
    /// <param name="Directories">The directories.</param>
    /// <param name="HoldMs">How long holds last from the sending of the request on.</param>
    /// <param name="MustReclaim">True when this meta knows of no hold of the session, and has to be told what it has open.</param>
    public sealed record Drops(ulong Number, IReadOnlyList<InodeId> Directories, int HoldMs, bool MustReclaim) : Reply;
}
