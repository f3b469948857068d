// Loggers: one that is no actor and writes to standard output while the system starts and ends, and the default actor.
using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using Akka.Util;

namespace Akka.Event;

/// <summary>The mailbox of a logger.</summary>
public interface ILoggerMessageQueueSemantics : ISemantics
{
}

/// <summary>A logger that works before there are actors.</summary>
public abstract class MinimalLogger : MinimalActorRef
{
    private readonly ActorPath _path = new RootActorPath(new Address("akka", "all-systems"), "/StandardOutLogger");

    /// <inheritdoc/>
    public sealed override IActorRefProvider Provider => throw new NotSupportedException("This logger does not provide.");

    /// <inheritdoc/>
    public sealed override ActorPath Path => _path;

    /// <inheritdoc/>
    protected sealed override void TellInternal(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        Log(message);
    }

    /// <summary>Writes an event.</summary>
    protected abstract void Log(object message);
}

/// <summary>Writes to standard output.</summary>
public class StandardOutLogger : MinimalLogger
{
    /// <summary>Color of debug events.</summary>
    public static ConsoleColor DebugColor { get; set; } = ConsoleColor.Gray;

    /// <summary>Color of info events.</summary>
    public static ConsoleColor InfoColor { get; set; } = ConsoleColor.White;

    /// <summary>Color of warnings.</summary>
    public static ConsoleColor WarningColor { get; set; } = ConsoleColor.Yellow;

    /// <summary>Color of errors.</summary>
    public static ConsoleColor ErrorColor { get; set; } = ConsoleColor.Red;

    /// <summary>False to write without colors.</summary>
    public static bool UseColors { get; set; } = true;

    /// <inheritdoc/>
    protected override void Log(object message)
    {
        if (message is LogEvent logEvent)
            PrintLogEvent(logEvent);
        else
            StandardOutWriter.WriteLine(message.ToString() ?? string.Empty);
    }

    internal static void PrintLogEvent(LogEvent logEvent)
    {
        ConsoleColor? color = null;
        if (UseColors)
        {
            color = logEvent.LogLevel() switch
            {
                LogLevel.DebugLevel => DebugColor,
                LogLevel.InfoLevel => InfoColor,
                LogLevel.WarningLevel => WarningColor,
                LogLevel.ErrorLevel => ErrorColor,
                _ => null,
            };
        }

        StandardOutWriter.WriteLine(logEvent.ToString(), color);
    }
}

/// <summary>Writes to standard output, as an actor.</summary>
public class DefaultLogger : ActorBase, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                return true;
            case LogEvent logEvent:
                Print(logEvent);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Writes an event.</summary>
    protected virtual void Print(LogEvent logEvent) => StandardOutLogger.PrintLogEvent(logEvent);
}

/// <summary>What is left in a logger's mailbox at the end is written to standard output rather than lost.</summary>
internal sealed class LoggerMailboxType(Settings settings, Configuration.Config config) : MailboxType(settings, config)
{
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new LoggerMessageQueue();

    private sealed class LoggerMessageQueue : UnboundedMessageQueue, IMessageQueue, ILoggerMessageQueueSemantics
    {
        void IMessageQueue.CleanUp(IActorRef owner, IMessageQueue deadletters)
        {
            while (TryDequeue(out var envelope))
            {
                if (envelope.Message is LogEvent logEvent)
                    StandardOutLogger.PrintLogEvent(logEvent);
            }
        }
    }
}
