// Backoff supervision: a child that fails or stops is started again after a delay that doubles each time.
using Akka.Actor;

namespace Akka.Pattern;

/// <summary>Starts of backoff options.</summary>
public static class Backoff
{
    /// <inheritdoc cref="OnFailure(Props, string, TimeSpan, TimeSpan, double, int)"/>
    public static BackoffOptions OnFailure(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor) =>
        OnFailure(childProps, childName, minBackoff, maxBackoff, randomFactor, -1);

    /// <summary>The child is started again when it has failed with something the strategy restarts for; if it stops, so does the supervisor.</summary>
    /// <param name="childProps">Makes the child.</param>
    /// <param name="childName">The child's name.</param>
    /// <param name="minBackoff">The first delay; positive.</param>
    /// <param name="maxBackoff">The longest delay, before randomness; at least the first.</param>
    /// <param name="randomFactor">Up to this part is added at random; 0.2 for 20 %.</param>
    /// <param name="maxNrOfRetries">Starts permitted; -1 for any number.</param>
    public static BackoffOptions OnFailure(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor, int maxNrOfRetries) =>
        new BackoffOptionsImpl(RestartKind.OnFailure, childProps, childName, minBackoff, maxBackoff, randomFactor)
            .WithMaxNrOfRetries(maxNrOfRetries);

    /// <inheritdoc cref="OnStop(Props, string, TimeSpan, TimeSpan, double, int)"/>
    public static BackoffOptions OnStop(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor) =>
        OnStop(childProps, childName, minBackoff, maxBackoff, randomFactor, -1);

    /// <summary>The child is started again when it has stopped, for whatever reason.</summary>
    /// <param name="childProps">Makes the child.</param>
    /// <param name="childName">The child's name.</param>
    /// <param name="minBackoff">The first delay; positive.</param>
    /// <param name="maxBackoff">The longest delay, before randomness; at least the first.</param>
    /// <param name="randomFactor">Up to this part is added at random; 0.2 for 20 %.</param>
    /// <param name="maxNrOfRetries">Starts permitted; -1 for any number.</param>
    public static BackoffOptions OnStop(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor, int maxNrOfRetries) =>
        new BackoffOptionsImpl(RestartKind.OnStop, childProps, childName, minBackoff, maxBackoff, randomFactor)
            .WithMaxNrOfRetries(maxNrOfRetries);
}

/// <summary>Options of backoff supervision; immutable.</summary>
public abstract class BackoffOptions
{
    /// <summary>The delay starts over when the child has lived this long.</summary>
    public abstract BackoffOptions WithAutoReset(TimeSpan resetBackoff);

    /// <summary>The delay starts over when the supervisor gets <see cref="BackoffSupervisor.Reset"/>.</summary>
    public abstract BackoffOptions WithManualReset();

    /// <summary>Decides about failures of the child.</summary>
    public abstract BackoffOptions WithSupervisorStrategy(OneForOneStrategy supervisorStrategy);

    /// <summary>Every failure stops the child, which with OnStop means that it is started again after the delay.</summary>
    public abstract BackoffOptions WithDefaultStoppingStrategy();

    /// <summary>Starts permitted; -1 for any number.</summary>
    public abstract BackoffOptions WithMaxNrOfRetries(int maxNrOfRetries);

    /// <summary>Answers messages that come while there is no child.</summary>
    public abstract BackoffOptions WithReplyWhileStopped(object replyWhileStopped);

    /// <summary>After such a message the end of the child is final.</summary>
    public abstract BackoffOptions WithFinalStopMessage(Func<object, bool> isFinalStopMessage);

    internal abstract Props Props { get; }
}

/// <summary>When the delay starts over.</summary>
public interface IBackoffReset
{
}

internal enum RestartKind
{
    OnFailure,
    OnStop,
}

internal sealed record ManualReset : IBackoffReset;

internal sealed record AutoReset(TimeSpan ResetBackoff) : IBackoffReset;

internal sealed class BackoffOptionsImpl(
    RestartKind kind, Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor)
    : BackoffOptions
{
    private IBackoffReset? _reset;
    private OneForOneStrategy _strategy = new(SupervisorStrategy.DefaultStrategy.Decider);
    private object? _replyWhileStopped;
    private Func<object, bool>? _finalStopMessage;

    internal override Props Props
    {
        get
        {
            if (minBackoff <= TimeSpan.Zero)
                throw new ArgumentException("MinBackoff must be greater than 0");
            if (maxBackoff < minBackoff)
                throw new ArgumentException("MaxBackoff must be greater than MinBackoff");
            if (randomFactor is < 0.0 or > 1.0)
                throw new ArgumentException("RandomFactor must be between 0.0 and 1.0");
            var reset = _reset ?? new AutoReset(minBackoff);
            if (reset is AutoReset auto && (auto.ResetBackoff < minBackoff || auto.ResetBackoff > maxBackoff))
                throw new ArgumentException("ResetBackoff must be between MinBackoff and MaxBackoff");
            return kind == RestartKind.OnStop
                ? Props.Create(() => new BackoffSupervisor(
                    childProps, childName, minBackoff, maxBackoff, reset, randomFactor, _strategy, _replyWhileStopped!, _finalStopMessage!))
                : Props.Create(() => new BackoffOnRestartSupervisor(
                    childProps, childName, minBackoff, maxBackoff, reset, randomFactor, _strategy, _replyWhileStopped, _finalStopMessage));
        }
    }

    public override BackoffOptions WithAutoReset(TimeSpan resetBackoff) => With(o => o._reset = new AutoReset(resetBackoff));

    public override BackoffOptions WithManualReset() => With(o => o._reset = new ManualReset());

    public override BackoffOptions WithSupervisorStrategy(OneForOneStrategy supervisorStrategy) =>
        With(o => o._strategy = supervisorStrategy);

    public override BackoffOptions WithDefaultStoppingStrategy() => With(
        o => o._strategy = new OneForOneStrategy(_strategy.MaxNumberOfRetries, -1, SupervisorStrategy.StoppingStrategy.Decider));

    public override BackoffOptions WithMaxNrOfRetries(int maxNrOfRetries) =>
        With(o => o._strategy = _strategy.WithMaxNrOfRetries(maxNrOfRetries));

    public override BackoffOptions WithReplyWhileStopped(object replyWhileStopped) => With(o => o._replyWhileStopped = replyWhileStopped);

    public override BackoffOptions WithFinalStopMessage(Func<object, bool> isFinalStopMessage) =>
        With(o => o._finalStopMessage = isFinalStopMessage);

    private BackoffOptionsImpl With(Action<BackoffOptionsImpl> change)
    {
        var copy = (BackoffOptionsImpl)MemberwiseClone();
        change(copy);
        return copy;
    }
}
