// The bytes of a gossip: nodes and roles are listed once and referred to by number. Described in docs/formats/engine-wire.md.
// Limits are checked before anything is allocated.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Embedded.Remote.Wire;
using Akka.Embedded.Serialization;

namespace Akka.Cluster.Serialization;

internal static class GossipFormat
{
    private const int MaxNodes = 65_536;
    private const int MaxRoles = 4_096;

    public static void Write(FrameBuffer buffer, Gossip gossip)
    {
        var nodes = new NodeTable();
        foreach (var member in gossip.Members)
            nodes.NumberOf(member.UniqueAddress);
        foreach (var observation in gossip.Reachability.Observations)
        {
            nodes.NumberOf(observation.Observer);
            nodes.NumberOf(observation.Subject);
        }

        foreach (var node in gossip.Reachability.Versions.Keys.Concat(gossip.Seen).Concat(gossip.Tombstones.Keys))
            nodes.NumberOf(node);
        var roles = gossip.Members.SelectMany(static m => m.Roles).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();

        nodes.Write(buffer);
        buffer.Varint((uint)roles.Count);
        foreach (var role in roles)
            buffer.Text(role);
        WriteMembers(buffer, gossip, nodes, roles);
        buffer.Varint((uint)gossip.Seen.Count);
        foreach (var node in gossip.Seen)
            buffer.Varint((uint)nodes.NumberOf(node));
        WriteReachability(buffer, gossip.Reachability, nodes);
        Write(buffer, gossip.Version);
        buffer.Varint((uint)gossip.Tombstones.Count);
        foreach (var (node, when) in gossip.Tombstones)
        {
            buffer.Varint((uint)nodes.NumberOf(node));
            buffer.Signed(when);
        }
    }

    public static Gossip ReadGossip(ref FrameReader reader)
    {
        var nodes = NodeTable.Read(ref reader, MaxNodes);
        var roles = new string[Limited(ref reader, MaxRoles)];
        for (var i = 0; i < roles.Length; i++)
            roles[i] = reader.Text();
        var members = ReadMembers(ref reader, nodes, roles);
        var seen = ImmutableSortedSet.CreateBuilder<UniqueAddress>();
        for (var left = Limited(ref reader, nodes.Length); left > 0; left--)
            seen.Add(NodeAt(ref reader, nodes));
        var reachability = ReadReachability(ref reader, nodes);
        var version = ReadClock(ref reader);
        var tombstones = ImmutableSortedDictionary.CreateBuilder<UniqueAddress, long>();
        for (var left = Limited(ref reader, nodes.Length); left > 0; left--)
            tombstones[NodeAt(ref reader, nodes)] = reader.Signed();
        Check(ref reader);
        return new Gossip(members, seen.ToImmutable(), reachability, version, tombstones.ToImmutable());
    }

    public static void Write(FrameBuffer buffer, VectorClock clock)
    {
        buffer.Varint((uint)clock.Versions.Count);
        foreach (var (node, count) in clock.Versions)
        {
            buffer.Text(node.Value);
            buffer.Varint((ulong)count);
        }
    }

    public static VectorClock ReadClock(ref FrameReader reader)
    {
        var versions = ImmutableSortedDictionary.CreateBuilder<VectorClock.Node, long>();
        for (var left = Limited(ref reader, MaxNodes); left > 0; left--)
        {
            var node = VectorClock.Node.FromHash(reader.Text());
            versions[node] = (long)reader.Varint();
        }

        Check(ref reader);
        return VectorClock.Create(versions.ToImmutable());
    }

    public static void Write(FrameBuffer buffer, UniqueAddress node)
    {
        Write(buffer, node.Address);
        buffer.Fixed32(node.Uid);
    }

    public static UniqueAddress ReadNode(ref FrameReader reader)
    {
        var address = ReadAddress(ref reader);
        return new UniqueAddress(address, reader.Fixed32());
    }

    public static void Write(FrameBuffer buffer, Address address) => buffer.Text(address.ToString());

    public static Address ReadAddress(ref FrameReader reader)
    {
        var text = reader.Text();
        Check(ref reader);
        return Address.TryParse(text, out Address? address) ? address : throw new WireFormatException("an address is malformed");
    }

    public static void Check(ref FrameReader reader)
    {
        if (reader.Failed)
            throw new WireFormatException("a cluster message ends too early or holds impossible numbers");
    }

    private static void WriteMembers(FrameBuffer buffer, Gossip gossip, NodeTable nodes, List<string> roles)
    {
        buffer.Varint((uint)gossip.Members.Count);
        foreach (var member in gossip.Members)
        {
            buffer.Varint((uint)nodes.NumberOf(member.UniqueAddress));
            buffer.Varint((uint)(member.UpNumber == Member.NotUpYet ? 0 : member.UpNumber + 1));
            buffer.Byte((byte)member.Status);
            buffer.Varint((uint)member.Roles.Count);
            foreach (var role in member.Roles.Order(StringComparer.Ordinal))
                buffer.Varint((uint)roles.BinarySearch(role, StringComparer.Ordinal));
        }
    }

    private static ImmutableSortedSet<Member> ReadMembers(ref FrameReader reader, UniqueAddress[] nodes, string[] roles)
    {
        var members = ImmutableSortedSet.CreateBuilder<Member>();
        for (var left = Limited(ref reader, nodes.Length); left > 0; left--)
        {
            var node = NodeAt(ref reader, nodes);
            var upNumber = reader.Count(int.MaxValue);
            var status = reader.Byte();
            if (status > (byte)MemberStatus.WeaklyUp)
                throw new WireFormatException($"a member's status is {status}");
            var own = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
            for (var more = Limited(ref reader, roles.Length); more > 0; more--)
            {
                var number = reader.Count(int.MaxValue);
                if (number >= roles.Length)
                    throw new WireFormatException("a role's number is out of range");
                own.Add(roles[number]);
            }

            members.Add(new Member(node, upNumber == 0 ? Member.NotUpYet : upNumber - 1, (MemberStatus)status, own.ToImmutable()));
        }

        return members.ToImmutable();
    }

    private static void WriteReachability(FrameBuffer buffer, Reachability reachability, NodeTable nodes)
    {
        buffer.Varint((uint)reachability.Versions.Count);
        foreach (var (node, version) in reachability.Versions)
        {
            buffer.Varint((uint)nodes.NumberOf(node));
            buffer.Varint((ulong)version);
        }

        var observations = reachability.Observations.ToList();
        buffer.Varint((uint)observations.Count);
        foreach (var observation in observations)
        {
            buffer.Varint((uint)nodes.NumberOf(observation.Observer));
            buffer.Varint((uint)nodes.NumberOf(observation.Subject));
            buffer.Byte((byte)observation.Status);
            buffer.Varint((ulong)observation.Version);
        }
    }

    private static Reachability ReadReachability(ref FrameReader reader, UniqueAddress[] nodes)
    {
        var versions = ImmutableSortedDictionary.CreateBuilder<UniqueAddress, long>();
        for (var left = Limited(ref reader, nodes.Length); left > 0; left--)
            versions[NodeAt(ref reader, nodes)] = (long)reader.Varint();
        var observations = new List<Observation>();
        for (var left = Limited(ref reader, reader.Rest.Length); left > 0; left--)
        {
            var observer = NodeAt(ref reader, nodes);
            var subject = NodeAt(ref reader, nodes);
            var status = reader.Byte();
            if (status > (byte)ReachabilityStatus.Terminated)
                throw new WireFormatException($"a reachability is {status}");
            observations.Add(new Observation(observer, subject, (ReachabilityStatus)status, (long)reader.Varint()));
        }

        Check(ref reader);
        return Reachability.Create(observations.DistinctBy(static o => (o.Observer, o.Subject)), versions.ToImmutable());
    }

    private static UniqueAddress NodeAt(ref FrameReader reader, UniqueAddress[] nodes)
    {
        var number = reader.Count(int.MaxValue);
        if (reader.Failed || number >= nodes.Length)
            throw new WireFormatException("a node's number is out of range");
        return nodes[number];
    }

    /// <summary>A count of things of at least one byte each: more than there are bytes left is a lie.</summary>
    private static int Limited(ref FrameReader reader, int most)
    {
        var count = reader.Count(most);
        if (reader.Failed || count > reader.Rest.Length)
            throw new WireFormatException("a count in a cluster message is too great");
        return count;
    }

    private sealed class NodeTable
    {
        private readonly Dictionary<UniqueAddress, int> _numbers = [];
        private readonly List<UniqueAddress> _nodes = [];

        public static UniqueAddress[] Read(ref FrameReader reader, int most)
        {
            var nodes = new UniqueAddress[Limited(ref reader, most)];
            for (var i = 0; i < nodes.Length; i++)
                nodes[i] = ReadNode(ref reader);
            Check(ref reader);
            return nodes;
        }

        public int NumberOf(UniqueAddress node)
        {
            if (!_numbers.TryGetValue(node, out var number))
            {
                _numbers[node] = number = _nodes.Count;
                _nodes.Add(node);
            }

            return number;
        }

        public void Write(FrameBuffer buffer)
        {
            buffer.Varint((uint)_nodes.Count);
            foreach (var node in _nodes)
                GossipFormat.Write(buffer, node);
        }
    }
}
