// A member of the cluster as one gossip knows it. Immutable; equal when the incarnation is equal, whatever the status.
using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>A member of the cluster.</summary>
public class Member : IComparable<Member>, IComparable
{
    /// <summary>Orders addresses by host, then port.</summary>
    public static readonly IComparer<Address> AddressOrdering = Comparer<Address>.Create(CompareAddresses);

    /// <summary>Orders members from the oldest to the youngest.</summary>
    public static readonly IComparer<Member> AgeOrdering = Comparer<Member>.Create(CompareAges);

    internal const int NotUpYet = int.MaxValue;

    /// <summary>Orders candidates for leadership: those that cannot lead come last.</summary>
    internal static readonly IComparer<Member> LeaderOrdering = Comparer<Member>.Create(CompareLeaders);

    internal Member(UniqueAddress uniqueAddress, int upNumber, MemberStatus status, ImmutableHashSet<string> roles)
    {
        UniqueAddress = uniqueAddress;
        UpNumber = upNumber;
        Status = status;
        Roles = roles;
    }

    /// <summary>The member's address.</summary>
    public Address Address => UniqueAddress.Address;

    /// <summary>The member's address and incarnation.</summary>
    public UniqueAddress UniqueAddress { get; }

    /// <summary>Where it is in its life.</summary>
    public MemberStatus Status { get; }

    /// <summary>What it says it is for.</summary>
    public ImmutableHashSet<string> Roles { get; }

    /// <summary>Its place in the order in which members came up; <see cref="NotUpYet"/> before.</summary>
    internal int UpNumber { get; }

    /// <summary>The member with more of a say about its status, of two opinions on one member.</summary>
    /// <exception cref="ArgumentException">They are different members.</exception>
    public static Member HighestPriorityOf(Member m1, Member m2)
    {
        if (!m1.Equals(m2))
            throw new ArgumentException($"{m1} and {m2} are different members.", nameof(m2));
        return m1.Merge(m2);
    }

    /// <summary>True if the member has the role.</summary>
    public bool HasRole(string role) => Roles.Contains(role);

    /// <summary>True if this member came up before the other one.</summary>
    public bool IsOlderThan(Member other) => CompareAges(this, other) < 0;

    /// <summary>The member with another status.</summary>
    /// <exception cref="InvalidOperationException">Life does not go that way.</exception>
    public Member Copy(MemberStatus status)
    {
        if (status == Status)
            return this;
        if (status.Rank() < Status.Rank())
            throw new InvalidOperationException($"Invalid member status transition {Status} -> {status}");
        return new Member(UniqueAddress, UpNumber, status, Roles);
    }

    /// <summary>The member as it comes up.</summary>
    /// <param name="upNumber">Greater than those of all members that are up.</param>
    public Member CopyUp(int upNumber) => new(UniqueAddress, upNumber, MemberStatus.Up, Roles);

    /// <inheritdoc/>
    public int CompareTo(Member? other) => other is null ? 1 : UniqueAddress.CompareTo(other.UniqueAddress);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Member other && UniqueAddress.Equals(other.UniqueAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => UniqueAddress.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() =>
        $"Member(address = {Address}, Uid={UniqueAddress.Uid} status = {Status}, role=[{string.Join(",", Roles.Order(StringComparer.Ordinal))}], upNumber={UpNumber})";

    int IComparable.CompareTo(object? obj) => obj is null or Member
        ? CompareTo((Member?)obj)
        : throw new ArgumentException("Object must be of type Member.", nameof(obj));

    /// <summary>What two opinions on this member make together: of everything the newer. Order and repetition do not matter.</summary>
    internal Member Merge(Member other)
    {
        var status = Status.Rank() >= other.Status.Rank() ? Status : other.Status;
        var upNumber = Math.Min(UpNumber, other.UpNumber);
        if (status == Status && upNumber == UpNumber)
            return this;
        return new Member(UniqueAddress, upNumber, status, Roles);
    }

    private static int CompareAddresses(Address? a, Address? b)
    {
        if (ReferenceEquals(a, b))
            return 0;
        if (a is null || b is null)
            return a is null ? -1 : 1;
        var order = string.CompareOrdinal(a.Host ?? string.Empty, b.Host ?? string.Empty);
        if (order == 0)
            order = (a.Port ?? 0).CompareTo(b.Port ?? 0);
        return order != 0 ? order : Address.Comparer.Compare(a, b);
    }

    private static int CompareAges(Member? a, Member? b)
    {
        var order = a!.UpNumber.CompareTo(b!.UpNumber);
        return order != 0 ? order : a.CompareTo(b);
    }

    private static int CompareLeaders(Member? a, Member? b)
    {
        var order = Unfitness(a!.Status).CompareTo(Unfitness(b!.Status));
        return order != 0 ? order : a.CompareTo(b);
    }

    private static int Unfitness(MemberStatus status) => status switch
    {
        MemberStatus.Up or MemberStatus.Leaving => 0,
        MemberStatus.WeaklyUp => 1,
        MemberStatus.Joining => 2,
        MemberStatus.Exiting => 3,
        _ => 4,
    };
}
