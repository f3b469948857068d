// A reference to an actor that runs on the thread that sends to it, and that lets the test look inside.
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Util;

namespace Akka.TestKit;

/// <summary>A reference that shows the actor behind it.</summary>
public class TestActorRef<TActor> : TestActorRefBase<TActor>
    where TActor : ActorBase
{
    /// <inheritdoc cref="TestActorRefBase{TActor}(ActorSystem, Props, IActorRef?, string?)"/>
    public TestActorRef(ActorSystem system, Props actorProps, IActorRef? supervisor = null, string? name = null)
        : base(system, actorProps, supervisor, name)
    {
    }
}

/// <summary>Base of references that show the actor behind them.</summary>
public abstract class TestActorRefBase<TActor> : IInternalActorRef
    where TActor : ActorBase
{
    private readonly LocalActorRef _inner;

    /// <param name="system">Where it lives.</param>
    /// <param name="actorProps">How to make it; runs on the calling thread unless they name a dispatcher.</param>
    /// <param name="supervisor">Its parent; "/user" if not given.</param>
    /// <param name="name">Its name; null for a default.</param>
    protected TestActorRefBase(ActorSystem system, Props actorProps, IActorRef? supervisor = null, string? name = null)
    {
        var props = string.IsNullOrEmpty(actorProps.Deploy.Dispatcher) ? actorProps.WithDispatcher(CallingThreadDispatcher.Id) : actorProps;
        var parent = supervisor is null ? ((ActorSystemImpl)system).Provider.Guardian : (LocalActorRef)supervisor;
        _inner = (LocalActorRef)parent.Cell.AttachChild(props, false, name);
    }

    /// <summary>The reference itself.</summary>
    public IActorRef Ref => _inner;

    /// <summary>The actor.</summary>
    /// <exception cref="IllegalActorStateException">It has ended.</exception>
    public TActor UnderlyingActor => (TActor)(_inner.Cell.Actor
        ?? throw new IllegalActorStateException($"{_inner} has ended: there is no actor behind it."));

    /// <inheritdoc/>
    public ActorPath Path => _inner.Path;

    IInternalActorRef IInternalActorRef.Parent => _inner.Parent;

    IActorRefProvider IInternalActorRef.Provider => _inner.Provider;

    bool IInternalActorRef.IsTerminated => _inner.IsTerminated;

    bool IActorRefScope.IsLocal => true;

    /// <summary>Equality of references.</summary>
    public static bool operator ==(TestActorRefBase<TActor>? testActorRef, IActorRef? actorRef) => testActorRef?.Equals(actorRef) ?? actorRef is null;

    /// <summary>The opposite of equality.</summary>
    public static bool operator !=(TestActorRefBase<TActor>? testActorRef, IActorRef? actorRef) => !(testActorRef == actorRef);

    /// <summary>The reference itself.</summary>
    public static IActorRef ToActorRef(TestActorRefBase<TActor> actorRef) => actorRef._inner;

    /// <summary>Has the actor handle a message now; what it throws comes out here, and no supervisor hears of it.</summary>
    public void Receive(object message, IActorRef? sender = null) =>
        _inner.Cell.ReceiveForTest(new Envelope(message, sender ?? ActorRefs.NoSender));

    /// <summary>Sends with the current implicit sender.</summary>
    public void Tell(object message) => _inner.Tell(message, ActorCell.GetCurrentSelfOrNoSender());

    /// <inheritdoc/>
    public void Tell(object message, IActorRef? sender) => _inner.Tell(message, sender!);

    /// <summary>Sends on with the current sender.</summary>
    public void Forward(object message) => _inner.Forward(message);

    /// <summary>Has the actor watch another.</summary>
    public void Watch(IActorRef subject) => _inner.Cell.Watch(subject);

    /// <summary>Has the actor watch another no more.</summary>
    public void Unwatch(IActorRef subject) => _inner.Cell.Unwatch(subject);

    /// <inheritdoc/>
    public int CompareTo(object? obj) => _inner.CompareTo(obj);

    int IComparable<IActorRef>.CompareTo(IActorRef? other) => _inner.CompareTo(other);

    /// <inheritdoc/>
    public bool Equals(IActorRef? other) => _inner.Equals(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => _inner.Equals(obj is TestActorRefBase<TActor> other ? other._inner : obj);

    /// <inheritdoc/>
    public override int GetHashCode() => _inner.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => _inner.ToString()!;

    ISurrogate ISurrogated.ToSurrogate(ActorSystem system) => _inner.ToSurrogate(system);

    IActorRef IInternalActorRef.GetChild(IReadOnlyList<string> name) => _inner.GetChild(name);

    void IInternalActorRef.Resume(Exception? causedByFailure) => _inner.Resume(causedByFailure);

    void IInternalActorRef.Start() => _inner.Start();

    void IInternalActorRef.Stop() => _inner.Stop();

    void IInternalActorRef.Restart(Exception cause) => _inner.Restart(cause);

    void IInternalActorRef.Suspend() => _inner.Suspend();

    /// <inheritdoc/>
    public void SendSystemMessage(ISystemMessage message) => _inner.SendSystemMessage(message);
}
