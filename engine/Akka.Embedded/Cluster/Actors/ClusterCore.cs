// The actor that holds this node's membership: it joins, gossips, notices who is silent, and acts as the leader when it is its turn.
// States: Outside -> Joining -> Member -> Ended. All decisions about states of members are in Membership/ (pure); this actor talks and keeps time.
// Between the regular ticks a change of state causes a few extra rounds of gossip, spaced by SpeedUpDelay, so that news travels fast.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Embedded;
using Akka.Event;

namespace Akka.Cluster;

internal sealed partial class ClusterCore : UntypedActor
{
    private const int MaxWaitingJoins = 256;
    private const double TombstoneDays = 1;
    private static readonly TimeSpan SpeedUpDelay = TimeSpan.FromMilliseconds(100);

    private readonly Cluster _cluster;
    private readonly ClusterSettings _settings;
    private readonly ILoggingAdapter _log;
    private readonly EngineEnvironment _environment;
    private readonly Subscriptions _subscriptions = new();
    private readonly HashSet<UniqueAddress> _exitingConfirmed = [];
    private readonly List<ICancelable> _timers = [];
    private MembershipState _state;
    private IActorRef? _heartbeats;
    private IActorRef? _seedProcess;
    private IActorRef? _downing;
    private Phase _phase;
    private bool _speedUpDue;
    private bool _exiting;

    public ClusterCore(Cluster cluster)
    {
        _cluster = cluster;
        _settings = cluster.Settings;
        _log = cluster.Log;
        _environment = EngineEnvironment.Of(Context.System);
        _state = new MembershipState(Gossip.Empty, cluster.SelfUniqueAddress);
    }

    private enum Phase
    {
        Outside,
        Joining,
        Member,
        Ended,
    }

    private UniqueAddress SelfNode => _cluster.SelfUniqueAddress;

    private Gossip Latest => _state.Latest;

    private long NowMillis => _environment.Time.GetUtcNow().ToUnixTimeMilliseconds();

    public static Props PropsFor(Cluster cluster) => Props.Create(() => new ClusterCore(cluster)).WithDeploy(Deploy.Local);

    protected override void PreStart()
    {
        _heartbeats = Context.ActorOf(HeartbeatSender.PropsFor(_cluster).WithDispatcher(_settings.UseDispatcher), "heartbeatSender");
        if (_cluster.DowningProvider.DowningActorProps is { } downing)
            _downing = Context.ActorOf(downing.WithDispatcher(_settings.UseDispatcher), "downingProvider");
        Repeat(_settings.GossipInterval, GossipTick.Instance);
        Repeat(_settings.UnreachableNodesReaperInterval, ReapTick.Instance);
        Repeat(_settings.LeaderActionsInterval, LeaderTick.Instance);
        if (_settings.SeedNodes.IsEmpty)
            _cluster.LogInfo("No seed-nodes configured, manual cluster join required");
        else
            Self.Tell(new JoinSeedNodes(_settings.SeedNodes));
    }

    protected override void PostStop()
    {
        foreach (var timer in _timers)
            timer.Cancel();
        _joinTimer?.Cancel();

        // Whoever listens learns that from here on there is no cluster.
        var before = _state;
        _state = _state.With(Gossip.Empty);
        _subscriptions.Publish(ClusterEvent.ClusterShuttingDown.Instance);
        foreach (var happening in ClusterDiff.Events(before, _state))
            _subscriptions.Publish(happening);
        base.PostStop();
    }

    protected override void OnReceive(object message)
    {
        if (!ReceiveAlways(message) && !ReceiveByPhase(message))
            Unhandled(message);
    }

    private bool ReceiveAlways(object message)
    {
        switch (message)
        {
            case Subscribe subscribe:
                Add(subscribe);
                return true;
            case Unsubscribe unsubscribe:
                _subscriptions.Remove(unsubscribe.Subscriber, unsubscribe.To);
                return true;
            case SendCurrentState send:
                send.Receiver.Tell(ClusterDiff.StateOf(_state), Self);
                return true;
            case Terminated terminated:
                _subscriptions.Remove(terminated.ActorRef, null);
                return true;
            case ExitingDone:
                FinishExiting();
                Sender.Tell(Done.Instance);
                return true;
            case EndNow:
                _cluster.Shutdown();
                return true;
            default:
                return false;
        }
    }

    private bool ReceiveByPhase(object message) => _phase switch
    {
        Phase.Outside or Phase.Joining => ReceiveOutside(message),
        Phase.Member => ReceiveJoining(message) || ReceiveAsMember(message),
        _ => true,
    };

    private bool ReceiveAsMember(object message)
    {
        switch (message)
        {
            case ClusterMessages.GossipEnvelope envelope:
                ReceiveGossip(envelope);
                return true;
            case ClusterMessages.GossipStatus status:
                ReceiveGossipStatus(status);
                return true;
            case GossipTick:
                GossipTickNow();
                return true;
            case SpeedUpTick:
                SpeedUpNow();
                return true;
            case ReapTick:
                Reap();
                return true;
            case LeaderTick:
                Lead();
                return true;
            case ClusterMessages.Leave leave:
                Leaving(leave.Address);
                return true;
            case ClusterMessages.Down down:
                Downing(down.Address);
                return true;
            case ClusterMessages.ExitingConfirmed confirmed:
                ConfirmExit(confirmed.Node);
                return true;
            case JoinTo:
            case JoinSeedNodes:
                _cluster.LogInfo("Trying to join, but this node is a member already");
                return true;
            default:
                return false;
        }
    }

    private void Add(Subscribe subscribe)
    {
        // Both before the subscription, so that no event is told twice or missed.
        if (subscribe.Mode == ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot)
        {
            subscribe.Subscriber.Tell(ClusterDiff.StateOf(_state), Self);
        }
        else
        {
            foreach (var happening in ClusterDiff.Events(_state.With(Gossip.Empty), _state))
            {
                if (subscribe.To.Any(type => type.IsInstanceOfType(happening)))
                    subscribe.Subscriber.Tell(happening, Self);
            }
        }

        _subscriptions.Add(subscribe.Subscriber, subscribe.To);
        Context.Watch(subscribe.Subscriber);
    }

    /// <summary>Takes over a new state and tells everybody here about it.</summary>
    private void Become(Gossip gossip)
    {
        if (ReferenceEquals(gossip, Latest))
            return;
        var before = _state;
        _state = _state.With(gossip);
        _exitingConfirmed.RemoveWhere(node => !gossip.HasMember(node));
        _cluster.Publish(_state);
        foreach (var happening in ClusterDiff.Events(before, _state))
        {
            LogHappening(happening);
            _subscriptions.Publish(happening);
        }

        if (!before.Latest.Members.SequenceEqual(gossip.Members) || !before.Latest.Reachability.Equals(gossip.Reachability))
            _heartbeats!.Tell(new HeartbeatSender.Nodes([.. gossip.Members.Select(static m => m.UniqueAddress)], [.. UnreachableToSelf(gossip)]));
        _downing?.Tell(_state);
        SpeedUp();
        CheckSelf(before);
    }

    /// <summary>What becomes of this node once the others have decided.</summary>
    private void CheckSelf(MembershipState before)
    {
        var self = _state.SelfMember;
        if (self is null)
        {
            if (before.SelfMember is not null && _phase == Phase.Member)
                End("This node has been removed from the cluster");
        }
        else if (self.Status == MemberStatus.Down && before.SelfMember?.Status != MemberStatus.Down)
        {
            // A moment for the word to spread from here; then this node is gone.
            _cluster.LogInfo("This node has been downed; it shuts down");
            foreach (var node in GossipTargets())
                GossipTo(node);
            Context.System.Scheduler.ScheduleTellOnce(_settings.GossipInterval, Self, EndNow.Instance, Self);
        }
        else if (self.Status == MemberStatus.Exiting && !_exiting)
        {
            _exiting = true;
            _cluster.LogInfo("Exiting, starting coordinated shutdown");
            Context.Parent.Tell(ClusterDaemon.SelfExiting.Instance);
        }
    }

    private void End(string reason)
    {
        if (_phase == Phase.Ended)
            return;
        _phase = Phase.Ended;
        _cluster.LogInfo(reason);
        _cluster.Shutdown();
    }

    private IEnumerable<UniqueAddress> UnreachableToSelf(Gossip gossip) => gossip.Reachability.AllUnreachableFrom(SelfNode);

    private void SpeedUp()
    {
        if (_speedUpDue || _phase == Phase.Ended)
            return;
        _speedUpDue = true;
        Context.System.Scheduler.ScheduleTellOnce(SpeedUpDelay, Self, SpeedUpTick.Instance, Self);
    }

    private void Repeat(TimeSpan interval, object tick)
    {
        var first = _settings.PeriodicTasksInitialDelay > interval ? _settings.PeriodicTasksInitialDelay : interval;
        _timers.Add(Context.System.Scheduler.ScheduleTellRepeatedlyCancelable(first, interval, Self, tick, Self));
    }

    /// <summary>The core of another node.</summary>
    private ICanTell CoreAt(Address address) =>
        ((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(new RootActorPath(address) / ClusterDaemon.CorePath);

    private void LogHappening(ClusterEvent.IClusterDomainEvent happening)
    {
        if (_settings.LogInfo && happening is ClusterEvent.IMemberEvent or ClusterEvent.ReachabilityEvent)
            _cluster.LogInfo(happening.ToString()!);
        else if (_settings.LogInfoVerbose)
            _cluster.LogInfo(happening.ToString()!);
    }
}
