// A cluster as a mount needs it: one session for all open files and locks, and each request as the user whose process asked.

using AkkaDfs.Client.Files;
using AkkaDfs.Fuse;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Mounting;

/// <summary>The tree of one mount.</summary>
internal sealed class MountedTree(ClientContext context, DfsSession session, CallOptions call) : IMountedTree
{
    // Well above the time that meta lets a client wait for nothing.
    private static readonly TimeSpan DropsPatience = TimeSpan.FromSeconds(2.5);

    private readonly FileLength _length = new(context);
    private readonly UnsyncedChunks _unsynced = new();

    public Task<TReply> AskAsync<TReply>(MetaProtocol.Request request, CancellationToken cancellationToken)
        where TReply : MetaProtocol.Reply
        => context.Meta.AskAsync<TReply>(request with { Holder = context.Holder, Through = session.Id }, context.DeadlineOf(call), cancellationToken);

    public IMountedFile OpenHeld(FileStatus status, ChunkLocation? first, bool mayWrite)
        => new MountedFile(session.OpenHeld(status, first, mayWrite), call, _unsynced);

    public Task TellOpenAsync(IReadOnlyCollection<IMountedFile> files, CancellationToken cancellationToken)
        => session.TellOpenAsync([.. files.Cast<MountedFile>().Select(f => f.Handle)], context.DeadlineOf(call), cancellationToken);

    public Task<MetaProtocol.HeldDirectory> HoldAsync(InodeId directory, string name, string after, int limit, CancellationToken cancellationToken)
        => AskAsync<MetaProtocol.HeldDirectory>(new MetaProtocol.HoldDirectory(session.Id, directory, name, after, limit), cancellationToken);

    public Task<MetaProtocol.Drops?> AwaitDropsAsync(ulong heard, IReadOnlyList<InodeId> givenUp, CancellationToken cancellationToken)
        => context.Meta.AskOnceAsync<MetaProtocol.Drops>(new MetaProtocol.AwaitDrops(session.Id, heard, givenUp), DropsPatience, cancellationToken);

    public Task ReclaimAsync() => session.RenewNowAsync();

    public async Task<IReadOnlyList<FileStatus>> CompleteAsync(IReadOnlyList<MetaProtocol.FileLengths> files, CancellationToken cancellationToken)
        => (await AskAsync<MetaProtocol.FilesCompleted>(new MetaProtocol.CompleteFiles(files), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)).Files;

    public Task<FileStatus> GetFileAsync(InodeId file, CancellationToken cancellationToken)
        => _length.GetAsync(file, null, context.DeadlineOf(call), cancellationToken);

    public async Task<IMountedFile> OpenAsync(InodeId file, Caller caller, MetaProtocol.Access access, CancellationToken cancellationToken)
    {
        var handle = await session.OpenAsync(caller, PathRef.Of(file), access, false, call, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        if (handle.Status.Kind == NodeKind.File)
        {
            return new MountedFile(handle, call, _unsynced);
        }

        await handle.DisposeAsync().ConfigureAwait(Surroundings.HoldAwaits);
        throw new DfsException(DfsErrorCode.NotSupported, $"Node {file} is not a regular file.");
    }

    public Task SetLockAsync(MetaProtocol.HeldLock wanted, bool wait, CancellationToken cancellationToken)
        => session.Locks.SetAsync(wanted, wait, cancellationToken);

    public Task<MetaProtocol.HeldLock?> GetLockAsync(MetaProtocol.HeldLock wanted, CancellationToken cancellationToken)
        => session.Locks.GetAsync(wanted, call, cancellationToken);

    public ValueTask DisposeAsync() => session.DisposeAsync();
}

/// <summary>
/// What was written through files that are closed by now and need not be on disk yet: fsync(2) is about the file, not about who wrote it.
/// </summary>
internal sealed class UnsyncedChunks
{
    private const int MostFiles = 65_536;
    private readonly Dictionary<InodeId, HashSet<int>> _chunks = [];

    /// <summary>Remembers some; false, and nothing done, when that are too many: they have to be brought to disk now.</summary>
    public bool TryAdd(InodeId file, IReadOnlyList<int> indexes)
    {
        lock (_chunks)
        {
            if (_chunks.TryGetValue(file, out var known))
            {
                known.UnionWith(indexes);
                return true;
            }

            return _chunks.Count < MostFiles && _chunks.TryAdd(file, [.. indexes]);
        }
    }

    /// <summary>Whether there are any of a file.</summary>
    public bool Has(InodeId file)
    {
        lock (_chunks)
        {
            return _chunks.ContainsKey(file);
        }
    }

    /// <summary>Those of a file, which whoever takes them brings to disk.</summary>
    public IReadOnlyCollection<int> Take(InodeId file)
    {
        lock (_chunks)
        {
            return _chunks.Remove(file, out var indexes) ? indexes : [];
        }
    }
}
