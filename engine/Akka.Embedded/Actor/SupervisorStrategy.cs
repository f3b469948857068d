// Supervision: what a parent does about a failing child. The decider picks a directive by exception; a strategy applies
// it to the one child or to all of them, and stops restarting when the permitted number within the time range is used up.
using Akka.Actor.Internal;
using Akka.Event;
using Akka.Util;

namespace Akka.Actor;

/// <summary>What to do about a failing child.</summary>
public enum Directive
{
    /// <summary>Go on with the next message, keeping the state.</summary>
    Resume = 0,

    /// <summary>Go on with the next message and a new instance.</summary>
    Restart = 1,

    /// <summary>Fail in turn, and let the next supervisor decide.</summary>
    Escalate = 2,

    /// <summary>Stop the child.</summary>
    Stop = 3,
}

/// <summary>Base of supervision strategies.</summary>
public abstract class SupervisorStrategy : ISurrogated
{
    /// <summary>Stops on failed start, Kill and broken death pacts; restarts on everything else.</summary>
    public static IDecider DefaultDecider = Actor.Decider.From(
        Directive.Restart,
        Directive.Stop.When<ActorInitializationException>(),
        Directive.Stop.When<ActorKilledException>(),
        Directive.Stop.When<DeathPactException>());

    /// <summary>One for one with <see cref="DefaultDecider"/>, without limits.</summary>
    public static readonly SupervisorStrategy DefaultStrategy = new OneForOneStrategy(DefaultDecider);

    /// <summary>Stops the child on every failure.</summary>
    public static readonly OneForOneStrategy StoppingStrategy = new(static _ => Directive.Stop);

    /// <summary>Picks the directive.</summary>
    public abstract IDecider Decider { get; }

    /// <summary>True if failures are logged.</summary>
    protected bool LoggingEnabled { get; set; } = true;

    /// <summary>Decides about a failed child and acts on it; false if the failure must be escalated.</summary>
    public bool HandleFailure(
        ActorCell actorCell, IActorRef child, Exception cause, ChildRestartStats stats,
        IReadOnlyCollection<ChildRestartStats> children)
    {
        var directive = Handle(child, cause);
        switch (directive)
        {
            case Directive.Escalate:
                LogFailure(actorCell, child, cause, directive);
                return false;
            case Directive.Resume:
                LogFailure(actorCell, child, cause, directive);
                ResumeChild(child, cause);
                return true;
            case Directive.Restart:
                LogFailure(actorCell, child, cause, directive);
                ProcessFailure(actorCell, true, child, cause, stats, children);
                return true;
            case Directive.Stop:
                LogFailure(actorCell, child, cause, directive);
                ProcessFailure(actorCell, false, child, cause, stats, children);
                return true;
            default:
                throw new System.Diagnostics.UnreachableException($"Unknown directive {directive}.");
        }
    }

    /// <summary>Applies restart or stop.</summary>
    /// <param name="context">The supervisor.</param>
    /// <param name="restart">True to restart, if still permitted; false to stop.</param>
    /// <param name="child">Who failed.</param>
    /// <param name="cause">Why.</param>
    /// <param name="stats">Restarts of that child so far.</param>
    /// <param name="children">All children, the failed one included.</param>
    public abstract void ProcessFailure(
        IActorContext context, bool restart, IActorRef child, Exception cause, ChildRestartStats stats,
        IReadOnlyCollection<ChildRestartStats> children);

    /// <summary>Called when a child has stopped.</summary>
    public abstract void HandleChildTerminated(IActorContext actorContext, IActorRef child, IEnumerable<IInternalActorRef> children);

    /// <inheritdoc/>
    public abstract ISurrogate ToSurrogate(ActorSystem system);

    /// <summary>Picks the directive for a failed child.</summary>
    protected abstract Directive Handle(IActorRef child, Exception exception);

    /// <summary>Restarts a child.</summary>
    /// <param name="child">Whom.</param>
    /// <param name="cause">Why.</param>
    /// <param name="suspendFirst">True for all but the child that failed, which is suspended already.</param>
    protected void RestartChild(IActorRef child, Exception cause, bool suspendFirst)
    {
        var target = (IInternalActorRef)child;
        if (suspendFirst)
            target.Suspend();
        target.Restart(cause);
    }

    /// <summary>Lets a failed child go on.</summary>
    protected void ResumeChild(IActorRef child, Exception exception) => ((IInternalActorRef)child).Resume(exception);

    /// <summary>Logs a failure: resumed ones as warnings, escalated ones not at all, others as errors.</summary>
    protected virtual void LogFailure(IActorContext context, IActorRef child, Exception cause, Directive directive)
    {
        if (!LoggingEnabled)
            return;
        var text = cause is ActorInitializationException { InnerException: { } inner } ? inner.Message : cause.Message;
        var source = child.Path.ToString();
        switch (directive)
        {
            case Directive.Resume:
                context.System.EventStream.Publish(new Warning(cause, source, GetType(), text));
                break;
            case Directive.Escalate:
                break;
            default:
                context.System.EventStream.Publish(new Error(cause, source, GetType(), text));
                break;
        }
    }
}

/// <summary>Applies the directive to the failed child only.</summary>
public class OneForOneStrategy : SupervisorStrategy, IEquatable<OneForOneStrategy>
{
    /// <param name="maxNrOfRetries">Restarts permitted within the time range; -1 or null for any number, 0 for none.</param>
    /// <param name="withinTimeRange">The time range; null for all time.</param>
    /// <param name="localOnlyDecider">Picks the directive.</param>
    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> localOnlyDecider)
        : this(maxNrOfRetries ?? -1, RestartWindow.Milliseconds(withinTimeRange), localOnlyDecider)
    {
    }

    /// <inheritdoc cref="OneForOneStrategy(int?, TimeSpan?, Func{Exception, Directive})"/>
    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, IDecider decider)
        : this(maxNrOfRetries ?? -1, RestartWindow.Milliseconds(withinTimeRange), decider)
    {
    }

    /// <param name="maxNrOfRetries">Restarts permitted within the time range; -1 for any number, 0 for none.</param>
    /// <param name="withinTimeMilliseconds">The time range; -1 for all time.</param>
    /// <param name="localOnlyDecider">Picks the directive.</param>
    /// <param name="loggingEnabled">False to log nothing.</param>
    public OneForOneStrategy(
        int maxNrOfRetries, int withinTimeMilliseconds, Func<Exception, Directive> localOnlyDecider, bool loggingEnabled = true)
        : this(maxNrOfRetries, withinTimeMilliseconds, new LocalOnlyDecider(localOnlyDecider), loggingEnabled)
    {
    }

    /// <inheritdoc cref="OneForOneStrategy(int, int, Func{Exception, Directive}, bool)"/>
    public OneForOneStrategy(int maxNrOfRetries, int withinTimeMilliseconds, IDecider decider, bool loggingEnabled = true)
    {
        MaxNumberOfRetries = maxNrOfRetries;
        WithinTimeRangeMilliseconds = withinTimeMilliseconds;
        Decider = decider;
        LoggingEnabled = loggingEnabled;
    }

    /// <summary>Without limits.</summary>
    public OneForOneStrategy(Func<Exception, Directive> localOnlyDecider)
        : this(-1, -1, localOnlyDecider)
    {
    }

    /// <summary>Without limits.</summary>
    public OneForOneStrategy(Func<Exception, Directive> localOnlyDecider, bool loggingEnabled = true)
        : this(-1, -1, localOnlyDecider, loggingEnabled)
    {
    }

    /// <summary>Without limits.</summary>
    public OneForOneStrategy(IDecider decider)
        : this(-1, -1, decider)
    {
    }

    /// <summary>With the default decider, without limits.</summary>
    protected OneForOneStrategy()
        : this(DefaultDecider)
    {
    }

    /// <inheritdoc/>
    public override IDecider Decider { get; }

    /// <summary>The time range; -1 for all time.</summary>
    public int WithinTimeRangeMilliseconds { get; }

    /// <summary>Restarts permitted within the time range; -1 for any number.</summary>
    public int MaxNumberOfRetries { get; }

    /// <summary>The same with another number of restarts.</summary>
    public OneForOneStrategy WithMaxNrOfRetries(int maxNrOfRetries) =>
        new(maxNrOfRetries, WithinTimeRangeMilliseconds, Decider, LoggingEnabled);

    /// <inheritdoc/>
    public override void ProcessFailure(
        IActorContext context, bool restart, IActorRef child, Exception cause, ChildRestartStats stats,
        IReadOnlyCollection<ChildRestartStats> children)
    {
        if (restart && stats.RequestRestartPermission(MaxNumberOfRetries, WithinTimeRangeMilliseconds))
            RestartChild(child, cause, suspendFirst: false);
        else
            context.Stop(child);
    }

    /// <inheritdoc/>
    public override void HandleChildTerminated(IActorContext actorContext, IActorRef child, IEnumerable<IInternalActorRef> children)
    {
    }

    /// <inheritdoc/>
    public override ISurrogate ToSurrogate(ActorSystem system) => new OneForOneStrategySurrogate
    {
        Decider = Decider,
        LoggingEnabled = LoggingEnabled,
        MaxNumberOfRetries = MaxNumberOfRetries,
        WithinTimeRangeMilliseconds = WithinTimeRangeMilliseconds,
    };

    /// <inheritdoc/>
    public bool Equals(OneForOneStrategy? other) =>
        other is not null && MaxNumberOfRetries == other.MaxNumberOfRetries
        && WithinTimeRangeMilliseconds == other.WithinTimeRangeMilliseconds && Equals(Decider, other.Decider);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as OneForOneStrategy);

    /// <inheritdoc/>
    public override int GetHashCode() => Embedded.StableHash.Combine(MaxNumberOfRetries, WithinTimeRangeMilliseconds);

    /// <inheritdoc/>
    protected override Directive Handle(IActorRef child, Exception exception) => Decider.Decide(exception);

    /// <summary>The portable form.</summary>
    public class OneForOneStrategySurrogate : ISurrogate
    {
        /// <summary>See <see cref="OneForOneStrategy.MaxNumberOfRetries"/>.</summary>
        public int MaxNumberOfRetries { get; set; }

        /// <summary>See <see cref="OneForOneStrategy.WithinTimeRangeMilliseconds"/>.</summary>
        public int WithinTimeRangeMilliseconds { get; set; }

        /// <summary>See <see cref="OneForOneStrategy.Decider"/>.</summary>
        public IDecider Decider { get; set; } = DefaultDecider;

        /// <summary>Whether failures are logged.</summary>
        public bool LoggingEnabled { get; set; }

        /// <inheritdoc/>
        public ISurrogated FromSurrogate(ActorSystem system) =>
            new OneForOneStrategy(MaxNumberOfRetries, WithinTimeRangeMilliseconds, Decider, LoggingEnabled);
    }
}
