// The logger that actors and others write to; LoggingExtensions adds the methods of daily use.
namespace Akka.Event;

/// <summary>A logger.</summary>
public interface ILoggingAdapter
{
    /// <summary>Makes the text of messages.</summary>
    ILogMessageFormatter Formatter { get; }

    /// <summary>True if debug events go anywhere.</summary>
    bool IsDebugEnabled { get; }

    /// <summary>True if info events go anywhere.</summary>
    bool IsInfoEnabled { get; }

    /// <summary>True if warnings go anywhere.</summary>
    bool IsWarningEnabled { get; }

    /// <summary>True if errors go anywhere.</summary>
    bool IsErrorEnabled { get; }

    /// <summary>True if events of this level go anywhere.</summary>
    bool IsEnabled(LogLevel logLevel);

    /// <summary>Logs a message that is formatted when it is needed.</summary>
    void Log(LogLevel logLevel, Exception? cause, LogMessage message);

    /// <summary>Logs a text as it is.</summary>
    void Log(LogLevel logLevel, Exception? cause, string format);
}

/// <summary>Base of loggers.</summary>
public abstract class LoggingAdapterBase : ILoggingAdapter
{
    /// <param name="logMessageFormatter">Makes the text of messages.</param>
    protected LoggingAdapterBase(ILogMessageFormatter logMessageFormatter)
    {
        ArgumentNullException.ThrowIfNull(logMessageFormatter);
        Formatter = logMessageFormatter;
    }

    /// <inheritdoc/>
    public ILogMessageFormatter Formatter { get; }

    /// <inheritdoc/>
    public abstract bool IsDebugEnabled { get; }

    /// <inheritdoc/>
    public abstract bool IsErrorEnabled { get; }

    /// <inheritdoc/>
    public abstract bool IsInfoEnabled { get; }

    /// <inheritdoc/>
    public abstract bool IsWarningEnabled { get; }

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel switch
    {
        LogLevel.DebugLevel => IsDebugEnabled,
        LogLevel.InfoLevel => IsInfoEnabled,
        LogLevel.WarningLevel => IsWarningEnabled,
        LogLevel.ErrorLevel => IsErrorEnabled,
        _ => throw new NotSupportedException($"Unknown LogLevel {logLevel}"),
    };

    /// <inheritdoc/>
    public void Log(LogLevel logLevel, Exception? cause, LogMessage message)
    {
        if (IsEnabled(logLevel))
            NotifyLog(logLevel, message, cause);
    }

    /// <inheritdoc/>
    public void Log(LogLevel logLevel, Exception? cause, string format)
    {
        if (IsEnabled(logLevel))
            NotifyLog(logLevel, format, cause);
    }

    /// <summary>Passes on what is enabled.</summary>
    protected abstract void NotifyLog(LogLevel logLevel, object message, Exception? cause = null);
}

/// <summary>A logger that publishes on a bus.</summary>
public sealed class BusLogging : LoggingAdapterBase
{
    /// <param name="bus">Where events are published.</param>
    /// <param name="logSource">Who reports, as text.</param>
    /// <param name="logClass">Who reports, as a type.</param>
    /// <param name="logMessageFormatter">Makes the text of messages.</param>
    public BusLogging(LoggingBus bus, string logSource, Type logClass, ILogMessageFormatter logMessageFormatter)
        : base(logMessageFormatter)
    {
        Bus = bus;
        LogSource = logSource;
        LogClass = logClass;
    }

    /// <summary>Where events are published.</summary>
    public LoggingBus Bus { get; }

    /// <summary>Who reports, as a type.</summary>
    public Type LogClass { get; }

    /// <summary>Who reports, as text.</summary>
    public string LogSource { get; }

    /// <inheritdoc/>
    public override bool IsDebugEnabled => Bus.LogLevel <= LogLevel.DebugLevel;

    /// <inheritdoc/>
    public override bool IsInfoEnabled => Bus.LogLevel <= LogLevel.InfoLevel;

    /// <inheritdoc/>
    public override bool IsWarningEnabled => Bus.LogLevel <= LogLevel.WarningLevel;

    /// <inheritdoc/>
    public override bool IsErrorEnabled => Bus.LogLevel <= LogLevel.ErrorLevel;

    /// <inheritdoc/>
    protected override void NotifyLog(LogLevel logLevel, object message, Exception? cause = null)
    {
        LogEvent logEvent = logLevel switch
        {
            LogLevel.DebugLevel => new Debug(cause, LogSource, LogClass, message),
            LogLevel.InfoLevel => new Info(cause, LogSource, LogClass, message),
            LogLevel.WarningLevel => new Warning(cause, LogSource, LogClass, message),
            LogLevel.ErrorLevel => new Error(cause, LogSource, LogClass, message),
            _ => throw new NotSupportedException($"Unknown LogLevel {logLevel}"),
        };
        Bus.Publish(logEvent);
    }
}

/// <summary>A logger that drops everything.</summary>
public sealed class NoLogger : ILoggingAdapter
{
    /// <summary>The one value.</summary>
    public static readonly ILoggingAdapter Instance = new NoLogger();

    private NoLogger()
    {
    }

    /// <inheritdoc/>
    public ILogMessageFormatter Formatter => DefaultLogMessageFormatter.Instance;

    /// <inheritdoc/>
    public bool IsDebugEnabled => false;

    /// <inheritdoc/>
    public bool IsInfoEnabled => false;

    /// <inheritdoc/>
    public bool IsWarningEnabled => false;

    /// <inheritdoc/>
    public bool IsErrorEnabled => false;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => false;

    /// <inheritdoc/>
    public void Log(LogLevel logLevel, Exception? cause, LogMessage message)
    {
    }

    /// <inheritdoc/>
    public void Log(LogLevel logLevel, Exception? cause, string format)
    {
    }
}
