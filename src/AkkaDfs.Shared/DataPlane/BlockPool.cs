// Memory for bytes on their way: blocks of a few sizes, allocated once, never moved by the collector, counted by references.
// Whoever holds a reference may read the block; the one who gives the last reference back gives the block to the pool.
// A block that is given back twice throws: a silent second owner would mix the bytes of two requests.

using System.Diagnostics;
using System.Numerics;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>Blocks of 4 KiB to 16 MiB in powers of two. Thread-safe.</summary>
public sealed class BlockPool
{
    /// <summary>Largest block, in bytes.</summary>
    public const int MaxBlockBytes = DataPlaneLimits.MaxPayloadBytes;

    private const int MinShift = 12;
    private const int SizeCount = 13;

    private readonly Shelf[] _shelves = new Shelf[SizeCount];
    private long _rentedBytes;

    /// <summary>A pool that keeps at most about <paramref name="keptBytes"/> of free blocks for the next use.</summary>
    public BlockPool(long keptBytes = 256L * 1024 * 1024)
    {
        for (var i = 0; i < SizeCount; i++)
        {
            var size = 1 << (MinShift + i);
            _shelves[i] = new Shelf(size, (int)Math.Clamp(keptBytes / 4 / size, 2, 4096));
        }
    }

    /// <summary>The pool of this process.</summary>
    public static BlockPool Shared { get; } = new();

    /// <summary>Bytes of the blocks that are in use.</summary>
    public long RentedBytes => Interlocked.Read(ref _rentedBytes);

    /// <summary>A block of at least <paramref name="bytes"/> (1 to <see cref="MaxBlockBytes"/>) with one reference; its content is undefined.</summary>
    public PooledBlock Rent(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, MaxBlockBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        var index = Math.Max(0, BitOperations.Log2((uint)(bytes - 1) | 1) + 1 - MinShift);
        var shelf = _shelves[index];
        var block = shelf.Take() ?? new PooledBlock(this, index, shelf.BlockBytes);
        block.Reset();
        Interlocked.Add(ref _rentedBytes, block.Capacity);
        return block;
    }

    internal void Return(PooledBlock block, int index)
    {
        Interlocked.Add(ref _rentedBytes, -block.Capacity);
        _shelves[index].Put(block);
    }

    // Last in, first out: the block used last is the one most likely still in the processor's cache.
    private sealed class Shelf(int blockBytes, int limit)
    {
        private readonly Lock _lock = new();
        private readonly Stack<PooledBlock> _free = new();

        public int BlockBytes => blockBytes;

        public PooledBlock? Take()
        {
            lock (_lock)
            {
                return _free.TryPop(out var block) ? block : null;
            }
        }

        public void Put(PooledBlock block)
        {
            lock (_lock)
            {
                if (_free.Count < limit)
                {
                    _free.Push(block);
                }
            }
        }
    }
}

/// <summary>A block of memory that lives until its last reference is released. Thread-safe as far as the count goes.</summary>
public sealed class PooledBlock
{
    private readonly BlockPool _pool;
    private readonly int _shelf;
    private int _references;

    internal PooledBlock(BlockPool pool, int shelf, int bytes)
    {
        _pool = pool;
        _shelf = shelf;
        Array = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
    }

    /// <summary>The bytes.</summary>
    public byte[] Array { get; }

    /// <summary>Number of bytes.</summary>
    public int Capacity => Array.Length;

    /// <summary>True while nobody else holds a reference.</summary>
    public bool IsSole => Volatile.Read(ref _references) == 1;

    /// <summary>Adds a reference and gives a part of the block that carries it.</summary>
    public BlockSlice Share(int offset, int length)
    {
        Retain();
        return new BlockSlice(this, offset, length);
    }

    /// <summary>A part of the block that carries the caller's own reference.</summary>
    public BlockSlice Hand(int offset, int length) => new(this, offset, length);

    /// <summary>Adds a reference.</summary>
    public void Retain()
    {
        if (Interlocked.Increment(ref _references) <= 1)
        {
            throw new InvalidOperationException("A block was used after it was given back to its pool.");
        }
    }

    /// <summary>Gives one reference back.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left == 0)
        {
            _pool.Return(this, _shelf);
        }
        else if (left < 0)
        {
            throw new InvalidOperationException("A block was given back to its pool twice.");
        }
    }

    internal void Reset()
    {
        Debug.Assert(_references == 0, "a block on the shelf has no owner");
        _references = 1;
    }
}

/// <summary>A part of a block together with one reference to it; whoever holds the slice releases it once.</summary>
public readonly struct BlockSlice
{
    private readonly PooledBlock? _block;
    private readonly int _offset;

    internal BlockSlice(PooledBlock block, int offset, int length)
    {
        _block = block;
        _offset = offset;
        Length = length;
    }

    /// <summary>No bytes, no reference.</summary>
    public static BlockSlice Empty => default;

    /// <summary>Number of bytes.</summary>
    public int Length { get; }

    /// <summary>The bytes.</summary>
    public Span<byte> Span => _block is null ? default : _block.Array.AsSpan(_offset, Length);

    /// <summary>The bytes.</summary>
    public Memory<byte> Memory => _block is null ? default : _block.Array.AsMemory(_offset, Length);

    /// <summary>A second slice of the same bytes with a reference of its own.</summary>
    public BlockSlice Share()
    {
        _block?.Retain();
        return this;
    }

    /// <summary>A slice of some of these bytes with a reference of its own.</summary>
    public BlockSlice Share(int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)offset + (uint)length, (uint)Length);
        return length == 0 ? Empty : _block!.Share(_offset + offset, length);
    }

    /// <summary>Gives the reference back.</summary>
    public void Release() => _block?.Release();
}
