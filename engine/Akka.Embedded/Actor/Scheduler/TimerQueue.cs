// Timers of the engine: an entry is put in with a delay, fires once or repeatedly, and can be taken out at any time in
// constant time. The wheel serves real time; a simulation has its own queue in virtual time.
using Akka.Dispatch;

namespace Akka.Actor.Internal;

/// <summary>Something due at a time. Its owner may cancel it; firing and cancelling exclude each other for single entries.</summary>
internal abstract class TimerEntry
{
    /// <summary>Due time; the unit is the queue's.</summary>
    internal long Due;

    /// <summary>Links of the wheel's lists, guarded by the lock of the list; null if the entry is in none.</summary>
    internal TimerEntry? Next;
    internal TimerEntry? Previous;
    internal object? Place;

    private int _state;

    /// <summary>Time between repetitions; null for an entry that fires once.</summary>
    public TimeSpan? Interval { get; init; }

    public bool IsCancelled => Volatile.Read(ref _state) != 0;

    /// <summary>Makes sure the entry does not fire any more; false if it was cancelled before.</summary>
    public bool MarkCancelled() => Interlocked.Exchange(ref _state, 1) == 0;

    /// <summary>Does what is due; must be short and must not throw.</summary>
    public abstract void Fire();
}

internal abstract class TimerQueue : IDisposable
{
    public abstract TimeProvider Time { get; }

    /// <summary>Puts an entry in; it fires no earlier than after the delay. False if the queue has ended.</summary>
    public abstract bool Add(TimerEntry entry, TimeSpan delay);

    /// <summary>Takes an entry out.</summary>
    public abstract void Remove(TimerEntry entry);

    public abstract void Dispose();
}
