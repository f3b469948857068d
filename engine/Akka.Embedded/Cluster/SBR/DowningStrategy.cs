// The strategies by which one side of a split decides, without asking the other one, whether it goes on. Both sides must come to opposite results, or
// both give up. Pure. Sources: the documented behaviour of Akka's split brain resolver.
using System.Collections.Immutable;

namespace Akka.Cluster.SBR;

/// <summary>Whom to down.</summary>
internal enum SplitDecision
{
    /// <summary>This side goes on.</summary>
    DownUnreachable,

    /// <summary>The other side goes on.</summary>
    DownReachable,

    /// <summary>Nobody goes on.</summary>
    DownAll,
}

internal abstract class DowningStrategy
{
    /// <summary>The nodes to down, with the reason.</summary>
    public (ImmutableHashSet<UniqueAddress> Nodes, string Reason) NodesToDown(SplitView view)
    {
        var rest = view.WithIndirectlyConnectedAsReachable();
        if (rest.Unreachable.IsEmpty)
            return (view.IndirectlyConnected, "DownIndirectlyConnected");
        var decision = Decide(rest);
        if (view.IndirectlyConnected.IsEmpty)
            return (Select(view, decision), decision.ToString());
        return (view.IndirectlyConnected.Union(Select(rest, decision)), $"DownIndirectlyConnected and {decision}");
    }

    /// <summary>The decision for a clean split.</summary>
    public abstract SplitDecision Decide(SplitView view);

    private static ImmutableHashSet<UniqueAddress> Select(SplitView view, SplitDecision decision) => view.Members
        .Where(m => decision == SplitDecision.DownAll || (decision == SplitDecision.DownUnreachable) == view.IsUnreachable(m))
        .Select(static m => m.UniqueAddress)
        .ToImmutableHashSet();
}

/// <summary>The larger side goes on; of two halves the one with the lowest address.</summary>
internal sealed class KeepMajority(string? role) : DowningStrategy
{
    public override SplitDecision Decide(SplitView view)
    {
        var members = view.Counting(role).ToList();
        if (members.Count == 0)
            return SplitDecision.DownAll;
        var decision = Compare(members.Count(m => !view.IsUnreachable(m)), members.Count(view.IsUnreachable), view, members[0]);
        if (decision == SplitDecision.DownReachable)
            return decision;

        // Members may have changed on the other side just when the link broke. Counted to its advantage it must still be smaller.
        var few = view.Counting(role, withoutPossiblyExiting: true).Where(m => !view.IsUnreachable(m)).ToList();
        var many = view.Counting(role, withPossiblyUp: true).Where(view.IsUnreachable).ToList();
        return few.Count > 0 && Compare(few.Count, many.Count, view, few.Concat(many).Min()!) == decision ? decision : SplitDecision.DownAll;
    }

    private static SplitDecision Compare(int here, int there, SplitView view, Member lowest)
    {
        if (here == there)
            return view.IsUnreachable(lowest) ? SplitDecision.DownReachable : SplitDecision.DownUnreachable;
        return here > there ? SplitDecision.DownUnreachable : SplitDecision.DownReachable;
    }
}

/// <summary>The side with the oldest member goes on.</summary>
internal sealed class KeepOldest(bool downIfAlone, string? role) : DowningStrategy
{
    public override SplitDecision Decide(SplitView view)
    {
        var members = view.Counting(role).ToList();
        if (members.Count == 0)
            return SplitDecision.DownAll;
        var decision = Judge(members, members, view);
        if (decision == SplitDecision.DownReachable)
            return decision;

        // On the other side leaving members may be gone by now, and joining ones up.
        var certain = view.Counting(role, withoutPossiblyExiting: true).ToList();
        var possible = view.Counting(role, withPossiblyUp: downIfAlone, withoutPossiblyExiting: true).ToList();
        return certain.Count > 0 && Judge(certain, possible, view) == decision ? decision : SplitDecision.DownAll;
    }

    private SplitDecision Judge(List<Member> candidates, List<Member> counted, SplitView view)
    {
        var there = counted.Count(view.IsUnreachable);
        var here = counted.Count - there;

        // Of two nodes the older one goes on, alone or not.
        if (view.IsUnreachable(candidates.Order(Member.AgeOrdering).First()))
            return downIfAlone && there == 1 && here >= 2 ? SplitDecision.DownUnreachable : SplitDecision.DownReachable;
        return downIfAlone && here == 1 && there >= 2 ? SplitDecision.DownReachable : SplitDecision.DownUnreachable;
    }
}

/// <summary>The side with enough members goes on.</summary>
internal sealed class StaticQuorum(int size, string? role) : DowningStrategy
{
    public override SplitDecision Decide(SplitView view)
    {
        // With more members both sides could reach the quorum.
        if (view.Counting(role).Count() > (2 * size) - 1)
            return SplitDecision.DownAll;
        return view.Counting(role).Count(m => !view.IsUnreachable(m)) >= size
            ? SplitDecision.DownUnreachable
            : SplitDecision.DownReachable;
    }
}

/// <summary>Nobody goes on.</summary>
internal sealed class DownAllNodes : DowningStrategy
{
    public override SplitDecision Decide(SplitView view) => SplitDecision.DownAll;
}
