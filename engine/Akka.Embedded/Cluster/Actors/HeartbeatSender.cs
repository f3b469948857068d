// Sends heartbeats to the nodes this one watches, and tells the failure detector of their answers. An actor of its own, so that a busy core does not
// look like death.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster;

internal sealed class HeartbeatSender : UntypedActor
{
    private readonly Cluster _cluster;
    private readonly ICancelable _timer;
    private readonly Dictionary<UniqueAddress, IActorRef> _receivers = [];
    private HashSet<UniqueAddress> _nodes = [];
    private long _sequence;

    public HeartbeatSender(Cluster cluster)
    {
        _cluster = cluster;
        var settings = cluster.Settings;
        var first = settings.PeriodicTasksInitialDelay > settings.HeartbeatInterval ? settings.PeriodicTasksInitialDelay : settings.HeartbeatInterval;
        _timer = Context.System.Scheduler.ScheduleTellRepeatedlyCancelable(first, settings.HeartbeatInterval, Self, Tick.Instance, Self);
    }

    public static Props PropsFor(Cluster cluster) => Props.Create(() => new HeartbeatSender(cluster)).WithDeploy(Deploy.Local);

    protected override void PostStop()
    {
        _timer.Cancel();
        foreach (var node in _receivers.Keys)
            _cluster.FailureDetector.Remove(node.Address);
        base.PostStop();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tick:
                SendHeartbeats();
                break;
            case ClusterMessages.HeartbeatRsp answer:
                if (_receivers.ContainsKey(answer.From))
                    _cluster.FailureDetector.Heartbeat(answer.From.Address);
                break;
            case ExpectedFirst expected:
                // As if it had answered: from now on its silence counts.
                if (_receivers.ContainsKey(expected.Node) && !_cluster.FailureDetector.IsMonitoring(expected.Node.Address))
                    _cluster.FailureDetector.Heartbeat(expected.Node.Address);
                break;
            case Nodes nodes:
                Update(nodes);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Update(Nodes nodes)
    {
        _nodes = [.. nodes.All];
        var unreachable = nodes.Unreachable.ToHashSet();
        var wanted = HeartbeatRing.Select(_nodes, unreachable, _cluster.SelfUniqueAddress, _cluster.Settings.MonitoredByNrOfMembers).ToHashSet();
        foreach (var node in _receivers.Keys.ToArray())
        {
            // One that is silent is watched until it answers, or is no member any more.
            if (wanted.Contains(node) || (_nodes.Contains(node) && unreachable.Contains(node)))
                continue;
            _receivers.Remove(node);
            _cluster.FailureDetector.Remove(node.Address);
        }

        foreach (var node in wanted)
        {
            if (_receivers.ContainsKey(node))
                continue;
            _receivers[node] = ((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(new RootActorPath(node.Address) / ClusterDaemon.HeartbeatPath);
            Context.System.Scheduler.ScheduleTellOnce(_cluster.Settings.HeartbeatExpectedResponseAfter + _cluster.Settings.HeartbeatInterval, Self, new ExpectedFirst(node), Self);
        }
    }

    private void SendHeartbeats()
    {
        var heartbeat = new ClusterMessages.Heartbeat(_cluster.SelfAddress, ++_sequence);
        foreach (var (node, receiver) in _receivers)
        {
            if (_cluster.Settings.VerboseHeartbeatLogging)
                _cluster.Log.Debug("Cluster Node [{0}] - Heartbeat to [{1}]", _cluster.SelfAddress, node.Address);
            receiver.Tell(heartbeat, Self);
        }
    }

    /// <summary>The members, and whom of them this node cannot reach.</summary>
    public sealed record Nodes(ImmutableList<UniqueAddress> All, ImmutableList<UniqueAddress> Unreachable);

    private sealed record ExpectedFirst(UniqueAddress Node);

    private sealed record Tick
    {
        public static readonly Tick Instance = new();
    }
}

/// <summary>Answers heartbeats.</summary>
internal sealed class HeartbeatReceiver : UntypedActor
{
    private readonly Cluster _cluster;

    public HeartbeatReceiver(Cluster cluster) => _cluster = cluster;

    public static Props PropsFor(Cluster cluster) => Props.Create(() => new HeartbeatReceiver(cluster)).WithDeploy(Deploy.Local);

    protected override void OnReceive(object message)
    {
        if (message is ClusterMessages.Heartbeat heartbeat)
            Sender.Tell(new ClusterMessages.HeartbeatRsp(_cluster.SelfUniqueAddress, heartbeat.Sequence), Self);
        else
            Unhandled(message);
    }
}
