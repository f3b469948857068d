// Settings of a receptionist, from `akka.cluster.client.receptionist`.
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.Tools.Client;

/// <summary>How a member serves clients that are not members.</summary>
public sealed class ClusterReceptionistSettings : INoSerializationVerificationNeeded
{
    /// <summary>Settings from their parts.</summary>
    /// <param name="role">Receptionists stand on members with this role; null or empty for all.</param>
    /// <param name="numberOfContacts">Receptionists told to a client.</param>
    /// <param name="responseTunnelReceiveTimeout">Silence after which the way back to a client is given up.</param>
    /// <param name="heartbeatInterval">Time between two signs of life of a client.</param>
    /// <param name="acceptableHeartbeatPause">Silence after which a client counts as gone.</param>
    /// <param name="failureDetectionInterval">How often clients are looked at for silence.</param>
    public ClusterReceptionistSettings(
        string? role,
        int numberOfContacts,
        TimeSpan responseTunnelReceiveTimeout,
        TimeSpan heartbeatInterval,
        TimeSpan acceptableHeartbeatPause,
        TimeSpan failureDetectionInterval)
    {
        Role = string.IsNullOrEmpty(role) ? null : role;
        NumberOfContacts = numberOfContacts;
        ResponseTunnelReceiveTimeout = responseTunnelReceiveTimeout;
        HeartbeatInterval = heartbeatInterval;
        AcceptableHeartbeatPause = acceptableHeartbeatPause;
        FailureDetectionInterval = failureDetectionInterval;
    }

    /// <summary>Receptionists stand on members with this role; null for all.</summary>
    public string? Role { get; }

    /// <summary>Receptionists told to a client.</summary>
    public int NumberOfContacts { get; }

    /// <summary>Silence after which the way back to a client is given up.</summary>
    public TimeSpan ResponseTunnelReceiveTimeout { get; }

    /// <summary>Time between two signs of life of a client.</summary>
    public TimeSpan HeartbeatInterval { get; }

    /// <summary>Silence after which a client counts as gone.</summary>
    public TimeSpan AcceptableHeartbeatPause { get; }

    /// <summary>How often clients are looked at for silence.</summary>
    public TimeSpan FailureDetectionInterval { get; }

    /// <summary>Settings from `akka.cluster.client.receptionist` of a system.</summary>
    public static ClusterReceptionistSettings Create(ActorSystem system)
        => Create(system.Settings.Config.GetConfig("akka.cluster.client.receptionist") ?? Config.Empty);

    /// <summary>Settings from a section shaped like `akka.cluster.client.receptionist`.</summary>
    public static ClusterReceptionistSettings Create(Config config) => config.IsNullOrEmpty()
        ? throw new ConfigurationException("There is no section akka.cluster.client.receptionist. Use the reference configuration as a fallback.")
        : new ClusterReceptionistSettings(
            config.GetString("role"),
            config.GetInt("number-of-contacts"),
            config.GetTimeSpan("response-tunnel-receive-timeout"),
            config.GetTimeSpan("heartbeat-interval"),
            config.GetTimeSpan("acceptable-heartbeat-pause"),
            config.GetTimeSpan("failure-detection-interval"));

    /// <summary>A copy for members of a role.</summary>
    public ClusterReceptionistSettings WithRole(string role) => new(
        role, NumberOfContacts, ResponseTunnelReceiveTimeout, HeartbeatInterval, AcceptableHeartbeatPause, FailureDetectionInterval);

    /// <summary>A copy for all members.</summary>
    public ClusterReceptionistSettings WithoutRole() => new(
        null, NumberOfContacts, ResponseTunnelReceiveTimeout, HeartbeatInterval, AcceptableHeartbeatPause, FailureDetectionInterval);

    /// <summary>A copy that tells another number of receptionists.</summary>
    public ClusterReceptionistSettings WithNumberOfContacts(int numberOfContacts) => new(
        Role, numberOfContacts, ResponseTunnelReceiveTimeout, HeartbeatInterval, AcceptableHeartbeatPause, FailureDetectionInterval);
}
