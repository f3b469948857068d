// Logs dead letters, up to a number and then not for a while, so that an overload is told but not made worse.
using Akka.Actor;

namespace Akka.Event;

/// <summary>Logs dead letters.</summary>
public class DeadLetterListener : ActorBase
{
    private readonly EventStream _eventStream = Context.System.EventStream;
    private readonly int _maxCount = Context.System.Settings.LogDeadLetters;
    private readonly TimeSpan _pause = Context.System.Settings.LogDeadLettersSuspendDuration;
    private int _count;
    private TimeSpan _pausedSince;
    private bool _paused;

    private static bool PausesForEver(TimeSpan pause) => pause == Timeout.InfiniteTimeSpan || pause < TimeSpan.Zero;

    private TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _eventStream.Subscribe(Self, typeof(DeadLetter));
        _eventStream.Subscribe(Self, typeof(Dropped));
        _eventStream.Subscribe(Self, typeof(UnhandledMessage));
    }

    /// <inheritdoc/>
    protected override void PreRestart(Exception reason, object message)
    {
    }

    /// <inheritdoc/>
    protected override void PostRestart(Exception reason)
    {
    }

    /// <inheritdoc/>
    protected override void PostStop() => _eventStream.Unsubscribe(Self);

    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        if (message is not AllDeadLetters letter)
            return false;
        if (_paused)
        {
            if (Now - _pausedSince < _pause || PausesForEver(_pause))
            {
                _count++;
                return true;
            }

            _paused = false;
            var missed = _count - _maxCount;
            _count = 0;
            Write(letter, missed > 0 ? $", of which {missed} were not logged" : string.Empty);
            return true;
        }

        _count++;
        if (_maxCount == int.MaxValue || _count < _maxCount)
        {
            Write(letter, string.Empty);
            return true;
        }

        _paused = true;
        _pausedSince = Now;
        Write(letter, PausesForEver(_pause) ? ", no more dead letters will be logged" : $", no more dead letters will be logged in next [{_pause}]");
        return true;
    }

    private void Write(AllDeadLetters letter, string ending)
    {
        var sender = letter.Sender.IsNobody() ? "without sender" : $"from {letter.Sender.Path}";
        var what = letter switch
        {
            Dropped dropped => $"was dropped. {dropped.Reason}.",
            UnhandledMessage => "was unhandled.",
            _ => "was not delivered.",
        };
        _eventStream.Publish(new Info(
            letter.Recipient.Path.ToString(), letter.Recipient.GetType(),
            $"Message [{letter.Message.GetType().Name}] {sender} to {letter.Recipient} {what} [{_count}] dead letters encountered{ending}. "
            + "This logging can be turned off or adjusted with configuration settings 'akka.log-dead-letters' "
            + "and 'akka.log-dead-letters-during-shutdown'."
            + $" Message content: {letter.Message}"));
    }
}
