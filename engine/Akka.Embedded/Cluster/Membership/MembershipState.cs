// One node's view of the cluster: the latest gossip and what follows from it for this node. Pure; all decisions of the leader and all choices of whom
// to talk to are here.
using System.Collections.Immutable;

namespace Akka.Cluster;

internal sealed class MembershipState(Gossip latest, UniqueAddress self)
{
    private Reachability? _trusted;

    public Gossip Latest => latest;

    public UniqueAddress Self => self;

    public Member? SelfMember => latest.Find(self);

    /// <summary>Reachability without what downed members think.</summary>
    public Reachability TrustedReachability => _trusted ??= latest.Reachability.RemoveObservers(
        latest.Members.Where(static m => m.Status == MemberStatus.Down).Select(static m => m.UniqueAddress).ToHashSet());

    /// <summary>The same without what this node is thought of.</summary>
    public Reachability ReachabilityOfOthers => TrustedReachability.Filter(o => !o.Subject.Equals(self));

    public Member? Leader => LeaderOf(latest.Members);

    public bool IsSelfLeader => Leader is { } leader && leader.UniqueAddress.Equals(self);

    /// <summary>The youngest member that has come up.</summary>
    public Member YoungestMember => latest.Members.OrderByDescending(static m => m.UpNumber == Member.NotUpYet ? 0 : m.UpNumber).First();

    public MembershipState With(Gossip gossip) => new(gossip, self);

    public Member? RoleLeader(string role) => LeaderOf(latest.Members.Where(m => m.HasRole(role)));

    /// <summary>True if everybody who matters has seen this state, and nobody who matters is unreachable.</summary>
    public bool HasConverged(IReadOnlySet<UniqueAddress> exitingConfirmed)
    {
        foreach (var node in TrustedReachability.AllUnreachableOrTerminated)
        {
            if (node.Equals(self) || exitingConfirmed.Contains(node))
                continue;
            if (latest.Find(node) is { } member && member.Status is not (MemberStatus.Down or MemberStatus.Exiting))
                return false;
        }

        foreach (var member in latest.Members)
        {
            if (member.Status is (MemberStatus.Up or MemberStatus.Leaving)
                && !latest.IsSeenBy(member.UniqueAddress) && !exitingConfirmed.Contains(member.UniqueAddress))
                return false;
        }

        return true;
    }

    /// <summary>True if the node may be sent gossip.</summary>
    public bool IsValidGossipTarget(UniqueAddress node) =>
        !node.Equals(self) && latest.HasMember(node) && latest.Reachability.IsReachable(self, node);

    private Member? LeaderOf(IEnumerable<Member> candidates)
    {
        var reachable = TrustedReachability.IsAllReachable
            ? candidates.Where(static m => m.Status != MemberStatus.Down)
            : candidates.Where(m => m.Status != MemberStatus.Down
                && (m.UniqueAddress.Equals(self) || TrustedReachability.IsReachable(m.UniqueAddress)));
        return reachable.Order(Member.LeaderOrdering).FirstOrDefault();
    }
}
