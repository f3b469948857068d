// Log events, as published on the event stream: one class per level.
using Akka.Actor;

namespace Akka.Event;

/// <summary>How urgent a log event is.</summary>
public enum LogLevel
{
    /// <summary>For whoever looks for a fault.</summary>
    DebugLevel = 0,

    /// <summary>Worth knowing.</summary>
    InfoLevel = 1,

    /// <summary>Worth looking at.</summary>
    WarningLevel = 2,

    /// <summary>Must be looked at.</summary>
    ErrorLevel = 3,
}

/// <summary>Base of log events.</summary>
public abstract class LogEvent : INoSerializationVerificationNeeded
{
    /// <summary>Made now, on this thread.</summary>
    protected LogEvent()
    {
        Timestamp = Embedded.LogClock.UtcNow;
        Thread = Thread.CurrentThread;
    }

    /// <summary>The exception reported; null if there is none.</summary>
    public Exception? Cause { get; protected set; }

    /// <summary>When, UTC.</summary>
    public DateTime Timestamp { get; }

    /// <summary>On which thread.</summary>
    public Thread Thread { get; }

    /// <summary>Who reports, as text.</summary>
    public string LogSource { get; protected set; } = string.Empty;

    /// <summary>Who reports, as a type.</summary>
    public Type LogClass { get; protected set; } = typeof(object);

    /// <summary>The message: a string, or a <see cref="LogMessage"/> that is formatted when it is needed.</summary>
    public object Message { get; protected set; } = string.Empty;

    /// <summary>How urgent.</summary>
    public abstract LogLevel LogLevel();

    /// <inheritdoc/>
    public override string ToString()
    {
        var level = LogLevel().ToString().Replace("Level", string.Empty).ToUpperInvariant();
        var head = $"[{level}][{Timestamp:MM/dd/yyyy HH:mm:ss.fffzzz}][Thread {Thread.ManagedThreadId:0000}][{LogSource}] {Message}";
        return Cause is null ? head : $"{head}{Environment.NewLine}Cause: {Cause}";
    }
}

/// <summary>For whoever looks for a fault.</summary>
public class Debug : LogEvent
{
    /// <summary>Without a cause.</summary>
    public Debug(string logSource, Type logClass, object message)
        : this(null, logSource, logClass, message)
    {
    }

    /// <summary>With a cause.</summary>
    public Debug(Exception? cause, string logSource, Type logClass, object message)
    {
        Cause = cause;
        LogSource = logSource;
        LogClass = logClass;
        Message = message;
    }

    /// <inheritdoc/>
    public override LogLevel LogLevel() => Event.LogLevel.DebugLevel;
}

/// <summary>Worth knowing.</summary>
public class Info : LogEvent
{
    /// <summary>Without a cause.</summary>
    public Info(string logSource, Type logClass, object message)
        : this(null, logSource, logClass, message)
    {
    }

    /// <summary>With a cause.</summary>
    public Info(Exception? cause, string logSource, Type logClass, object message)
    {
        Cause = cause;
        LogSource = logSource;
        LogClass = logClass;
        Message = message;
    }

    /// <inheritdoc/>
    public override LogLevel LogLevel() => Event.LogLevel.InfoLevel;
}

/// <summary>Worth looking at.</summary>
public class Warning : LogEvent
{
    /// <summary>Without a cause.</summary>
    public Warning(string logSource, Type logClass, object message)
        : this(null, logSource, logClass, message)
    {
    }

    /// <summary>With a cause.</summary>
    public Warning(Exception? cause, string logSource, Type logClass, object message)
    {
        Cause = cause;
        LogSource = logSource;
        LogClass = logClass;
        Message = message;
    }

    /// <inheritdoc/>
    public override LogLevel LogLevel() => Event.LogLevel.WarningLevel;
}

/// <summary>Must be looked at.</summary>
public class Error : LogEvent
{
    /// <summary>With a cause, which may be null.</summary>
    public Error(Exception? cause, string logSource, Type logClass, object message)
    {
        Cause = cause;
        LogSource = logSource;
        LogClass = logClass;
        Message = message;
    }

    /// <inheritdoc/>
    public override LogLevel LogLevel() => Event.LogLevel.ErrorLevel;
}

/// <summary>To a logger actor: start, and answer with <see cref="LoggerInitialized"/>.</summary>
public class InitializeLogger : INoSerializationVerificationNeeded
{
    /// <param name="loggingBus">Where log events come from.</param>
    public InitializeLogger(LoggingBus loggingBus) => LoggingBus = loggingBus;

    /// <summary>Where log events come from.</summary>
    public LoggingBus LoggingBus { get; }
}

/// <summary>A logger actor's answer to <see cref="InitializeLogger"/>.</summary>
public class LoggerInitialized : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
}
