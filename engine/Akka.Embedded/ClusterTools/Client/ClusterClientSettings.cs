// Settings of a cluster client, from `akka.cluster.client`.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.Tools.Client;

/// <summary>How a client that is not a member finds and keeps its way into the cluster.</summary>
public sealed class ClusterClientSettings : INoSerializationVerificationNeeded
{
    private ClusterClientSettings(ClusterClientSettings other)
    {
        InitialContacts = other.InitialContacts;
        EstablishingGetContactsInterval = other.EstablishingGetContactsInterval;
        RefreshContactsInterval = other.RefreshContactsInterval;
        HeartbeatInterval = other.HeartbeatInterval;
        AcceptableHeartbeatPause = other.AcceptableHeartbeatPause;
        BufferSize = other.BufferSize;
        ReconnectTimeout = other.ReconnectTimeout;
    }

    private ClusterClientSettings(Config config)
    {
        InitialContacts = [.. config.GetStringList("initial-contacts").Select(ActorPath.Parse)];
        EstablishingGetContactsInterval = config.GetTimeSpan("establishing-get-contacts-interval");
        RefreshContactsInterval = config.GetTimeSpan("refresh-contacts-interval");
        HeartbeatInterval = config.GetTimeSpan("heartbeat-interval");
        AcceptableHeartbeatPause = config.GetTimeSpan("acceptable-heartbeat-pause");
        BufferSize = CheckBuffer(config.GetInt("buffer-size"));
        ReconnectTimeout = config.GetString("reconnect-timeout") is "off" or "" or null ? null : config.GetTimeSpan("reconnect-timeout");
    }

    /// <summary>Paths of the receptionists to start with.</summary>
    public IImmutableSet<ActorPath> InitialContacts { get; private init; }

    /// <summary>Time between two attempts to reach one of them.</summary>
    public TimeSpan EstablishingGetContactsInterval { get; private init; }

    /// <summary>Time between two refreshes of the list of receptionists.</summary>
    public TimeSpan RefreshContactsInterval { get; private init; }

    /// <summary>Time between two signs of life.</summary>
    public TimeSpan HeartbeatInterval { get; private init; }

    /// <summary>Silence after which a receptionist counts as lost.</summary>
    public TimeSpan AcceptableHeartbeatPause { get; }

    /// <summary>Messages kept while no receptionist is known.</summary>
    public int BufferSize { get; private init; }

    /// <summary>Time without a receptionist after which the client stops; null for never.</summary>
    public TimeSpan? ReconnectTimeout { get; private init; }

    /// <summary>Settings from `akka.cluster.client` of a system.</summary>
    public static ClusterClientSettings Create(ActorSystem system) => Create(system.Settings.Config.GetConfig("akka.cluster.client") ?? Config.Empty);

    /// <summary>Settings from a section shaped like `akka.cluster.client`.</summary>
    public static ClusterClientSettings Create(Config config) => config.IsNullOrEmpty()
        ? throw new ConfigurationException("There is no section akka.cluster.client. Use the reference configuration as a fallback.")
        : new ClusterClientSettings(config);

    /// <summary>A copy with other contacts.</summary>
    public ClusterClientSettings WithInitialContacts(IImmutableSet<ActorPath> initialContacts) => initialContacts.Count == 0
        ? throw new ArgumentException("InitialContacts must be defined", nameof(initialContacts))
        : new ClusterClientSettings(this) { InitialContacts = initialContacts };

    /// <summary>A copy with another interval.</summary>
    public ClusterClientSettings WithEstablishingGetContactsInterval(TimeSpan value) => new(this) { EstablishingGetContactsInterval = value };

    /// <summary>A copy with another interval.</summary>
    public ClusterClientSettings WithRefreshContactsInterval(TimeSpan value) => new(this) { RefreshContactsInterval = value };

    /// <summary>A copy with another interval.</summary>
    public ClusterClientSettings WithHeartbeatInterval(TimeSpan value) => new(this) { HeartbeatInterval = value };

    /// <summary>A copy with another buffer.</summary>
    public ClusterClientSettings WithBufferSize(int bufferSize) => new(this) { BufferSize = CheckBuffer(bufferSize) };

    /// <summary>A copy with another limit; null for none.</summary>
    public ClusterClientSettings WithReconnectTimeout(TimeSpan? reconnectTimeout) => new(this) { ReconnectTimeout = reconnectTimeout };

    private static int CheckBuffer(int size) => size is >= 0 and <= 10_000
        ? size
        : throw new ArgumentException("BufferSize must be >= 0 and <= 10000", nameof(size));
}
