// The stash's interfaces. An actor that has one of the IWith…Stash interfaces gets its stash before its first message.
using Akka.Dispatch;

namespace Akka.Actor;

/// <summary>Messages put aside for later.</summary>
public interface IStash
{
    /// <summary>Messages put aside.</summary>
    int Count { get; }

    /// <summary>True if nothing is put aside.</summary>
    bool IsEmpty { get; }

    /// <summary>True if something is put aside.</summary>
    bool NonEmpty { get; }

    /// <summary>True if nothing more can be put aside.</summary>
    bool IsFull { get; }

    /// <summary>The bound; -1 for none.</summary>
    int Capacity { get; }

    /// <summary>Puts the message in process aside.</summary>
    /// <exception cref="StashOverflowException">The stash is full.</exception>
    void Stash();

    /// <summary>Brings the oldest message back to the front of the mailbox.</summary>
    void Unstash();

    /// <summary>Brings all messages back to the front of the mailbox, in their old order.</summary>
    void UnstashAll();

    /// <summary>Brings the matching messages back to the front of the mailbox and drops the others.</summary>
    void UnstashAll(Func<Envelope, bool> predicate);

    /// <summary>Takes everything out.</summary>
    IEnumerable<Envelope> ClearStash();

    /// <summary>Puts envelopes in front of those put aside.</summary>
    void Prepend(IEnumerable<Envelope> envelopes);
}

/// <summary>An actor that has a stash.</summary>
public interface IActorStash
{
    /// <summary>Set by the engine.</summary>
    IStash Stash { get; set; }
}

/// <summary>An actor that has a stash, whatever its mailbox.</summary>
public interface IWithUnrestrictedStash : IActorStash
{
}

/// <summary>An actor that has a stash without bounds.</summary>
public interface IWithUnboundedStash : IWithUnrestrictedStash, IRequiresMessageQueue<IUnboundedDequeBasedMessageQueueSemantics>
{
}

/// <summary>An actor that has a stash, bounded by stash-capacity if that is set.</summary>
public interface IWithStash : IWithUnrestrictedStash, IRequiresMessageQueue<IDequeBasedMessageQueueSemantics>
{
}

/// <summary>Makes stashes.</summary>
public static class StashFactory
{
    /// <summary>A stash for an actor of type <typeparamref name="T"/>.</summary>
    public static IStash CreateStash<T>(this IActorContext context)
        where T : ActorBase => context.CreateStash(typeof(T));

    /// <summary>A stash for an actor.</summary>
    public static IStash CreateStash(this IActorContext context, IActorStash actorInstance) =>
        context.CreateStash(actorInstance.GetType());

    /// <summary>A stash for an actor of a type.</summary>
    public static IStash CreateStash(this IActorContext context, Type actorType) =>
        typeof(IWithUnboundedStash).IsAssignableFrom(actorType)
            ? new Internal.UnboundedStashImpl(context)
            : typeof(IActorStash).IsAssignableFrom(actorType)
                ? new Internal.BoundedStashImpl(context)
                : throw new ArgumentException($"Actor {actorType} implements an unrecognized subclass of {typeof(IActorStash)} - cannot instantiate", nameof(actorType));
}
