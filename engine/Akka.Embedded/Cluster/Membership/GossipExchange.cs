// What a node makes of a state it hears from another, and whether the other needs to hear something back. Pure.
// One version stands for one content: that is what convergence rests on. Two states that each know something are merged, and the merge is no change
// of its own: its version follows from the two, so that nodes that hear each other's states at once agree, and have nothing left to answer. The
// exception is a merge in which a removed member's changes drop out of the clock: the content may hold them still, and the rest of the clock would not
// tell it from a state without them.
namespace Akka.Cluster;

/// <summary>The outcome of hearing a state.</summary>
/// <param name="Gossip">What the node knows now.</param>
/// <param name="Answer">True if the other one lacks something of it.</param>
internal readonly record struct GossipExchange(Gossip Gossip, bool Answer)
{
    /// <param name="before">What the node knows.</param>
    /// <param name="remote">What it hears.</param>
    /// <param name="self">The node.</param>
    public static GossipExchange Hear(Gossip before, Gossip remote, UniqueAddress self)
    {
        switch (remote.Version.CompareTo(before.Version))
        {
            case VectorClock.Ordering.Same:
                var seen = before.MergeSeen(remote).SeenBy(self);
                return new GossipExchange(seen, seen.Seen.Count > remote.Seen.Count);
            case VectorClock.Ordering.Before when !RevivesSomebody(before, remote):
                return new GossipExchange(before.SeenBy(self), true);
            case VectorClock.Ordering.After when !RevivesSomebody(remote, before):
                return new GossipExchange(remote.SeenBy(self), !remote.IsSeenBy(self));
            default:
                var merged = before.Merge(remote);
                var isChange = DropsFromClock(before, remote, merged) && !merged.Tombstones.ContainsKey(self);
                return new GossipExchange(isChange ? merged.Changed(self) : merged.SeenBy(self), true);
        }
    }

    /// <summary>A clock from which a node was pruned can look older than it is: what was removed must stay removed.</summary>
    private static bool RevivesSomebody(Gossip newer, Gossip older) => older.Tombstones.Keys.Any(newer.HasMember);

    private static bool DropsFromClock(Gossip a, Gossip b, Gossip merged) => merged.Tombstones.Keys.Any(node =>
        a.Version.Versions.ContainsKey(node.ClockNode) || b.Version.Versions.ContainsKey(node.ClockNode));
}
