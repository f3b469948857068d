// Runs one instance of an actor in the cluster: on the oldest member of a role. One manager stands on every such member.
//
//   Start ──▶ Younger ──oldest, nobody before us──▶ Oldest ──asked to hand over, leaving──▶ HandingOver ──▶ End
//                │                                    ▲  │ somebody older appears              ▲
//                └─oldest, one before us exits──▶ BecomingOldest                               │
//                                                        └──────────▶ WasOldest ───────────────┘
//
// Invariant: a manager starts the singleton only when every older member of the role has either confirmed that its instance
// has stopped or is removed from the membership (plus the margin, when it was downed).
using Akka.Actor;
using Akka.Configuration;
using Akka.Embedded;
using Akka.Event;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>States of a singleton manager.</summary>
public enum ClusterSingletonState
{
    /// <summary>Waits for the first view of the cluster.</summary>
    Start = 0,

    /// <summary>Not used here.</summary>
    AcquiringLease = 1,

    /// <summary>Runs the singleton.</summary>
    Oldest = 2,

    /// <summary>Another member runs it.</summary>
    Younger = 3,

    /// <summary>Waits until the one before has stopped its instance.</summary>
    BecomingOldest = 4,

    /// <summary>Runs it, but knows somebody older who should.</summary>
    WasOldest = 5,

    /// <summary>Waits until its own instance has stopped.</summary>
    HandingOver = 6,

    /// <summary>Not used here.</summary>
    TakeOver = 7,

    /// <summary>Stops because the member was downed.</summary>
    Stopping = 8,

    /// <summary>Done; waits for its removal.</summary>
    End = 9,
}

/// <summary>Runs a cluster singleton.</summary>
public sealed partial class ClusterSingletonManager : ReceiveActor, IWithTimers
{
    private const string RetryTimer = "hand-over-retry";

    private readonly Props _singletonProps;
    private readonly object _terminationMessage;
    private readonly ClusterSingletonManagerSettings _settings;
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly OldestMembers _members;

    // Members that left the order of age but may still run an instance.
    private readonly HashSet<UniqueAddress> _leaving = [];
    private readonly Completion<Done> _exitingDone = EngineEnvironment.Of(Context.System).NewCompletion<Done>();
    private readonly int _maxRetries;
    private readonly TimeSpan _removalMargin;
    private ClusterSingletonState _state = ClusterSingletonState.Start;
    private IActorRef? _singleton;
    private IActorRef? _handOverTo;
    private bool _selfExiting;
    private int _retries;

    /// <summary>Made by <see cref="Props(Akka.Actor.Props,object,ClusterSingletonManagerSettings)"/>.</summary>
    public ClusterSingletonManager(Props singletonProps, object terminationMessage, ClusterSingletonManagerSettings settings)
    {
        if (!string.IsNullOrEmpty(settings.Role) && !_cluster.SelfRoles.Contains(settings.Role))
            throw new ArgumentException($"This cluster member [{_cluster.SelfAddress}] doesn't have the role [{settings.Role}]", nameof(settings));
        _singletonProps = singletonProps;
        _terminationMessage = terminationMessage;
        _settings = settings;
        _members = new OldestMembers(settings.Role);
        var config = Context.System.Settings.Config;
        _removalMargin = settings.RemovalMargin > TimeSpan.Zero ? settings.RemovalMargin : DownRemovalMargin(config);
        var atLeast = config.GetInt("akka.cluster.singleton.min-number-of-hand-over-retries");
        _maxRetries = (int)Math.Max(atLeast, (_removalMargin / settings.HandOverRetryInterval) + 3);
        ReceiveMembership();
        ReceiveHandOver();
        AddExitingTasks();
    }

    ITimerScheduler IWithTimers.Timers { get; set; } = null!;

    private ITimerScheduler Timers => ((IWithTimers)this).Timers;

    /// <summary>The reference configuration.</summary>
    public static Config DefaultConfig() => ConfigurationFactory.Default();

    /// <summary>Props of a manager whose singleton is stopped with PoisonPill.</summary>
    public static Props Props(Props singletonProps, ClusterSingletonManagerSettings settings)
        => Props(singletonProps, PoisonPill.Instance, settings);

    /// <summary>Props of a manager.</summary>
    /// <param name="singletonProps">The singleton.</param>
    /// <param name="terminationMessage">Tells the singleton to stop itself when it is handed over.</param>
    /// <param name="settings">How to run it.</param>
    public static Props Props(Props singletonProps, object terminationMessage, ClusterSingletonManagerSettings settings)
        => Akka.Actor.Props.Create(() => new ClusterSingletonManager(singletonProps, terminationMessage, settings)).WithDeploy(Deploy.Local);

    /// <inheritdoc/>
    protected override void PreStart()
    {
        if (_cluster.IsTerminated)
            throw new ActorInitializationException(Self, "Cluster node must not be terminated");
        _cluster.Subscribe(
            Self,
            ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot,
            typeof(ClusterEvent.MemberUp),
            typeof(ClusterEvent.MemberDowned),
            typeof(ClusterEvent.MemberExited),
            typeof(ClusterEvent.MemberRemoved));
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        _exitingDone.TrySetResult(Done.Instance);
        base.PostStop();
    }

    private static TimeSpan DownRemovalMargin(Config config)
    {
        const string Key = "akka.cluster.down-removal-margin";
        return config.GetString(Key)?.ToLowerInvariant() is "off" or null ? TimeSpan.Zero : config.GetTimeSpan(Key);
    }

    private static bool IsSame(Member? member, UniqueAddress node) => member?.UniqueAddress.Equals(node) == true;

    private void AddExitingTasks()
    {
        var self = Self;
        var cluster = _cluster;
        var exiting = _exitingDone.Task;
        var shutdown = CoordinatedShutdown.Get(Context.System);
        var timeout = shutdown.Timeout(CoordinatedShutdown.PhaseClusterExiting);
        shutdown.AddTask(
            CoordinatedShutdown.PhaseClusterExiting,
            "wait-singleton-exiting",
            () => IsGone(cluster) ? Task.FromResult(Done.Instance) : exiting);
        shutdown.AddTask(
            CoordinatedShutdown.PhaseClusterExiting,
            "singleton-exiting-2",
            () => IsGone(cluster) ? Task.FromResult(Done.Instance) : self.Ask<Done>(SelfExiting.Instance, timeout));
    }

    private static bool IsGone(Cluster cluster) => cluster.IsTerminated || cluster.SelfMember.Status == MemberStatus.Down;

    private void GoTo(ClusterSingletonState state)
    {
        _log.Info("ClusterSingletonManager state change [{0} -> {1}]", _state, state);
        _state = state;
        _retries = 0;
        Timers.Cancel(RetryTimer);
    }

    private ActorSelection Peer(Address address) => Context.ActorSelection(Self.Path.ToStringWithAddress(address));

    private sealed class SelfExiting
    {
        public static readonly SelfExiting Instance = new();
    }

    private sealed class RetryTick
    {
        public static readonly RetryTick Instance = new();
    }

    private sealed record MemberGone(UniqueAddress Node);
}
