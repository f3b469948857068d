// One side's view of a split: all members, whom this side cannot reach, and who is seen as unreachable by some and yet heard of by others. Pure.
using System.Collections.Immutable;

namespace Akka.Cluster.SBR;

/// <param name="Members">All members that are not Down or Exiting, by address.</param>
/// <param name="Unreachable">Those of them that somebody on this side cannot reach.</param>
/// <param name="IndirectlyConnected">Those that are unreachable by some link and yet connected through others.</param>
internal sealed record SplitView(
    ImmutableSortedSet<Member> Members, ImmutableHashSet<UniqueAddress> Unreachable, ImmutableHashSet<UniqueAddress> IndirectlyConnected)
{
    /// <summary>From what a node knows.</summary>
    public static SplitView Of(MembershipState state)
    {
        var members = state.Latest.Members
            .Where(static m => m.Status is not (MemberStatus.Down or MemberStatus.Exiting or MemberStatus.Removed))
            .ToImmutableSortedSet();
        var nodes = members.Select(static m => m.UniqueAddress).ToHashSet();
        var observations = state.TrustedReachability.Observations
            .Where(o => nodes.Contains(o.Subject))
            .ToList();
        var subjects = observations.Select(static o => o.Subject).ToImmutableHashSet();
        var unreachable = subjects.Remove(state.Self);

        // Who is said to be unreachable but says the same of others, or has seen the latest state, still has a way to us.
        var bothSides = observations.Select(static o => o.Observer).Where(subjects.Contains);
        var informed = unreachable.Where(state.Latest.IsSeenBy);
        return new SplitView(members, unreachable, bothSides.Concat(informed).ToImmutableHashSet());
    }

    public bool IsUnreachable(Member member) => Unreachable.Contains(member.UniqueAddress);

    /// <summary>The view as a clean split.</summary>
    public SplitView WithIndirectlyConnectedAsReachable() =>
        new(Members, Unreachable.Except(IndirectlyConnected), ImmutableHashSet<UniqueAddress>.Empty);

    /// <summary>The members that count.</summary>
    /// <param name="role">Only those with this role; null for all.</param>
    /// <param name="withPossiblyUp">Count joining members too: elsewhere they may be up by now.</param>
    /// <param name="withoutPossiblyExiting">Do not count leaving members: elsewhere they may be gone by now.</param>
    public IEnumerable<Member> Counting(string? role, bool withPossiblyUp = false, bool withoutPossiblyExiting = false) => Members.Where(m =>
        (role is null || m.HasRole(role)) && m.Status switch
        {
            MemberStatus.Up => true,
            MemberStatus.Leaving => !withoutPossiblyExiting,
            MemberStatus.Joining or MemberStatus.WeaklyUp => withPossiblyUp,
            _ => false,
        });
}
