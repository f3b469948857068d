// A message and its sender, as they lie in a mailbox.
namespace Akka.Actor;

/// <summary>A message and its sender.</summary>
public readonly struct Envelope
{
    /// <param name="message">The message.</param>
    /// <param name="sender">Its sender; null is replaced by the system's dead letters.</param>
    /// <param name="system">The receiver's system.</param>
    public Envelope(object message, IActorRef? sender, ActorSystem system)
    {
        Message = message;
        Sender = sender ?? system.DeadLetters;
    }

    /// <param name="message">The message.</param>
    /// <param name="sender">Its sender.</param>
    public Envelope(object message, IActorRef? sender)
    {
        Message = message;
        Sender = sender!;
    }

    /// <summary>The message.</summary>
    public object Message { get; }

    /// <summary>Its sender; null if it has none.</summary>
    public IActorRef Sender { get; }

    /// <inheritdoc/>
    public override string ToString() => $"<{Message}> from {(Sender is null ? "NoSender" : Sender.ToString())}";
}
