// What an actor sees of its surroundings. Valid only while the actor processes a message, on its own turn.
using Akka.Dispatch;

namespace Akka.Actor;

/// <summary>Handles a message; false means it was not handled.</summary>
public delegate bool Receive(object message);

/// <summary>Handles a message.</summary>
public delegate void UntypedReceive(object message);

/// <summary>An actor's surroundings.</summary>
public interface IActorContext : IActorRefFactory, ICanWatch
{
    /// <summary>The actor itself.</summary>
    IActorRef Self { get; }

    /// <summary>How the actor was made.</summary>
    Props Props { get; }

    /// <summary>Who sent the message in process; dead letters if nobody.</summary>
    IActorRef Sender { get; }

    /// <summary>The actor system.</summary>
    ActorSystem System { get; }

    /// <summary>The supervisor.</summary>
    IActorRef Parent { get; }

    /// <summary>What the actor runs on.</summary>
    MessageDispatcher Dispatcher { get; }

    /// <summary>The receive timeout in force; null if none.</summary>
    TimeSpan? ReceiveTimeout { get; }

    /// <summary>Replaces the behaviour on top of the stack.</summary>
    void Become(Receive receive);

    /// <summary>Puts a behaviour on the stack.</summary>
    void BecomeStacked(Receive receive);

    /// <summary>Takes the top behaviour from the stack; the first one always stays.</summary>
    void UnbecomeStacked();

    /// <summary>The child with this name; <see cref="ActorRefs.Nobody"/> if there is none.</summary>
    IActorRef Child(string name);

    /// <summary>The children alive when the enumeration begins, in no particular order.</summary>
    IEnumerable<IActorRef> GetChildren();

    /// <summary>Sends <see cref="Actor.ReceiveTimeout"/> whenever no message came for this long; null turns it off.</summary>
    void SetReceiveTimeout(TimeSpan? timeout);

    /// <summary>Stops a child, or this actor, after the message in process.</summary>
    void Stop(IActorRef child);
}

/// <summary>The surroundings of an <see cref="UntypedActor"/>.</summary>
public interface IUntypedActorContext : IActorContext
{
    /// <summary>Replaces the behaviour on top of the stack.</summary>
    void Become(UntypedReceive receive);

    /// <summary>Puts a behaviour on the stack.</summary>
    void BecomeStacked(UntypedReceive receive);
}
