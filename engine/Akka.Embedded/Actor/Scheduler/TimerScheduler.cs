// The timers of one actor. Each start gets a fresh number; a signal is accepted only if it bears the number of the timer that
// runs under its key now, so signals of cancelled, replaced and previous incarnations' timers vanish in the mailbox.
using Akka.Event;

namespace Akka.Actor;

/// <summary>A timer of an actor has gone off.</summary>
internal sealed class TimerSignal(TimerScheduler owner, object key, long number, object message, bool repeats)
    : IAutoReceivedMessage, INoSerializationVerificationNeeded, IDeadLetterSuppression, IWrappedMessage
{
    public TimerScheduler Owner => owner;

    public object Key => key;

    public long Number => number;

    public object Message => message;

    public bool Repeats => repeats;

    public override string ToString() => $"Timer {key}: {message}";
}

internal sealed class TimerScheduler(ActorCell cell) : ITimerScheduler
{
    private readonly Dictionary<object, Entry> _timers = [];
    private long _number;

    public IReadOnlyCollection<object> ActiveTimers => _timers.Keys;

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval) => Start(key, msg, interval, interval, ActorRefs.NoSender);

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval, IActorRef sender) =>
        Start(key, msg, interval, interval, sender);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval) =>
        Start(key, msg, initialDelay, interval, ActorRefs.NoSender);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval, IActorRef sender) =>
        Start(key, msg, initialDelay, interval, sender);

    public void StartSingleTimer(object key, object msg, TimeSpan timeout) => Start(key, msg, timeout, null, ActorRefs.NoSender);

    public void StartSingleTimer(object key, object msg, TimeSpan timeout, IActorRef sender) => Start(key, msg, timeout, null, sender);

    public bool IsTimerActive(object key) => _timers.ContainsKey(key);

    public void Cancel(object key)
    {
        if (_timers.Remove(key, out var entry))
            entry.Cancelable.Cancel();
    }

    public void CancelAll()
    {
        foreach (var entry in _timers.Values)
            entry.Cancelable.Cancel();
        _timers.Clear();
    }

    /// <summary>True if the timer that sent the signal still runs; a single timer has then run its course.</summary>
    public bool TryAccept(TimerSignal signal)
    {
        if (!ReferenceEquals(signal.Owner, this) || !_timers.TryGetValue(signal.Key, out var entry) || entry.Number != signal.Number)
            return false;
        if (!signal.Repeats)
            _timers.Remove(signal.Key);
        return true;
    }

    private void Start(object key, object msg, TimeSpan delay, TimeSpan? interval, IActorRef sender)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(msg);
        Cancel(key);
        var scheduler = cell.System.Scheduler;
        var cancelable = new Cancelable(scheduler.Advanced);
        var number = ++_number;
        var signal = new TimerSignal(this, key, number, msg, interval is not null);
        if (interval is { } period)
            scheduler.ScheduleTellRepeatedly(delay, period, cell.Self, signal, sender, cancelable);
        else
            scheduler.ScheduleTellOnce(delay, cell.Self, signal, sender, cancelable);
        _timers[key] = new Entry(number, cancelable);
    }

    private sealed record Entry(long Number, ICancelable Cancelable);
}
