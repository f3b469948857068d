// What engine code asks about the thread it is on, without knowing its actor system.
using Akka.Embedded.Simulation;

namespace Akka.Embedded;

/// <summary>Tells awaits inside the engine whether they must come back to where they were made.</summary>
internal static class SimulatedContext
{
    public static bool IsCurrent => SimulationScheduler.Current is not null;
}

/// <summary>The time that log events bear.</summary>
internal static class LogClock
{
    public static DateTime UtcNow =>
        SimulationScheduler.Current is { } scheduler ? scheduler.Time.GetUtcNow().UtcDateTime : TimeProvider.System.GetUtcNow().UtcDateTime;
}
