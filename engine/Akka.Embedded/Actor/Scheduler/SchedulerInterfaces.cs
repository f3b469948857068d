// Scheduling: messages and actions in the future, on the system's clock. Delays are lower bounds.
using Akka.Dispatch;

namespace Akka.Actor;

/// <summary>The system's clock.</summary>
public interface ITimeProvider
{
    /// <summary>Wall-clock time, UTC.</summary>
    DateTimeOffset Now { get; }

    /// <summary>Time since some fixed moment; never goes back.</summary>
    TimeSpan MonotonicClock { get; }

    /// <summary>As <see cref="MonotonicClock"/>, at the best resolution there is.</summary>
    TimeSpan HighResMonotonicClock { get; }
}

/// <summary>Names a clock that counts from the wall clock.</summary>
public interface IDateTimeOffsetNowTimeProvider : ITimeProvider
{
}

/// <summary>Can be called off.</summary>
public interface ICancelable
{
    /// <summary>True once it has been called off.</summary>
    bool IsCancellationRequested { get; }

    /// <summary>Cancelled together with this.</summary>
    CancellationToken Token { get; }

    /// <summary>Calls it off.</summary>
    void Cancel();

    /// <summary>Calls it off after a delay.</summary>
    void CancelAfter(TimeSpan delay);

    /// <summary>Calls it off after a delay.</summary>
    void CancelAfter(int millisecondsDelay);

    /// <summary>Calls it off; if callbacks throw, either the first exception comes out at once or all of them at the end.</summary>
    void Cancel(bool throwOnFirstException);
}

/// <summary>Sends messages in the future.</summary>
public interface ITellScheduler
{
    /// <summary>Sends once after the delay.</summary>
    void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender);

    /// <summary>Sends once after the delay, unless cancelled.</summary>
    void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable);

    /// <summary>Sends after the first delay and then at every interval.</summary>
    void ScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender);

    /// <summary>Sends after the first delay and then at every interval, until cancelled.</summary>
    void ScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable);
}

/// <summary>Runs runnables in the future; they must be short and must not block.</summary>
public interface IRunnableScheduler
{
    /// <summary>Runs once after the delay, unless cancelled.</summary>
    void ScheduleOnce(TimeSpan delay, IRunnable action, ICancelable? cancelable);

    /// <summary>Runs once after the delay.</summary>
    void ScheduleOnce(TimeSpan delay, IRunnable action);

    /// <summary>Runs after the first delay and then at every interval, until cancelled.</summary>
    void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable? cancelable);

    /// <summary>Runs after the first delay and then at every interval.</summary>
    void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action);
}

/// <summary>Runs actions in the future; they must be short and must not block.</summary>
public interface IActionScheduler : IRunnableScheduler
{
    /// <summary>Runs once after the delay, unless cancelled.</summary>
    void ScheduleOnce(TimeSpan delay, Action action, ICancelable? cancelable);

    /// <summary>Runs once after the delay.</summary>
    void ScheduleOnce(TimeSpan delay, Action action);

    /// <summary>Runs after the first delay and then at every interval, until cancelled.</summary>
    void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable);

    /// <summary>Runs after the first delay and then at every interval.</summary>
    void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action);
}

/// <summary>The scheduler's less common side.</summary>
public interface IAdvancedScheduler : IActionScheduler
{
}

/// <summary>An actor system's scheduler.</summary>
public interface IScheduler : ITellScheduler, ITimeProvider
{
    /// <summary>Runs actions rather than sending messages.</summary>
    IAdvancedScheduler Advanced { get; }
}
