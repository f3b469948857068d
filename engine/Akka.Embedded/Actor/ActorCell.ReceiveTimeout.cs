// The receive timeout. A timer is not re-armed at every message: the time of the last one is noted, and when the timer goes
// off too early it is armed again for the rest. What a message changes is noted when it has been processed.
using Akka.Event;

namespace Akka.Actor;

public partial class ActorCell
{
    private TimeSpan? _receiveTimeout;
    private TimeSpan _lastActivity;
    private ICancelable? _receiveTimer;
    private long _receiveTimeoutNumber;

    /// <inheritdoc/>
    public TimeSpan? ReceiveTimeout => _receiveTimeout;

    /// <inheritdoc/>
    public void SetReceiveTimeout(TimeSpan? timeout = null)
    {
        EndReceiveTimeout();
        if (timeout is null || timeout == Timeout.InfiniteTimeSpan)
            return;
        if (timeout <= TimeSpan.Zero)
            throw new ArgumentException($"A receive timeout must be positive; it was {timeout}.", nameof(timeout));
        _receiveTimeout = timeout;
        _lastActivity = _system.MonotonicNow;
        ArmReceiveTimer(timeout.Value);
    }

    private void ArmReceiveTimer(TimeSpan delay)
    {
        var timer = new Cancelable(_system.Scheduler.Advanced);
        _receiveTimer = timer;
        _system.Scheduler.ScheduleTellOnce(delay, _self, new ReceiveTimeoutSignal(++_receiveTimeoutNumber), _self, timer);
    }

    private void EndReceiveTimeout()
    {
        _receiveTimeout = null;
        _receiveTimeoutNumber++;
        _receiveTimer?.Cancel();
        _receiveTimer = null;
    }

    /// <summary>Notes the end of a message's processing; null for a start or restart.</summary>
    private void NoteActivity(object? message)
    {
        if (_receiveTimeout is not null && !IsIdle(message))
            _lastActivity = _system.MonotonicNow;
    }

    /// <summary>True for messages that do not count as activity.</summary>
    private static bool IsIdle(object? message) =>
        message is INotInfluenceReceiveTimeout or TimerSignal { Message: INotInfluenceReceiveTimeout };

    private void ReceivedReceiveTimeoutSignal(ReceiveTimeoutSignal signal)
    {
        if (_receiveTimeout is not { } timeout || signal.Number != _receiveTimeoutNumber)
            return;
        var idle = _system.MonotonicNow - _lastActivity;
        if (idle < timeout)
        {
            ArmReceiveTimer(timeout - idle);
            return;
        }

        _lastActivity = _system.MonotonicNow;
        ArmReceiveTimer(timeout);
        ReceiveInstead(global::Akka.Actor.ReceiveTimeout.Instance);
    }

}

/// <summary>The receive timer of an actor has gone off.</summary>
internal sealed class ReceiveTimeoutSignal(long number) : IAutoReceivedMessage, INotInfluenceReceiveTimeout, IDeadLetterSuppression
{
    public long Number { get; } = number;
}
