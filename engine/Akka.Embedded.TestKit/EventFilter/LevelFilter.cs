// What the filters of one level share. Not part of Akka.NET's surface, hence the namespace.
using Akka.Event;
using Akka.TestKit.Internal;
using Akka.TestKit.Internal.StringMatcher;

namespace Akka.Embedded.Events;

/// <summary>Events of one level.</summary>
public abstract class LevelFilter<TEvent> : EventFilterBase
    where TEvent : LogEvent
{
    private protected LevelFilter(string name, IStringMatcher? messageMatcher, IStringMatcher? sourceMatcher)
        : base(messageMatcher, sourceMatcher) => FilterDescriptiveName = name;

    /// <inheritdoc/>
    protected override string FilterDescriptiveName { get; }

    /// <inheritdoc/>
    protected override bool IsMatch(LogEvent evt) => evt is TEvent and not { Message: DeadLetter } && InternalDoMatch(evt.LogSource, evt.Message);
}
