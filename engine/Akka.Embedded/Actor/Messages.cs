// Messages the engine gives a meaning to, and the marker interfaces that change how a message is treated.
using Akka.Embedded;
using Akka.Event;

namespace Akka.Actor;

/// <summary>Handled by the engine before the actor sees it.</summary>
public interface IAutoReceivedMessage
{
}

/// <summary>Not accepted from unknown peers.</summary>
public interface IPossiblyHarmful
{
}

/// <summary>Never serialized, not even for tests.</summary>
public interface INoSerializationVerificationNeeded
{
}

/// <summary>Does not restart the receive timeout.</summary>
public interface INotInfluenceReceiveTimeout
{
}

/// <summary>Carries another message.</summary>
public interface IWrappedMessage
{
    /// <summary>The message inside.</summary>
    object Message { get; }
}

/// <summary>Unpacks wrapped messages.</summary>
public static class WrappedMessage
{
    /// <summary>The innermost message.</summary>
    public static object Unwrap(object message)
    {
        while (message is IWrappedMessage wrapped)
            message = wrapped.Message;
        return message;
    }
}

/// <summary>Stops the receiver when its turn in the mailbox comes.</summary>
public sealed class PoisonPill : IAutoReceivedMessage, IPossiblyHarmful, IDeadLetterSuppression
{
    private PoisonPill()
    {
    }

    /// <summary>The one value.</summary>
    public static PoisonPill Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => "<PoisonPill>";
}

/// <summary>Makes the receiver fail with <see cref="ActorKilledException"/>.</summary>
public sealed class Kill : IAutoReceivedMessage
{
    private Kill()
    {
    }

    /// <summary>The one value.</summary>
    public static Kill Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => "<Kill>";
}

/// <summary>Asks any actor to answer with <see cref="ActorIdentity"/>.</summary>
public sealed class Identify : IAutoReceivedMessage, INotInfluenceReceiveTimeout
{
    /// <param name="messageId">Comes back in the answer; null allowed.</param>
    public Identify(object? messageId) => MessageId = messageId;

    /// <summary>Comes back in the answer.</summary>
    public object? MessageId { get; }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Identify other && Equals(MessageId, other.MessageId);

    /// <inheritdoc/>
    public override int GetHashCode() => MessageId?.GetHashCode() ?? 0;

    /// <inheritdoc/>
    public override string ToString() => $"<Identify>: {MessageId}";
}

/// <summary>The answer to <see cref="Identify"/>.</summary>
public sealed class ActorIdentity
{
    /// <param name="messageId">From the question.</param>
    /// <param name="subject">Who answers; null if there is no such actor.</param>
    public ActorIdentity(object? messageId, IActorRef? subject)
    {
        MessageId = messageId;
        Subject = subject;
    }

    /// <summary>From the question.</summary>
    public object? MessageId { get; }

    /// <summary>Who answers; null if there is no such actor.</summary>
    public IActorRef? Subject { get; }

    /// <inheritdoc/>
    public override bool Equals(object? obj) =>
        obj is ActorIdentity other && Equals(MessageId, other.MessageId) && Equals(Subject, other.Subject);

    /// <inheritdoc/>
    public override int GetHashCode() => StableHash.Combine(MessageId?.GetHashCode() ?? 0, Subject?.GetHashCode() ?? 0);

    /// <inheritdoc/>
    public override string ToString() => $"<ActorIdentity>: {Subject} - MessageId={MessageId}";
}

/// <summary>Tells a watcher that an actor it watches has stopped.</summary>
public sealed class Terminated
    : IAutoReceivedMessage, IPossiblyHarmful, INoSerializationVerificationNeeded, IDeadLetterSuppression, IEquatable<Terminated>
{
    /// <param name="actorRef">Who stopped.</param>
    /// <param name="existenceConfirmed">False if it is not known whether the actor ever lived.</param>
    /// <param name="addressTerminated">True if the whole node was given up.</param>
    public Terminated(IActorRef actorRef, bool existenceConfirmed, bool addressTerminated)
    {
        ActorRef = actorRef;
        ExistenceConfirmed = existenceConfirmed;
        AddressTerminated = addressTerminated;
    }

    /// <summary>Who stopped.</summary>
    public IActorRef ActorRef { get; }

    /// <summary>True if the whole node was given up.</summary>
    public bool AddressTerminated { get; }

    /// <summary>False if it is not known whether the actor ever lived.</summary>
    public bool ExistenceConfirmed { get; }

    /// <inheritdoc/>
    public bool Equals(Terminated? other) =>
        other is not null && Equals(ActorRef, other.ActorRef)
        && AddressTerminated == other.AddressTerminated && ExistenceConfirmed == other.ExistenceConfirmed;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Terminated);

    /// <inheritdoc/>
    public override int GetHashCode() => StableHash.Combine(ActorRef.GetHashCode(), (AddressTerminated ? 1 : 0) + (ExistenceConfirmed ? 2 : 0));

    /// <inheritdoc/>
    public override string ToString() => $"<Terminated>: {ActorRef} - ExistenceConfirmed={ExistenceConfirmed}";
}

/// <summary>Tells an actor that no message came for the time it set with SetReceiveTimeout.</summary>
public class ReceiveTimeout : IPossiblyHarmful
{
    private ReceiveTimeout()
    {
    }

    /// <summary>The one value.</summary>
    public static ReceiveTimeout Instance { get; } = new();
}

/// <summary>The outcome of an operation, as a message.</summary>
public abstract class Status
{
    /// <summary>It went well.</summary>
    public sealed class Success : Status
    {
        /// <summary>Without a value.</summary>
        public static readonly Success Instance = new(null);

        /// <summary>The result; null if there is none.</summary>
#pragma warning disable CS0108 // The nested type's field has its base's name in the public API.
        public readonly object? Status;
#pragma warning restore CS0108

        /// <param name="status">The result; null if there is none.</param>
        public Success(object? status) => Status = status;

        /// <inheritdoc/>
        public override string ToString() => Status is null ? "Success" : $"Success: {Status}";
    }

    /// <summary>It failed; as an answer to Ask it makes the task fail.</summary>
    public sealed class Failure : Status
    {
        /// <summary>Why.</summary>
        public readonly Exception Cause;

        /// <summary>What the failing side adds; null if nothing.</summary>
        public readonly object? State;

        /// <param name="cause">Why.</param>
        public Failure(Exception cause) => Cause = cause;

        /// <param name="cause">Why.</param>
        /// <param name="state">What the failing side adds.</param>
        public Failure(Exception cause, object? state)
        {
            Cause = cause;
            State = state;
        }

        /// <inheritdoc/>
        public override string ToString() => $"Failure: {Cause}";
    }
}
