// What the nodes of a cluster say to each other.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>Marks the messages between the nodes of a cluster.</summary>
public interface IClusterMessage
{
}

/// <summary>The messages between the nodes of a cluster.</summary>
internal static class ClusterMessages
{
    /// <summary>To a seed node: are you in a cluster?</summary>
    public sealed record InitJoin : IClusterMessage, IPriorityMessage, Event.IDeadLetterSuppression
    {
        public static readonly InitJoin Instance = new();
    }

    /// <summary>Yes: you can join here.</summary>
    public sealed record InitJoinAck(Address Address) : IClusterMessage, IPriorityMessage, Event.IDeadLetterSuppression;

    /// <summary>Not (yet, or no longer).</summary>
    public sealed record InitJoinNack(Address Address) : IClusterMessage, IPriorityMessage, Event.IDeadLetterSuppression;

    /// <summary>Let me in.</summary>
    public sealed record Join(UniqueAddress Node, ImmutableHashSet<string> Roles) : IClusterMessage, IPriorityMessage;

    /// <summary>You are in; this is the cluster.</summary>
    public sealed record Welcome(UniqueAddress From, Gossip Gossip) : IClusterMessage, IPriorityMessage;

    /// <summary>Let the node at this address leave.</summary>
    public sealed record Leave(Address Address) : IClusterMessage, IPriorityMessage;

    /// <summary>Count the node at this address as dead.</summary>
    public sealed record Down(Address Address) : IClusterMessage, IPriorityMessage;

    /// <summary>A whole state.</summary>
    public sealed record GossipEnvelope(UniqueAddress From, UniqueAddress To, Gossip Gossip) : IClusterMessage, IPriorityMessage, Event.IDeadLetterSuppression;

    /// <summary>Only how far a state is, for whoever probably knows as much.</summary>
    public sealed record GossipStatus(UniqueAddress From, VectorClock Version, int SeenDigest) : IClusterMessage, IPriorityMessage, Event.IDeadLetterSuppression;

    /// <summary>An exiting node has finished.</summary>
    public sealed record ExitingConfirmed(UniqueAddress Node) : IClusterMessage, IPriorityMessage, Event.IDeadLetterSuppression;

    /// <summary>Are you there?</summary>
    public sealed record Heartbeat(Address From, long Sequence) : IClusterMessage, IPriorityMessage, Event.IDeadLetterSuppression;

    /// <summary>I am.</summary>
    public sealed record HeartbeatRsp(UniqueAddress From, long Sequence) : IClusterMessage, IPriorityMessage, Event.IDeadLetterSuppression;
}
