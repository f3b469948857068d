// Reading and verifying: the data file's bytes, with what is still only in the log laid over them, against the checksums.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Storage;

internal sealed partial class Replica
{
    internal int BlockCount
    {
        get
        {
            lock (_lock)
            {
                return _image?.Blocks.Count ?? 0;
            }
        }
    }

    internal int CopyBlockChecksums(int firstBlock, Span<uint> destination)
    {
        lock (_lock)
        {
            var count = Math.Clamp((_image?.Blocks.Count ?? 0) - firstBlock, 0, destination.Length);
            _image?.Blocks.CopyTo(firstBlock, destination[..count]);
            return count;
        }
    }

    internal ReadOutcome Read(ByteRange range, Span<byte> destination, Span<uint> checksums)
    {
        lock (_lock)
        {
            if (Ready() is { } error)
            {
                return new(0, error, []);
            }

            range = range.Intersect(new ByteRange(0, _image!.LengthBytes));
            if (range.IsEmpty)
            {
                return new(0, null, []);
            }

            destination = destination[..(int)range.LengthBytes];
            List<int>? bad = null;
            var unreadable = ReadInterior(range, destination, checksums, ref bad)
                ?? ReadEdge((int)(range.Offset / Checksum.BlockBytes), range, destination, checksums, ref bad)
                ?? ReadEdge((int)((range.End - 1) / Checksum.BlockBytes), range, destination, checksums, ref bad);
            if (bad is null)
            {
                return new(destination.Length, null, []);
            }

            bad = [.. bad.Distinct()];
            TellDamage([.. bad.Where(b => !_badBlocks.Contains(b))]);
            return new(0, unreadable is null ? StoreErrors.Corrupt(_chunk, bad) : StoreErrors.Unreadable(_chunk, unreadable), bad);
        }
    }

    internal DfsError? Verify(int firstBlock, int blockCount, ICollection<int> bad)
    {
        lock (_lock)
        {
            if (Ready() is { } error)
            {
                return error;
            }

            if (!_folder.Files.Exists(DataPath))
            {
                return GiveUp("its data file is gone.");
            }

            var image = _image!;
            var last = (int)Math.Min((long)firstBlock + blockCount, image.Blocks.Count);
            var found = 0;
            for (var block = firstBlock; block < last; block++)
            {
                if (ReadBlock(block, OperationBatch.OfThread.Block) is not null)
                {
                    bad.Add(block);
                    found++;
                }
                else
                {
                    _badBlocks.Remove(block);
                }
            }

            if (found == 0 && firstBlock == 0 && last == image.Blocks.Count)
            {
                Flags &= ~ServerProtocol.ReplicaFlags.Damaged;
            }

            return null;
        }
    }

    // Blocks that lie in the range from their first byte to their last (or to the end of the replica).
    private Exception? ReadInterior(ByteRange range, Span<byte> destination, Span<uint> checksums, ref List<int>? bad)
    {
        var first = (int)((range.Offset + Checksum.BlockBytes - 1) / Checksum.BlockBytes);
        var end = range.End == _image!.LengthBytes ? _image.Blocks.Count : (int)(range.End / Checksum.BlockBytes);
        if (first >= end)
        {
            return null;
        }

        var start = (long)first * Checksum.BlockBytes;
        var length = Math.Min((long)end * Checksum.BlockBytes, _image.LengthBytes) - start;
        var bytes = destination.Slice((int)(start - range.Offset), (int)length);
        Exception? unreadable = null;
        var whole = TryReadContent(bytes, start) is null;
        var firstSegment = first - (int)(range.Offset / Checksum.BlockBytes);
        for (var block = first; block < end; block++)
        {
            var piece = bytes.Slice((block - first) * Checksum.BlockBytes, BlockTable.LengthOf(block, _image.LengthBytes));
            var failure = whole ? null : TryReadContent(piece, (long)block * Checksum.BlockBytes);
            var checksum = Checksum.Compute(piece);
            checksums[firstSegment + block - first] = checksum;
            if (failure is not null || checksum != _image.Blocks[block])
            {
                unreadable ??= failure;
                (bad ??= []).Add(block);
            }
        }

        return unreadable;
    }

    // A block of which the range has only a part.
    private Exception? ReadEdge(int block, ByteRange range, Span<byte> destination, Span<uint> checksums, ref List<int>? bad)
    {
        var start = (long)block * Checksum.BlockBytes;
        var length = BlockTable.LengthOf(block, _image!.LengthBytes);
        var part = new ByteRange(start, length).Intersect(range);
        if (part.LengthBytes == length)
        {
            return null;
        }

        var bytes = OperationBatch.OfThread.Block.AsSpan(0, length);
        var failure = TryReadContent(bytes, start);
        var from = (int)(part.Offset - start);
        var piece = bytes.Slice(from, (int)part.LengthBytes);
        var checksum = Checksum.Compute(piece);
        var whole = Checksum.Combine(Checksum.Compute(bytes[..from]), checksum, piece.Length);
        if (failure is not null || Checksum.Extend(whole, bytes[(from + piece.Length)..]) != _image.Blocks[block])
        {
            (bad ??= []).Add(block);
            return failure;
        }

        piece.CopyTo(destination[(int)(part.Offset - range.Offset)..]);
        checksums[block - (int)(range.Offset / Checksum.BlockBytes)] = checksum;
        return null;
    }

    // The block as it is now, verified.
    private DfsError? ReadBlock(int block, byte[] scratch)
    {
        var bytes = scratch.AsSpan(0, BlockTable.LengthOf(block, _image!.LengthBytes));
        var failure = TryReadContent(bytes, (long)block * Checksum.BlockBytes);
        if (failure is null && Checksum.Compute(bytes) == _image.Blocks[block])
        {
            return null;
        }

        TellDamage(_badBlocks.Contains(block) ? [] : [block]);
        return failure is null ? StoreErrors.Corrupt(_chunk, [block]) : StoreErrors.Unreadable(_chunk, failure);
    }

    private Exception? TryReadContent(Span<byte> destination, long offset)
    {
        try
        {
            destination[_file!.Read(destination, offset)..].Clear();
            var end = offset + destination.Length;
            for (var i = _overlay.FirstEndingAfter(offset); i < _overlay.Count && _overlay.Ranges[i].Start < end; i++)
            {
                var range = _overlay.Ranges[i];
                var part = range.Cut(Math.Max(range.Start, offset), Math.Min(range.End, end));
                var bytes = destination.Slice((int)(part.Start - offset), (int)part.LengthBytes);
                if (part.IsZero)
                {
                    bytes.Clear();
                }
                else
                {
                    _folder.Log.Read(bytes, part.Source);
                }
            }

            return null;
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            return failure;
        }
    }
}
