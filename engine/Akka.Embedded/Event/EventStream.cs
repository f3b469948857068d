// The system's bus: everything published is an object, everything is classified by type. A subscriber that ends is
// unsubscribed by an actor that watches it.
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch;

namespace Akka.Event;

/// <summary>The system's bus.</summary>
public class EventStream : LoggingBus
{
    private readonly bool _debug;
    private volatile IActorRef? _unsubscriber;

    /// <param name="debug">True to log every change of subscriptions.</param>
    public EventStream(bool debug) => _debug = debug;

    /// <summary>Unsubscribes actors that end; the engine calls it once.</summary>
    public void StartUnsubscriber(ActorSystemImpl system) =>
        _unsubscriber = system.SystemActorOf(
            Props.Create(() => new EventStreamUnsubscriber(this)).WithDispatcher(Dispatchers.InternalDispatcherId),
            "eventStreamUnsubscriber");

    /// <inheritdoc/>
    public override bool Subscribe(IActorRef subscriber, Type channel)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        Trace($"subscribing {subscriber} to channel {channel}");
        var changed = base.Subscribe(subscriber, channel);
        if (changed && subscriber is not MinimalActorRef)
            _unsubscriber?.Tell(new EventStreamUnsubscriber.Register(subscriber), ActorRefs.NoSender);
        return changed;
    }

    /// <inheritdoc/>
    public override bool Unsubscribe(IActorRef subscriber, Type channel)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        var changed = base.Unsubscribe(subscriber, channel);
        Trace($"unsubscribing {subscriber} from channel {channel}");
        Forget(subscriber);
        return changed;
    }

    /// <inheritdoc/>
    public override bool Unsubscribe(IActorRef subscriber)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        var changed = base.Unsubscribe(subscriber);
        Trace($"unsubscribing {subscriber} from all channels");
        Forget(subscriber);
        return changed;
    }

    internal void UnsubscribeTerminated(IActorRef subscriber) => base.Unsubscribe(subscriber);

    private void Forget(IActorRef subscriber)
    {
        if (subscriber is not MinimalActorRef && !HasSubscriptions(subscriber))
            _unsubscriber?.Tell(new EventStreamUnsubscriber.Unregister(subscriber), ActorRefs.NoSender);
    }

    private void Trace(string text)
    {
        if (_debug)
            Publish(new Debug(SimpleName(this), GetType(), text));
    }
}

/// <summary>Subscriptions by type argument.</summary>
public static class EventStreamExtensions
{
    /// <summary>Subscribes to events of a type.</summary>
    public static bool Subscribe<TChannel>(this EventStream eventStream, IActorRef subscriber) =>
        eventStream.Subscribe(subscriber, typeof(TChannel));

    /// <summary>Ends a subscription to events of a type.</summary>
    public static bool Unsubscribe<TChannel>(this EventStream eventStream, IActorRef subscriber) =>
        eventStream.Unsubscribe(subscriber, typeof(TChannel));
}

/// <summary>Watches subscribers, and unsubscribes those that end.</summary>
internal sealed class EventStreamUnsubscriber : ActorBase
{
    private readonly EventStream _stream;

    public EventStreamUnsubscriber(EventStream stream) => _stream = stream;

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Register register:
                Context.Watch(register.Subscriber);
                return true;
            case Unregister unregister:
                if (!_stream.HasSubscriptions(unregister.Subscriber))
                    Context.Unwatch(unregister.Subscriber);
                return true;
            case Terminated terminated:
                _stream.UnsubscribeTerminated(terminated.ActorRef);
                return true;
            default:
                return false;
        }
    }

    internal sealed record Register(IActorRef Subscriber);

    internal sealed record Unregister(IActorRef Subscriber);
}
