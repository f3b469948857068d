// Settings of the singleton manager, from `akka.cluster.singleton`.
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>How a cluster singleton is run.</summary>
public sealed class ClusterSingletonManagerSettings : INoSerializationVerificationNeeded
{
    private readonly bool _considerAppVersion;

    /// <summary>Settings from their parts.</summary>
    /// <param name="singletonName">Name of the singleton below its manager.</param>
    /// <param name="role">Only members with this role run it; null or empty for all.</param>
    /// <param name="removalMargin">Wait after a downed member is gone before its singleton is started elsewhere; zero for the cluster's own.</param>
    /// <param name="handOverRetryInterval">Time between two requests to hand over.</param>
    /// <param name="considerAppVersion">Not used.</param>
    public ClusterSingletonManagerSettings(
        string singletonName, string? role, TimeSpan removalMargin, TimeSpan handOverRetryInterval, bool considerAppVersion)
    {
        if (string.IsNullOrWhiteSpace(singletonName))
            throw new ArgumentNullException(nameof(singletonName));
        if (removalMargin < TimeSpan.Zero)
            throw new ArgumentException("ClusterSingletonManagerSettings.RemovalMargin must be positive", nameof(removalMargin));
        if (handOverRetryInterval <= TimeSpan.Zero)
            throw new ArgumentException("ClusterSingletonManagerSettings.HandOverRetryInterval must be positive", nameof(handOverRetryInterval));
        SingletonName = singletonName;
        Role = role;
        RemovalMargin = removalMargin;
        HandOverRetryInterval = handOverRetryInterval;
        _considerAppVersion = considerAppVersion;
    }

    /// <summary>Name of the singleton below its manager.</summary>
    public string SingletonName { get; }

    /// <summary>Only members with this role run it; null or empty for all.</summary>
    public string? Role { get; }

    /// <summary>Wait after a downed member is gone before its singleton is started elsewhere.</summary>
    public TimeSpan RemovalMargin { get; }

    /// <summary>Time between two requests to hand over.</summary>
    public TimeSpan HandOverRetryInterval { get; }

    /// <summary>Not used.</summary>
    [Obsolete("ConsiderAppVersion is not used anymore and will be removed in future versions.")]
    public bool ConsiderAppVersion => _considerAppVersion;

    /// <summary>Settings from `akka.cluster.singleton` of a system.</summary>
    public static ClusterSingletonManagerSettings Create(ActorSystem system)
        => Create(system.Settings.Config.GetConfig("akka.cluster.singleton") ?? Config.Empty);

    /// <summary>Settings from a section shaped like `akka.cluster.singleton`.</summary>
    public static ClusterSingletonManagerSettings Create(Config config)
    {
        if (config.IsNullOrEmpty())
            throw new ConfigurationException("There is no section akka.cluster.singleton. Use the reference configuration as a fallback.");
        return new ClusterSingletonManagerSettings(
            config.GetString("singleton-name") ?? "singleton",
            EmptyToNull(config.GetString("role")),
            TimeSpan.Zero,
            config.GetTimeSpan("hand-over-retry-interval"),
            config.GetBoolean("consider-app-version"));
    }

    /// <summary>A copy with another name.</summary>
    public ClusterSingletonManagerSettings WithSingletonName(string singletonName) => Copy(singletonName: singletonName);

    /// <summary>A copy for members of a role; null or empty for all.</summary>
    public ClusterSingletonManagerSettings WithRole(string? role)
        => new(SingletonName, EmptyToNull(role), RemovalMargin, HandOverRetryInterval, false);

    /// <summary>A copy with another margin.</summary>
    public ClusterSingletonManagerSettings WithRemovalMargin(TimeSpan removalMargin) => Copy(removalMargin: removalMargin);

    /// <summary>A copy with another interval.</summary>
    public ClusterSingletonManagerSettings WithHandOverRetryInterval(TimeSpan handOverRetryInterval)
        => Copy(handOverRetryInterval: handOverRetryInterval);

    private static string? EmptyToNull(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private ClusterSingletonManagerSettings Copy(
        string? singletonName = null, TimeSpan? removalMargin = null, TimeSpan? handOverRetryInterval = null)
        => new(
            singletonName ?? SingletonName,
            Role,
            removalMargin ?? RemovalMargin,
            handOverRetryInterval ?? HandOverRetryInterval,
            false);
}
