// An auto pilot answers messages by itself as they arrive at a test actor, next to their being queued for the test.
using Akka.Actor;

namespace Akka.TestKit;

/// <summary>Reacts to a message.</summary>
/// <returns>The auto pilot for the next message.</returns>
public delegate AutoPilot AutoPilotDelegate(IActorRef sender, object message);

/// <summary>Reacts to messages of a test actor.</summary>
public abstract class AutoPilot
{
    /// <summary>Returned to stop reacting.</summary>
    public static NoAutoPilot NoAutoPilot => NoAutoPilot.Instance;

    /// <summary>Returned to go on with the same auto pilot.</summary>
    public static KeepRunning KeepRunning => KeepRunning.Instance;

    /// <summary>Reacts to a message, on the test actor's turn.</summary>
    /// <returns>The auto pilot for the next message.</returns>
    public abstract AutoPilot Run(IActorRef sender, object message);
}

/// <summary>Does nothing.</summary>
public sealed class NoAutoPilot : AutoPilot
{
    /// <summary>The one value.</summary>
    public static NoAutoPilot Instance = new();

    private NoAutoPilot()
    {
    }

    /// <inheritdoc/>
    public override AutoPilot Run(IActorRef sender, object message) => this;
}

/// <summary>Stands for the auto pilot in use.</summary>
public sealed class KeepRunning : AutoPilot
{
    /// <summary>The one value.</summary>
    public static KeepRunning Instance = new();

    private KeepRunning()
    {
    }

    /// <inheritdoc/>
    public override AutoPilot Run(IActorRef sender, object message) =>
        throw new InvalidOperationException("KeepRunning is what an auto pilot returns; it cannot be one itself.");
}

/// <summary>An auto pilot made of a delegate.</summary>
public sealed class DelegateAutoPilot : AutoPilot
{
    private readonly AutoPilotDelegate _autoPilot;

    /// <param name="autoPilotDelegate">Reacts to messages.</param>
    public DelegateAutoPilot(AutoPilotDelegate autoPilotDelegate) => _autoPilot = autoPilotDelegate;

    /// <inheritdoc/>
    public override AutoPilot Run(IActorRef sender, object message) => _autoPilot(sender, message);
}
