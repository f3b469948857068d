// Settings of the singleton proxy, from `akka.cluster.singleton-proxy`.
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>How a proxy finds its singleton.</summary>
public sealed class ClusterSingletonProxySettings : INoSerializationVerificationNeeded
{
    /// <summary>Settings from their parts.</summary>
    /// <param name="singletonName">Name of the singleton below its manager.</param>
    /// <param name="role">Role of the members that run it; null or empty for all.</param>
    /// <param name="singletonIdentificationInterval">Time between two attempts to find it.</param>
    /// <param name="bufferSize">Messages kept while it is not known, 0 to 10,000; the oldest are dropped when there are more.</param>
    /// <param name="considerAppVersion">Not used.</param>
    public ClusterSingletonProxySettings(
        string singletonName, string? role, TimeSpan singletonIdentificationInterval, int bufferSize, bool considerAppVersion)
    {
        if (string.IsNullOrEmpty(singletonName))
            throw new ArgumentNullException(nameof(singletonName));
        if (singletonIdentificationInterval == TimeSpan.Zero)
            throw new ArgumentException("singletonIdentificationInterval must be positive", nameof(singletonIdentificationInterval));
        if (bufferSize is < 0 or > 10_000)
            throw new ArgumentException("bufferSize must be >= 0 and <= 10000", nameof(bufferSize));
        SingletonName = singletonName;
        Role = role;
        SingletonIdentificationInterval = singletonIdentificationInterval;
        BufferSize = bufferSize;
        ConsiderAppVersion = considerAppVersion;
    }

    /// <summary>Name of the singleton below its manager.</summary>
    public string SingletonName { get; }

    /// <summary>Role of the members that run it; null or empty for all.</summary>
    public string? Role { get; }

    /// <summary>Time between two attempts to find it.</summary>
    public TimeSpan SingletonIdentificationInterval { get; }

    /// <summary>Messages kept while it is not known.</summary>
    public int BufferSize { get; }

    /// <summary>Not used.</summary>
    public bool ConsiderAppVersion { get; }

    /// <summary>Settings from `akka.cluster.singleton-proxy` of a system.</summary>
    public static ClusterSingletonProxySettings Create(ActorSystem system)
        => Create(
            system.Settings.Config.GetConfig("akka.cluster.singleton-proxy") ?? Config.Empty,
            system.Settings.Config.GetBoolean("akka.cluster.singleton.consider-app-version"));

    /// <summary>Settings from a section shaped like `akka.cluster.singleton-proxy`.</summary>
    public static ClusterSingletonProxySettings Create(Config config, bool considerAppVersion)
    {
        if (config.IsNullOrEmpty())
            throw new ConfigurationException("There is no section akka.cluster.singleton-proxy. Use the reference configuration as a fallback.");
        return new ClusterSingletonProxySettings(
            config.GetString("singleton-name") ?? "singleton",
            EmptyToNull(config.GetString("role")),
            config.GetTimeSpan("singleton-identification-interval"),
            config.GetInt("buffer-size"),
            considerAppVersion);
    }

    /// <summary>A copy with another name.</summary>
    public ClusterSingletonProxySettings WithSingletonName(string singletonName)
        => new(singletonName, Role, SingletonIdentificationInterval, BufferSize, ConsiderAppVersion);

    /// <summary>A copy for members of a role; null or empty for all.</summary>
    public ClusterSingletonProxySettings WithRole(string? role)
        => new(SingletonName, EmptyToNull(role), SingletonIdentificationInterval, BufferSize, ConsiderAppVersion);

    /// <summary>A copy with another interval.</summary>
    public ClusterSingletonProxySettings WithSingletonIdentificationInterval(TimeSpan singletonIdentificationInterval)
        => new(SingletonName, Role, singletonIdentificationInterval, BufferSize, ConsiderAppVersion);

    /// <summary>A copy with another buffer.</summary>
    public ClusterSingletonProxySettings WithBufferSize(int bufferSize)
        => new(SingletonName, Role, SingletonIdentificationInterval, bufferSize, ConsiderAppVersion);

    private static string? EmptyToNull(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
