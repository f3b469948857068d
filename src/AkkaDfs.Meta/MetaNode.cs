// A meta node as a library: a candidate for running the MetaActor, and a way to it for everybody. Program.cs only wires it.

using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.Singleton;
using Akka.Event;
using AkkaDfs.Meta.Actors;
using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Meta.Journal.Postgres;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta;

/// <summary>A running meta node.</summary>
public sealed class MetaNode : IAsyncDisposable
{
    private const string MetaRole = "meta";

    private readonly IDisposable? _standby;
    private readonly StandbyGuard.Verdict _verdict;

    private MetaNode(ActorSystem system, IActorRef proxy, IDisposable? standby, StandbyGuard.Verdict verdict)
        => (System, Meta, _standby, _verdict) = (system, proxy, standby, verdict);

    /// <summary>The actor system it lives in.</summary>
    public ActorSystem System { get; }

    /// <summary>The way to the acting meta, here or elsewhere.</summary>
    public IActorRef Meta { get; }

    /// <summary>Why this node must not be started again as it is; null while there is no reason.</summary>
    public DfsError? Refusal => _verdict.Refusal;

    /// <summary>Starts a meta node with an actor system of its own.</summary>
    /// <exception cref="DfsException">InvalidConfiguration.</exception>
    public static MetaNode Start(NodeConfiguration configuration) => Start(configuration, new MetaNodeParts());

    internal static MetaNode Start(NodeConfiguration configuration, MetaNodeParts parts)
        => Start(NodeBootstrap.StartSystem(configuration), configuration.Settings, parts);

    /// <summary>Starts a meta node in an actor system that is, or becomes, a member of the cluster with role "meta".</summary>
    public static MetaNode Start(ActorSystem system, NodeSettings settings) => Start(system, settings, new MetaNodeParts());

    private static MetaNode Start(ActorSystem system, NodeSettings settings, MetaNodeParts parts)
    {
        var address = NodeBootstrap.AddressOf(system);
        var log = Logging.GetLogger(system, "meta-node");
        var journal = parts.OpenJournal?.Invoke(settings, address)
            ?? (settings.Meta.Journal == "postgres" ? PostgresJournal(settings, address, log) : FileJournal(settings, parts));
        var verdict = new StandbyGuard.Verdict();
        system.ActorOf(StandbyGuard.PropsFor(journal.IsNobodyActing, settings.Meta.LoneStartAfter, verdict), "standby-guard");
        var setup = SetupFor(settings, address, journal, parts) with
        {
            StepDown = error => StepDown(system, log, error),
            MetaNodes = () => MetaNodesIn(Cluster.Get(system).State),
        };
        system.ActorOf(
            ClusterSingletonManager.Props(MetaDoor.PropsFor(setup), ClusterSingletonManagerSettings.Create(system).WithRole(MetaRole)),
            NodeBootstrap.MetaSingletonName);
        var proxy = NodeBootstrap.StartMetaProxy(system);
        NodeBootstrap.OfferToClients(system, proxy);
        return new MetaNode(system, proxy, journal.Standby, verdict);
    }

    /// <summary>Stops in order: hands the singleton over, leaves the cluster, ends the actor system.</summary>
    public async ValueTask DisposeAsync()
    {
        await CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance).ConfigureAwait(Surroundings.HoldAwaits);
        await System.WhenTerminated.ConfigureAwait(Surroundings.HoldAwaits);
        _standby?.Dispose();
    }

    private static List<MetaNodeStatus> MetaNodesIn(ClusterEvent.CurrentClusterState cluster)
    {
        var found = cluster.Members.Where(m => m.HasRole(MetaRole) && m.Status == MemberStatus.Up).ToList();
        found.Sort((a, b) => a.IsOlderThan(b) ? -1 : b.IsOlderThan(a) ? 1 : 0);
        return found.ConvertAll(m => new MetaNodeStatus($"{m.Address.Host}:{m.Address.Port}", !cluster.Unreachable.Contains(m)));
    }

    // A meta that has stopped acting because another one acts, or because it has lost the database while another node may have it,
    // lets its node leave and join again: as the youngest, behind those that may act. With nobody else, it tries again itself.
    private static void StepDown(ActorSystem system, ILoggingAdapter log, DfsError error)
    {
        var cluster = Cluster.Get(system);
        var hasOther = cluster.State.Members.Any(m => m.HasRole(MetaRole) && m.Status == MemberStatus.Up && m.Address != cluster.SelfAddress);
        if (error.Code == DfsErrorCode.StaleEpoch || (error.Code == DfsErrorCode.JournalUnreachable && hasOther))
        {
            log.Warning("This meta node leaves its place to another one, and starts again behind it");
            _ = CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
        }
    }

    private static MetaJournalChoice FileJournal(NodeSettings settings, MetaNodeParts parts)
    {
        var folder = JournalFolder(settings);
        return new MetaJournalChoice(
            () => new FileMetaJournal(
                new FileJournalSettings(folder, settings.Meta.JournalSegmentBytes, Surroundings.NewId()) { CheckpointBytes = settings.Meta.JournalCheckpointBytes },
                parts.Files,
                parts.Time),
            new FileHistory(folder, parts.Files),
            IsNobodyActing: null,
            Standby: null);
    }

    private static MetaJournalChoice PostgresJournal(NodeSettings settings, string address, ILoggingAdapter log)
    {
        var journal = PostgresSettings(settings, address);
        var watch = new WriterWatch(TimeProvider.System);
        try
        {
            var poll = new StandbyPoll(journal, watch, (text, isWarning) => Tell(log, text, isWarning));
            return new MetaJournalChoice(
                () => new PostgresMetaJournal(journal, TimeProvider.System, watch, poll.Reader),
                new PostgresHistory(journal),
                () => watch.IsNobodyActing,
                poll);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw UnreadableConnection(e);
        }
    }

    /// <summary>Where a meta node with these settings keeps its journal in files.</summary>
    internal static string JournalFolder(NodeSettings settings) => Path.Combine(settings.DataFolder, "journal");

    /// <summary>Where and how one with these settings keeps it in a database.</summary>
    internal static PostgresJournalSettings PostgresSettings(NodeSettings settings, string holder)
    {
        var database = settings.Meta.JournalDatabase;
        return new PostgresJournalSettings(database.Connection, database.Schema, settings.Cluster.Name, holder, Surroundings.NewId())
        {
            Lease = database.Lease,
            RetryFor = database.RetryFor,
            StatementTimeout = database.StatementTimeout,
            TakeoverPatience = database.TakeoverPatience,
            CheckpointBytes = settings.Meta.JournalCheckpointBytes,
        };
    }

    /// <summary>The error for a connection string that makes no sense. The message names the keyword, never its value.</summary>
    internal static DfsException UnreadableConnection(Exception e)
        => new(DfsErrorCode.InvalidConfiguration, $"dfs.node.meta.journal-postgres.connection cannot be read: {e.Message}");

    private static void Tell(ILoggingAdapter log, string text, bool isWarning)
    {
        if (isWarning)
        {
            log.Warning("{0}", text);
        }
        else
        {
            log.Info("{0}", text);
        }
    }

    private static MetaSetup SetupFor(NodeSettings settings, string address, MetaJournalChoice journal, MetaNodeParts parts) => new(
        PolicyFor(settings),
        address,
        settings.Meta.MaxPendingRequests,
        Surroundings.NewSeed,
        () => parts.KeepGoing(journal.Make()),
        parts.IsRefusedAsync,
        settings.Meta.RepairCopyTimeout)
    {
        ReadLog = new JournalHistory(journal.History).Read,
    };

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
