// Timers of one actor, by key. A timer belongs to the incarnation that started it: after Cancel, a restart or the end of
// the actor nothing of it is delivered any more, not even what was already in the mailbox.
namespace Akka.Actor;

/// <summary>An actor that has timers.</summary>
public interface IWithTimers
{
    /// <summary>Set by the engine.</summary>
    ITimerScheduler Timers { get; set; }
}

/// <summary>Timers of one actor; to be used in its own turn only.</summary>
public interface ITimerScheduler
{
    /// <summary>Keys of the timers that run.</summary>
    IReadOnlyCollection<object> ActiveTimers { get; }

    /// <summary>Sends to the actor itself at every interval; replaces a timer of the same key.</summary>
    void StartPeriodicTimer(object key, object msg, TimeSpan interval);

    /// <summary>Sends to the actor itself after the first delay and then at every interval; replaces a timer of the same key.</summary>
    void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval);

    /// <summary>Sends to the actor itself at every interval, in the name of a sender; replaces a timer of the same key.</summary>
    void StartPeriodicTimer(object key, object msg, TimeSpan interval, IActorRef sender);

    /// <summary>Sends to the actor itself after the first delay and then at every interval, in the name of a sender.</summary>
    void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval, IActorRef sender);

    /// <summary>Sends to the actor itself once; replaces a timer of the same key.</summary>
    void StartSingleTimer(object key, object msg, TimeSpan timeout);

    /// <summary>Sends to the actor itself once, in the name of a sender; replaces a timer of the same key.</summary>
    void StartSingleTimer(object key, object msg, TimeSpan timeout, IActorRef sender);

    /// <summary>True if a timer of this key runs.</summary>
    bool IsTimerActive(object key);

    /// <summary>Ends the timer of this key, if there is one.</summary>
    void Cancel(object key);

    /// <summary>Ends all timers.</summary>
    void CancelAll();
}
