// What subscribers learn about the cluster: the state as a whole, and every change of it.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Embedded;
using Akka.Event;

namespace Akka.Cluster;

/// <summary>The events of a cluster.</summary>
public class ClusterEvent
{
    /// <summary>See <see cref="SubscriptionInitialStateMode.InitialStateAsSnapshot"/>.</summary>
    public static readonly SubscriptionInitialStateMode InitialStateAsSnapshot = SubscriptionInitialStateMode.InitialStateAsSnapshot;

    /// <summary>See <see cref="SubscriptionInitialStateMode.InitialStateAsEvents"/>.</summary>
    public static readonly SubscriptionInitialStateMode InitialStateAsEvents = SubscriptionInitialStateMode.InitialStateAsEvents;

    /// <summary>How a new subscriber learns the present state.</summary>
    public enum SubscriptionInitialStateMode
    {
        /// <summary>By one <see cref="CurrentClusterState"/>.</summary>
        InitialStateAsSnapshot = 0,

        /// <summary>By the events that would have led to it.</summary>
        InitialStateAsEvents = 1,
    }

    /// <summary>Something happened in the cluster.</summary>
    public interface IClusterDomainEvent : IDeadLetterSuppression
    {
    }

    /// <summary>Something happened to a member.</summary>
    public interface IMemberEvent : IClusterDomainEvent
    {
        /// <summary>The member, afterwards.</summary>
        Member Member { get; }
    }

    /// <summary>A member became reachable or unreachable.</summary>
    public interface IReachabilityEvent : IClusterDomainEvent
    {
    }

    /// <summary>The cluster as this node sees it.</summary>
    public sealed class CurrentClusterState : INoSerializationVerificationNeeded
    {
        private readonly ImmutableDictionary<string, Address?> _roleLeaders;

        /// <summary>An empty cluster.</summary>
        public CurrentClusterState()
            : this(ImmutableSortedSet<Member>.Empty, [], [], null, ImmutableDictionary<string, Address?>.Empty)
        {
        }

        /// <summary>From the parts.</summary>
        public CurrentClusterState(
            ImmutableSortedSet<Member> members,
            ImmutableHashSet<Member> unreachable,
            ImmutableHashSet<Address> seenBy,
            Address? leader,
            ImmutableDictionary<string, Address?> roleLeaderMap)
        {
            Members = members;
            Unreachable = unreachable;
            SeenBy = seenBy;
            Leader = leader;
            _roleLeaders = roleLeaderMap;
        }

        /// <summary>All members, by address.</summary>
        public ImmutableSortedSet<Member> Members { get; }

        /// <summary>Members that somebody cannot reach.</summary>
        public ImmutableHashSet<Member> Unreachable { get; }

        /// <summary>Members that have seen this state.</summary>
        public ImmutableHashSet<Address> SeenBy { get; }

        /// <summary>The leader; null if there is none.</summary>
        public Address? Leader { get; }

        /// <summary>All roles of all members.</summary>
        public ImmutableHashSet<string> AllRoles => Members.SelectMany(static m => m.Roles).ToImmutableHashSet(StringComparer.Ordinal);

        /// <summary>The leader among the members with a role; null if there is none.</summary>
        public Address? RoleLeader(string role) => _roleLeaders.GetValueOrDefault(role);

        /// <summary>The state with some parts replaced.</summary>
        public CurrentClusterState Copy(
            ImmutableSortedSet<Member>? members = null,
            ImmutableHashSet<Member>? unreachable = null,
            ImmutableHashSet<Address>? seenBy = null,
            Address? leader = null,
            ImmutableDictionary<string, Address?>? roleLeaderMap = null) => new(
                members ?? Members, unreachable ?? Unreachable, seenBy ?? SeenBy, leader ?? Leader, roleLeaderMap ?? _roleLeaders);
    }

    /// <summary>A member reached another point in its life.</summary>
    public abstract class MemberStatusChange : IMemberEvent
    {
        /// <summary>The member, afterwards.</summary>
        protected readonly Member _member;

        /// <param name="member">The member, afterwards.</param>
        /// <param name="validStatus">The status it must have.</param>
        /// <exception cref="ArgumentException">It has another one.</exception>
        protected MemberStatusChange(Member member, MemberStatus validStatus)
        {
            if (member.Status != validStatus)
                throw new ArgumentException($"Expected {validStatus} state, got: {member}", nameof(member));
            _member = member;
        }

        /// <summary>The member, afterwards.</summary>
        public Member Member => _member;

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is MemberStatusChange other && other.GetType() == GetType() && _member.Equals(other._member);

        /// <inheritdoc/>
        public override int GetHashCode() => StableHash.Combine(StableHash.Of(GetType().Name), _member.GetHashCode());

        /// <inheritdoc/>
        public override string ToString() => $"{GetType().Name}(Member={_member})";
    }

    /// <summary>A member has asked to join.</summary>
    public sealed class MemberJoined : MemberStatusChange
    {
        /// <param name="member">The member.</param>
        public MemberJoined(Member member)
            : base(member, MemberStatus.Joining)
        {
        }
    }

    /// <summary>A member belongs to the cluster.</summary>
    public sealed class MemberUp : MemberStatusChange
    {
        /// <param name="member">The member.</param>
        public MemberUp(Member member)
            : base(member, MemberStatus.Up)
        {
        }
    }

    /// <summary>A member may work although not all agree yet.</summary>
    public sealed class MemberWeaklyUp : MemberStatusChange
    {
        /// <param name="member">The member.</param>
        public MemberWeaklyUp(Member member)
            : base(member, MemberStatus.WeaklyUp)
        {
        }
    }

    /// <summary>A member has asked to leave.</summary>
    public sealed class MemberLeft : MemberStatusChange
    {
        /// <param name="member">The member.</param>
        public MemberLeft(Member member)
            : base(member, MemberStatus.Leaving)
        {
        }
    }

    /// <summary>A member leaves, and all know it.</summary>
    public sealed class MemberExited : MemberStatusChange
    {
        /// <param name="member">The member.</param>
        public MemberExited(Member member)
            : base(member, MemberStatus.Exiting)
        {
        }
    }

    /// <summary>A member counts as dead.</summary>
    public sealed class MemberDowned : MemberStatusChange
    {
        /// <param name="member">The member.</param>
        public MemberDowned(Member member)
            : base(member, MemberStatus.Down)
        {
        }
    }

    /// <summary>A member is gone.</summary>
    public sealed class MemberRemoved : MemberStatusChange
    {
        /// <param name="member">The member.</param>
        /// <param name="previousStatus">Down if it died, Exiting if it left.</param>
        public MemberRemoved(Member member, MemberStatus previousStatus)
            : base(member, MemberStatus.Removed) => PreviousStatus = previousStatus;

        /// <summary>Down if it died, Exiting if it left.</summary>
        public MemberStatus PreviousStatus { get; }

        /// <inheritdoc/>
        public override bool Equals(object? obj) => base.Equals(obj) && PreviousStatus == ((MemberRemoved)obj!).PreviousStatus;

        /// <inheritdoc/>
        public override int GetHashCode() => StableHash.Combine(base.GetHashCode(), (int)PreviousStatus);
    }

    /// <summary>Base of the two reachability events.</summary>
    public abstract class ReachabilityEvent : IReachabilityEvent
    {
        /// <param name="member">The member.</param>
        protected ReachabilityEvent(Member member) => Member = member;

        /// <summary>The member.</summary>
        public Member Member { get; }

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is ReachabilityEvent other && other.GetType() == GetType() && Member.Equals(other.Member);

        /// <inheritdoc/>
        public override int GetHashCode() => StableHash.Combine(StableHash.Of(GetType().Name), Member.GetHashCode());

        /// <inheritdoc/>
        public override string ToString() => $"{GetType().Name}(Member={Member})";
    }

    /// <summary>Somebody cannot reach a member.</summary>
    public sealed class UnreachableMember : ReachabilityEvent
    {
        /// <param name="member">The member.</param>
        public UnreachableMember(Member member)
            : base(member)
        {
        }
    }

    /// <summary>All can reach a member again.</summary>
    public sealed class ReachableMember : ReachabilityEvent
    {
        /// <param name="member">The member.</param>
        public ReachableMember(Member member)
            : base(member)
        {
        }
    }

    /// <summary>There is another leader.</summary>
    public sealed class LeaderChanged : IClusterDomainEvent
    {
        /// <param name="leader">Its address; null if there is none.</param>
        public LeaderChanged(Address? leader) => Leader = leader;

        /// <summary>Its address; null if there is none.</summary>
        public Address? Leader { get; }

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is LeaderChanged other && Equals(Leader, other.Leader);

        /// <inheritdoc/>
        public override int GetHashCode() => Leader?.GetHashCode() ?? 0;

        /// <inheritdoc/>
        public override string ToString() => $"LeaderChanged(NewLeader={Leader})";
    }

    /// <summary>There is another leader among the members with a role.</summary>
    public sealed class RoleLeaderChanged : IClusterDomainEvent
    {
        /// <param name="role">The role.</param>
        /// <param name="leader">The leader's address; null if there is none.</param>
        public RoleLeaderChanged(string role, Address? leader)
        {
            Role = role;
            Leader = leader;
        }

        /// <summary>The role.</summary>
        public string Role { get; }

        /// <summary>The leader's address; null if there is none.</summary>
        public Address? Leader { get; }

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is RoleLeaderChanged other && Role == other.Role && Equals(Leader, other.Leader);

        /// <inheritdoc/>
        public override int GetHashCode() => StableHash.Combine(StableHash.Of(Role), Leader?.GetHashCode() ?? 0);

        /// <inheritdoc/>
        public override string ToString() => $"RoleLeaderChanged(Leader={Leader}, Role={Role})";
    }

    /// <summary>This node's membership ends.</summary>
    public sealed class ClusterShuttingDown : IClusterDomainEvent
    {
        /// <summary>The one value.</summary>
        public static readonly IClusterDomainEvent Instance = new ClusterShuttingDown();

        private ClusterShuttingDown()
        {
        }

        /// <inheritdoc/>
        public override string ToString() => "ClusterShuttingDown";
    }
}
