// Checksums of a replica's blocks, in small pages (the first one grows), so that a short chunk costs little and a long one is
// no large object. Remembers what it overwrote since Begin, so that an operation that failed half-way can be taken back.

using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Storage;

internal sealed class BlockTable
{
    private const int PageBlocks = 4096;
    private static readonly uint ZeroBlock = Checksum.ExtendZeros(0, Checksum.BlockBytes);
    private readonly List<(int Block, uint Old)> _undo = [];
    private uint[][] _pages = [new uint[4]];
    private int _oldCount;
    private bool _recording;

    /// <summary>Number of blocks.</summary>
    internal int Count { get; private set; }

    internal uint this[int block]
    {
        get => _pages[block / PageBlocks][block % PageBlocks];
        set
        {
            ref var place = ref _pages[block / PageBlocks][block % PageBlocks];
            if (_recording && block < _oldCount)
            {
                _undo.Add((block, place));
            }

            place = value;
        }
    }

    /// <summary>Number of blocks of a chunk of that length.</summary>
    internal static int CountFor(long lengthBytes) => (int)((lengthBytes + Checksum.BlockBytes - 1) / Checksum.BlockBytes);

    /// <summary>Length of a block of a chunk of that length.</summary>
    internal static int LengthOf(int block, long lengthBytes)
        => (int)Math.Clamp(lengthBytes - ((long)block * Checksum.BlockBytes), 0, Checksum.BlockBytes);

    /// <summary>From a length to a longer one with NULs between.</summary>
    internal void Grow(long fromBytes, long toBytes)
    {
        var count = CountFor(toBytes);
        Reserve(count);
        var block = CountFor(fromBytes);
        if (fromBytes % Checksum.BlockBytes is var inLast && inLast != 0)
        {
            var last = block - 1;
            this[last] = Checksum.ExtendZeros(this[last], LengthOf(last, toBytes) - inLast);
        }

        for (; block < count; block++)
        {
            var length = LengthOf(block, toBytes);
            this[block] = length == Checksum.BlockBytes ? ZeroBlock : Checksum.ExtendZeros(0, length);
        }

        Count = count;
    }

    /// <summary>Sets the number of blocks; new ones have to be given their checksums.</summary>
    internal void SetCount(int count)
    {
        Reserve(count);
        Count = count;
    }

    internal void CopyTo(int firstBlock, Span<uint> destination)
    {
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = this[firstBlock + i];
        }
    }

    internal void Begin()
    {
        _undo.Clear();
        _oldCount = Count;
        _recording = true;
    }

    internal void Commit()
    {
        _recording = false;
        _undo.Clear();
    }

    internal void Rollback()
    {
        _recording = false;
        for (var i = _undo.Count - 1; i >= 0; i--)
        {
            this[_undo[i].Block] = _undo[i].Old;
        }

        Count = _oldCount;
        _undo.Clear();
    }

    private void Reserve(int count)
    {
        var pages = Math.Max(1, (count + PageBlocks - 1) / PageBlocks);
        while (_pages.Length < pages)
        {
            _pages = [.. _pages, new uint[PageBlocks]];
        }

        var first = pages > 1 ? PageBlocks : Math.Min(PageBlocks, count);
        if (_pages[0].Length < first)
        {
            Array.Resize(ref _pages[0], Math.Min(PageBlocks, Math.Max(first, _pages[0].Length * 2)));
        }
    }
}
