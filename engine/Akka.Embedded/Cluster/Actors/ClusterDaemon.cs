// "/system/cluster": the parent of the cluster's actors. Passes commands on to the core, and ties the membership to coordinated shutdown: the system
// leaves the cluster before it ends, and ends when it has been removed.
using Akka.Actor;
using Akka.Embedded;
using Akka.Event;

namespace Akka.Cluster;

internal sealed class ClusterDaemon : UntypedActor
{
    public static readonly string[] CorePath = ["system", "cluster", "core"];
    public static readonly string[] HeartbeatPath = ["system", "cluster", "heartbeatReceiver"];

    private readonly Cluster _cluster;
    private readonly CoordinatedShutdown _shutdown;
    private readonly Completion<Done> _stopped = EngineEnvironment.Of(Context.System).NewCompletion<Done>();
    private readonly Completion<Done> _exiting = EngineEnvironment.Of(Context.System).NewCompletion<Done>();
    private IActorRef? _core;

    public ClusterDaemon(Cluster cluster)
    {
        _cluster = cluster;
        _shutdown = CoordinatedShutdown.Get(Context.System);
        AddShutdownTasks(Self);
    }

    protected override void PreStart()
    {
        Context.ActorOf(HeartbeatReceiver.PropsFor(_cluster).WithDispatcher(_cluster.Settings.UseDispatcher), "heartbeatReceiver");
        _core = Context.ActorOf(ClusterCore.PropsFor(_cluster).WithDispatcher(_cluster.Settings.UseDispatcher), "core");
    }

    protected override void PostStop()
    {
        _exiting.TrySetResult(Done.Instance);
        _stopped.TrySetResult(Done.Instance);
        _cluster.Shutdown();

        // Does nothing if the membership has ended because the system does.
        if (_cluster.Settings.RunCoordinatedShutdownWhenDown)
            _ = _shutdown.Run(CoordinatedShutdown.ClusterDowningReason.Instance);
        base.PostStop();
    }

    // The core's state cannot be rebuilt here: without it there is no membership.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(e =>
    {
        _cluster.Log.Error(e, "Cluster node [{0}] crashed, [{1}] - shutting down...", _cluster.SelfAddress, e.Message);
        Self.Tell(PoisonPill.Instance);
        return Directive.Stop;
    });

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case AddListener listener:
                Context.ActorOf(StatusListener.PropsFor(_cluster, listener.Callback, listener.Status).WithDispatcher(_cluster.Settings.UseDispatcher));
                break;
            case SelfExiting:
                _exiting.TrySetResult(Done.Instance);
                _ = _shutdown.Run(CoordinatedShutdown.ClusterLeavingReason.Instance);
                break;
            case JoinUnsuccessful:
                _ = _shutdown.Run(CoordinatedShutdown.ClusterJoinUnsuccessfulReason.Instance);
                break;
            default:
                _core!.Forward(message);
                break;
        }
    }

    private void AddShutdownTasks(IActorRef self)
    {
        _shutdown.AddTask(CoordinatedShutdown.PhaseClusterLeave, "leave", () =>
        {
            var status = _cluster.SelfMember.Status;
            if (_cluster.IsTerminated || status is MemberStatus.Down or MemberStatus.Removed)
                return Task.FromResult(Done.Instance);
            if (status is not (MemberStatus.Leaving or MemberStatus.Exiting))
                self.Tell(new ClusterMessages.Leave(_cluster.SelfAddress), ActorRefs.NoSender);
            return Task.FromResult(Done.Instance);
        });
        _shutdown.AddTask(CoordinatedShutdown.PhaseClusterExiting, "wait-exiting", () =>
            _cluster.IsTerminated || _cluster.SelfMember.Status is MemberStatus.Down or MemberStatus.Removed
                ? Task.FromResult(Done.Instance)
                : _exiting.Task);
        _shutdown.AddTask(CoordinatedShutdown.PhaseClusterExitingDone, "exiting-completed", () =>
        {
            if (_cluster.IsTerminated || _cluster.SelfMember.Status is MemberStatus.Down)
                return Task.FromResult(Done.Instance);
            return self.Ask<Done>(ClusterCore.ExitingDone.Instance, _shutdown.Timeout(CoordinatedShutdown.PhaseClusterExitingDone));
        });
        _shutdown.AddTask(CoordinatedShutdown.PhaseClusterShutdown, "wait-shutdown", () => _stopped.Task);
    }

    /// <summary>Calls back once this node has a status.</summary>
    public sealed record AddListener(Action Callback, MemberStatus Status);

    /// <summary>This node exits: all know it.</summary>
    public sealed record SelfExiting
    {
        public static readonly SelfExiting Instance = new();
    }

    /// <summary>No seed node let this one in.</summary>
    public sealed record JoinUnsuccessful
    {
        public static readonly JoinUnsuccessful Instance = new();
    }
}

/// <summary>Calls back once when this node is up, or once when it has been removed.</summary>
internal sealed class StatusListener : UntypedActor
{
    private readonly Cluster _cluster;
    private readonly Action _callback;
    private readonly MemberStatus _status;
    private bool _done;

    public StatusListener(Cluster cluster, Action callback, MemberStatus status)
    {
        _cluster = cluster;
        _callback = callback;
        _status = status;
    }

    public static Props PropsFor(Cluster cluster, Action callback, MemberStatus status) =>
        Props.Create(() => new StatusListener(cluster, callback, status)).WithDeploy(Deploy.Local);

    protected override void PreStart() => _cluster.Subscribe(
        Self, _status == MemberStatus.Up ? typeof(ClusterEvent.MemberUp) : typeof(ClusterEvent.MemberRemoved));

    protected override void PostStop()
    {
        // The cluster's actors end when this node has been removed.
        if (_status == MemberStatus.Removed)
            CallBack();
        _cluster.Unsubscribe(Self);
        base.PostStop();
    }

    protected override void OnReceive(object message)
    {
        var isReached = message switch
        {
            ClusterEvent.CurrentClusterState state =>
                _status == MemberStatus.Up && state.Members.Any(m => m.UniqueAddress.Equals(_cluster.SelfUniqueAddress) && m.Status == MemberStatus.Up),
            ClusterEvent.IMemberEvent happening => happening.Member.UniqueAddress.Equals(_cluster.SelfUniqueAddress),
            _ => false,
        };
        if (!isReached)
            return;
        CallBack();
        Context.Stop(Self);
    }

    private void CallBack()
    {
        if (_done)
            return;
        _done = true;
        try
        {
            _callback();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The callback is the user's; the cluster goes on.
            _cluster.Log.Error(e, "[{0}] callback failed with [{1}]", _status, e.Message);
        }
    }
}
