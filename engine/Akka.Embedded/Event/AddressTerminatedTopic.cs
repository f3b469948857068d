// Tells actors with watches across nodes that a node has been given up. The remoting layer publishes; cells subscribe.
using Akka.Actor;

namespace Akka.Event;

/// <summary>A node has been given up: everything at this address is dead.</summary>
internal sealed class AddressTerminated(Address address) : IAutoReceivedMessage, IPossiblyHarmful, INotInfluenceReceiveTimeout
{
    public Address Address { get; } = address;

    public override string ToString() => $"AddressTerminated {Address}";
}

internal sealed class AddressTerminatedTopic : IExtension
{
    private readonly Lock _gate = new();
    private readonly HashSet<IActorRef> _subscribers = [];

    public static AddressTerminatedTopic Get(ActorSystem system) => Id.Instance.Apply(system);

    public void Subscribe(IActorRef subscriber)
    {
        lock (_gate)
            _subscribers.Add(subscriber);
    }

    public void Unsubscribe(IActorRef subscriber)
    {
        lock (_gate)
            _subscribers.Remove(subscriber);
    }

    public void Publish(AddressTerminated message)
    {
        IActorRef[] subscribers;
        lock (_gate)
            subscribers = [.. _subscribers];
        foreach (var subscriber in subscribers)
            subscriber.Tell(message, ActorRefs.NoSender);
    }

    private sealed class Id : ExtensionIdProvider<AddressTerminatedTopic>
    {
        public static readonly Id Instance = new();

        public override AddressTerminatedTopic CreateExtension(ExtendedActorSystem system) => new();
    }
}
