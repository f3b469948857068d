// Supervision of children that cannot live without each other: all of them share the fate of the one that failed.
using Akka.Actor.Internal;
using Akka.Util;

namespace Akka.Actor;

/// <summary>Applies the directive to all children when one fails.</summary>
public class AllForOneStrategy : SupervisorStrategy, IEquatable<AllForOneStrategy>
{
    /// <param name="maxNrOfRetries">Restarts permitted within the time range; -1 or null for any number, 0 for none.</param>
    /// <param name="withinTimeRange">The time range; null for all time.</param>
    /// <param name="localOnlyDecider">Picks the directive.</param>
    public AllForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> localOnlyDecider)
        : this(maxNrOfRetries ?? -1, RestartWindow.Milliseconds(withinTimeRange), localOnlyDecider)
    {
    }

    /// <inheritdoc cref="AllForOneStrategy(int?, TimeSpan?, Func{Exception, Directive})"/>
    public AllForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, IDecider decider)
        : this(maxNrOfRetries ?? -1, RestartWindow.Milliseconds(withinTimeRange), decider)
    {
    }

    /// <param name="maxNrOfRetries">Restarts permitted within the time range; -1 for any number, 0 for none.</param>
    /// <param name="withinTimeMilliseconds">The time range; -1 for all time.</param>
    /// <param name="localOnlyDecider">Picks the directive.</param>
    /// <param name="loggingEnabled">False to log nothing.</param>
    public AllForOneStrategy(
        int maxNrOfRetries, int withinTimeMilliseconds, Func<Exception, Directive> localOnlyDecider, bool loggingEnabled = true)
        : this(maxNrOfRetries, withinTimeMilliseconds, new LocalOnlyDecider(localOnlyDecider), loggingEnabled)
    {
    }

    /// <inheritdoc cref="AllForOneStrategy(int, int, Func{Exception, Directive}, bool)"/>
    public AllForOneStrategy(int maxNrOfRetries, int withinTimeMilliseconds, IDecider decider, bool loggingEnabled = true)
    {
        MaxNumberOfRetries = maxNrOfRetries;
        WithinTimeRangeMilliseconds = withinTimeMilliseconds;
        Decider = decider;
        LoggingEnabled = loggingEnabled;
    }

    /// <summary>Without limits.</summary>
    public AllForOneStrategy(Func<Exception, Directive> localOnlyDecider)
        : this(-1, -1, localOnlyDecider)
    {
    }

    /// <summary>Without limits.</summary>
    public AllForOneStrategy(IDecider decider)
        : this(-1, -1, decider)
    {
    }

    /// <summary>With the default decider, without limits.</summary>
    protected AllForOneStrategy()
        : this(DefaultDecider)
    {
    }

    /// <inheritdoc/>
    public override IDecider Decider { get; }

    /// <summary>The time range; -1 for all time.</summary>
    public int WithinTimeRangeMilliseconds { get; }

    /// <summary>Restarts permitted within the time range; -1 for any number.</summary>
    public int MaxNumberOfRetries { get; }

    /// <inheritdoc/>
    public override void ProcessFailure(
        IActorContext context, bool restart, IActorRef child, Exception cause, ChildRestartStats stats,
        IReadOnlyCollection<ChildRestartStats> children)
    {
        if (restart && children.All(c => c.RequestRestartPermission(MaxNumberOfRetries, WithinTimeRangeMilliseconds)))
        {
            foreach (var one in children)
                RestartChild(one.Child, cause, suspendFirst: !child.Equals(one.Child));
        }
        else
        {
            foreach (var one in children)
                context.Stop(one.Child);
        }
    }

    /// <inheritdoc/>
    public override void HandleChildTerminated(IActorContext actorContext, IActorRef child, IEnumerable<IInternalActorRef> children)
    {
    }

    /// <inheritdoc/>
    public override ISurrogate ToSurrogate(ActorSystem system) => new AllForOneStrategySurrogate
    {
        Decider = Decider,
        LoggingEnabled = LoggingEnabled,
        MaxNumberOfRetries = MaxNumberOfRetries,
        WithinTimeRangeMilliseconds = WithinTimeRangeMilliseconds,
    };

    /// <inheritdoc/>
    public bool Equals(AllForOneStrategy? other) =>
        other is not null && MaxNumberOfRetries == other.MaxNumberOfRetries
        && WithinTimeRangeMilliseconds == other.WithinTimeRangeMilliseconds && Equals(Decider, other.Decider);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AllForOneStrategy);

    /// <inheritdoc/>
    public override int GetHashCode() => Embedded.StableHash.Combine(MaxNumberOfRetries, WithinTimeRangeMilliseconds);

    /// <inheritdoc/>
    protected override Directive Handle(IActorRef child, Exception exception) => Decider.Decide(exception);

    /// <summary>The portable form.</summary>
    public class AllForOneStrategySurrogate : ISurrogate
    {
        /// <summary>See <see cref="AllForOneStrategy.MaxNumberOfRetries"/>.</summary>
        public int MaxNumberOfRetries { get; set; }

        /// <summary>See <see cref="AllForOneStrategy.WithinTimeRangeMilliseconds"/>.</summary>
        public int WithinTimeRangeMilliseconds { get; set; }

        /// <summary>See <see cref="AllForOneStrategy.Decider"/>.</summary>
        public IDecider Decider { get; set; } = DefaultDecider;

        /// <summary>Whether failures are logged.</summary>
        public bool LoggingEnabled { get; set; }

        /// <inheritdoc/>
        public ISurrogated FromSurrogate(ActorSystem system) =>
            new AllForOneStrategy(MaxNumberOfRetries, WithinTimeRangeMilliseconds, Decider, LoggingEnabled);
    }
}
