// A message as the test actor got it.
using Akka.Actor;

namespace Akka.TestKit;

/// <summary>A message and its sender.</summary>
public abstract class MessageEnvelope
{
    /// <summary>The message; null for none.</summary>
    public abstract object? Message { get; }

    /// <summary>Its sender.</summary>
    public abstract IActorRef Sender { get; }
}

/// <summary>A message that came.</summary>
public class RealMessageEnvelope : MessageEnvelope
{
    /// <param name="message">The message.</param>
    /// <param name="sender">Its sender.</param>
    public RealMessageEnvelope(object message, IActorRef sender)
    {
        Message = message;
        Sender = sender;
    }

    /// <inheritdoc/>
    public override object Message { get; }

    /// <inheritdoc/>
    public override IActorRef Sender { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"<{Message}> from {(Sender.Equals(ActorRefs.NoSender) ? "NoSender" : Sender)}";
}

/// <summary>No message.</summary>
public sealed class NullMessageEnvelope : MessageEnvelope
{
    /// <summary>The one value.</summary>
    public static NullMessageEnvelope Instance = new();

    private NullMessageEnvelope()
    {
    }

    /// <inheritdoc/>
    public override object? Message => null;

    /// <inheritdoc/>
    public override IActorRef Sender => throw new InvalidOperationException("There is no sender: no message has been received.");

    /// <inheritdoc/>
    public override string ToString() => "<no message>";
}
