// What the leader does with the members' states. Pure: from one state to the next.
using System.Collections.Immutable;

namespace Akka.Cluster;

/// <summary>The outcome of a round of the leader.</summary>
/// <param name="Gossip">The state afterwards; the same object if nothing changed.</param>
/// <param name="Removed">Members removed.</param>
/// <param name="Changed">Members with a new status.</param>
internal sealed record LeaderRound(Gossip Gossip, ImmutableList<Member> Removed, ImmutableList<Member> Changed);

internal static class LeaderDuties
{
    /// <summary>When all agree: joining members come up, leaving ones exit, exiting and downed ones go.</summary>
    /// <param name="state">The leader's view, which has converged.</param>
    /// <param name="exitingConfirmed">Exiting members that have said they are done.</param>
    /// <param name="minMembers">So many members must be there before anybody comes up.</param>
    /// <param name="minMembersOfRole">The same per role.</param>
    /// <param name="nowMillis">Becomes the date on tombstones.</param>
    public static LeaderRound OnConvergence(
        MembershipState state,
        IReadOnlySet<UniqueAddress> exitingConfirmed,
        int minMembers,
        ImmutableDictionary<string, int> minMembersOfRole,
        long nowMillis)
    {
        var gossip = state.Latest;
        var unreachable = state.TrustedReachability.AllUnreachableOrTerminated.ToHashSet();
        var removed = gossip.Members
            .Where(m => (m.Status is MemberStatus.Down or MemberStatus.Exiting && unreachable.Contains(m.UniqueAddress))
                || (m.Status == MemberStatus.Exiting && exitingConfirmed.Contains(m.UniqueAddress)))
            .ToImmutableList();
        var enough = gossip.Members.Count >= minMembers
            && minMembersOfRole.All(pair => gossip.Members.Count(m => m.HasRole(pair.Key)) >= pair.Value);

        var changed = ImmutableList.CreateBuilder<Member>();
        var upNumber = 0;
        foreach (var member in gossip.Members)
        {
            if (removed.Contains(member))
                continue;
            if (enough && member.Status is MemberStatus.Joining or MemberStatus.WeaklyUp)
            {
                upNumber = upNumber == 0 ? NextUpNumber(state) : upNumber + 1;
                changed.Add(member.CopyUp(upNumber));
            }
            else if (member.Status == MemberStatus.Leaving)
            {
                changed.Add(member.Copy(MemberStatus.Exiting));
            }
        }

        return Finish(state, removed, changed.ToImmutable(), nowMillis);
    }

    /// <summary>When somebody is unreachable: joining members may begin to work all the same.</summary>
    public static LeaderRound MoveJoiningToWeaklyUp(
        MembershipState state, int minMembers, ImmutableDictionary<string, int> minMembersOfRole, long nowMillis)
    {
        var gossip = state.Latest;
        var enough = gossip.Members.Count >= minMembers
            && minMembersOfRole.All(pair => gossip.Members.Count(m => m.HasRole(pair.Key)) >= pair.Value);
        var changed = enough
            ? gossip.Members
                .Where(m => m.Status == MemberStatus.Joining && state.TrustedReachability.IsReachable(m.UniqueAddress))
                .Select(static m => m.Copy(MemberStatus.WeaklyUp))
                .ToImmutableList()
            : ImmutableList<Member>.Empty;
        return Finish(state, ImmutableList<Member>.Empty, changed, nowMillis);
    }

    private static int NextUpNumber(MembershipState state)
    {
        var youngest = state.YoungestMember;
        return youngest.UpNumber == Member.NotUpYet ? 1 : youngest.UpNumber + 1;
    }

    private static LeaderRound Finish(MembershipState state, ImmutableList<Member> removed, ImmutableList<Member> changed, long nowMillis)
    {
        if (removed.IsEmpty && changed.IsEmpty)
            return new LeaderRound(state.Latest, removed, changed);
        var members = state.Latest.Members.Except(changed).Union(changed);
        var gossip = state.Latest.WithMembers(members).Remove(removed, nowMillis).Changed(state.Self);
        return new LeaderRound(gossip, removed, changed);
    }
}
