// The logger of tested systems: shows log events to the filters at work, and prints those that none of them matches. Dead
// letters and unhandled messages are shown to the filters as warnings.
using Akka.Actor;
using Akka.Event;
using Akka.TestKit.TestEvent;

namespace Akka.TestKit;

/// <summary>A logger that filters can look into.</summary>
public class TestEventListener : DefaultLogger
{
    private readonly List<IEventFilter> _filters = [];

    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case InitializeLogger initialize:
                Subscribe(initialize.LoggingBus);
                Sender.Tell(new LoggerInitialized(), Self);
                break;
            case Mute mute:
                _filters.AddRange(mute.Filters);
                break;
            case Unmute unmute:
                foreach (var filter in unmute.Filters)
                    _filters.Remove(filter);
                break;
            case LogEvent logEvent:
                if (!ShouldFilter(logEvent))
                    Print(logEvent);
                break;
            case DeadLetter letter:
                // The dead letter listener prints it; here it is only shown to the filters.
                ShouldFilter(new Warning(letter.Recipient.Path.ToString(), letter.Recipient.GetType(), letter));
                break;
            case UnhandledMessage unhandled:
                HandleUnhandled(unhandled);
                break;
            default:
                Print(new Debug(Context.System.Name, GetType(), message));
                break;
        }

        return true;
    }

    private void Subscribe(LoggingBus bus)
    {
        foreach (var type in (Type[])[typeof(Mute), typeof(Unmute), typeof(DeadLetter), typeof(UnhandledMessage)])
            bus.Subscribe(Self, type);
    }

    private void HandleUnhandled(UnhandledMessage unhandled)
    {
        var source = unhandled.Recipient.Path.ToString();
        var warning = new Warning(source, unhandled.Recipient.GetType(), $"Unhandled message from {unhandled.Sender}: {unhandled.Message}");
        if (!ShouldFilter(warning))
            Print(warning);
    }

    private bool ShouldFilter(LogEvent logEvent)
    {
        var matched = false;
        // A filter must see every event, whether or not another one has matched it.
        foreach (var filter in _filters.ToArray())
            matched |= filter.Apply(logEvent);
        return matched;
    }
}
