// The life of a member. It only ever goes forward: Joining, WeaklyUp, Up, Leaving, Exiting, Removed; and Down from anywhere before Removed.
namespace Akka.Cluster;

/// <summary>Where a member is in its life.</summary>
public enum MemberStatus
{
    /// <summary>Has asked to join.</summary>
    Joining = 0,

    /// <summary>Belongs to the cluster.</summary>
    Up = 1,

    /// <summary>Has asked to leave.</summary>
    Leaving = 2,

    /// <summary>Everybody knows that it leaves.</summary>
    Exiting = 3,

    /// <summary>Counts as dead.</summary>
    Down = 4,

    /// <summary>No longer a member; never comes back under this incarnation.</summary>
    Removed = 5,

    /// <summary>May work although not everybody has agreed, because somebody is unreachable.</summary>
    WeaklyUp = 6,
}

internal static class MemberStatusRank
{
    /// <summary>Of two opinions about a member the higher one is the newer one.</summary>
    public static int Rank(this MemberStatus status) => status switch
    {
        MemberStatus.Joining => 0,
        MemberStatus.WeaklyUp => 1,
        MemberStatus.Up => 2,
        MemberStatus.Leaving => 3,
        MemberStatus.Exiting => 4,
        MemberStatus.Down => 5,
        _ => 6,
    };
}
