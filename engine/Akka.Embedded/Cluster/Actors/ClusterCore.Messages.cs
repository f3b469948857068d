// What the core is told from within this process.
using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

internal sealed partial class ClusterCore
{
    public sealed record JoinTo(Address Address);

    public sealed record JoinSeedNodes(ImmutableList<Address> SeedNodes);

    public sealed record Subscribe(IActorRef Subscriber, ClusterEvent.SubscriptionInitialStateMode Mode, ImmutableList<Type> To);

    public sealed record Unsubscribe(IActorRef Subscriber, Type? To) : Event.IDeadLetterSuppression;

    public sealed record SendCurrentState(IActorRef Receiver);

    /// <summary>Coordinated shutdown has done what was to be done before this node goes. Answer: Done.</summary>
    public sealed record ExitingDone
    {
        public static readonly ExitingDone Instance = new();
    }

    private sealed record EndNow
    {
        public static readonly EndNow Instance = new();
    }

    private sealed record GossipTick
    {
        public static readonly GossipTick Instance = new();
    }

    private sealed record SpeedUpTick
    {
        public static readonly SpeedUpTick Instance = new();
    }

    private sealed record ReapTick
    {
        public static readonly ReapTick Instance = new();
    }

    private sealed record LeaderTick
    {
        public static readonly LeaderTick Instance = new();
    }

    private sealed record JoinRetryTick
    {
        public static readonly JoinRetryTick Instance = new();
    }
}
