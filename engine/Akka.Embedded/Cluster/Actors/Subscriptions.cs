// Who wants to know of which events. Subscribers are told in the order in which they subscribed.
using Akka.Actor;

namespace Akka.Cluster;

internal sealed class Subscriptions
{
    private readonly List<(IActorRef Subscriber, HashSet<Type> Types)> _entries = [];

    public void Add(IActorRef subscriber, IEnumerable<Type> types)
    {
        var entry = _entries.Find(e => e.Subscriber.Equals(subscriber));
        if (entry.Types is null)
            _entries.Add((subscriber, [.. types]));
        else
            entry.Types.UnionWith(types);
    }

    /// <summary>Removes one type, or all with null.</summary>
    public void Remove(IActorRef subscriber, Type? type)
    {
        var index = _entries.FindIndex(e => e.Subscriber.Equals(subscriber));
        if (index < 0)
            return;
        var types = _entries[index].Types;
        if (type is not null)
            types.RemoveWhere(t => type.IsAssignableFrom(t));
        if (type is null || types.Count == 0)
            _entries.RemoveAt(index);
    }

    public void Publish(ClusterEvent.IClusterDomainEvent happening)
    {
        foreach (var (subscriber, types) in _entries)
        {
            if (types.Any(type => type.IsInstanceOfType(happening)))
                subscriber.Tell(happening, ActorRefs.NoSender);
        }
    }
}
