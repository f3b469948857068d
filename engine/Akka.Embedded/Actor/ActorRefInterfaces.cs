// What can be told, watched and created: the interfaces of actor references and their factories.
using Akka.Dispatch.SysMsg;
using Akka.Util;

namespace Akka.Actor;

/// <summary>Something a message can be sent to.</summary>
public interface ICanTell
{
    /// <summary>Sends without waiting; at most once, in order per sender and receiver.</summary>
    /// <param name="message">Never null; must not be changed after sending.</param>
    /// <param name="sender">Whom replies go to; <see cref="ActorRefs.NoSender"/> for nobody.</param>
    void Tell(object message, IActorRef? sender);
}

/// <summary>A handle on an actor, local or remote. Equal when path and incarnation are equal.</summary>
public interface IActorRef : ICanTell, IEquatable<IActorRef>, IComparable<IActorRef>, ISurrogated, IComparable
{
    /// <summary>Address, place in the hierarchy, and incarnation.</summary>
    ActorPath Path { get; }
}

/// <summary>Tells whether a reference lives in this process.</summary>
public interface IActorRefScope
{
    /// <summary>True if the actor runs in this actor system.</summary>
    bool IsLocal { get; }
}

/// <summary>What the engine itself needs of a reference; not for users.</summary>
public interface IInternalActorRef : IActorRef, IActorRefScope
{
    /// <summary>The supervisor; <see cref="ActorRefs.Nobody"/> at the top.</summary>
    IInternalActorRef Parent { get; }

    /// <summary>The provider that made this reference.</summary>
    IActorRefProvider Provider { get; }

    /// <summary>True once the actor has stopped.</summary>
    bool IsTerminated { get; }

    /// <summary>The descendant with these path elements; <see cref="ActorRefs.Nobody"/> if there is none.</summary>
    IActorRef GetChild(IReadOnlyList<string> name);

    /// <summary>Lets the actor go on after a failure, or undoes one suspension.</summary>
    void Resume(Exception? causedByFailure = null);

    /// <summary>Starts processing.</summary>
    void Start();

    /// <summary>Stops after the message in process.</summary>
    void Stop();

    /// <summary>Replaces the instance, keeping the mailbox.</summary>
    void Restart(Exception cause);

    /// <summary>Stops processing user messages until resumed; suspensions count.</summary>
    void Suspend();

    /// <summary>Sends a message that is processed before all user messages.</summary>
    void SendSystemMessage(ISystemMessage message);
}

/// <summary>Makes and finds actors.</summary>
public interface IActorRefFactory
{
    /// <summary>Starts an actor.</summary>
    /// <param name="props">How to make it.</param>
    /// <param name="name">Unique among its siblings; null lets the engine choose.</param>
    /// <exception cref="InvalidActorNameException">The name is malformed or taken.</exception>
    IActorRef ActorOf(Props props, string? name = null);

    /// <summary>A selection by path.</summary>
    ActorSelection ActorSelection(ActorPath actorPath);

    /// <summary>A selection by absolute or relative path, which may hold wildcards.</summary>
    ActorSelection ActorSelection(string actorPath);
}

/// <summary>Watches other actors for their end.</summary>
public interface ICanWatch
{
    /// <summary>Asks for one <see cref="Terminated"/> when the subject has stopped.</summary>
    IActorRef Watch(IActorRef subject);

    /// <summary>Asks for <paramref name="message"/> instead of <see cref="Terminated"/> when the subject has stopped.</summary>
    IActorRef WatchWith(IActorRef subject, object message);

    /// <summary>Takes a watch back; nothing arrives for it any more, not even what is already in the mailbox.</summary>
    IActorRef Unwatch(IActorRef subject);
}
