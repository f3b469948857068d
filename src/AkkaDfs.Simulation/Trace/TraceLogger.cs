// The logs of all simulated nodes, in the trace.

using Akka.Actor;
using Akka.Event;

namespace AkkaDfs.Simulation.Trace;

/// <summary>Takes the log of an actor system to the trace of its simulation; named in its configuration.</summary>
public sealed class TraceLogger : ReceiveActor
{
    /// <summary>Made by the engine.</summary>
    public TraceLogger()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(_ => Sink is not { IsRead: true }, _ => { });
        Receive<LogEvent>(line => Sink!.Say($"{SynchronizationContext.Current} {line.LogLevel()} {line.LogSource}: {line.Message}{(line.Cause is { } cause ? " " + cause : string.Empty)}"));
    }

    [field: ThreadStatic]
    internal static SimulationTrace? Sink
    {
        get;
        set;
    }
}
