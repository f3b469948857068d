// The actors behind backoff supervision. Both pass messages on to the child and the child's messages on to their own parent.
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Embedded;
using Akka.Event;

namespace Akka.Pattern;

/// <summary>What both kinds of backoff supervisor have in common.</summary>
public abstract class BackoffSupervisorBase : ActorBase
{
    internal BackoffSupervisorBase(
        Props childProps, string childName, IBackoffReset reset, object? replyWhileStopped, Func<object, bool>? finalStopMessage)
    {
        ChildProps = childProps;
        ChildName = childName;
        Reset = reset;
        ReplyWhileStopped = replyWhileStopped;
        FinalStopMessage = finalStopMessage;
    }

    /// <summary>Makes the child.</summary>
    protected Props ChildProps { get; }

    /// <summary>The child's name.</summary>
    protected string ChildName { get; }

    /// <summary>When the delay starts over.</summary>
    protected IBackoffReset Reset { get; }

    /// <summary>Answers messages that come while there is no child; null for none.</summary>
    protected object? ReplyWhileStopped { get; }

    /// <summary>Says after which messages the end of the child is final; null for none.</summary>
    protected Func<object, bool>? FinalStopMessage { get; }

    /// <summary>The child; null while there is none.</summary>
    protected IActorRef? Child { get; set; }

    /// <summary>Starts since the delay last started over.</summary>
    protected int RestartCountN { get; set; }

    /// <summary>True once the end of the child is final.</summary>
    protected bool FinalStopMessageReceived { get; set; }

    /// <summary>Starts the child.</summary>
    protected override void PreStart() => StartChild();

    /// <summary>Handles all messages but the end of the child.</summary>
    protected bool HandleBackoff(object message)
    {
        switch (message)
        {
            case BackoffSupervisor.StartChild:
                StartChild();
                if (Reset is AutoReset auto)
                {
                    Context.System.Scheduler.ScheduleTellOnce(
                        auto.ResetBackoff, Self, new BackoffSupervisor.ResetRestartCount(RestartCountN), Self);
                }

                break;
            case BackoffSupervisor.Reset:
                if (Reset is ManualReset)
                    RestartCountN = 0;
                else
                    Unhandled(message);
                break;
            case BackoffSupervisor.ResetRestartCount reset:
                if (reset.Current == RestartCountN)
                    RestartCountN = 0;
                break;
            case BackoffSupervisor.GetRestartCount:
                Sender.Tell(new BackoffSupervisor.RestartCount(RestartCountN));
                break;
            case BackoffSupervisor.GetCurrentChild:
                Sender.Tell(new BackoffSupervisor.CurrentChild(Child));
                break;
            default:
                PassOn(message);
                break;
        }

        return true;
    }

    private protected void StartAgainAfter(TimeSpan delay) =>
        Context.System.Scheduler.ScheduleTellOnce(delay, Self, BackoffSupervisor.StartChild.Instance, Self);

    private protected TimeSpan NextDelay(TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor)
    {
        var environment = EngineEnvironment.Of(Context.System);
        return BackoffDelay.Calculate(
            RestartCountN, minBackoff, maxBackoff, randomFactor, environment.NextRandom() / (double)long.MaxValue);
    }

    private void StartChild() => Child ??= Context.Watch(Context.ActorOf(ChildProps, ChildName));

    private void PassOn(object message)
    {
        if (Child is not null && Child.Equals(Sender))
        {
            Context.Parent.Tell(message, Sender);
            return;
        }

        if (Child is not null)
        {
            Child.Forward(message);
            if (!FinalStopMessageReceived && FinalStopMessage is not null)
                FinalStopMessageReceived = FinalStopMessage(message);
            return;
        }

        if (ReplyWhileStopped is not null)
            Sender.Tell(ReplyWhileStopped);
        else
            Context.System.DeadLetters.Forward(message);
        if (FinalStopMessage is not null && FinalStopMessage(message))
            Context.Stop(Self);
    }
}

/// <summary>Starts its child again when it has stopped.</summary>
public sealed class BackoffSupervisor : BackoffSupervisorBase
{
    private readonly TimeSpan _minBackoff;
    private readonly TimeSpan _maxBackoff;
    private readonly double _randomFactor;
    private readonly SupervisorStrategy _strategy;

    /// <inheritdoc cref="Backoff.OnStop(Actor.Props, string, TimeSpan, TimeSpan, double, int)"/>
    public BackoffSupervisor(Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor)
        : this(
            childProps, childName, minBackoff, maxBackoff, new AutoReset(minBackoff), randomFactor,
            Actor.SupervisorStrategy.DefaultStrategy)
    {
    }

    /// <inheritdoc cref="Backoff.OnStop(Actor.Props, string, TimeSpan, TimeSpan, double, int)"/>
    /// <param name="reset">When the delay starts over.</param>
    /// <param name="strategy">Decides about failures of the child.</param>
    /// <param name="replyWhileStopped">Answers messages that come while there is no child.</param>
    /// <param name="finalStopMessage">Says after which messages the end of the child is final.</param>
    public BackoffSupervisor(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, IBackoffReset reset, double randomFactor,
        SupervisorStrategy strategy, object? replyWhileStopped = null, Func<object, bool>? finalStopMessage = null)
        : base(childProps, childName, reset, replyWhileStopped, finalStopMessage)
    {
        _minBackoff = minBackoff;
        _maxBackoff = maxBackoff;
        _randomFactor = randomFactor;
        _strategy = strategy;
    }

    /// <summary>Props of a supervisor with the default strategy.</summary>
    public static Props Props(Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor) =>
        Props(Backoff.OnStop(childProps, childName, minBackoff, maxBackoff, randomFactor, -1));

    /// <summary>Props of a supervisor with the default strategy.</summary>
    public static Props Props(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor, int maxNrOfRetries) =>
        Props(Backoff.OnStop(childProps, childName, minBackoff, maxBackoff, randomFactor, maxNrOfRetries));

    /// <summary>Props of a supervisor with options.</summary>
    public static Props Props(BackoffOptions options) => options.Props;

    /// <summary>Props of a supervisor with a strategy.</summary>
    public static Props PropsWithSupervisorStrategy(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor, SupervisorStrategy strategy) =>
        Actor.Props.Create(() => new BackoffSupervisor(
            childProps, childName, minBackoff, maxBackoff, new AutoReset(minBackoff), randomFactor, strategy, null, null));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => _strategy is OneForOneStrategy oneForOne
        ? new OneForOneStrategy(oneForOne.MaxNumberOfRetries, oneForOne.WithinTimeRangeMilliseconds, oneForOne.Decider)
        : _strategy;

    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        if (message is not Terminated terminated || !terminated.ActorRef.Equals(Child))
            return HandleBackoff(message);
        Child = null;
        var limit = _strategy is OneForOneStrategy oneForOne ? oneForOne.MaxNumberOfRetries : -1;
        if (FinalStopMessageReceived || (limit != -1 && RestartCountN + 1 > limit))
        {
            Context.Stop(Self);
            return true;
        }

        var delay = NextDelay(_minBackoff, _maxBackoff, _randomFactor);
        RestartCountN++;
        StartAgainAfter(delay);
        return true;
    }

    /// <summary>Asks for the child.</summary>
    public sealed class GetCurrentChild
    {
        /// <summary>The one value.</summary>
        public static readonly GetCurrentChild Instance = new();

        private GetCurrentChild()
        {
        }
    }

    /// <summary>The answer to <see cref="GetCurrentChild"/>.</summary>
    public sealed class CurrentChild
    {
        /// <param name="ref">The child; null if there is none at present.</param>
        public CurrentChild(IActorRef? @ref) => Ref = @ref;

        /// <summary>The child; null if there is none at present.</summary>
        public IActorRef? Ref { get; }
    }

    /// <summary>Starts the delay over; only with manual reset.</summary>
    public new sealed class Reset
    {
        /// <summary>The one value.</summary>
        public static readonly Reset Instance = new();

        private Reset()
        {
        }
    }

    /// <summary>Asks how often the child has been started again.</summary>
    public sealed class GetRestartCount
    {
        /// <summary>The one value.</summary>
        public static readonly GetRestartCount Instance = new();

        private GetRestartCount()
        {
        }
    }

    /// <summary>The answer to <see cref="GetRestartCount"/>.</summary>
    public sealed class RestartCount
    {
        /// <param name="count">Starts since the delay last started over.</param>
        public RestartCount(int count) => Count = count;

        /// <summary>Starts since the delay last started over.</summary>
        public int Count { get; }
    }

    /// <summary>From the supervisor to itself: start the child.</summary>
    public sealed class StartChild : IDeadLetterSuppression
    {
        /// <summary>The one value.</summary>
        public static readonly StartChild Instance = new();

        private StartChild()
        {
        }
    }

    /// <summary>From the supervisor to itself: the child has lived long enough.</summary>
    public sealed class ResetRestartCount : IDeadLetterSuppression
    {
        /// <param name="current">The count when the child was started.</param>
        public ResetRestartCount(int current) => Current = current;

        /// <summary>The count when the child was started.</summary>
        public int Current { get; }
    }
}

/// <summary>Starts its child again when it has failed; ends with a child that stops.</summary>
internal sealed class BackoffOnRestartSupervisor : BackoffSupervisorBase
{
    private readonly TimeSpan _minBackoff;
    private readonly TimeSpan _maxBackoff;
    private readonly double _randomFactor;
    private readonly OneForOneStrategy _strategy;

    public BackoffOnRestartSupervisor(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, IBackoffReset reset, double randomFactor,
        OneForOneStrategy strategy, object? replyWhileStopped, Func<object, bool>? finalStopMessage)
        : base(childProps, childName, reset, replyWhileStopped, finalStopMessage)
    {
        _minBackoff = minBackoff;
        _maxBackoff = maxBackoff;
        _randomFactor = randomFactor;
        _strategy = strategy;
    }

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(_strategy.MaxNumberOfRetries, _strategy.WithinTimeRangeMilliseconds, Decide);

    protected override bool Receive(object message)
    {
        if (message is not Terminated terminated || !terminated.ActorRef.Equals(Child))
            return HandleBackoff(message);
        Child = null;
        Context.Stop(Self);
        return true;
    }

    private Directive Decide(Exception failure)
    {
        var directive = _strategy.Decider.Decide(failure);
        if (directive != Directive.Restart || Child is not { } failed || !failed.Equals(Sender))
            return directive;
        var limit = _strategy.MaxNumberOfRetries;
        if (limit == -1 || RestartCountN + 1 <= limit)
        {
            var delay = NextDelay(_minBackoff, _maxBackoff, _randomFactor);
            RestartCountN++;
            Become(message => WaitForEndOf(failed, delay, message));
        }

        return Directive.Stop;
    }

    private bool WaitForEndOf(IActorRef failed, TimeSpan delay, object message)
    {
        switch (message)
        {
            case Terminated terminated when terminated.ActorRef.Equals(failed):
                Become(Receive);
                Child = null;
                StartAgainAfter(delay);
                return true;
            case BackoffSupervisor.StartChild:
                return true;
            default:
                return HandleBackoff(message);
        }
    }
}

internal static class BackoffDelay
{
    private const int SaturatedAt = 30;

    /// <summary>The first delay doubled for every start so far, at most the longest, plus a random part.</summary>
    public static TimeSpan Calculate(int restartCount, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor, double random)
    {
        var stretch = 1.0 + (random * randomFactor);
        if (restartCount >= SaturatedAt)
            return maxBackoff;
        var doubled = Math.Min(maxBackoff.TotalMilliseconds, minBackoff.TotalMilliseconds * Math.Pow(2, restartCount)) * stretch;
        return doubled < TimeSpan.MaxValue.TotalMilliseconds ? TimeSpan.FromMilliseconds(doubled) : maxBackoff;
    }
}
