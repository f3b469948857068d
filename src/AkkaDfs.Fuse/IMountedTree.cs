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

    /// <summary>Tells meta what was written, so that everybody sees its length and time. Nothing to do if nothing was.</summary>
    Task MeasureAsync(CancellationToken cancellationToken);

    /// <summary>Returns when everything that this mount has written to the file is on every replica's disk.</summary>
    /// <returns>True when there was something to bring there.</returns>
    Task<bool> SyncAsync(CancellationToken cancellationToken);
}
