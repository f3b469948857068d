// The remote watcher of a cluster node. Members are watched by the cluster: their actors count as terminated when the member is removed, not when it is
// unreachable. Systems outside of the cluster are watched by heartbeats as usual.
using Akka.Actor;
using Akka.Remote;

namespace Akka.Cluster;

internal sealed class ClusterRemoteWatcher : RemoteWatcher
{
    private readonly Dictionary<Address, HashSet<int>> _members = [];
    private Cluster? _cluster;

    public ClusterRemoteWatcher(
        IFailureDetectorRegistry<Address> failureDetector, TimeSpan heartbeatInterval, TimeSpan unreachableReaperInterval,
        TimeSpan heartbeatExpectedResponseAfter)
        : base(failureDetector, heartbeatInterval, unreachableReaperInterval, heartbeatExpectedResponseAfter)
    {
    }

    public static Props PropsFor(
        IFailureDetectorRegistry<Address> failureDetector, TimeSpan heartbeatInterval, TimeSpan unreachableReaperInterval,
        TimeSpan heartbeatExpectedResponseAfter) =>
        Actor.Props.Create(() => new ClusterRemoteWatcher(
            failureDetector, heartbeatInterval, unreachableReaperInterval, heartbeatExpectedResponseAfter)).WithDeploy(Deploy.Local);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case BeginWatching begin:
                _cluster = begin.Cluster;
                _cluster.Subscribe(Self, typeof(ClusterEvent.IMemberEvent));
                break;
            case ClusterEvent.CurrentClusterState state:
                foreach (var member in state.Members)
                    AddMember(member);
                break;
            case ClusterEvent.MemberRemoved removed:
                RemoveMember(removed.Member, removed.PreviousStatus);
                break;
            case ClusterEvent.IMemberEvent happening:
                AddMember(happening.Member);
                break;
            default:
                base.OnReceive(message);
                break;
        }
    }

    protected override void PostStop()
    {
        base.PostStop();
        _cluster?.Unsubscribe(Self);
    }

    protected override void WatchNode(IInternalActorRef watchee)
    {
        if (!_members.ContainsKey(watchee.Path.Address))
            base.WatchNode(watchee);
    }

    private void AddMember(Member member)
    {
        if (member.Address.Equals(_cluster!.SelfAddress))
            return;
        if (!_members.TryGetValue(member.Address, out var incarnations))
            _members[member.Address] = incarnations = [];
        incarnations.Add(member.UniqueAddress.Uid);

        // It was watched by heartbeats until it joined.
        if (WatcheeByNodes.ContainsKey(member.Address))
            UnwatchNode(member.Address);
    }

    private void RemoveMember(Member member, MemberStatus previousStatus)
    {
        if (!_members.TryGetValue(member.Address, out var incarnations) || !incarnations.Remove(member.UniqueAddress.Uid))
            return;
        if (previousStatus == MemberStatus.Down)
            Quarantine(member.Address, member.UniqueAddress.Uid);

        // A new incarnation there answers for the old one's actors itself.
        if (incarnations.Count > 0)
            return;
        _members.Remove(member.Address);
        PublishAddressTerminated(member.Address);
    }

    /// <summary>The cluster is there.</summary>
    internal sealed record BeginWatching(Cluster Cluster);
}
