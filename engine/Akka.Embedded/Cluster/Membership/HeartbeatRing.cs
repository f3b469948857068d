// Whom a node sends heartbeats to: the next few on a ring of all nodes, so that each node is watched by a few others, however many there are.
// The ring is ordered by a hash, which spreads neighbours in address over it. Pure.
using Akka.Embedded;

namespace Akka.Cluster;

internal static class HeartbeatRing
{
    /// <summary>The nodes that <paramref name="self"/> watches.</summary>
    /// <param name="nodes">All nodes; may hold self.</param>
    /// <param name="unreachable">Nodes that self cannot reach: watched in addition if it is their turn, so that others are not left alone.</param>
    /// <param name="self">The watching node.</param>
    /// <param name="count">How many to watch, at least 1.</param>
    public static List<UniqueAddress> Select(
        IReadOnlyCollection<UniqueAddress> nodes, IReadOnlySet<UniqueAddress> unreachable, UniqueAddress self, int count)
    {
        var others = nodes.Where(node => !node.Equals(self)).ToList();
        if (others.Count <= count)
            return others;
        others.Sort(Compare);
        var start = others.FindIndex(node => Compare(node, self) > 0);
        if (start < 0)
            start = 0;
        var selected = new List<UniqueAddress>();
        var reachable = 0;
        for (var i = 0; i < others.Count && reachable < count; i++)
        {
            var node = others[(start + i) % others.Count];
            selected.Add(node);
            if (!unreachable.Contains(node))
                reachable++;
        }

        return selected;
    }

    private static int Compare(UniqueAddress? a, UniqueAddress? b)
    {
        var order = Hash(a!).CompareTo(Hash(b!));
        return order != 0 ? order : a!.CompareTo(b);
    }

    private static int Hash(UniqueAddress node) => StableHash.Combine(StableHash.Of(node.Address.ToString()), node.Uid);
}
