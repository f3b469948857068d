// Makes the failure detector a configuration names. The engine's own detectors get the system's clock; others are made by reflection.
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Remote;

/// <summary>Makes failure detectors by class name.</summary>
public static class FailureDetectorLoader
{
    /// <summary>Makes a detector.</summary>
    /// <param name="fqcn">Full class name, with or without assembly.</param>
    /// <param name="config">The detector's own section.</param>
    /// <param name="system">Gives clock and event stream.</param>
    /// <exception cref="ConfigurationException">There is no such class, or it has no constructor (Config, EventStream).</exception>
    public static FailureDetector Load(string fqcn, Config config, ActorSystem system) => Load(fqcn, config, system, ClockOf(system));

    /// <summary>A maker of detectors that are asked at regular intervals: when the asking stopped for a while, that time does not count.</summary>
    internal static Func<FailureDetector> LoaderFor(string fqcn, Config config, ActorSystem system, TimeSpan askedEvery)
    {
        var clock = new AwakeClock(ClockOf(system), (long)(2 * askedEvery.TotalMilliseconds));
        return () => Load(fqcn, config, system, clock.Now);
    }

    private static Clock ClockOf(ActorSystem system)
    {
        var scheduler = system.Scheduler;
        return () => (long)scheduler.MonotonicClock.TotalMilliseconds;
    }

    private static FailureDetector Load(string fqcn, Config config, ActorSystem system, Clock clock)
    {
        var comma = fqcn.IndexOf(',');
        var name = comma < 0 ? fqcn : fqcn[..comma];
        switch (name.Trim())
        {
            case "Akka.Remote.PhiAccrualFailureDetector":
                return new PhiAccrualFailureDetector(config, system.EventStream, clock);
            case "Akka.Remote.DeadlineFailureDetector":
                return new DeadlineFailureDetector(config, clock);
        }

        var type = Type.GetType(fqcn, throwOnError: false)
            ?? throw new ConfigurationException($"Could not create custom FailureDetector {fqcn}: there is no such class.");
        try
        {
            return (FailureDetector)Activator.CreateInstance(type, config, system.EventStream)!;
        }
        catch (Exception e) when (e is MissingMethodException or InvalidCastException or System.Reflection.TargetInvocationException)
        {
            throw new ConfigurationException($"Could not create custom FailureDetector {fqcn}: {e.Message}", e);
        }
    }

    /// <summary>Makes a detector within an actor.</summary>
    public static FailureDetector LoadFailureDetector(this IActorContext context, string fqcn, Config config) => Load(fqcn, config, context.System);
}
