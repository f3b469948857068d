// Messages that reached nobody, as published on the event stream.
using Akka.Actor;

namespace Akka.Event;

/// <summary>A message that is not worth a <see cref="DeadLetter"/> when it reaches nobody.</summary>
public interface IDeadLetterSuppression
{
}

/// <summary>A message that reached nobody.</summary>
public abstract class AllDeadLetters : IWrappedMessage
{
    /// <param name="message">The message.</param>
    /// <param name="sender">Who sent it.</param>
    /// <param name="recipient">Whom it was meant for.</param>
    protected AllDeadLetters(object message, IActorRef sender, IActorRef recipient)
    {
        Message = message;
        Sender = sender;
        Recipient = recipient;
    }

    /// <summary>The message.</summary>
    public object Message { get; }

    /// <summary>Whom it was meant for.</summary>
    public IActorRef Recipient { get; }

    /// <summary>Who sent it.</summary>
    public IActorRef Sender { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{GetType().Name} from {Sender} to {Recipient}: <{Message}>";
}

/// <summary>A message whose receiver does not exist any more, or never did.</summary>
public sealed class DeadLetter : AllDeadLetters
{
    /// <inheritdoc cref="AllDeadLetters(object, IActorRef, IActorRef)"/>
    public DeadLetter(object message, IActorRef sender, IActorRef recipient)
        : base(message, sender, recipient)
    {
        ArgumentNullException.ThrowIfNull(sender);
        ArgumentNullException.ThrowIfNull(recipient);
    }
}

/// <summary>A dead letter whose message asked not to be one.</summary>
public sealed class SuppressedDeadLetter : AllDeadLetters
{
    /// <inheritdoc cref="AllDeadLetters(object, IActorRef, IActorRef)"/>
    public SuppressedDeadLetter(IDeadLetterSuppression message, IActorRef sender, IActorRef recipient)
        : base(message, sender, recipient)
    {
        ArgumentNullException.ThrowIfNull(sender);
        ArgumentNullException.ThrowIfNull(recipient);
    }
}

/// <summary>A message dropped on purpose, such as from a full buffer.</summary>
public sealed class Dropped : AllDeadLetters
{
    /// <inheritdoc cref="AllDeadLetters(object, IActorRef, IActorRef)"/>
    /// <param name="message">The message.</param>
    /// <param name="reason">Why.</param>
    /// <param name="sender">Who sent it.</param>
    /// <param name="recipient">Whom it was meant for.</param>
    public Dropped(object message, string reason, IActorRef sender, IActorRef recipient)
        : base(message, sender, recipient) => Reason = reason;

    /// <inheritdoc cref="Dropped(object, string, IActorRef, IActorRef)"/>
    public Dropped(object message, string reason, IActorRef recipient)
        : this(message, reason, ActorRefs.NoSender, recipient)
    {
    }

    /// <summary>Why.</summary>
    public string Reason { get; }
}

/// <summary>A message that its receiver had no handler for.</summary>
public sealed class UnhandledMessage : AllDeadLetters, IWrappedMessage
{
    /// <inheritdoc cref="AllDeadLetters(object, IActorRef, IActorRef)"/>
    public UnhandledMessage(object message, IActorRef sender, IActorRef recipient)
        : base(message, sender, recipient)
    {
    }
}
