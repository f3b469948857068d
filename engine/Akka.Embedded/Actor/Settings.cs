// The settings of an actor system, read once from its configuration and its setups.
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.Util.Reflection;

namespace Akka.Actor;

/// <summary>The settings of an actor system.</summary>
public class Settings
{
    private readonly Config _userConfig;
    private Config _fallback;

    /// <param name="system">The system.</param>
    /// <param name="config">On top of the engine's defaults.</param>
    public Settings(ActorSystem system, Config config)
        : this(system, config, ActorSystemSetup.Empty)
    {
    }

    /// <param name="system">The system.</param>
    /// <param name="config">On top of the engine's defaults.</param>
    /// <param name="setup">Settings given in code.</param>
    public Settings(ActorSystem system, Config config, ActorSystemSetup setup)
    {
        System = system;
        Setup = setup;
        _userConfig = config;
        _fallback = ConfigurationFactory.Default();
        Config = config.SafeWithFallback(_fallback);

        var bootstrap = setup.Get<BootstrapSetup>();
        ProviderSelectionType = bootstrap.HasValue && bootstrap.Value.ActorRefProvider.HasValue
            ? bootstrap.Value.ActorRefProvider.Value
            : ProviderSelection.GetProvider(Config.GetString("akka.actor.provider", "local")!);
        ProviderClass = ProviderSelectionType.Fqn;
        HasCluster = ProviderSelectionType.HasCluster;

        ConfigVersion = Config.GetString("akka.version", string.Empty)!;
        Home = Config.GetString("akka.home", string.Empty)!;
        SupervisorStrategyClass = Config.GetString("akka.actor.guardian-supervisor-strategy", "Akka.Actor.DefaultSupervisorStrategy")!;
        AskTimeout = Config.GetTimeSpan("akka.actor.ask-timeout", Timeout.InfiniteTimeSpan);
        CreationTimeout = Config.GetTimeSpan("akka.actor.creation-timeout", TimeSpan.FromSeconds(20));
        UnstartedPushTimeout = Config.GetTimeSpan("akka.actor.unstarted-push-timeout", TimeSpan.FromSeconds(10));
        SerializeAllMessages = Config.GetBoolean("akka.actor.serialize-messages");
        SerializeAllCreators = Config.GetBoolean("akka.actor.serialize-creators");
        EmitActorTelemetry = Config.GetBoolean("akka.actor.telemetry.enabled");

        LogLevel = Config.GetString("akka.loglevel", "INFO")!;
        StdoutLogLevel = Config.GetString("akka.stdout-loglevel", "WARNING")!;
        Loggers = Config.HasPath("akka.loggers") ? Config.GetStringList("akka.loggers") : ["Akka.Event.DefaultLogger"];
        LoggersDispatcher = Config.GetString("akka.loggers-dispatcher", Dispatch.Dispatchers.DefaultDispatcherId)!;
        LoggerStartTimeout = Config.GetTimeSpan("akka.logger-startup-timeout", TimeSpan.FromSeconds(5));
        LoggerAsyncStart = Config.GetBoolean("akka.logger-async-start");
        LogConfigOnStart = Config.GetBoolean("akka.log-config-on-start");
        LogSerializerOverrideOnStart = Config.GetBoolean("akka.log-serializer-override-on-start", true);
        LogFormatter = Make<ILogMessageFormatter>("akka.logger-formatter") ?? DefaultLogMessageFormatter.Instance;
        StdoutLogger = Make<MinimalLogger>("akka.stdout-logger-class") ?? new StandardOutLogger();
        LogDeadLetters = ReadLogDeadLetters();
        LogDeadLettersDuringShutdown = Config.GetBoolean("akka.log-dead-letters-during-shutdown");
        LogDeadLettersSuspendDuration = Config.GetTimeSpan("akka.log-dead-letters-suspend-duration", TimeSpan.FromMinutes(5));

        AddLoggingReceive = Config.GetBoolean("akka.actor.debug.receive");
        DebugAutoReceive = Config.GetBoolean("akka.actor.debug.autoreceive");
        DebugLifecycle = Config.GetBoolean("akka.actor.debug.lifecycle");
        DebugEventStream = Config.GetBoolean("akka.actor.debug.event-stream");
        DebugUnhandledMessage = Config.GetBoolean("akka.actor.debug.unhandled");
        DebugTimerScheduler = Config.GetBoolean("akka.actor.debug.log-timers");

        SchedulerClass = Config.GetString("akka.scheduler.implementation", "Akka.Actor.HashedWheelTimerScheduler")!;
        SchedulerShutdownTimeout = Config.GetTimeSpan("akka.scheduler.shutdown-timeout", TimeSpan.FromSeconds(5));
        CoordinatedShutdownTerminateActorSystem = Config.GetBoolean("akka.coordinated-shutdown.terminate-actor-system", true);
        CoordinatedShutdownRunByActorSystemTerminate =
            Config.GetBoolean("akka.coordinated-shutdown.run-by-actor-system-terminate", true);
    }

    /// <summary>The system.</summary>
    public ActorSystem System { get; }

    /// <summary>The configuration with all defaults.</summary>
    public Config Config { get; private set; }

    /// <summary>Settings given in code.</summary>
    public ActorSystemSetup Setup { get; }

    /// <summary>akka.version.</summary>
    public string ConfigVersion { get; }

    /// <summary>akka.home.</summary>
    public string Home { get; }

    /// <summary>Which provider the system has.</summary>
    public ProviderSelection ProviderSelectionType { get; }

    /// <summary>The provider's class.</summary>
    public string ProviderClass { get; }

    /// <summary>True if the provider brings cluster membership.</summary>
    public bool HasCluster { get; }

    /// <summary>akka.actor.guardian-supervisor-strategy.</summary>
    public string SupervisorStrategyClass { get; }

    /// <summary>How long Ask waits where nothing else is said; infinite by default.</summary>
    public TimeSpan AskTimeout { get; }

    /// <summary>akka.actor.creation-timeout.</summary>
    public TimeSpan CreationTimeout { get; }

    /// <summary>akka.actor.unstarted-push-timeout.</summary>
    public TimeSpan UnstartedPushTimeout { get; }

    /// <summary>True to serialize local messages too, for tests.</summary>
    public bool SerializeAllMessages { get; }

    /// <summary>True to serialize props too, for tests.</summary>
    public bool SerializeAllCreators { get; }

    /// <summary>True to publish the start, restart and end of every actor.</summary>
    public bool EmitActorTelemetry { get; }

    /// <summary>The level of the configured loggers.</summary>
    public string LogLevel { get; }

    /// <summary>The level of the logger used while the system starts and ends.</summary>
    public string StdoutLogLevel { get; }

    /// <summary>The logger used while the system starts and ends.</summary>
    public MinimalLogger StdoutLogger { get; }

    /// <summary>Classes of the loggers.</summary>
    public IList<string> Loggers { get; }

    /// <summary>What loggers run on.</summary>
    public string LoggersDispatcher { get; }

    /// <summary>How long to wait for a logger's start.</summary>
    public TimeSpan LoggerStartTimeout { get; }

    /// <summary>True not to wait for the loggers' start.</summary>
    public bool LoggerAsyncStart { get; }

    /// <summary>Makes the text of log messages.</summary>
    public ILogMessageFormatter LogFormatter { get; }

    /// <summary>True to log the whole configuration at the start.</summary>
    public bool LogConfigOnStart { get; }

    /// <summary>True to warn of replaced default serializers.</summary>
    public bool LogSerializerOverrideOnStart { get; }

    /// <summary>How many dead letters are logged; 0 for none, <see cref="int.MaxValue"/> for all.</summary>
    public int LogDeadLetters { get; }

    /// <summary>True to log dead letters also while the system ends.</summary>
    public bool LogDeadLettersDuringShutdown { get; }

    /// <summary>How long logging of dead letters pauses when their number is used up.</summary>
    public TimeSpan LogDeadLettersSuspendDuration { get; }

    /// <summary>akka.actor.debug.receive.</summary>
    public bool AddLoggingReceive { get; }

    /// <summary>akka.actor.debug.autoreceive.</summary>
    public bool DebugAutoReceive { get; }

    /// <summary>akka.actor.debug.lifecycle.</summary>
    public bool DebugLifecycle { get; }

    /// <summary>akka.actor.debug.event-stream.</summary>
    public bool DebugEventStream { get; }

    /// <summary>akka.actor.debug.unhandled.</summary>
    public bool DebugUnhandledMessage { get; }

    /// <summary>akka.actor.debug.log-timers.</summary>
    public bool DebugTimerScheduler { get; }

    /// <summary>akka.scheduler.implementation.</summary>
    public string SchedulerClass { get; }

    /// <summary>akka.scheduler.shutdown-timeout.</summary>
    public TimeSpan SchedulerShutdownTimeout { get; }

    /// <summary>True if coordinated shutdown ends the system.</summary>
    public bool CoordinatedShutdownTerminateActorSystem { get; }

    /// <summary>True if the end of the system runs coordinated shutdown.</summary>
    public bool CoordinatedShutdownRunByActorSystemTerminate { get; }

    /// <summary>Adds defaults below everything given and above the engine's.</summary>
    public void InjectTopLevelFallback(Config config)
    {
        _fallback = config.SafeWithFallback(_fallback);
        Config = _userConfig.SafeWithFallback(_fallback);
    }

    /// <inheritdoc/>
    public override string ToString() => Config.ToString();

    private int ReadLogDeadLetters() => Config.GetString("akka.log-dead-letters", "10")?.ToLowerInvariant() switch
    {
        "on" or "true" or "yes" => int.MaxValue,
        "off" or "false" or "no" => 0,
        _ => Config.GetInt("akka.log-dead-letters", 10),
    };

    private T? Make<T>(string key)
        where T : class
    {
        var name = Config.GetString(key);
        if (string.IsNullOrWhiteSpace(name))
            return null;
        if (name.StartsWith("Akka.Event.DefaultLogMessageFormatter", StringComparison.Ordinal))
            return DefaultLogMessageFormatter.Instance as T;
        var type = TypeCache.GetType(name) ?? throw new ConfigurationException($"{key}: there is no type [{name}].");
        return (T)Activator.CreateInstance(type)!;
    }
}
