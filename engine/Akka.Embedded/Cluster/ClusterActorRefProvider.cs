// The provider of a system that is a cluster node: remoting, whose watcher leaves the members to the cluster's own failure detector.
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Event;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>The provider of a cluster node.</summary>
public interface IClusterActorRefProvider : IRemoteActorRefProvider
{
}

/// <summary>The provider of a cluster node.</summary>
public class ClusterActorRefProvider : RemoteActorRefProvider, IClusterActorRefProvider
{
    /// <inheritdoc cref="RemoteActorRefProvider(string, Settings, EventStream)"/>
    public ClusterActorRefProvider(string systemName, Settings settings, EventStream eventStream)
        : base(systemName, settings, eventStream)
    {
    }

    /// <inheritdoc/>
    public override void Init(ActorSystemImpl system)
    {
        base.Init(system);

        // Membership begins with the system, not with the first use of the extension.
        RemoteWatcher.Tell(new ClusterRemoteWatcher.BeginWatching(Cluster.Get(system)), ActorRefs.NoSender);
    }

    /// <inheritdoc/>
    protected override IActorRef CreateRemoteWatcher(ActorSystemImpl system) => system.SystemActorOf(
        RemoteSettings.ConfigureDispatcher(ClusterRemoteWatcher.PropsFor(
            CreateRemoteWatcherFailureDetector(system),
            RemoteSettings.WatchHeartBeatInterval,
            RemoteSettings.WatchUnreachableReaperInterval,
            RemoteSettings.WatchHeartbeatExpectedResponseAfter)),
        "remote-watcher");
}
