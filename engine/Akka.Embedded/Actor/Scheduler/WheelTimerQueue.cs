// A hashed timing wheel on a thread of its own. A slot is a list under a lock of its own, so producers on different slots do
// not meet, and taking an entry out costs the same as putting it in. The thread sleeps until the next slot that holds
// something, and is woken when an earlier entry comes; an idle system causes no wake-ups.
using System.Numerics;

namespace Akka.Actor.Internal;

internal sealed class WheelTimerQueue : TimerQueue
{
    private readonly Slot[] _slots;
    private readonly long _mask;
    private readonly long _tickLength;
    private readonly long _start;
    private readonly Thread _thread;
    private readonly AutoResetEvent _wakeUp = new(false);
    private long _nextWakeUp = long.MaxValue;
    private long _currentTick;
    private volatile bool _stopped;

    /// <param name="name">The system's name.</param>
    /// <param name="tick">Resolution, at least 1 ms.</param>
    /// <param name="slots">Slots of the wheel; rounded up to a power of two.</param>
    public WheelTimerQueue(string name, TimeSpan tick, int slots)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tick, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)slots)];
        for (var i = 0; i < _slots.Length; i++)
            _slots[i] = new Slot();
        _mask = _slots.Length - 1;
        _tickLength = (long)(tick.TotalSeconds * Time.TimestampFrequency);
        _start = Time.GetTimestamp();
        _thread = new Thread(Loop) { IsBackground = true, Name = $"{name}-scheduler", Priority = ThreadPriority.AboveNormal };
        _thread.UnsafeStart();
    }

    public override TimeProvider Time => TimeProvider.System;

    public override bool Add(TimerEntry entry, TimeSpan delay)
    {
        if (_stopped)
            return false;
        Put(entry, Time.GetTimestamp() + Timestamps(delay));
        return true;
    }

    public override void Remove(TimerEntry entry)
    {
        entry.MarkCancelled();
        if (Volatile.Read(ref entry.Place) is not Slot slot)
            return;
        lock (slot)
        {
            if (ReferenceEquals(entry.Place, slot))
                slot.Unlink(entry);
        }
    }

    public override void Dispose()
    {
        _stopped = true;
        _wakeUp.Set();
    }

    private long Timestamps(TimeSpan delay)
    {
        var seconds = delay.TotalSeconds;
        return seconds > 1e9 ? long.MaxValue / 4 : (long)(seconds * Time.TimestampFrequency);
    }

    private void Put(TimerEntry entry, long due)
    {
        entry.Due = due;

        // The first tick at or after the due time; a tick already being processed is too late for it.
        var tick = Math.Max((due - _start + _tickLength - 1) / _tickLength, Volatile.Read(ref _currentTick) + 1);
        var slot = _slots[tick & _mask];
        lock (slot)
        {
            if (entry.IsCancelled)
                return;
            slot.Link(entry);
        }

        Interlocked.MemoryBarrier();
        if (tick < Volatile.Read(ref _nextWakeUp))
            _wakeUp.Set();
    }

    private void Loop()
    {
        var due = new List<TimerEntry>();
        while (!_stopped)
        {
            var now = (Time.GetTimestamp() - _start) / _tickLength;
            var behind = now - _currentTick;
            if (behind > _slots.Length)
                _currentTick = now - _slots.Length;
            while (_currentTick < now && !_stopped)
            {
                Volatile.Write(ref _currentTick, _currentTick + 1);
                Collect(_slots[_currentTick & _mask], due);
                foreach (var entry in due.Count > 1 ? due.OrderBy(static e => e.Due) : (IEnumerable<TimerEntry>)due)
                    Fire(entry);
                due.Clear();
            }

            Sleep();
        }
    }

    private void Collect(Slot slot, List<TimerEntry> due)
    {
        if (slot.Head is null)
            return;
        var limit = _start + (_currentTick * _tickLength);
        lock (slot)
        {
            for (var entry = slot.Head; entry is not null;)
            {
                var next = entry.Next;
                if (entry.Due <= limit)
                {
                    slot.Unlink(entry);
                    due.Add(entry);
                }

                entry = next;
            }
        }
    }

    private void Fire(TimerEntry entry)
    {
        if (entry.Interval is { } interval)
        {
            if (entry.IsCancelled)
                return;
            entry.Fire();
            if (!entry.IsCancelled)
                Put(entry, Math.Max(entry.Due + Timestamps(interval), Time.GetTimestamp() - Timestamps(interval)));
        }
        else if (entry.MarkCancelled())
        {
            entry.Fire();
        }
    }

    private void Sleep()
    {
        // Announce no wake-up while looking, so that an entry put in meanwhile wakes the thread at once.
        Interlocked.Exchange(ref _nextWakeUp, long.MaxValue);
        var next = _currentTick + 1;
        var last = _currentTick + _slots.Length;
        while (next <= last && Volatile.Read(ref _slots[next & _mask].Head) is null)
            next++;
        if (next > last)
        {
            _wakeUp.WaitOne();
            return;
        }

        Interlocked.Exchange(ref _nextWakeUp, next);
        var wait = _start + (next * _tickLength) - Time.GetTimestamp();
        if (wait > 0)
            _wakeUp.WaitOne((int)Math.Min((wait * 1000 / Time.TimestampFrequency) + 1, int.MaxValue));
    }

    private sealed class Slot
    {
        public TimerEntry? Head;
        private TimerEntry? _last;

        public void Link(TimerEntry entry)
        {
            entry.Next = null;
            entry.Previous = _last;
            if (_last is null)
                Head = entry;
            else
                _last.Next = entry;
            _last = entry;
            entry.Place = this;
        }

        public void Unlink(TimerEntry entry)
        {
            if (entry.Previous is null)
                Head = entry.Next;
            else
                entry.Previous.Next = entry.Next;
            if (entry.Next is null)
                _last = entry.Previous;
            else
                entry.Next.Previous = entry.Previous;
            entry.Next = null;
            entry.Previous = null;
            entry.Place = null;
        }
    }
}
