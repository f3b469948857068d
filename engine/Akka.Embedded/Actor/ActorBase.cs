// Base of all actors. The instance belongs to one cell; Self, Sender and Context are those of the turn in process.
using Akka.Actor.Internal;
using Akka.Event;

namespace Akka.Actor;

/// <summary>Gives the engine an actor's context from outside; not for users.</summary>
public interface IInternalActor
{
    /// <summary>The actor's context.</summary>
    IActorContext ActorContext { get; }
}

/// <summary>Base of all actors: state, one message at a time.</summary>
public abstract class ActorBase : IInternalActor
{
    private IActorRef? _clearedSelf;
    private bool _hasBeenCleared;

    /// <summary>Called by the engine only: an actor is made by ActorOf, never by new.</summary>
    /// <exception cref="ActorInitializationException">Made outside of ActorOf.</exception>
    protected ActorBase()
    {
        var cell = InternalCurrentActorCellKeeper.Current
            ?? throw new ActorInitializationException("Do not create actors using 'new', always create them using an ActorContext/System");
        cell.Become(Receive);
        if (this is IWithTimers withTimers)
            withTimers.Timers = cell.Timers;
    }

    /// <summary>Handles nothing.</summary>
    protected static Receive EmptyReceive => static _ => false;

    /// <summary>The surroundings; only within the actor's turn.</summary>
    /// <exception cref="NotSupportedException">There is no turn in process: most likely called after an await that left the actor.</exception>
    protected static IActorContext Context =>
        InternalCurrentActorCellKeeper.Current
        ?? throw new NotSupportedException(
            "There is no active ActorContext, this is most likely due to use of async operations from within this actor.");

    IActorContext IInternalActor.ActorContext => Context;

    /// <summary>The actor itself.</summary>
    protected IActorRef Self => _hasBeenCleared ? _clearedSelf! : Context.Self;

    /// <summary>Who sent the message in process; dead letters if nobody.</summary>
    protected IActorRef Sender => Context.Sender;

    /// <summary>Wraps the start; calls <see cref="PreStart"/>.</summary>
    public virtual void AroundPreStart() => PreStart();

    /// <summary>Wraps the restart on the new instance; calls <see cref="PostRestart"/>.</summary>
    public virtual void AroundPostRestart(Exception cause, object message) => PostRestart(cause);

    /// <summary>Wraps the restart on the old instance; calls <see cref="PreRestart"/>.</summary>
    public virtual void AroundPreRestart(Exception cause, object message) => PreRestart(cause, message);

    /// <summary>Wraps the end; calls <see cref="PostStop"/>.</summary>
    public virtual void AroundPostStop() => PostStop();

    internal bool InvokeAroundReceive(Receive receive, object message) => AroundReceive(receive, message);

    internal SupervisorStrategy? InvokeSupervisorStrategy() => SupervisorStrategy();

    /// <summary>After this the instance answers Self only: its cell has let go of it.</summary>
    internal void Clear(IActorRef self)
    {
        _hasBeenCleared = true;
        _clearedSelf = self;
    }

    internal void InvokeUnhandled(object message) => Unhandled(message);

    /// <summary>Handles a message with the behaviour in force; true if it was handled.</summary>
    protected virtual bool AroundReceive(Receive receive, object message)
    {
        var handled = receive(message);
        if (!handled)
            Unhandled(message);
        return handled;
    }

    /// <summary>The first behaviour; false means not handled.</summary>
    protected abstract bool Receive(object message);

    /// <summary>Called for messages no behaviour handled: publishes <see cref="UnhandledMessage"/>.</summary>
    /// <exception cref="DeathPactException">The message is <see cref="Terminated"/>.</exception>
    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated)
            throw new DeathPactException(terminated.ActorRef);
        Context.System.EventStream.Publish(new UnhandledMessage(message, Sender, Self));
    }

    /// <summary>Replaces the behaviour on top of the stack.</summary>
    protected void Become(Receive receive) => Context.Become(receive);

    /// <summary>Puts a behaviour on the stack.</summary>
    protected void BecomeStacked(Receive receive) => Context.BecomeStacked(receive);

    /// <summary>Takes the top behaviour from the stack.</summary>
    protected void UnbecomeStacked() => Context.UnbecomeStacked();

    /// <summary>See <see cref="IActorContext.SetReceiveTimeout"/>.</summary>
    protected void SetReceiveTimeout(TimeSpan? timeout) => Context.SetReceiveTimeout(timeout);

    /// <summary>Runs before the first message; not on restart unless PostRestart calls it, as it does by default.</summary>
    protected virtual void PreStart()
    {
    }

    /// <summary>Runs on the new instance after a restart; by default calls <see cref="PreStart"/>.</summary>
    protected virtual void PostRestart(Exception reason) => PreStart();

    /// <summary>Runs on the old instance before a restart; by default stops all children and calls <see cref="PostStop"/>.</summary>
    /// <param name="reason">Why the actor failed.</param>
    /// <param name="message">The message in process when it failed; null if there was none.</param>
    protected virtual void PreRestart(Exception reason, object message)
    {
        foreach (var child in Context.GetChildren())
        {
            Context.Unwatch(child);
            Context.Stop(child);
        }

        PostStop();
    }

    /// <summary>Runs after the last message.</summary>
    protected virtual void PostStop()
    {
    }

    /// <summary>How to treat failing children; asked for once per instance.</summary>
    protected virtual SupervisorStrategy SupervisorStrategy() => Actor.SupervisorStrategy.DefaultStrategy;
}
