// Messages by which the engine runs life cycle, supervision and death watch. They travel in their own lane of the mailbox,
// before user messages and in order. A message object is linked into one mailbox at most: never send one instance twice.
using Akka.Actor;
using Akka.Event;

namespace Akka.Dispatch.SysMsg;

/// <summary>A message of the engine itself.</summary>
public interface ISystemMessage : INoSerializationVerificationNeeded
{
}

/// <summary>Base of all system messages: a link of the mailbox's system lane.</summary>
public abstract class SystemMessage : ISystemMessage
{
    internal SystemMessage? Next;

    /// <summary>True while the message is in no mailbox.</summary>
    public bool Unlinked => Next is null;

    /// <summary>Takes the message out of its lane.</summary>
    public void Unlink() => Next = null;
}

/// <summary>Says nothing.</summary>
public sealed class NoMessage : SystemMessage
{
    /// <inheritdoc/>
    public override string ToString() => "NoMessage";
}

/// <summary>To a new actor: make the instance.</summary>
public sealed class Create : SystemMessage
{
    /// <param name="failure">Not null if the actor is known to be unable to start.</param>
    public Create(ActorInitializationException? failure = null) => Failure = failure;

    /// <summary>Why the actor cannot start; null if it can.</summary>
    public ActorInitializationException? Failure { get; }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Create other && Equals(Failure, other.Failure);

    /// <inheritdoc/>
    public override int GetHashCode() => Failure?.GetHashCode() ?? 0;

    /// <inheritdoc/>
    public override string ToString() => Failure is null ? "<Create>" : $"<Create>: {Failure}";
}

/// <summary>To an actor: make a new instance in place of the failed one.</summary>
public sealed class Recreate : SystemMessage
{
    /// <param name="cause">Why.</param>
    public Recreate(Exception cause) => Cause = cause;

    /// <summary>Why.</summary>
    public Exception Cause { get; }

    /// <inheritdoc/>
    public override string ToString() => $"<Recreate>: {Cause}";
}

/// <summary>To an actor: process no user messages until resumed.</summary>
public sealed class Suspend : SystemMessage
{
    /// <inheritdoc/>
    public override string ToString() => "<Suspend>";
}

/// <summary>To an actor: undo one suspension.</summary>
public sealed class Resume : SystemMessage
{
    /// <param name="causedByFailure">The failure that led to the suspension; null if none did.</param>
    public Resume(Exception? causedByFailure) => CausedByFailure = causedByFailure;

    /// <summary>The failure that led to the suspension; null if none did.</summary>
    public Exception? CausedByFailure { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"<Resume>: {CausedByFailure}";
}

/// <summary>To an actor: stop.</summary>
public sealed class Terminate : SystemMessage, IPossiblyHarmful, IDeadLetterSuppression
{
    /// <inheritdoc/>
    public override string ToString() => "<Terminate>";
}

/// <summary>To a parent: a new child exists.</summary>
public sealed class Supervise : SystemMessage
{
    /// <param name="child">The new child.</param>
    /// <param name="async">True if it starts on its own.</param>
    public Supervise(IActorRef child, bool async)
    {
        Child = child;
        Async = async;
    }

    /// <summary>True if the child starts on its own.</summary>
    public bool Async { get; }

    /// <summary>The new child.</summary>
    public IActorRef Child { get; }

    /// <inheritdoc/>
    public override string ToString() => $"<Supervise>: {Child} Async={Async}";
}

/// <summary>To an actor: somebody watches it.</summary>
public class Watch : SystemMessage
{
    /// <param name="watchee">Who is watched.</param>
    /// <param name="watcher">Who is told.</param>
    public Watch(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        Watchee = watchee;
        Watcher = watcher;
    }

    /// <summary>Who is watched.</summary>
    public IInternalActorRef Watchee { get; }

    /// <summary>Who is told.</summary>
    public IInternalActorRef Watcher { get; }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is not null && obj.GetType() == GetType() && Equals((Watch)obj);

    /// <inheritdoc/>
    public override int GetHashCode() => Embedded.StableHash.Combine(Watchee.GetHashCode(), Watcher.GetHashCode());

    /// <inheritdoc/>
    public override string ToString() => $"<Watch>: {Watcher} wants to watch {Watchee}";

    /// <summary>Equality of both sides.</summary>
    protected bool Equals(Watch other) => Equals(Watchee, other.Watchee) && Equals(Watcher, other.Watcher);
}

/// <summary>To an actor: somebody no longer watches it.</summary>
public sealed class Unwatch : SystemMessage
{
    /// <param name="watchee">Who was watched.</param>
    /// <param name="watcher">Who was to be told.</param>
    public Unwatch(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        Watchee = watchee;
        Watcher = watcher;
    }

    /// <summary>Who was watched.</summary>
    public IInternalActorRef Watchee { get; }

    /// <summary>Who was to be told.</summary>
    public IInternalActorRef Watcher { get; }

    /// <inheritdoc/>
    public override bool Equals(object? obj) =>
        obj is Unwatch other && Equals(Watchee, other.Watchee) && Equals(Watcher, other.Watcher);

    /// <inheritdoc/>
    public override int GetHashCode() => Embedded.StableHash.Combine(Watchee.GetHashCode(), Watcher.GetHashCode());

    /// <inheritdoc/>
    public override string ToString() => $"<Unwatch>: {Watcher} wants to unwatch {Watchee}";
}

/// <summary>To a watcher or a parent: an actor has stopped.</summary>
public sealed class DeathWatchNotification : SystemMessage, IDeadLetterSuppression
{
    /// <param name="actor">Who stopped.</param>
    /// <param name="existenceConfirmed">False if it is not known whether the actor ever lived.</param>
    /// <param name="addressTerminated">True if the whole node was given up.</param>
    public DeathWatchNotification(IActorRef actor, bool existenceConfirmed, bool addressTerminated)
    {
        Actor = actor;
        ExistenceConfirmed = existenceConfirmed;
        AddressTerminated = addressTerminated;
    }

    /// <summary>Who stopped.</summary>
    public IActorRef Actor { get; }

    /// <summary>False if it is not known whether the actor ever lived.</summary>
    public bool ExistenceConfirmed { get; }

    /// <summary>True if the whole node was given up.</summary>
    public bool AddressTerminated { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"<DeathWatchNotification>: {Actor}, ExistenceConfirmed={ExistenceConfirmed}, AddressTerminated={AddressTerminated}";
}

/// <summary>To a parent: a child has failed and waits suspended for the decision.</summary>
public sealed class Failed : SystemMessage
{
    /// <param name="child">Who failed.</param>
    /// <param name="cause">Why.</param>
    /// <param name="uid">The incarnation that failed.</param>
    public Failed(IActorRef child, Exception cause, long uid)
    {
        Child = child;
        Cause = cause;
        Uid = uid;
    }

    /// <summary>Who failed.</summary>
    public IActorRef Child { get; }

    /// <summary>Why.</summary>
    public Exception Cause { get; }

    /// <summary>The incarnation that failed.</summary>
    public long Uid { get; }

    /// <inheritdoc/>
    public override string ToString() => $"<Failed>: {Child} ({Uid}) Cause={Cause}";
}

/// <summary>To an actor: run the rest of an asynchronous turn.</summary>
public sealed class ActorTask : SystemMessage
{
    /// <param name="task">A task of the actor's scheduler.</param>
    public ActorTask(Task task) => Task = task;

    /// <summary>A task of the actor's scheduler.</summary>
    public Task Task { get; }
}

/// <summary>To the system guardian: tell the sender before the system ends, and wait for it.</summary>
public sealed class RegisterTerminationHook
{
    private RegisterTerminationHook()
    {
    }

    /// <summary>The one value.</summary>
    public static RegisterTerminationHook Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => "<RegisterTerminationHook>";
}

/// <summary>From the system guardian: the system ends.</summary>
public sealed class TerminationHook
{
    private TerminationHook()
    {
    }

    /// <summary>The one value.</summary>
    public static TerminationHook Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => "<TerminationHook>";
}

/// <summary>The answer to <see cref="TerminationHook"/>: done, go on.</summary>
public sealed class TerminationHookDone
{
    private TerminationHookDone()
    {
    }

    /// <summary>The one value.</summary>
    public static TerminationHookDone Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => "<TerminationHookDone>";
}

/// <summary>To a guardian: stop one of your children.</summary>
public sealed class StopChild
{
    /// <param name="child">Whom to stop.</param>
    public StopChild(IActorRef child) => Child = child;

    /// <summary>Whom to stop.</summary>
    public IActorRef Child { get; }

    /// <inheritdoc/>
    public override string ToString() => $"<StopChild> {Child}";
}
