// The bus that log events travel on: by type, with the level below which nothing is published. It starts with a logger that
// writes to standard output, and goes over to the configured logger actors when the system is up.
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Util.Reflection;

namespace Akka.Event;

/// <summary>The bus that log events travel on.</summary>
public class LoggingBus : ActorEventBus<object, Type>
{
    private static readonly LogLevel[] AllLevels =
        [LogLevel.DebugLevel, LogLevel.InfoLevel, LogLevel.WarningLevel, LogLevel.ErrorLevel];

    private readonly List<IActorRef> _loggers = [];
    private MinimalLogger? _stdout;

    /// <summary>The level from which on events are published.</summary>
    public LogLevel LogLevel { get; private set; } = LogLevel.DebugLevel;

    /// <summary>Changes the level, and what the loggers get.</summary>
    public void SetLogLevel(LogLevel logLevel)
    {
        LogLevel = logLevel;
        foreach (var logger in _loggers)
        {
            foreach (var level in AllLevels)
            {
                if (level < logLevel)
                    Unsubscribe(logger, level.ClassFor());
                else
                    Subscribe(logger, level.ClassFor());
            }
        }
    }

    /// <summary>Writes to standard output until the configured loggers are up.</summary>
    public void StartStdoutLogger(Settings config)
    {
        SetUpStdout(config);
        Publish(new Debug(SimpleName(this), GetType(), "StandardOutLogger started"));
    }

    internal async Task StartDefaultLoggers(ActorSystemImpl system)
    {
        var level = Logging.LogLevelFor(system.Settings.LogLevel);
        var toStdout = false;
        foreach (var name in system.Settings.Loggers)
        {
            if (string.IsNullOrWhiteSpace(name))
                continue;
            var type = TypeCache.GetType(name)
                ?? throw new ConfigurationException($"Logger specified in config cannot be found: \"{name}\"");
            if (typeof(MinimalLogger).IsAssignableFrom(type))
            {
                toStdout = true;
                continue;
            }

            await AddLogger(system, type, level).ConfigureAwait(false);
        }

        LogLevel = level;
        if (!toStdout && _stdout is not null)
            Unsubscribe(_stdout);
        Publish(new Debug(SimpleName(this), GetType(), "Default Loggers started"));
    }

    internal void StopDefaultLoggers(ActorSystem system)
    {
        if (_loggers.Count > 0 && _stdout is not null)
            SetUpStdout(system.Settings);
        foreach (var logger in _loggers)
            Unsubscribe(logger);
        _loggers.Clear();
        Publish(new Debug(SimpleName(this), GetType(), "All default loggers stopped"));
    }

    /// <inheritdoc/>
    protected override bool IsSubClassification(Type parent, Type child) => parent.IsAssignableFrom(child);

    /// <inheritdoc/>
    protected override void Publish(object @event, IActorRef subscriber) => subscriber.Tell(@event);

    /// <inheritdoc/>
    protected override bool Classify(object @event, Type classifier) => classifier.IsInstanceOfType(@event);

    /// <inheritdoc/>
    protected override Type GetClassifier(object @event) => @event.GetType();

    private void SetUpStdout(Settings settings)
    {
        _stdout = settings.StdoutLogger;
        var level = Logging.LogLevelFor(settings.StdoutLogLevel);
        foreach (var one in AllLevels)
        {
            if (one >= level)
                Subscribe(_stdout, one.ClassFor());
        }

        LogLevel = level;
    }

    private async Task AddLogger(ActorSystemImpl system, Type type, LogLevel level)
    {
        var name = $"log{system.NextLoggerNumber()}-{SimpleName(type)}";
        var logger = system.SystemActorOf(Props.Create(type).WithDispatcher(system.Settings.LoggersDispatcher), name);
        var initialize = new InitializeLogger(this);
        if (system.Settings.LoggerAsyncStart || system.Environment.IsSimulated)
        {
            logger.Tell(initialize, ActorRefs.NoSender);
        }
        else
        {
            try
            {
                var answer = await logger.Ask<object>(initialize, system.Settings.LoggerStartTimeout).ConfigureAwait(false);
                if (answer is not LoggerInitialized)
                    throw new LoggerInitializationException($"Logger {name} did not respond with LoggerInitialized, sent instead {answer}");
            }
            catch (AskTimeoutException)
            {
                Publish(new Warning(SimpleName(this), GetType(),
                    $"Logger {name} did not respond within {system.Settings.LoggerStartTimeout} to InitializeLogger(bus)"));
            }
        }

        _loggers.Add(logger);
        foreach (var one in AllLevels)
        {
            if (one >= level)
                Subscribe(logger, one.ClassFor());
        }

        Publish(new Debug(SimpleName(this), GetType(), $"Logger {name} [{type.Name}] started"));
    }
}
