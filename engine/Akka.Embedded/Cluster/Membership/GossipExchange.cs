// What a node makes of a state it hears from another, and whether the other needs to hear something back. Pure.
// An exchange ends: two nodes that hear each other's states at once come to the same version, and have then nothing left to answer.
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
            case VectorClock.Ordering.Before:
                return new GossipExchange(before.SeenBy(self), true);
            case VectorClock.Ordering.After:
                return new GossipExchange(WithoutLosses(before, remote.SeenBy(self), self), !remote.IsSeenBy(self));
            default:
                // Not a change of this node's: whoever merges these two gets this very version. Counting it as one would let two
                // nodes whose messages cross make new conflicts out of each answer, without end.
                return new GossipExchange(before.Merge(remote).SeenBy(self), true);
        }
    }

    /// <summary>A pruned clock can make a state look newer than it is: what was removed here stays removed.</summary>
    private static Gossip WithoutLosses(Gossip before, Gossip next, UniqueAddress self) =>
        before.Tombstones.Keys.Any(node => next.HasMember(node)) ? before.Merge(next).Changed(self) : next;
}
