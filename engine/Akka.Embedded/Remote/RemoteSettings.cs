// The settings of akka.remote, read once at the start of a system.
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Remote;

/// <summary>The settings of akka.remote.</summary>
public class RemoteSettings
{
    /// <summary>Protocol of addresses without a transport.</summary>
    public static readonly string AkkaScheme = "akka";

    /// <param name="config">The system's configuration.</param>
    public RemoteSettings(Config config)
    {
        Config = config;
        var remote = config.GetConfig("akka.remote")
            ?? throw new ConfigurationException("There is no configuration akka.remote.");
        LogReceive = remote.GetBoolean("log-received-messages", false);
        LogSend = remote.GetBoolean("log-sent-messages", false);
        UntrustedMode = remote.GetBoolean("untrusted-mode", false);
        TrustedSelectionPaths = [.. remote.GetStringList("trusted-selection-paths", [])];
        RemoteLifecycleEventsLogLevel = remote.GetString("log-remote-lifecycle-events", "on")!;
        if (RemoteLifecycleEventsLogLevel.ToLowerInvariant() is "on" or "yes" or "true")
            RemoteLifecycleEventsLogLevel = "DEBUG";
        Dispatcher = remote.GetString("use-dispatcher", string.Empty)!;
        FlushWait = remote.GetTimeSpan("flush-wait-on-shutdown");
        ShutdownTimeout = remote.GetTimeSpan("shutdown-timeout");
        StartupTimeout = remote.GetTimeSpan("startup-timeout");
        CommandAckTimeout = remote.GetTimeSpan("command-ack-timeout");
        BackoffPeriod = remote.GetTimeSpan("backoff-interval");
        RetryGateClosedFor = remote.GetTimeSpan("retry-gate-closed-for");
        UsePassiveConnections = remote.GetBoolean("use-passive-connections", true);
        SysMsgBufferSize = remote.GetInt("system-message-buffer-size");
        SysResendTimeout = remote.GetTimeSpan("resend-interval");
        SysResendLimit = remote.GetInt("resend-limit");
        SysMsgAckTimeout = remote.GetTimeSpan("system-message-ack-piggyback-timeout");
        InitialSysMsgDeliveryTimeout = remote.GetTimeSpan("initial-system-message-delivery-timeout");
        QuarantineSilentSystemTimeout = remote.GetTimeSpan("quarantine-after-silence");
        QuarantineDuration = remote.GetTimeSpan("prune-quarantine-marker-after");
        TransportNames = remote.GetStringList("enabled-transports", []);
        WatchFailureDetectorConfig = remote.GetConfig("watch-failure-detector")!;
        WatchFailureDetectorImplementationClass = WatchFailureDetectorConfig.GetString("implementation-class")!;
        WatchHeartBeatInterval = WatchFailureDetectorConfig.GetTimeSpan("heartbeat-interval");
        WatchUnreachableReaperInterval = WatchFailureDetectorConfig.GetTimeSpan("unreachable-nodes-reaper-interval");
        WatchHeartbeatExpectedResponseAfter = WatchFailureDetectorConfig.GetTimeSpan("expected-response-after");
        if (SysMsgBufferSize < 1 || SysResendLimit < 1)
            throw new ConfigurationException("akka.remote.system-message-buffer-size and akka.remote.resend-limit must be at least 1.");
    }

    /// <summary>Wait after a failed connection before a system message is tried again.</summary>
    public TimeSpan BackoffPeriod { get; set; }

    /// <summary>Time for a management command.</summary>
    public TimeSpan CommandAckTimeout { get; set; }

    /// <summary>The whole configuration.</summary>
    public Config Config { get; }

    /// <summary>What remoting's own actors run on.</summary>
    public string Dispatcher { get; set; }

    /// <summary>At most how long the end of a system waits for messages on their way out.</summary>
    public TimeSpan FlushWait { get; set; }

    /// <summary>How long system messages for a system never reached are kept.</summary>
    public TimeSpan InitialSysMsgDeliveryTimeout { get; set; }

    /// <summary>Log every message received.</summary>
    public bool LogReceive { get; set; }

    /// <summary>Log every message sent.</summary>
    public bool LogSend { get; set; }

    /// <summary>How long the mark of a quarantined incarnation is kept.</summary>
    public TimeSpan? QuarantineDuration { get; set; }

    /// <summary>A system with unacknowledged system messages that is silent for so long is quarantined.</summary>
    public TimeSpan QuarantineSilentSystemTimeout { get; set; }

    /// <summary>Level of life cycle events in the log, or "off".</summary>
    public string RemoteLifecycleEventsLogLevel { get; set; }

    /// <summary>How long an address is left alone after a failure; messages to it become dead letters meanwhile.</summary>
    public TimeSpan RetryGateClosedFor { get; set; }

    /// <summary>Time for the end of remoting.</summary>
    public TimeSpan ShutdownTimeout { get; set; }

    /// <summary>Time for the start of remoting.</summary>
    public TimeSpan StartupTimeout { get; set; }

    /// <summary>Longest delay of an acknowledgement.</summary>
    public TimeSpan SysMsgAckTimeout { get; set; }

    /// <summary>System messages kept for one system until acknowledged; when they are more it is quarantined.</summary>
    public int SysMsgBufferSize { get; set; }

    /// <summary>System messages under way at a time.</summary>
    public int SysResendLimit { get; set; }

    /// <summary>After so long without acknowledgement system messages are sent again.</summary>
    public TimeSpan SysResendTimeout { get; set; }

    /// <summary>Paths of the transports' sections.</summary>
    public IList<string> TransportNames { get; set; }

    /// <summary>Paths that selections from outside may reach in untrusted mode.</summary>
    public HashSet<string> TrustedSelectionPaths { get; set; }

    /// <summary>Refuse system messages and harmful messages from outside.</summary>
    public bool UntrustedMode { get; set; }

    /// <summary>Use connections that the other side opened.</summary>
    public bool UsePassiveConnections { get; set; }

    /// <summary>The section of the watcher's failure detector.</summary>
    public Config WatchFailureDetectorConfig { get; set; }

    /// <summary>The class of the watcher's failure detector.</summary>
    public string WatchFailureDetectorImplementationClass { get; set; }

    /// <summary>Interval of the watcher's heartbeats.</summary>
    public TimeSpan WatchHeartBeatInterval { get; set; }

    /// <summary>Time for the first answer to a heartbeat.</summary>
    public TimeSpan WatchHeartbeatExpectedResponseAfter { get; set; }

    /// <summary>How often the watcher looks for dead systems.</summary>
    public TimeSpan WatchUnreachableReaperInterval { get; set; }

    /// <summary>The props with remoting's dispatcher, if one is set.</summary>
    public Props ConfigureDispatcher(Props props) => string.IsNullOrEmpty(Dispatcher) ? props : props.WithDispatcher(Dispatcher);
}
