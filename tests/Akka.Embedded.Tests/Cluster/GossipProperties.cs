// Merging gossip is a join: whatever the order and number of merges, all come to the same state. And no removed member comes back.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Serialization;
using Akka.Embedded.Remote.Wire;

namespace Akka.Embedded.Tests.Cluster;

public class GossipProperties
{
    private static readonly UniqueAddress[] Nodes =
        [.. Enumerable.Range(0, 6).Select(i => new UniqueAddress(new Address("akka.tcp", "s", "h" + (i / 2), 1000 + i), i + 1))];

    [Fact]
    public void Merge_is_commutative_associative_and_idempotent()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 500; round++)
        {
            // Three states that grew apart from one, each by changes of other nodes: a node changes only the state it has itself.
            var root = Grow(Gossip.Empty, random, 10, Nodes);
            Gossip a = Grow(root, random, 8, Nodes[..2]), b = Grow(root, random, 8, Nodes[2..4]), c = Grow(root, random, 8, Nodes[4..]);
            AssertSame(a.Merge(b), b.Merge(a), seed);
            AssertSame(a.Merge(b).Merge(c), a.Merge(b.Merge(c)), seed);
            AssertSame(a.Merge(a), a, seed);
            AssertSame(a.Merge(b).Merge(b), a.Merge(b), seed);
        }
    }

    [Fact]
    public void A_removed_member_never_comes_back_and_a_status_never_goes_back()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 500; round++)
        {
            var a = Grow(Gossip.Empty, random, 20, Nodes[..3]);
            var b = Grow(random.Next(2) == 0 ? a : Gossip.Empty, random, 20, Nodes[3..]);
            var merged = a.Merge(b);
            foreach (var gone in a.Tombstones.Keys.Concat(b.Tombstones.Keys))
            {
                Assert.False(merged.HasMember(gone), $"seed {seed}");
                Assert.False(merged.Version.Versions.ContainsKey(gone.ClockNode), $"seed {seed}");
                Assert.DoesNotContain(merged.Reachability.Observations, o => o.Subject == gone || o.Observer == gone);
            }

            foreach (var member in a.Members)
            {
                if (merged.Find(member.UniqueAddress) is { } later)
                    Assert.True(later.Status.Rank() >= member.Status.Rank(), $"seed {seed}");
            }
        }
    }

    [Fact]
    public void Nodes_that_gossip_at_random_agree_in_the_end()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 50; round++)
        {
            var states = Enumerable.Range(0, 5).Select(_ => Gossip.Empty).ToArray();
            for (var step = 0; step < 60; step++)
            {
                var i = random.Next(5);
                states[i] = random.Next(3) == 0 ? Grow(states[i], random, 1, [Nodes[i]]) : states[i].Merge(states[random.Next(5)]);
            }

            for (var step = 0; step < 200; step++)
                states[random.Next(5)] = states[random.Next(5)].Merge(states[random.Next(5)]);
            var all = states.Aggregate((x, y) => x.Merge(y));
            foreach (var state in states)
                AssertSame(all, state.Merge(all), seed);
        }
    }

    [Fact]
    public void Answers_to_gossip_come_to_an_end_whatever_crosses_on_the_way()
    {
        const int fewEnough = 2000;
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            var root = Grow(Gossip.Empty, random, 15, Nodes);
            var known = Nodes.Select(node => Grow(root, random, 3, [node])).ToArray();
            var onTheWay = new List<(int From, int To, Gossip Gossip)>();
            for (var from = 0; from < Nodes.Length; from++)
            {
                for (var to = 0; to < Nodes.Length; to++)
                {
                    if (from != to)
                        onTheWay.Add((from, to, known[from]));
                }
            }

            var delivered = 0;
            while (onTheWay.Count > 0)
            {
                Assert.True(++delivered < fewEnough, $"seed {seed}: still {onTheWay.Count} messages on their way");
                var at = random.Next(onTheWay.Count);
                var (from, to, gossip) = onTheWay[at];
                onTheWay.RemoveAt(at);
                (known[to], var answer) = GossipExchange.Hear(known[to], gossip, Nodes[to]);
                if (answer)
                    onTheWay.Add((to, from, known[to]));
            }

            Assert.All(known, state => AssertSame(known[0], state, seed));
        }
    }

    [Fact]
    public void One_version_has_one_content_and_talk_comes_to_an_end()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            var town = new Town();
            for (var step = 0; step < 80; step++)
            {
                var i = random.Next(5);
                if (random.Next(3) == 0)
                    town.Act(i, random);
                else
                    town.Tell(town.States[random.Next(5)], random.Next(5), i);
            }

            // Everybody talks to everybody a few times: that must be enough, although some merge at the same time.
            for (var step = 0; step < 8; step++)
            {
                var snapshot = town.States.ToArray();
                for (var to = 0; to < 5; to++)
                {
                    for (var from = 0; from < 5; from++)
                        town.Tell(snapshot[from], from, to);
                }
            }

            town.Check(seed);
        }
    }

    [Fact]
    public void The_last_deed_of_a_removed_member_does_not_hide_behind_the_version_without_it()
    {
        var (leader, x, y) = (Nodes[0], Nodes[1], Nodes[2]);
        var root = new[] { leader, x, y }.Aggregate(
            Gossip.Empty, (g, node) => g.Put(new Member(node, Member.NotUpYet, MemberStatus.Joining, Roles(node))).Changed(leader));
        root = root.Put(root.Find(x)!.Copy(MemberStatus.Down)).Changed(leader);
        var deed = root.Put(root.Find(y)!.CopyUp(5)).Changed(x);
        var removal = root.Remove([root.Find(x)!], 1).Changed(leader);
        var (merged, _) = GossipExchange.Hear(removal, deed, leader);
        Assert.Equal(MemberStatus.Up, merged.Find(y)!.Status);
        Assert.False(merged.Version.IsSameAs(removal.Version));

        // And a node that knows only the removal learns of the deed.
        var (learned, _) = GossipExchange.Hear(removal, merged, y);
        Assert.Equal(MemberStatus.Up, learned.Find(y)!.Status);
        Assert.True(learned.Version.IsSameAs(merged.Version));
    }

    [Fact]
    public void A_gossip_comes_back_from_its_bytes_and_garbage_is_refused()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var gossip = Grow(Gossip.Empty, random, 25, Nodes).SeenBy(Nodes[0]);
            var buffer = new FrameBuffer();
            GossipFormat.Write(buffer, gossip);
            var reader = new FrameReader(buffer.Span);
            var read = GossipFormat.ReadGossip(ref reader);
            AssertSame(gossip, read, seed);
            Assert.Equal(gossip.Seen, read.Seen);
            Assert.Equal(gossip.Members.Select(m => string.Join(",", m.Roles.Order())), read.Members.Select(m => string.Join(",", m.Roles.Order())));

            var bytes = buffer.ToArray();
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            Tolerate(bytes.AsSpan(0, random.Next(bytes.Length + 1)));
        }
    }

    /// <summary>Five nodes that change and exchange states, and stop when they learn that they have been removed.</summary>
    private sealed class Town
    {
        private readonly bool[] _gone = new bool[5];
        private readonly List<Gossip> _known = [];

        public Gossip[] States { get; } = [.. Enumerable.Range(0, 5).Select(_ => Gossip.Empty)];

        public void Act(int who, Random random)
        {
            if (!_gone[who])
                Become(who, Grow(States[who], random, 1, [Nodes[who]]));
        }

        public void Tell(Gossip state, int from, int to)
        {
            if (_gone[from] || _gone[to] || States[to].Tombstones.ContainsKey(Nodes[from]))
                return;
            if (state.Tombstones.ContainsKey(Nodes[to]))
                _gone[to] = true;
            else
                Become(to, GossipExchange.Hear(States[to], state, Nodes[to]).Gossip);
        }

        public void Check(int seed)
        {
            var living = Enumerable.Range(0, 5).Where(i => !_gone[i]).Select(i => States[i]).ToList();
            foreach (var state in living.Skip(1))
                AssertSame(living[0], state, seed);
            foreach (var sameVersion in _known.Distinct().GroupBy(state => state.Version.ToString()))
            {
                var first = sameVersion.First();
                foreach (var state in sameVersion.Skip(1))
                    AssertSame(first, state, seed);
            }
        }

        private void Become(int who, Gossip state)
        {
            States[who] = state;
            _gone[who] = state.Tombstones.ContainsKey(Nodes[who]);
            if (!_gone[who])
                _known.Add(state);
        }
    }

    private static void Tolerate(ReadOnlySpan<byte> bytes)
    {
        var reader = new FrameReader(bytes);
        try
        {
            GossipFormat.ReadGossip(ref reader);
        }
        catch (Embedded.Serialization.WireFormatException)
        {
            // Refused, as garbage should be; any other exception fails the test.
            return;
        }
    }

    /// <summary>Some steps of the life of a cluster, taken by random nodes.</summary>
    private static Gossip Grow(Gossip gossip, Random random, int steps, UniqueAddress[] actors)
    {
        for (var i = 0; i < steps; i++)
        {
            var by = actors[random.Next(actors.Length)];
            var about = Nodes[random.Next(Nodes.Length)];
            var member = gossip.Find(about);
            gossip = (random.Next(5), member) switch
            {
                (0, null) when !gossip.Tombstones.ContainsKey(about) =>
                    gossip.Put(new Member(about, Member.NotUpYet, MemberStatus.Joining, Roles(about))).Changed(by),
                (1, { Status: MemberStatus.Joining }) => gossip.Put(member!.CopyUp(random.Next(1, 9))).Changed(by),
                (1, { } m) when m.Status.Rank() < MemberStatus.Down.Rank() => gossip.Put(m.Copy(Next(m.Status))).Changed(by),
                (2, { Status: MemberStatus.Down or MemberStatus.Exiting } m) => gossip.Remove([m], random.Next(1000)).Changed(by),
                (3, not null) when gossip.HasMember(by) && by != about => gossip.WithReachability(gossip.Reachability.Unreachable(by, about)).Changed(by),
                (4, not null) when gossip.HasMember(by) => gossip.WithReachability(gossip.Reachability.Reachable(by, about)).Changed(by),
                _ => gossip,
            };

            // A node that changes something but is gone itself must not stay in the clock.
            if (gossip.Tombstones.ContainsKey(by))
                gossip = new Gossip(gossip.Members, gossip.Seen, gossip.Reachability, gossip.Version.Prune(by.ClockNode), gossip.Tombstones);
        }

        return gossip;
    }

    private static ImmutableHashSet<string> Roles(UniqueAddress node) => node.Uid % 2 == 0 ? ["even", "all"] : ["all"];

    private static MemberStatus Next(MemberStatus status) => status switch
    {
        MemberStatus.WeaklyUp => MemberStatus.Up,
        MemberStatus.Up => MemberStatus.Leaving,
        MemberStatus.Leaving => MemberStatus.Exiting,
        _ => MemberStatus.Down,
    };

    private static void AssertSame(Gossip a, Gossip b, int seed)
    {
        Assert.True(a.Members.SequenceEqual(b.Members), $"members differ, seed {seed}");
        foreach (var (x, y) in a.Members.Zip(b.Members))
        {
            Assert.True(x.Status == y.Status && x.UpNumber == y.UpNumber, $"{x} differs from {y}, seed {seed}");
        }

        Assert.True(a.Reachability.Equals(b.Reachability), $"{a.Reachability} differs from {b.Reachability}, seed {seed}");
        Assert.True(a.Version.IsSameAs(b.Version), $"{a.Version} differs from {b.Version}, seed {seed}");
        Assert.Equal(a.Tombstones, b.Tombstones);
    }
}
