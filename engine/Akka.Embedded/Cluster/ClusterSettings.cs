// The settings of akka.cluster, read once at the start of a system.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Util.Reflection;

namespace Akka.Cluster;

/// <summary>The settings of akka.cluster.</summary>
public sealed class ClusterSettings
{
    /// <param name="config">The system's configuration.</param>
    /// <param name="systemName">Its name, for messages.</param>
    /// <exception cref="ConfigurationException">A value makes no sense.</exception>
    public ClusterSettings(Config config, string systemName)
    {
        var cluster = config.GetConfig("akka.cluster")
            ?? throw new ConfigurationException($"{systemName} has no configuration akka.cluster.");
        LogInfo = cluster.GetBoolean("log-info", true);
        LogInfoVerbose = cluster.GetBoolean("log-info-verbose", false);
        if (LogInfoVerbose)
            LogInfo = true;
        FailureDetectorConfig = cluster.GetConfig("failure-detector")!;
        FailureDetectorImplementationClass = FailureDetectorConfig.GetString("implementation-class")!;
        HeartbeatInterval = FailureDetectorConfig.GetTimeSpan("heartbeat-interval");
        HeartbeatExpectedResponseAfter = FailureDetectorConfig.GetTimeSpan("expected-response-after");
        MonitoredByNrOfMembers = FailureDetectorConfig.GetInt("monitored-by-nr-of-members");
        SeedNodes = cluster.GetStringList("seed-nodes", []).Select(SeedNode).ToImmutableList();
        SeedNodeTimeout = cluster.GetTimeSpan("seed-node-timeout");
        RetryUnsuccessfulJoinAfter = Optional(cluster, "retry-unsuccessful-join-after");
        ShutdownAfterUnsuccessfulJoinSeedNodes = Optional(cluster, "shutdown-after-unsuccessful-join-seed-nodes");
        PeriodicTasksInitialDelay = cluster.GetTimeSpan("periodic-tasks-initial-delay");
        GossipInterval = cluster.GetTimeSpan("gossip-interval");
        GossipTimeToLive = cluster.GetTimeSpan("gossip-time-to-live");
        LeaderActionsInterval = cluster.GetTimeSpan("leader-actions-interval");
        UnreachableNodesReaperInterval = cluster.GetTimeSpan("unreachable-nodes-reaper-interval");
        PublishStatsInterval = Optional(cluster, "publish-stats-interval");
        DownRemovalMargin = Optional(cluster, "down-removal-margin") ?? TimeSpan.Zero;
        WeaklyUpAfter = Optional(cluster, "allow-weakly-up-members") ?? TimeSpan.Zero;
        AllowWeaklyUpMembers = WeaklyUpAfter > TimeSpan.Zero;
        Roles = cluster.GetStringList("roles", []).ToImmutableHashSet(StringComparer.Ordinal);
        MinNrOfMembers = cluster.GetInt("min-nr-of-members");
        MinNrOfMembersOfRole = MinimumOfRoles(cluster);
        RunCoordinatedShutdownWhenDown = cluster.GetBoolean("run-coordinated-shutdown-when-down", true);
        UseDispatcher = cluster.GetString("use-dispatcher", string.Empty)!;
        if (string.IsNullOrEmpty(UseDispatcher))
            UseDispatcher = Dispatch.Dispatchers.InternalDispatcherId;
        GossipDifferentViewProbability = cluster.GetDouble("gossip-different-view-probability");
        ReduceGossipDifferentViewProbability = cluster.GetInt("reduce-gossip-different-view-probability");
        VerboseHeartbeatLogging = cluster.GetBoolean("debug.verbose-heartbeat-logging", false);
        VerboseGossipReceivedLogging = cluster.GetBoolean("debug.verbose-receive-gossip-logging", false);
        DowningProviderType = DowningProvider(cluster.GetString("downing-provider-class", string.Empty)!);
        if (MinNrOfMembers < 1 || MonitoredByNrOfMembers < 1)
            throw new ConfigurationException("akka.cluster.min-nr-of-members and failure-detector.monitored-by-nr-of-members must be at least 1.");
    }

    /// <summary>True if joining members may work while somebody is unreachable.</summary>
    public bool AllowWeaklyUpMembers { get; }

    /// <summary>The class that decides about unreachable members.</summary>
    public Type DowningProviderType { get; }

    /// <summary>The failure detector's section.</summary>
    public Config FailureDetectorConfig { get; }

    /// <summary>The failure detector's class.</summary>
    public string FailureDetectorImplementationClass { get; }

    /// <summary>How often gossip goes to somebody who has not seen the state, 0 to 1.</summary>
    public double GossipDifferentViewProbability { get; }

    /// <summary>How often this node gossips.</summary>
    public TimeSpan GossipInterval { get; }

    /// <summary>Older gossip is dropped.</summary>
    public TimeSpan GossipTimeToLive { get; }

    /// <summary>Time for the first answer to a heartbeat.</summary>
    public TimeSpan HeartbeatExpectedResponseAfter { get; }

    /// <summary>How often heartbeats are sent.</summary>
    public TimeSpan HeartbeatInterval { get; }

    /// <summary>How often the leader acts.</summary>
    public TimeSpan LeaderActionsInterval { get; }

    /// <summary>Log what happens in the cluster.</summary>
    public bool LogInfo { get; }

    /// <summary>Log in more detail.</summary>
    public bool LogInfoVerbose { get; }

    /// <summary>So many members must be there before anybody comes up.</summary>
    public int MinNrOfMembers { get; }

    /// <summary>The same per role.</summary>
    public ImmutableDictionary<string, int> MinNrOfMembersOfRole { get; }

    /// <summary>So many members watch each one.</summary>
    public int MonitoredByNrOfMembers { get; }

    /// <summary>Delay of the first of everything periodic.</summary>
    public TimeSpan PeriodicTasksInitialDelay { get; }

    /// <summary>How often statistics are published; null for never.</summary>
    public TimeSpan? PublishStatsInterval { get; }

    /// <summary>From so many members on, gossip is less choosy.</summary>
    public int ReduceGossipDifferentViewProbability { get; }

    /// <summary>A join without answer is repeated after so long; null for never.</summary>
    public TimeSpan? RetryUnsuccessfulJoinAfter { get; }

    /// <summary>What this node is for.</summary>
    public ImmutableHashSet<string> Roles { get; }

    /// <summary>End the system when this node was removed from the cluster.</summary>
    public bool RunCoordinatedShutdownWhenDown { get; }

    /// <summary>The first seed node waits so long for the others before it starts a cluster of its own.</summary>
    public TimeSpan SeedNodeTimeout { get; }

    /// <summary>Where to join at the start.</summary>
    public ImmutableList<Address> SeedNodes { get; }

    /// <summary>End the system when no seed node let it in for so long; null for never.</summary>
    public TimeSpan? ShutdownAfterUnsuccessfulJoinSeedNodes { get; }

    /// <summary>How often unreachable members are looked for.</summary>
    public TimeSpan UnreachableNodesReaperInterval { get; }

    /// <summary>What the cluster's own actors run on.</summary>
    public string UseDispatcher { get; }

    /// <summary>Log what gossip comes in.</summary>
    public bool VerboseGossipReceivedLogging { get; }

    /// <summary>Log heartbeats.</summary>
    public bool VerboseHeartbeatLogging { get; }

    /// <summary>Joining members may work after so long without agreement.</summary>
    public TimeSpan WeaklyUpAfter { get; }

    /// <summary>Time from the removal of a downed member until what it did may start elsewhere.</summary>
    internal TimeSpan DownRemovalMargin { get; }

    private static Address SeedNode(string text) => Address.TryParse(text, out Address? address) && address.HasGlobalScope && address.Port is not null
        ? address
        : throw new ConfigurationException($"akka.cluster.seed-nodes holds [{text}], which is not an address such as akka.tcp://system@host:port.");

    private static TimeSpan? Optional(Config config, string key) => config.GetString(key, "off")!.ToLowerInvariant() is "off" or "false" or "no" or ""
        ? null
        : config.GetTimeSpan(key);

    private static ImmutableDictionary<string, int> MinimumOfRoles(Config cluster)
    {
        var roles = cluster.GetConfig("role");
        if (roles is null || roles.IsEmpty)
            return ImmutableDictionary<string, int>.Empty;
        return roles.AsEnumerable()
            .Where(pair => pair.Value.IsObject())
            .ToImmutableDictionary(static pair => pair.Key.Trim('"'), pair => cluster.GetInt($"role.{pair.Key}.min-nr-of-members", 0));
    }

    private static Type DowningProvider(string className)
    {
        if (string.IsNullOrWhiteSpace(className))
            return typeof(NoDowning);
        return TypeCache.GetType(className) is { } type && typeof(IDowningProvider).IsAssignableFrom(type)
            ? type
            : throw new ConfigurationException($"akka.cluster.downing-provider-class is [{className}]: there is no such downing provider.");
    }
}
