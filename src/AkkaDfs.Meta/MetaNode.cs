// A meta node as a library: a candidate for running the MetaActor, and a way to it for everybody. Program.cs only wires it.

using System.Security.Cryptography;
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using AkkaDfs.Meta.Actors;
using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Hosting;

namespace AkkaDfs.Meta;

/// <summary>A running meta node.</summary>
public sealed class MetaNode : IAsyncDisposable
{
    private MetaNode(ActorSystem system, IActorRef proxy) => (System, Meta) = (system, proxy);

    /// <summary>The actor system it lives in.</summary>
    public ActorSystem System { get; }

    /// <summary>The way to the acting meta, here or elsewhere.</summary>
    public IActorRef Meta { get; }

    /// <summary>Starts a meta node with an actor system of its own.</summary>
    /// <exception cref="DfsException">InvalidConfiguration.</exception>
    public static MetaNode Start(NodeConfiguration configuration)
    {
        var system = NodeBootstrap.StartSystem(configuration);
        return Start(system, configuration.Settings);
    }

    /// <summary>Starts a meta node in an actor system that is, or becomes, a member of the cluster with role "meta".</summary>
    public static MetaNode Start(ActorSystem system, NodeSettings settings)
    {
        var setup = SetupFor(settings, NodeBootstrap.AddressOf(system));
        system.ActorOf(
            ClusterSingletonManager.Props(MetaActor.PropsFor(setup), ClusterSingletonManagerSettings.Create(system).WithRole("meta")),
            NodeBootstrap.MetaSingletonName);
        var proxy = NodeBootstrap.StartMetaProxy(system);
        NodeBootstrap.OfferToClients(system, proxy);
        return new MetaNode(system, proxy);
    }

    /// <summary>Stops in order: hands the singleton over, leaves the cluster, ends the actor system.</summary>
    public async ValueTask DisposeAsync()
    {
        await CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance).ConfigureAwait(false);
        await System.WhenTerminated.ConfigureAwait(false);
    }

    private static MetaSetup SetupFor(NodeSettings settings, string address) => new(
        PolicyFor(settings),
        address,
        settings.Meta.MaxPendingRequests,
        () => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))),
        () => new BackgroundJournal(new FileMetaJournal(
            new FileJournalSettings(JournalFolder(settings), settings.Meta.JournalSegmentBytes, Guid.NewGuid())
            {
                CheckpointBytes = settings.Meta.JournalCheckpointBytes,
            },
            DiskFileSystem.Instance,
            TimeProvider.System)),
        AddressProbe.IsRefusedAsync,
        settings.Meta.RepairCopyTimeout)
    {
        ReadLog = new JournalHistory(JournalFolder(settings), DiskFileSystem.Instance).Read,
    };

    private static string JournalFolder(NodeSettings settings) => Path.Combine(settings.DataFolder, "journal");

    private static MetaPolicy PolicyFor(NodeSettings settings)
    {
        var deadAfter = (int)settings.Cluster.DeadAfter.TotalMilliseconds;
        var heartbeat = (int)settings.Cluster.HeartbeatInterval.TotalMilliseconds;
        return new MetaPolicy
        {
            DefaultLayout = settings.Cluster.Layout,
            HeartbeatMs = heartbeat,
            DeadAfterMs = deadAfter,
            ServeMs = Math.Max(deadAfter * 2 / 3, heartbeat * 3 / 2),
            CheckIntervalMs = (int)settings.Cluster.ReplicationCheckInterval.TotalMilliseconds,
            SafeModeReportFraction = settings.Meta.SafeModeReportFraction,
            SafeModeMaxMs = (long)settings.Meta.SafeModeMaxDuration.TotalMilliseconds,
            CopiesPerServer = settings.Meta.RepairCopiesPerServer,
            CopiesTotal = settings.Meta.RepairCopiesTotal,
            ChecksPermissions = settings.Cluster.Permissions,
            SuperuserUid = ProcessIdentity.Caller.Uid,
            TrashMs = (long)settings.Cluster.TrashAge.TotalMilliseconds,
            SessionMs = (int)settings.Meta.SessionTimeout.TotalMilliseconds,
            OrphanDelayMs = (long)settings.Meta.OrphanDelay.TotalMilliseconds,
        };
    }
}
