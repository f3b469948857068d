// The default scheduler: entries in the engine's timer queue, which is a hashed wheel in real time.
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor;

/// <summary>The default scheduler.</summary>
public sealed class HashedWheelTimerScheduler : SchedulerBase, IDateTimeOffsetNowTimeProvider, IDisposable
{
    private readonly TimerQueue _queue;
    private readonly bool _ownsQueue;
    private readonly long _start;

    /// <param name="scheduler">The section akka.scheduler, or the whole configuration.</param>
    /// <param name="log">Where failures of entries go.</param>
    public HashedWheelTimerScheduler(Config scheduler, ILoggingAdapter log)
        : this(scheduler, log, Embedded.RealEnvironment.Instance.CreateTimerQueue("scheduler", scheduler)) => _ownsQueue = true;

    internal HashedWheelTimerScheduler(Config scheduler, ILoggingAdapter log, TimerQueue queue)
        : base(scheduler, log)
    {
        _queue = queue;
        _start = queue.Time.GetTimestamp();
    }

    /// <inheritdoc/>
    public override TimeSpan MonotonicClock => _queue.Time.GetElapsedTime(_start);

    /// <inheritdoc/>
    public override TimeSpan HighResMonotonicClock => MonotonicClock;

    /// <inheritdoc/>
    protected override DateTimeOffset TimeNow => _queue.Time.GetUtcNow();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ownsQueue)
            _queue.Dispose();
    }

    /// <inheritdoc/>
    protected override void InternalScheduleTellOnce(
        TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable) =>
        Add(new TellEntry(this, receiver, message, sender, cancelable), delay, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable) =>
        Add(new TellEntry(this, receiver, message, sender, cancelable) { Interval = interval }, initialDelay, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable? cancelable) =>
        Add(new ActionEntry(this, action, cancelable), delay, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable? cancelable) =>
        Add(new ActionEntry(this, action.Run, cancelable), delay, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable) =>
        Add(new ActionEntry(this, action, cancelable) { Interval = interval }, initialDelay, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable? cancelable) =>
        InternalScheduleRepeatedly(initialDelay, interval, action.Run, cancelable);

    private void Add(TimerEntry entry, TimeSpan delay, ICancelable? cancelable)
    {
        if (cancelable is { IsCancellationRequested: true })
            return;
        if (!_queue.Add(entry, delay))
            throw new SchedulerException("cannot enqueue after timer shutdown");
        (cancelable as Cancelable)?.Attach(_queue, entry);
    }

    private abstract class Entry(HashedWheelTimerScheduler scheduler, ICancelable? cancelable) : TimerEntry
    {
        public sealed override void Fire()
        {
            if (cancelable is { IsCancellationRequested: true })
            {
                MarkCancelled();
                return;
            }

            try
            {
                Do();
            }
            catch (Exception e)
            {
                MarkCancelled();
                scheduler.Log.Error(e, "A scheduled entry failed, and will not be repeated: {0}", e.Message);
            }
        }

        protected abstract void Do();
    }

    private sealed class TellEntry(
        HashedWheelTimerScheduler scheduler, ICanTell receiver, object message, IActorRef? sender, ICancelable? cancelable)
        : Entry(scheduler, cancelable)
    {
        protected override void Do() => receiver.Tell(message, sender);
    }

    private sealed class ActionEntry(HashedWheelTimerScheduler scheduler, Action action, ICancelable? cancelable)
        : Entry(scheduler, cancelable)
    {
        protected override void Do() => action();
    }
}
