// Vector clocks, reachability, leadership, convergence, the leader's duties, and the ring of heartbeats: one rule each.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;

namespace Akka.Embedded.Tests.Cluster;

public class MembershipTests
{
    private static readonly IReadOnlySet<UniqueAddress> Nobody = new HashSet<UniqueAddress>();

    [Fact]
    public void Clocks_know_who_knows_more()
    {
        var a = VectorClock.Node.Create("a");
        var b = VectorClock.Node.Create("b");
        var one = VectorClock.Create().Increment(a);
        var two = one.Increment(b);
        var other = one.Increment(a);
        Assert.True(one.IsBefore(two) && two.IsAfter(one) && one < two && two > one);
        Assert.True(two.IsConcurrentWith(other));
        Assert.True(two.Merge(other).IsAfter(two) && two.Merge(other) == other.Merge(two));
        Assert.True(one.Increment(b).Prune(b) == one);
        Assert.Equal(VectorClock.Ordering.Same, one.CompareTo(VectorClock.Create().Increment(a)));
    }

    [Fact]
    public void The_worst_opinion_on_a_node_counts_and_terminated_is_for_ever()
    {
        var (a, b, c) = (Node(1), Node(2), Node(3));
        var reachability = Reachability.Empty.Unreachable(a, c).Unreachable(b, c);
        Assert.False(reachability.IsReachable(c));
        Assert.True(reachability.IsReachable(c, b));
        Assert.Equal([a, b], reachability.ObserversOf(c));
        Assert.False(reachability.Reachable(a, c).IsReachable(c));
        Assert.True(reachability.Reachable(a, c).Reachable(b, c).IsReachable(c));
        var terminated = reachability.Terminated(a, c);
        Assert.Equal(ReachabilityStatus.Terminated, terminated.StatusOf(c));
        Assert.Same(terminated, terminated.Reachable(a, c));
        Assert.Empty(terminated.AllUnreachable);
        Assert.Equal([c], terminated.AllUnreachableOrTerminated);
        Assert.True(reachability.Remove(new HashSet<UniqueAddress> { c }).IsAllReachable);
        Assert.Equal(2, reachability.Reachable(a, c).Versions[a]);
    }

    [Fact]
    public void The_leader_is_the_first_by_address_that_can_lead()
    {
        var state = State(Node(2), Member(1, MemberStatus.Joining), Member(2, MemberStatus.Up), Member(3, MemberStatus.Up));
        Assert.Equal(Node(2), state.Leader!.UniqueAddress);
        Assert.True(state.IsSelfLeader);
        var unreachable = state.With(state.Latest.WithReachability(Reachability.Empty.Unreachable(Node(3), Node(2))));
        Assert.True(unreachable.IsSelfLeader);
        Assert.Equal(Node(3), new MembershipState(unreachable.Latest, Node(3)).Leader!.UniqueAddress);
        Assert.Equal(Node(3), state.RoleLeader("role3")!.UniqueAddress);
        Assert.Null(state.RoleLeader("nobody"));
    }

    [Fact]
    public void All_must_have_seen_a_state_and_nobody_may_be_unreachable_unless_downed()
    {
        var state = State(Node(1), Member(1, MemberStatus.Up), Member(2, MemberStatus.Up), Member(3, MemberStatus.Joining));
        Assert.False(state.HasConverged(Nobody));
        var seen = state.With(state.Latest.SeenBy(Node(1)).SeenBy(Node(2)));
        Assert.True(seen.HasConverged(Nobody));
        var unreachable = seen.With(seen.Latest.WithReachability(Reachability.Empty.Unreachable(Node(1), Node(2))));
        Assert.False(unreachable.HasConverged(Nobody));
        Assert.True(unreachable.HasConverged(new HashSet<UniqueAddress> { Node(2) }));
        var downed = unreachable.With(unreachable.Latest.Put(Member(2, MemberStatus.Down)));
        Assert.True(downed.HasConverged(Nobody));

        // What a downed member thinks of others no longer matters.
        var slander = seen.With(seen.Latest.WithReachability(Reachability.Empty.Unreachable(Node(2), Node(1))).Put(Member(2, MemberStatus.Down)));
        Assert.True(slander.HasConverged(Nobody));
    }

    [Fact]
    public void The_leader_moves_members_on_and_removes_the_dead()
    {
        var state = State(
            Node(1), Member(1, MemberStatus.Up, 7), Member(2, MemberStatus.Joining), Member(3, MemberStatus.WeaklyUp), Member(4, MemberStatus.Leaving, 2),
            Member(5, MemberStatus.Exiting, 3), Member(6, MemberStatus.Down, 4), Member(7, MemberStatus.Exiting, 5));
        state = state.With(state.Latest.WithReachability(Reachability.Empty.Unreachable(Node(1), Node(6))));
        var round = Lead(state, new HashSet<UniqueAddress> { Node(5) });
        Assert.Equal([Node(5), Node(6)], round.Removed.Select(m => m.UniqueAddress));
        Assert.Equal(MemberStatus.Up, round.Gossip.Find(Node(2))!.Status);
        Assert.Equal([8, 9], new[] { 2, 3 }.Select(i => round.Gossip.Find(Node(i))!.UpNumber));
        Assert.Equal(MemberStatus.Exiting, round.Gossip.Find(Node(4))!.Status);
        Assert.Equal(MemberStatus.Exiting, round.Gossip.Find(Node(7))!.Status);
        Assert.Equal([Node(5), Node(6)], round.Gossip.Tombstones.Keys);
        Assert.Equal([Node(1)], round.Gossip.Seen);
        Assert.Same(round.Gossip, Lead(state.With(round.Gossip), new HashSet<UniqueAddress>()).Gossip);
    }

    [Fact]
    public void Nobody_comes_up_before_enough_are_there()
    {
        var state = State(Node(1), Member(1, MemberStatus.Joining), Member(2, MemberStatus.Joining));
        var none = ImmutableDictionary<string, int>.Empty;
        Assert.Empty(LeaderDuties.OnConvergence(state, Nobody, 3, none, 0).Changed);
        Assert.Empty(LeaderDuties.OnConvergence(state, Nobody, 2, none.Add("role3", 1), 0).Changed);
        Assert.Equal(2, LeaderDuties.OnConvergence(state, Nobody, 2, none.Add("role2", 1), 0).Changed.Count);
    }

    [Fact]
    public void Of_an_unreachable_and_a_reachable_joining_member_the_reachable_may_work()
    {
        var state = State(Node(1), Member(1, MemberStatus.Up, 1), Member(2, MemberStatus.Joining), Member(3, MemberStatus.Joining));
        state = state.With(state.Latest.WithReachability(Reachability.Empty.Unreachable(Node(1), Node(3))));
        var round = LeaderDuties.MoveJoiningToWeaklyUp(state, 1, ImmutableDictionary<string, int>.Empty, 0);
        Assert.Equal(Member(2, MemberStatus.WeaklyUp), Assert.Single(round.Changed));
    }

    [Fact]
    public void Everybody_is_watched_by_as_many_as_asked_whoever_is_unreachable()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            var nodes = Enumerable.Range(1, random.Next(2, 40)).Select(Node).ToList();
            var count = random.Next(1, 9);
            var watched = nodes.ToDictionary(node => node, _ => 0);
            foreach (var node in nodes)
            {
                var selected = HeartbeatRing.Select(nodes, new HashSet<UniqueAddress>(), node, count);
                Assert.DoesNotContain(node, selected);
                Assert.Equal(selected.Count, selected.Distinct().Count());
                foreach (var other in selected)
                    watched[other]++;
            }

            Assert.All(watched.Values, times => Assert.Equal(Math.Min(count, nodes.Count - 1), times));
            var unreachable = nodes.Where(_ => random.Next(3) == 0).ToHashSet();
            var reachable = HeartbeatRing.Select(nodes, unreachable, nodes[0], count).Count(node => !unreachable.Contains(node));
            Assert.Equal(Math.Min(count, nodes.Skip(1).Count(node => !unreachable.Contains(node))), reachable);
        }
    }

    [Fact]
    public void Events_tell_the_way_from_one_state_to_the_next()
    {
        var before = State(Node(1), Member(1, MemberStatus.Up, 1), Member(2, MemberStatus.Joining), Member(3, MemberStatus.Down, 2));
        var after = State(Node(1), Member(1, MemberStatus.Up, 1), Member(2, MemberStatus.Up, 3), Member(4, MemberStatus.Joining));
        after = after.With(after.Latest.WithReachability(Reachability.Empty.Unreachable(Node(1), Node(2))));
        var events = ClusterDiff.Events(before, after).Select(e => e.GetType().Name).ToList();
        Assert.Equal(["UnreachableMember", "MemberUp", "MemberJoined", "MemberRemoved", "RoleLeaderChanged", "RoleLeaderChanged"], events);
        Assert.Empty(ClusterDiff.Events(after, after));
        var removed = ClusterDiff.Events(before, after).OfType<ClusterEvent.MemberRemoved>().Single();
        Assert.Equal(MemberStatus.Down, removed.PreviousStatus);
    }

    internal static UniqueAddress Node(int i) => new(new Address("akka.tcp", "s", "h", 1000 + i), i);

    internal static Member Member(int i, MemberStatus status, int upNumber = Akka.Cluster.Member.NotUpYet) =>
        new(Node(i), upNumber, status, [$"role{i}", "all"]);

    internal static MembershipState State(UniqueAddress self, params Member[] members) =>
        new(Gossip.Empty.WithMembers([.. members]), self);

    private static LeaderRound Lead(MembershipState state, IReadOnlySet<UniqueAddress> confirmed) =>
        LeaderDuties.OnConvergence(state, confirmed, 1, ImmutableDictionary<string, int>.Empty, 1234);
}
