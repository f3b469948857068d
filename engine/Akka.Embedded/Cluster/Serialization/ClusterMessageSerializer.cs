// Bytes of the messages between the nodes of a cluster. Manifests are on the wire: append only.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Embedded.Remote.Wire;
using Akka.Embedded.Serialization;
using Akka.Serialization;

namespace Akka.Cluster.Serialization;

/// <summary>The serializer of the messages between the nodes of a cluster.</summary>
public class ClusterMessageSerializer : SerializerWithStringManifest
{
    private const int MaxRoles = 1_024;

    /// <param name="system">The system it works for.</param>
    public ClusterMessageSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        ClusterMessages.Heartbeat => "H",
        ClusterMessages.HeartbeatRsp => "R",
        ClusterMessages.GossipEnvelope => "G",
        ClusterMessages.GossipStatus => "S",
        ClusterMessages.InitJoin => "I",
        ClusterMessages.InitJoinAck => "A",
        ClusterMessages.InitJoinNack => "N",
        ClusterMessages.Join => "J",
        ClusterMessages.Welcome => "W",
        ClusterMessages.Leave => "L",
        ClusterMessages.Down => "D",
        ClusterMessages.ExitingConfirmed => "E",
        _ => throw new ArgumentException($"{o.GetType()} is none of the cluster's messages.", nameof(o)),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        var buffer = new FrameBuffer();
        switch (obj)
        {
            case ClusterMessages.Heartbeat m:
                GossipFormat.Write(buffer, m.From);
                buffer.Varint((ulong)m.Sequence);
                break;
            case ClusterMessages.HeartbeatRsp m:
                GossipFormat.Write(buffer, m.From);
                buffer.Varint((ulong)m.Sequence);
                break;
            case ClusterMessages.GossipEnvelope m:
                GossipFormat.Write(buffer, m.From);
                GossipFormat.Write(buffer, m.To);
                GossipFormat.Write(buffer, m.Gossip);
                break;
            case ClusterMessages.GossipStatus m:
                GossipFormat.Write(buffer, m.From);
                GossipFormat.Write(buffer, m.Version);
                buffer.Fixed32(m.SeenDigest);
                break;
            case ClusterMessages.Welcome m:
                GossipFormat.Write(buffer, m.From);
                GossipFormat.Write(buffer, m.Gossip);
                break;
            case ClusterMessages.Join m:
                GossipFormat.Write(buffer, m.Node);
                buffer.Varint((uint)m.Roles.Count);
                foreach (var role in m.Roles.Order(StringComparer.Ordinal))
                    buffer.Text(role);
                break;
            case ClusterMessages.InitJoin:
                break;
            case ClusterMessages.InitJoinAck m:
                GossipFormat.Write(buffer, m.Address);
                break;
            case ClusterMessages.InitJoinNack m:
                GossipFormat.Write(buffer, m.Address);
                break;
            case ClusterMessages.Leave m:
                GossipFormat.Write(buffer, m.Address);
                break;
            case ClusterMessages.Down m:
                GossipFormat.Write(buffer, m.Address);
                break;
            case ClusterMessages.ExitingConfirmed m:
                GossipFormat.Write(buffer, m.Node);
                break;
            default:
                throw new ArgumentException($"{obj.GetType()} is none of the cluster's messages.", nameof(obj));
        }

        return buffer.ToArray();
    }

    /// <inheritdoc/>
    /// <exception cref="WireFormatException">The manifest is unknown, or the bytes are not of its form.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        var reader = new FrameReader(bytes);
        object message = manifest switch
        {
            "H" => new ClusterMessages.Heartbeat(GossipFormat.ReadAddress(ref reader), (long)reader.Varint()),
            "R" => new ClusterMessages.HeartbeatRsp(GossipFormat.ReadNode(ref reader), (long)reader.Varint()),
            "G" => new ClusterMessages.GossipEnvelope(
                GossipFormat.ReadNode(ref reader), GossipFormat.ReadNode(ref reader), GossipFormat.ReadGossip(ref reader)),
            "S" => new ClusterMessages.GossipStatus(GossipFormat.ReadNode(ref reader), GossipFormat.ReadClock(ref reader), reader.Fixed32()),
            "W" => new ClusterMessages.Welcome(GossipFormat.ReadNode(ref reader), GossipFormat.ReadGossip(ref reader)),
            "J" => new ClusterMessages.Join(GossipFormat.ReadNode(ref reader), ReadRoles(ref reader)),
            "I" => ClusterMessages.InitJoin.Instance,
            "A" => new ClusterMessages.InitJoinAck(GossipFormat.ReadAddress(ref reader)),
            "N" => new ClusterMessages.InitJoinNack(GossipFormat.ReadAddress(ref reader)),
            "L" => new ClusterMessages.Leave(GossipFormat.ReadAddress(ref reader)),
            "D" => new ClusterMessages.Down(GossipFormat.ReadAddress(ref reader)),
            "E" => new ClusterMessages.ExitingConfirmed(GossipFormat.ReadNode(ref reader)),
            _ => throw WireFormatException.UnknownManifest(this, manifest),
        };
        GossipFormat.Check(ref reader);
        return message;
    }

    private static ImmutableHashSet<string> ReadRoles(ref FrameReader reader)
    {
        var roles = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        for (var left = reader.Count(MaxRoles); left > 0 && !reader.Failed; left--)
            roles.Add(reader.Text());
        return roles.ToImmutable();
    }
}
