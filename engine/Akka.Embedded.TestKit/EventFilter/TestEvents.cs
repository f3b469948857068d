// Tell the test event listener which filters are at work.
using Akka.Actor;
using Akka.TestKit.Internal;

namespace Akka.TestKit.TestEvent;

/// <summary>Puts filters to work.</summary>
public sealed class Mute : INoSerializationVerificationNeeded
{
    /// <param name="filters">Which.</param>
    public Mute(params EventFilterBase[] filters) => Filters = filters;

    /// <param name="filters">Which.</param>
    public Mute(IReadOnlyCollection<EventFilterBase> filters) => Filters = filters;

    /// <summary>Which.</summary>
    public IReadOnlyCollection<EventFilterBase> Filters { get; }
}

/// <summary>Takes filters out of work.</summary>
public sealed class Unmute : INoSerializationVerificationNeeded
{
    /// <param name="filters">Which.</param>
    public Unmute(params EventFilterBase[] filters) => Filters = filters;

    /// <param name="filters">Which.</param>
    public Unmute(IReadOnlyCollection<EventFilterBase> filters) => Filters = filters;

    /// <summary>Which.</summary>
    public IReadOnlyCollection<EventFilterBase> Filters { get; }
}
