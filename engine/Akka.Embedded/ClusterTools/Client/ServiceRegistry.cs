// Which actors are registered for clients: here by path and by topic, and at which other members.
using Akka.Actor;

namespace Akka.Cluster.Tools.Client;

internal sealed class ServiceRegistry
{
    private readonly SortedDictionary<string, IActorRef> _paths = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<IActorRef>> _topics = new(StringComparer.Ordinal);
    private readonly SortedDictionary<Address, Services> _others = new(Member.AddressOrdering);

    public void Add(Register register)
    {
        if (register.Topic is not { } topic)
            _paths[PathOf(register.Actor)] = register.Actor;
        else if (!_topics.TryGetValue(topic, out var actors))
            _topics[topic] = [register.Actor];
        else if (!actors.Contains(register.Actor))
            actors.Add(register.Actor);
    }

    public void Remove(Unregister unregister)
    {
        if (unregister.Topic is not { } topic)
            _paths.Remove(PathOf(unregister.Actor));
        else if (_topics.TryGetValue(topic, out var actors) && actors.Remove(unregister.Actor) && actors.Count == 0)
            _topics.Remove(topic);
    }

    public void Remove(IActorRef actor)
    {
        if (_paths.TryGetValue(PathOf(actor), out var known) && known.Equals(actor))
            _paths.Remove(PathOf(actor));
        foreach (var topic in _topics.Keys.ToList())
            Remove(new Unregister(actor, topic));
    }

    public IReadOnlyList<IActorRef> Here(string key, bool isTopic)
    {
        if (isTopic)
            return _topics.TryGetValue(key, out var actors) ? actors : [];
        return _paths.TryGetValue(key, out var actor) ? [actor] : [];
    }

    public IEnumerable<Address> There(string key, bool isTopic)
        => _others.Where(other => (isTopic ? other.Value.Topics : other.Value.Paths).Contains(key)).Select(other => other.Key);

    public Services Own() => new([.. _paths.Keys], [.. _topics.Keys]);

    public void Learn(Address node, Services services) => _others[node] = services;

    public void Forget(Address node) => _others.Remove(node);

    private static string PathOf(IActorRef actor) => actor.Path.ToStringWithoutAddress();

    /// <summary>Registers an actor under its path, or under a topic.</summary>
    public sealed record Register(IActorRef Actor, string? Topic) : INoSerializationVerificationNeeded;

    /// <summary>Takes a registration back.</summary>
    public sealed record Unregister(IActorRef Actor, string? Topic) : INoSerializationVerificationNeeded;
}
