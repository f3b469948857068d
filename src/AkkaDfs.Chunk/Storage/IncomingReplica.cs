// A copy being received: a data file and a meta file under a number of their own in the folder's "incoming" directory, until
// an Adopt frame in the log says that they are the replica. Nothing of it survives a restart before that.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

internal sealed class IncomingReplica : IIncomingReplica
{
    private readonly int _chunkSizeBytes;
    private readonly HashSet<int> _present = [];
    private readonly IFile _file;
    private readonly Guid _folderId;
    private uint[] _checksums;
    private (int Block, int LengthBytes) _shortBlock = (-1, 0);
    private bool _isComplete;
    private bool _isClosed;

    internal IncomingReplica(DataFolder folder, ChunkId chunk, int chunkSizeBytes)
    {
        (Folder, Chunk, _chunkSizeBytes) = (folder, chunk, chunkSizeBytes);
        _folderId = folder.Stamp!.Value.FolderId;
        CopyNumber = folder.NextCopyNumber();
        _checksums = new uint[Math.Min(16, BlockTable.CountFor(chunkSizeBytes))];
        _file = folder.Files.Open(DataPath, FileOpen.CreateOrTruncate);
    }

    public ChunkId Chunk { get; }

    public ReadOnlySpan<uint> BlockChecksums => _checksums;

    internal DataFolder Folder { get; }

    internal ulong CopyNumber { get; }

    /// <summary>True when the folder is still the one that the copy was begun in.</summary>
    internal bool IsFolderTheSame => Folder.IsUsable && Folder.Stamp?.FolderId == _folderId;

    /// <summary>The state, once complete.</summary>
    internal ReplicaImage? Image { get; private set; }

    internal string DataPath => PathOf(Folder, CopyNumber) + ChunkFileName.DataSuffix;

    internal string MetaPath => PathOf(Folder, CopyNumber) + ChunkFileName.MetaSuffix;

    /// <summary>Path of a copy's files without their suffix.</summary>
    internal static string PathOf(DataFolder folder, ulong copyNumber)
        => $"{folder.Path}/{DataFolder.IncomingDirectory}/{copyNumber:x16}";

    public DfsError? WriteBlocks(long offset, ReadOnlySpan<byte> data, ReadOnlySpan<uint> checksums)
    {
        if (!IsFolderTheSame)
        {
            return StoreErrors.FolderGone(Folder.Path, "it failed while the copy was received.");
        }

        if (_isComplete || _isClosed)
        {
            return StoreErrors.Invalid($"The copy of chunk {Chunk} is complete or was dropped.");
        }

        var end = offset + data.Length;
        var isPartial = data.Length % Checksum.BlockBytes != 0;
        if (offset < 0 || offset % Checksum.BlockBytes != 0 || end > _chunkSizeBytes)
        {
            return StoreErrors.OutOfRange(Chunk, $"[{offset}, {end}) is not a run of whole blocks of a chunk of {_chunkSizeBytes} bytes.");
        }

        if (checksums.Length != BlockTable.CountFor(data.Length) || Checksum.FindMismatch(0, data, checksums) >= 0)
        {
            return StoreErrors.BadChecksum(Chunk);
        }

        if (Folder.MakeRoom(data.Length) is { } full)
        {
            return full;
        }

        try
        {
            _file.Write(data, offset);
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            return StoreErrors.Disk(failure, $"write {DataPath}");
        }

        var first = (int)(offset / Checksum.BlockBytes);
        Reserve(first + checksums.Length);
        checksums.CopyTo(_checksums.AsSpan(first));
        for (var i = 0; i < checksums.Length; i++)
        {
            _present.Add(first + i);
        }

        var last = first + checksums.Length - 1;
        if (isPartial)
        {
            _shortBlock = (last, data.Length % Checksum.BlockBytes);
        }
        else if (_shortBlock.Block >= first && _shortBlock.Block <= last)
        {
            _shortBlock = (-1, 0);
        }

        return null;
    }

    public ValueTask<DfsError?> CompleteAsync(ReplicaContent content)
    {
        if (_isComplete || _isClosed)
        {
            return new(StoreErrors.Invalid($"The copy of chunk {Chunk} is complete or was dropped."));
        }

        if ((IsFolderTheSame ? Check(content) : StoreErrors.FolderGone(Folder.Path, "it failed while the copy was received.")) is { } wrong)
        {
            return new(wrong);
        }

        var image = new ReplicaImage(
            Chunk, _chunkSizeBytes, default, OperationWindow.Read(content.Outcomes.Span, Folder.Settings.RememberedOperations)!)
        {
            Lsn = Folder.Log.EndLsn, Sequence = content.Sequence, LengthBytes = content.LengthBytes,
        };
        image.Blocks.SetCount(BlockTable.CountFor(content.LengthBytes));
        for (var i = 0; i < image.Blocks.Count; i++)
        {
            image.Blocks[i] = _checksums[i];
        }

        try
        {
            _file.SetLength(content.LengthBytes);
            _file.Sync();
            using (var meta = ReplicaFiles.WriteMeta(Folder.Files, MetaPath, image))
            {
                meta.Sync();
            }

            Folder.Files.SyncDirectory($"{Folder.Path}/{DataFolder.IncomingDirectory}");
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            Drop();
            return new(StoreErrors.Disk(failure, $"complete the copy of chunk {Chunk} at {DataPath}"));
        }

        (Image, _isComplete) = (image, true);
        return new((DfsError?)null);
    }

    /// <summary>Drops the copy, unless it is complete and waits for adoption.</summary>
    public void Dispose()
    {
        if (!_isComplete)
        {
            Drop();
        }
    }

    /// <summary>Drops the copy and its files.</summary>
    internal void Drop()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _file.Dispose();
        try
        {
            Folder.Files.Delete(DataPath);
            Folder.Files.Delete(MetaPath);
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            // The next start deletes whatever is in that directory.
            Folder.TellTrouble(failure, $"delete {DataPath}");
        }
    }

    /// <summary>Gives the files their places as a replica's; the Adopt frame is durable.</summary>
    /// <returns>The data file, open.</returns>
    internal IFile MoveInto(ChunkId chunk)
    {
        _isClosed = true;
        var directory = $"{Folder.Path}/{ChunkFileName.RelativeDirectory(chunk)}";
        Folder.Upkeep.AddUnsyncedDirectory(directory);
        Folder.Upkeep.AddUnsyncedDirectory($"{Folder.Path}/{DataFolder.IncomingDirectory}");
        Folder.Files.Move(DataPath, ChunkFileName.DataPath(Folder.Path, chunk));
        Folder.Files.Move(MetaPath, $"{Folder.Path}/{ChunkFileName.RelativeMetaPath(chunk)}");
        return _file;
    }

    // Every block is there, and of the right length.
    private DfsError? Check(ReplicaContent content)
    {
        if (content.LengthBytes < 0 || content.LengthBytes > _chunkSizeBytes
            || OperationWindow.Read(content.Outcomes.Span, Folder.Settings.RememberedOperations) is null)
        {
            return StoreErrors.Invalid($"The state of the copy of chunk {Chunk} is malformed.");
        }

        var count = BlockTable.CountFor(content.LengthBytes);
        Reserve(count);
        for (var block = 0; block < count; block++)
        {
            var length = BlockTable.LengthOf(block, content.LengthBytes);
            var isRightLength = _shortBlock.Block == block ? _shortBlock.LengthBytes == length : length == Checksum.BlockBytes;
            if (!_present.Contains(block) || !isRightLength)
            {
                return new DfsError(DfsErrorCode.CopyFailed, $"The copy of chunk {Chunk} lacks block {block} of {length} bytes. Send it and complete again.");
            }
        }

        return null;
    }

    private void Reserve(int blocks)
    {
        if (_checksums.Length < blocks)
        {
            Array.Resize(ref _checksums, Math.Min(BlockTable.CountFor(_chunkSizeBytes), Math.Max(blocks, _checksums.Length * 2)));
        }
    }
}
