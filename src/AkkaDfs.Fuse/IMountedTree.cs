// What a mount needs of a cluster. The client library implements it; this project knows the kernel's side only.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse;

/// <summary>A tree of nodes that can be mounted. Thread-safe. Every call ends within the mount's deadline.</summary>
public interface IMountedTree : IAsyncDisposable
{
    /// <summary>Asks meta, as the caller that the request names.</summary>
    /// <exception cref="DfsException">Whatever meta answers, or that it did not answer in time.</exception>
    Task<TReply> AskAsync<TReply>(MetaProtocol.Request request, CancellationToken cancellationToken)
        where TReply : MetaProtocol.Reply;

    /// <summary>The state of a regular file with its exact length.</summary>
    Task<FileStatus> GetFileAsync(InodeId file, CancellationToken cancellationToken);

    /// <summary>Opens a regular file; it keeps its content until it is closed, even when its last name goes.</summary>
    Task<IMountedFile> OpenAsync(InodeId file, Caller caller, MetaProtocol.Access access, CancellationToken cancellationToken);

    /// <summary>Opens a regular file that stands under a hold, without asking anybody.</summary>
    /// <param name="status">Its state.</param>
    /// <param name="first">Where its first chunk is; null when that is not known. Of a file that is opened for writing: as allocated just now.</param>
    /// <param name="mayWrite">Whether it is open for writing.</param>
    IMountedFile OpenHeld(FileStatus status, ChunkLocation? first, bool mayWrite);

    /// <summary>Tells meta of files that were opened under holds; to be awaited before a hold is given back, or a name of theirs goes.</summary>
    Task TellOpenAsync(IReadOnlyCollection<IMountedFile> files, CancellationToken cancellationToken);

    /// <summary>Asks for a hold on a directory; see <see cref="MetaProtocol.HoldDirectory"/>.</summary>
    Task<MetaProtocol.HeldDirectory> HoldAsync(InodeId directory, string name, string after, int limit, CancellationToken cancellationToken);

    /// <summary>Waits for what meta wants back; null when nobody answered.</summary>
    Task<MetaProtocol.Drops?> AwaitDropsAsync(ulong heard, IReadOnlyList<InodeId> givenUp, CancellationToken cancellationToken);

    /// <summary>Tells a meta that has just begun to act what is open here.</summary>
    Task ReclaimAsync();

    /// <summary>Tells meta how far writers got in several files; gives the states of those that are there.</summary>
    Task<IReadOnlyList<FileStatus>> CompleteAsync(IReadOnlyList<MetaProtocol.FileLengths> files, CancellationToken cancellationToken);

    /// <summary>Takes or gives back a lock; waits until cancelled if <paramref name="wait"/>, else LockConflict.</summary>
    Task SetLockAsync(MetaProtocol.HeldLock wanted, bool wait, CancellationToken cancellationToken);

    /// <summary>A lock that forbids the one asked for, or null.</summary>
    Task<MetaProtocol.HeldLock?> GetLockAsync(MetaProtocol.HeldLock wanted, CancellationToken cancellationToken);
}

/// <summary>A file that is open. Thread-safe. Disposing it closes it.</summary>
public interface IMountedFile : IAsyncDisposable
{
    /// <summary>Reads up to the destination's length: fewer bytes only at the end of the file.</summary>
    Task<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Writes at an offset; a gap before it reads as NUL.</summary>
    /// <param name="offset">0 and up.</param>
    /// <param name="data">Unchanged until the answer.</param>
    /// <param name="sync">Done only when it is on every replica's disk.</param>
    /// <param name="cancellationToken">Gives up; the write may be applied.</param>
    Task WriteAsync(long offset, ReadOnlyMemory<byte> data, bool sync, CancellationToken cancellationToken);

    /// <summary>Appends, wherever the end is by then.</summary>
    /// <returns>Offset of the first byte.</returns>
    Task<long> AppendAsync(ReadOnlyMemory<byte> data, bool sync, CancellationToken cancellationToken);

    /// <summary>Makes the file exactly so long.</summary>
    Task SetLengthAsync(long lengthBytes, CancellationToken cancellationToken);

    /// <summary>How far it was written, to be told to meta, so that everybody sees its length and time. Empty if nothing was.</summary>
    IReadOnlyList<MetaProtocol.ChunkLength> Written { get; }

    /// <summary>False while meta does not know that it is open.</summary>
    bool IsTold { get; }

    /// <summary>True when something that this mount has written to the file need not be on disk yet.</summary>
    bool HasUnsynced { get; }

    /// <summary>Returns when everything that this mount has written to the file is on every replica's disk.</summary>
    /// <returns>True when there was something to bring there.</returns>
    Task<bool> SyncAsync(CancellationToken cancellationToken);
}
