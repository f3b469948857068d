// The events that lead from one view of the cluster to the next, in the order in which subscribers get them. Pure.
using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

internal static class ClusterDiff
{
    /// <summary>The events from one state to another.</summary>
    public static IEnumerable<ClusterEvent.IClusterDomainEvent> Events(MembershipState before, MembershipState after)
    {
        if (ReferenceEquals(before.Latest, after.Latest))
            return [];
        return Unreachable(before, after)
            .Concat(Reachable(before, after))
            .Concat(Members(before.Latest, after.Latest))
            .Concat(Leaders(before, after));
    }

    /// <summary>The cluster as subscribers see it.</summary>
    public static ClusterEvent.CurrentClusterState StateOf(MembershipState state)
    {
        var unreachable = UnreachableNodes(state).Select(node => state.Latest.Find(node)!).ToImmutableHashSet();
        var roles = state.Latest.Members.SelectMany(static m => m.Roles).Distinct(StringComparer.Ordinal);
        return new ClusterEvent.CurrentClusterState(
            state.Latest.Members,
            unreachable,
            state.Latest.Seen.Select(static node => node.Address).ToImmutableHashSet(),
            state.Leader?.Address,
            roles.ToImmutableDictionary(static role => role, role => state.RoleLeader(role)?.Address, StringComparer.Ordinal));
    }

    private static IEnumerable<UniqueAddress> UnreachableNodes(MembershipState state) => state.ReachabilityOfOthers.AllUnreachableOrTerminated
        .Where(node => state.Latest.HasMember(node));

    private static IEnumerable<ClusterEvent.IClusterDomainEvent> Unreachable(MembershipState before, MembershipState after)
    {
        var known = UnreachableNodes(before).ToHashSet();
        return UnreachableNodes(after)
            .Where(node => !known.Contains(node))
            .Select(node => new ClusterEvent.UnreachableMember(after.Latest.Find(node)!));
    }

    private static IEnumerable<ClusterEvent.IClusterDomainEvent> Reachable(MembershipState before, MembershipState after)
    {
        var still = UnreachableNodes(after).ToHashSet();
        return UnreachableNodes(before)
            .Where(node => !still.Contains(node) && after.Latest.HasMember(node))
            .Select(node => new ClusterEvent.ReachableMember(after.Latest.Find(node)!));
    }

    private static IEnumerable<ClusterEvent.IClusterDomainEvent> Members(Gossip before, Gossip after)
    {
        foreach (var member in after.Members)
        {
            var old = before.Find(member.UniqueAddress);
            if (old is not null && old.Status == member.Status && old.UpNumber == member.UpNumber)
                continue;
            ClusterEvent.IClusterDomainEvent? happening = member.Status switch
            {
                MemberStatus.Joining => new ClusterEvent.MemberJoined(member),
                MemberStatus.WeaklyUp => new ClusterEvent.MemberWeaklyUp(member),
                MemberStatus.Up => new ClusterEvent.MemberUp(member),
                MemberStatus.Leaving => new ClusterEvent.MemberLeft(member),
                MemberStatus.Exiting => new ClusterEvent.MemberExited(member),
                MemberStatus.Down => new ClusterEvent.MemberDowned(member),
                _ => null,
            };
            if (happening is not null)
                yield return happening;
        }

        foreach (var member in before.Members)
        {
            if (after.HasMember(member.UniqueAddress))
                continue;

            yield return new ClusterEvent.MemberRemoved(member.Copy(MemberStatus.Removed), member.Status);
        }
    }

    private static IEnumerable<ClusterEvent.IClusterDomainEvent> Leaders(MembershipState before, MembershipState after)
    {
        var oldLeader = before.Leader?.UniqueAddress;
        var newLeader = after.Leader?.UniqueAddress;
        if (oldLeader != newLeader)
            yield return new ClusterEvent.LeaderChanged(newLeader?.Address);
        var roles = before.Latest.Members.Concat(after.Latest.Members).SelectMany(static m => m.Roles)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        foreach (var role in roles)
        {
            var oldOne = before.RoleLeader(role)?.UniqueAddress;
            var newOne = after.RoleLeader(role)?.UniqueAddress;
            if (oldOne != newOne)
                yield return new ClusterEvent.RoleLeaderChanged(role, newOne?.Address);
        }
    }
}
