// A file that a mount has open.

using AkkaDfs.Fuse;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Mounting;

/// <summary>An open file of one mount.</summary>
internal sealed class MountedFile(DfsHandle handle, CallOptions call, UnsyncedChunks unsynced) : IMountedFile
{
    private readonly CallOptions _synced = call with { Sync = true };

    public async Task<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        CheckNotLost();
        return await handle.File.ReadAsync(offset, destination, call, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
    }

    public async Task WriteAsync(long offset, ReadOnlyMemory<byte> data, bool sync, CancellationToken cancellationToken)
    {
        CheckNotLost();
        await handle.File.WriteAsync(offset, data, sync ? _synced : call, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
    }

    public async Task<long> AppendAsync(ReadOnlyMemory<byte> data, bool sync, CancellationToken cancellationToken)
    {
        CheckNotLost();
        return await handle.File.AppendAsync(data, null, sync ? _synced : call, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
    }

    public async Task SetLengthAsync(long lengthBytes, CancellationToken cancellationToken)
    {
        CheckNotLost();
        await handle.File.SetLengthAsync(lengthBytes, call, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
    }

    public IReadOnlyList<MetaProtocol.ChunkLength> Written => handle.File.WrittenLengths;

    public bool IsTold => handle.IsTold;

    internal DfsHandle Handle => handle;

    public bool HasUnsynced => handle.File.HasUnsynced || unsynced.Has(handle.Status.Inode);

    public async Task<bool> SyncAsync(CancellationToken cancellationToken)
    {
        CheckNotLost();
        var further = unsynced.Take(handle.Status.Inode);
        var isDone = false;
        try
        {
            var any = await handle.File.SyncAsync(further, call, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            isDone = true;
            return any;
        }
        finally
        {
            if (!isDone)
            {
                unsynced.TryAdd(handle.Status.Inode, [.. further]);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            var left = handle.File.TakeUnsynced();
            if (left.Count > 0 && !unsynced.TryAdd(handle.Status.Inode, left))
            {
                await handle.File.SyncAsync(left, call, CancellationToken.None).ConfigureAwait(Surroundings.HoldAwaits);
            }
        }
        finally
        {
            // Not completed: primaries find out within seconds that nobody writes any more, and spare each small file a round trip.
            await handle.CloseAsync().ConfigureAwait(Surroundings.HoldAwaits);
        }
    }

    private void CheckNotLost()
    {
        if (handle.IsLost)
        {
            throw new DfsException(
                DfsErrorCode.SessionLost, $"File {handle.Status.Inode} was removed while this client was silent for too long, and its content is gone. Close it.");
        }
    }
}
