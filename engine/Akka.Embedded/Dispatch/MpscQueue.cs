// A queue for many producers and one consumer: a chain of rings. Producers claim a slot with one compare-and-swap and publish
// it by its sequence number; the consumer needs no atomic operation. A ring that is full is frozen and a larger one (up to a
// limit) linked behind it, so order per producer is kept and an idle or evenly loaded queue allocates nothing.
// Invariant of a slot at position p: sequence == p means free, p + 1 means filled, p + capacity means free for the next round.
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Akka.Dispatch;

internal sealed class MpscQueue<T>
{
    private const int FirstCapacity = 8;
    private const int LargestCapacity = 4096;

    private readonly Lock _growing = new();
    private volatile Ring _tail;
    private volatile Ring _head;

    public MpscQueue() => _tail = _head = new Ring(FirstCapacity);

    /// <summary>True if nothing has been published that was not dequeued. Exact for the consumer.</summary>
    public bool IsEmpty
    {
        get
        {
            var head = _head;
            while (true)
            {
                if (head.HasItem)
                    return false;
                var next = head.Next;
                if (next is null || !head.IsExhausted)
                    return true;
                head = next;
            }
        }
    }

    /// <summary>A snapshot; may count items whose producer has not finished publishing.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            for (Ring? ring = _head; ring is not null; ring = ring.Next)
                count += ring.Count;
            return count;
        }
    }

    public void Enqueue(T item)
    {
        while (!_tail.TryEnqueue(item))
            Grow();
    }

    public bool TryDequeue(out T item)
    {
        var head = _head;
        while (!head.TryDequeue(out item))
        {
            var next = head.Next;
            if (next is null || !head.IsExhausted)
                return false;
            _head = head = next;
        }

        return true;
    }

    private void Grow()
    {
        lock (_growing)
        {
            var tail = _tail;
            if (tail.HasRoom)
                return;
            var next = new Ring(Math.Min(tail.Capacity * 2, LargestCapacity));
            tail.Freeze();
            tail.Next = next;
            _tail = next;
        }
    }

    private sealed class Ring
    {
        private readonly Slot[] _slots;
        private readonly int _mask;
        private RingPositions _at;

        public volatile Ring? Next;

        public Ring(int capacity)
        {
            _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)capacity)];
            _mask = _slots.Length - 1;
            _at.FrozenAt = -1;
            for (var i = 0; i < _slots.Length; i++)
                _slots[i].Sequence = i;
        }

        public int Capacity => _slots.Length;

        public bool HasItem
        {
            get
            {
                var position = Volatile.Read(ref _at.Head);
                return Volatile.Read(ref _slots[position & _mask].Sequence) == position + 1;
            }
        }

        /// <summary>True if the ring is frozen and everything that was ever claimed in it has been taken.</summary>
        public bool IsExhausted
        {
            get
            {
                var end = Volatile.Read(ref _at.FrozenAt);
                return end >= 0 && Volatile.Read(ref _at.Head) == end;
            }
        }

        public bool HasRoom
        {
            get
            {
                var tail = Volatile.Read(ref _at.Tail);
                return _at.FrozenAt < 0 && Volatile.Read(ref _slots[tail & _mask].Sequence) - tail >= 0;
            }
        }

        public int Count
        {
            get
            {
                var frozen = _at.FrozenAt;
                var end = frozen >= 0 ? frozen : Volatile.Read(ref _at.Tail);
                return (int)Math.Clamp(end - Volatile.Read(ref _at.Head), 0, Capacity);
            }
        }

        public bool TryEnqueue(T item)
        {
            while (true)
            {
                var tail = Volatile.Read(ref _at.Tail);
                ref var slot = ref _slots[tail & _mask];
                var lead = Volatile.Read(ref slot.Sequence) - tail;
                if (lead < 0)
                    return false;
                if (lead == 0 && Interlocked.CompareExchange(ref _at.Tail, tail + 1, tail) == tail)
                {
                    slot.Item = item;
                    Volatile.Write(ref slot.Sequence, tail + 1);
                    return true;
                }
            }
        }

        public bool TryDequeue(out T item)
        {
            var position = _at.Head;
            ref var slot = ref _slots[position & _mask];
            if (Volatile.Read(ref slot.Sequence) != position + 1)
            {
                item = default!;
                return false;
            }

            item = slot.Item;
            if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
                slot.Item = default!;
            Volatile.Write(ref slot.Sequence, position + Capacity);
            Volatile.Write(ref _at.Head, position + 1);
            return true;
        }

        /// <summary>Lets nobody claim a slot any more: moves the tail out of every slot's reach. Called once, under the lock.</summary>
        public void Freeze()
        {
            var end = Interlocked.Add(ref _at.Tail, 2L * Capacity) - (2L * Capacity);
            Volatile.Write(ref _at.FrozenAt, end);
        }

        private struct Slot
        {
            public T Item;
            public long Sequence;
        }
    }
}

/// <summary>A ring's positions: the consumer's and the producers' on cache lines of their own.</summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal struct RingPositions
{
    /// <summary>Where the ring was frozen; -1 while it is not.</summary>
    [FieldOffset(0)]
    public long FrozenAt;

    /// <summary>The next position to be taken.</summary>
    [FieldOffset(64)]
    public long Head;

    /// <summary>The next position to be claimed.</summary>
    [FieldOffset(128)]
    public long Tail;
}
