// Copies on their way in: received outside of everything, and put in the replica's place by one frame of the log.

using System.Collections.Concurrent;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Storage;

public sealed partial class FileChunkStore
{
    private readonly ConcurrentDictionary<ChunkId, IncomingReplica> _incoming = [];

    /// <inheritdoc/>
    public Result<IIncomingReplica> BeginIncoming(ChunkId chunk, int chunkSizeBytes, bool seedFromExisting)
    {
        DropIncoming(chunk);
        var room = ChooseFolder(0, _table.TryGet(chunk, out var existing) ? existing.Folder : -1);
        if (!room.IsOk)
        {
            return room.Error;
        }

        IncomingReplica incoming;
        try
        {
            incoming = new IncomingReplica(room.Value, chunk, chunkSizeBytes);
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            return StoreErrors.Disk(failure, $"begin a copy of chunk {chunk} in {room.Value.Path}");
        }

        _incoming[chunk] = incoming;
        if (seedFromExisting && Seed(incoming) is { } failed)
        {
            DropIncoming(chunk);
            return failed;
        }

        return incoming;
    }

    /// <inheritdoc/>
    public bool TryGetIncoming(ChunkId chunk, out ulong sequence, out long lengthBytes)
    {
        var image = _incoming.TryGetValue(chunk, out var incoming) ? incoming.Image : null;
        (sequence, lengthBytes) = (image?.Sequence ?? 0, image?.LengthBytes ?? 0);
        return image is not null;
    }

    /// <inheritdoc/>
    public ValueTask<Result<IReplicaFile>> AdoptIncomingAsync(ChunkId chunk, ReplicaRole role)
    {
        if (!_incoming.TryGetValue(chunk, out var incoming) || incoming.Image is null || !_incoming.TryRemove(chunk, out incoming))
        {
            return new(new DfsError(DfsErrorCode.ReplicaNotFound, $"No complete copy of chunk {chunk} waits here. Copy it again."));
        }

        if (!incoming.IsFolderTheSame)
        {
            incoming.Drop();
            return new(StoreErrors.FolderGone(incoming.Folder.Path, "it failed while the copy was received."));
        }

        if (_table.TryGet(chunk, out var existing) && role.Generation < existing.Role.Generation)
        {
            incoming.Drop();
            return new(StoreErrors.StaleRole(chunk, existing.Role.Generation, role.Generation));
        }

        return new(Adopt(incoming, role));
    }

    /// <inheritdoc/>
    public void DropIncoming(ChunkId chunk)
    {
        if (_incoming.TryRemove(chunk, out var incoming))
        {
            incoming.Drop();
        }
    }

    private DfsError? Seed(IncomingReplica incoming)
    {
        var opened = Open(incoming.Chunk);
        if (!opened.IsOk)
        {
            // Nothing to start from: the copy begins empty.
            return null;
        }

        using var existing = opened.Value;
        var block = new byte[Checksum.BlockBytes];
        var checksum = new uint[1];
        for (var i = 0; i < existing.BlockCount; i++)
        {
            var offset = (long)i * Checksum.BlockBytes;
            var read = existing.Read(new ByteRange(offset, block.Length), block, checksum);
            if (read.Error is null && incoming.WriteBlocks(offset, block.AsSpan(0, read.BytesRead), checksum) is { } failed)
            {
                return failed;
            }
        }

        return null;
    }

    private Result<IReplicaFile> Adopt(IncomingReplica incoming, ReplicaRole role)
    {
        var (chunk, folder, image) = (incoming.Chunk, incoming.Folder, incoming.Image!);
        try
        {
            var first = folder.Log.EndLsn;
            var old = _table.Acquire(chunk, row => new Replica(_folders[row.Folder], row));
            _table.TryGet(chunk, out var oldInfo);
            var frame = new LogFrame().Adopt(chunk, role, incoming.CopyNumber);

            // No operation may reach the old replica behind the frame that ends it.
            var ended = old is not null && old.Folder == folder ? old.End(frame, oldInfo.LengthBytes) : folder.Log.Append(frame);
            if ((ended.Error ?? folder.Log.CommitNow() ?? folder.Upkeep.FinishUnlinks(chunk)) is { } failed)
            {
                return failed;
            }

            if (old is not null && old.Folder != folder)
            {
                Delete(old);
            }

            (image.Role, image.Lsn) = (role, ended.Value);
            if (MoveInto(incoming, out var file) is { } lost)
            {
                return lost;
            }

            var replica = new Replica(folder, chunk, ServerProtocol.ReplicaFlags.None) { Handles = 1 };
            var info = image.ToInfo((byte)folder.Number, ServerProtocol.ReplicaFlags.None);
            replica.Restore(image, file!, new Overlay(), first);
            _table.Exchange(info, replica);
            folder.Account(image.LengthBytes);
            return new ReplicaHandle(_table, replica, info);
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            return StoreErrors.Disk(failure, $"adopt the copy of chunk {chunk} in {folder.Path}");
        }
    }

    // It is on record that the copy is the replica: without its files there is none any more.
    private DfsError? MoveInto(IncomingReplica incoming, out IFile? file)
    {
        file = null;
        var (chunk, folder) = (incoming.Chunk, incoming.Folder);
        try
        {
            file = incoming.MoveInto(chunk);
            return null;
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            var lost = StoreErrors.Lost(chunk, $"its copy could not take its place: {failure.Message}");
            folder.GiveUp(chunk, $"{folder.Path}/{ChunkFileName.RelativeMetaPath(chunk)}");
            var info = FolderScan.Damaged(folder, chunk);
            var replica = new Replica(folder, info);
            replica.Abandon(lost.Message);
            _table.Exchange(info, replica);
            folder.Settings.OnEvent(new StoreEvent.ReplicaLost(chunk, default, lost));
            return lost;
        }
    }
}
