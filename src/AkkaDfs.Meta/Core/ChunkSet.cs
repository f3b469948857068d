// A set of chunk ids, compact because ids come from one counter: per 65,536 ids either a sorted list of 16-bit values or,
// when it gets long, a bitmap. Members are walked in order of ids, so that whatever follows is the same on every run.

using System.Numerics;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

/// <summary>A sorted set of chunk ids at 2 to 4 bytes each.</summary>
internal sealed class ChunkSet
{
    private const int ListLimit = 4096;

    private ulong[] _keys = [];
    private Container[] _containers = [];
    private int _used;

    /// <summary>Number of members.</summary>
    public long Count { get; private set; }

    /// <summary>Adds; false when it was in.</summary>
    public bool Add(ChunkId chunk)
    {
        var at = IndexOf(chunk.Value >> 16);
        if (at < 0)
        {
            at = ~at;
            InsertContainer(at, chunk.Value >> 16);
        }

        var added = _containers[at].Add((ushort)chunk.Value);
        Count += added ? 1 : 0;
        return added;
    }

    /// <summary>Removes; false when it was not in.</summary>
    public bool Remove(ChunkId chunk)
    {
        var at = IndexOf(chunk.Value >> 16);
        if (at < 0 || !_containers[at].Remove((ushort)chunk.Value))
        {
            return false;
        }

        Count--;
        if (_containers[at].Count == 0)
        {
            RemoveContainer(at);
        }

        return true;
    }

    /// <summary>True when it is in.</summary>
    public bool Contains(ChunkId chunk)
    {
        var at = IndexOf(chunk.Value >> 16);
        return at >= 0 && _containers[at].Contains((ushort)chunk.Value);
    }

    /// <summary>The smallest member that is at least <paramref name="from"/>; None when there is none.</summary>
    public ChunkId FirstFrom(ChunkId from)
    {
        var at = IndexOf(from.Value >> 16);
        var low = at >= 0 ? (int)(from.Value & 0xffff) : 0;
        for (at = at >= 0 ? at : ~at; at < _used; at++, low = 0)
        {
            var found = _containers[at].FirstFrom(low);
            if (found >= 0)
            {
                return new ChunkId((_keys[at] << 16) | (uint)found);
            }
        }

        return ChunkId.None;
    }

    /// <summary>All members, in order, as they are now.</summary>
    public ChunkId[] ToArray()
    {
        var all = new ChunkId[Count];
        var next = ChunkId.None;
        for (var i = 0; i < all.Length; i++)
        {
            all[i] = FirstFrom(next);
            next = new ChunkId(all[i].Value + 1);
        }

        return all;
    }

    private int IndexOf(ulong key) => Array.BinarySearch(_keys, 0, _used, key);

    private void InsertContainer(int at, ulong key)
    {
        if (_used == _keys.Length)
        {
            Array.Resize(ref _keys, Math.Max(2, _used * 2));
            Array.Resize(ref _containers, Math.Max(2, _used * 2));
        }

        Array.Copy(_keys, at, _keys, at + 1, _used - at);
        Array.Copy(_containers, at, _containers, at + 1, _used - at);
        _keys[at] = key;
        _containers[at] = default;
        _used++;
    }

    private void RemoveContainer(int at)
    {
        _used--;
        Array.Copy(_keys, at + 1, _keys, at, _used - at);
        Array.Copy(_containers, at + 1, _containers, at, _used - at);
        _containers[_used] = default;
    }

    private struct Container
    {
        private ushort[]? _list;
        private ulong[]? _bits;

        internal int Count { get; private set; }

        internal bool Add(ushort value)
        {
            if (_bits is not null)
            {
                var mask = 1UL << (value & 63);
                var isNew = (_bits[value >> 6] & mask) == 0;
                _bits[value >> 6] |= mask;
                Count += isNew ? 1 : 0;
                return isNew;
            }

            _list ??= new ushort[4];
            var at = Array.BinarySearch(_list, 0, Count, value);
            if (at >= 0)
            {
                return false;
            }

            if (Count == ListLimit)
            {
                ToBitmap();
                return Add(value);
            }

            if (Count == _list.Length)
            {
                Array.Resize(ref _list, Math.Min(ListLimit, Count * 2));
            }

            Array.Copy(_list, ~at, _list, ~at + 1, Count - ~at);
            _list[~at] = value;
            Count++;
            return true;
        }

        internal bool Remove(ushort value)
        {
            if (_bits is not null)
            {
                var mask = 1UL << (value & 63);
                var was = (_bits[value >> 6] & mask) != 0;
                _bits[value >> 6] &= ~mask;
                Count -= was ? 1 : 0;
                return was;
            }

            var at = _list is null ? -1 : Array.BinarySearch(_list, 0, Count, value);
            if (at < 0)
            {
                return false;
            }

            Count--;
            Array.Copy(_list!, at + 1, _list!, at, Count - at);
            return true;
        }

        internal readonly bool Contains(ushort value) => _bits is not null
            ? (_bits[value >> 6] & (1UL << (value & 63))) != 0
            : _list is not null && Array.BinarySearch(_list, 0, Count, value) >= 0;

        internal readonly int FirstFrom(int low)
        {
            if (_bits is null)
            {
                var at = _list is null ? -1 : Array.BinarySearch(_list, 0, Count, (ushort)low);
                at = at >= 0 ? at : ~at;
                return _list is not null && at < Count ? _list[at] : -1;
            }

            var word = _bits[low >> 6] & (ulong.MaxValue << (low & 63));
            for (var i = low >> 6; ; word = _bits[i])
            {
                if (word != 0)
                {
                    return (i << 6) + BitOperations.TrailingZeroCount(word);
                }

                if (++i == _bits.Length)
                {
                    return -1;
                }
            }
        }

        private void ToBitmap()
        {
            var bits = new ulong[1024];
            for (var i = 0; i < Count; i++)
            {
                bits[_list![i] >> 6] |= 1UL << (_list[i] & 63);
            }

            _bits = bits;
            _list = null;
        }
    }
}
