// The state that nodes gossip about: members, who cannot reach whom, who has seen this state, and who is gone for good. Immutable.
// Merge is a join: members, reachability, clock and tombstones come out the same whatever the order and number of merges. That rests on three rules:
// a member's status only goes forward (Member.Merge), an observer numbers its observations (Reachability.Merge), and a removed member leaves a
// tombstone, so that an old state cannot bring it back.
using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

internal sealed class Gossip
{
    public static readonly Gossip Empty = new(
        ImmutableSortedSet<Member>.Empty,
        ImmutableSortedSet<UniqueAddress>.Empty,
        Reachability.Empty,
        VectorClock.Create(),
        ImmutableSortedDictionary<UniqueAddress, long>.Empty);

    private ImmutableSortedDictionary<UniqueAddress, Member>? _byNode;

    public Gossip(
        ImmutableSortedSet<Member> members,
        ImmutableSortedSet<UniqueAddress> seen,
        Reachability reachability,
        VectorClock version,
        ImmutableSortedDictionary<UniqueAddress, long> tombstones)
    {
        Members = members;
        Seen = seen;
        Reachability = reachability;
        Version = version;
        Tombstones = tombstones;
    }

    /// <summary>The members, by address.</summary>
    public ImmutableSortedSet<Member> Members { get; }

    /// <summary>Who has seen exactly this version.</summary>
    public ImmutableSortedSet<UniqueAddress> Seen { get; }

    public Reachability Reachability { get; }

    public VectorClock Version { get; }

    /// <summary>Who was removed, and when: milliseconds on the clock of whoever removed it. Pruned after a day.</summary>
    public ImmutableSortedDictionary<UniqueAddress, long> Tombstones { get; }

    /// <summary>Differs, with near certainty, between different sets of those who have seen a version.</summary>
    public int SeenDigest => Seen.Aggregate(Seen.Count, static (hash, node) => Embedded.StableHash.Combine(hash, node.GetHashCode()));

    private ImmutableSortedDictionary<UniqueAddress, Member> ByNode =>
        _byNode ??= Members.ToImmutableSortedDictionary(static m => m.UniqueAddress, static m => m);

    public bool HasMember(UniqueAddress node) => ByNode.ContainsKey(node);

    public Member? Find(UniqueAddress node) => ByNode.GetValueOrDefault(node);

    /// <summary>The member at an address, whichever incarnation it is; the youngest of several.</summary>
    public Member? FindByAddress(Address address) => Members.LastOrDefault(m => m.Address.Equals(address));

    public bool IsSeenBy(UniqueAddress node) => Seen.Contains(node);

    /// <summary>A change by a node: a new version, which only that node has seen.</summary>
    public Gossip Changed(UniqueAddress by) => new(Members, [by], Reachability, Version.Increment(by.ClockNode), Tombstones);

    public Gossip SeenBy(UniqueAddress node) => Seen.Contains(node) ? this : With(seen: Seen.Add(node));

    public Gossip SeenOnlyBy(UniqueAddress node) => With(seen: [node]);

    /// <summary>Two states of the same version: whoever has seen either has seen this.</summary>
    public Gossip MergeSeen(Gossip that) => With(seen: Seen.Union(that.Seen));

    public Gossip WithMembers(ImmutableSortedSet<Member> members) => With(members: members);

    public Gossip WithReachability(Reachability reachability) => With(reachability: reachability);

    /// <summary>Adds a member, or replaces what is known of it.</summary>
    public Gossip Put(Member member) => With(members: Members.Remove(member).Add(member));

    /// <summary>Removes members for good.</summary>
    public Gossip Remove(IReadOnlyCollection<Member> removed, long nowMillis)
    {
        if (removed.Count == 0)
            return this;
        var nodes = removed.Select(static m => m.UniqueAddress).ToImmutableSortedSet();
        var version = nodes.Aggregate(Version, static (clock, node) => clock.Prune(node.ClockNode));
        var tombstones = Tombstones.SetItems(nodes.Select(node => KeyValuePair.Create(node, nowMillis)));
        return new Gossip(Members.Except(removed), Seen.Except(nodes), Reachability.Remove(nodes), version, tombstones);
    }

    /// <summary>Forgets removals that are so old that no state from before can turn up any more.</summary>
    public Gossip PruneTombstones(long olderThanMillis)
    {
        var old = Tombstones.Where(pair => pair.Value < olderThanMillis).Select(static pair => pair.Key).ToList();
        return old.Count == 0 ? this : new Gossip(Members, Seen, Reachability, Version, Tombstones.RemoveRange(old));
    }

    /// <summary>What two states know together. Nobody has seen it yet.</summary>
    public Gossip Merge(Gossip that)
    {
        var tombstones = Tombstones.ToBuilder();
        foreach (var (node, when) in that.Tombstones)
            tombstones[node] = Math.Max(when, tombstones.GetValueOrDefault(node, long.MinValue));
        var gone = tombstones.ToImmutable();

        var members = ImmutableSortedSet.CreateBuilder<Member>();
        foreach (var member in Members)
        {
            if (!gone.ContainsKey(member.UniqueAddress))
                members.Add(that.Find(member.UniqueAddress) is { } other ? member.Merge(other) : member);
        }

        foreach (var member in that.Members)
        {
            if (!gone.ContainsKey(member.UniqueAddress) && !HasMember(member.UniqueAddress))
                members.Add(member);
        }

        var version = gone.Keys.Aggregate(Version.Merge(that.Version), static (clock, node) => clock.Prune(node.ClockNode));
        return new Gossip(
            members.ToImmutable(), ImmutableSortedSet<UniqueAddress>.Empty, Reachability.Merge(that.Reachability, gone.ContainsKey), version, gone);
    }

    public override string ToString() =>
        $"Gossip(members = [{string.Join(", ", Members)}], seen = [{string.Join(", ", Seen.Select(static s => s.Address))}], {Reachability}, {Version})";

    private Gossip With(
        ImmutableSortedSet<Member>? members = null, ImmutableSortedSet<UniqueAddress>? seen = null, Reachability? reachability = null) =>
        new(members ?? Members, seen ?? Seen, reachability ?? Reachability, Version, Tombstones);
}
