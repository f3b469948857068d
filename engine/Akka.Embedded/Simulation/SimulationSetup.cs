// Puts an actor system into a simulation:
//   ActorSystem.Create(name, BootstrapSetup.Create().WithConfig(config).And(new SimulationSetup(scheduler)))
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.Embedded.Simulation;

/// <summary>Puts an actor system into a simulation.</summary>
public sealed class SimulationSetup : Actor.Setup.Setup
{
    /// <param name="scheduler">The simulation.</param>
    public SimulationSetup(SimulationScheduler scheduler)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        Scheduler = scheduler;
    }

    /// <summary>The simulation.</summary>
    public SimulationScheduler Scheduler { get; }

    internal EngineEnvironment CreateEnvironment(string systemName) => new SimulatedEnvironment(Scheduler, systemName);
}

/// <summary>Virtual time, a seed's randomness, and the simulation's one thread.</summary>
internal sealed class SimulatedEnvironment : EngineEnvironment
{
    private readonly DeterministicRandom _random;

    public SimulatedEnvironment(SimulationScheduler scheduler, string systemName)
    {
        Scheduler = scheduler;
        _random = scheduler.Random.Fork(systemName);
        CustomExecutor = id => new SimulationExecutor(id, scheduler);
    }

    public SimulationScheduler Scheduler { get; }

    public override TimeProvider Time => Scheduler.Time;

    public override bool IsSimulated => true;

    public override Func<string, ExecutorService> CustomExecutor { get; }

    public override long NextRandom() => _random.NextInt64();

    public override void RunOutside(Action<object?> callback, object? state) => Scheduler.Post(new SendOrPostCallback(callback), state);

    public override TimerQueue CreateTimerQueue(string systemName, Config schedulerConfig) => new VirtualTimerQueue(Scheduler);
}

/// <summary>Runs everything on the simulation's thread.</summary>
internal sealed class SimulationExecutor(string id, SimulationScheduler scheduler) : ExecutorService(id)
{
    private bool _stopped;

    public override void Execute(IRunnable run)
    {
        if (_stopped)
            throw new RejectedExecutionException($"Dispatcher [{Id}] has been shut down.");
        scheduler.Execute(run);
    }

    public override void Shutdown() => _stopped = true;
}

/// <summary>The engine's timers in virtual time.</summary>
internal sealed class VirtualTimerQueue(SimulationScheduler scheduler) : TimerQueue
{
    private bool _stopped;

    public override TimeProvider Time => scheduler.Time;

    public override bool Add(TimerEntry entry, TimeSpan delay)
    {
        if (_stopped)
            return false;
        entry.Due = scheduler.Ticks + delay.Ticks;
        scheduler.Add(new VirtualTimer(_ => Fire(entry), null), delay);
        return true;
    }

    public override void Remove(TimerEntry entry) => entry.MarkCancelled();

    public override void Dispose() => _stopped = true;

    private void Fire(TimerEntry entry)
    {
        if (_stopped)
            return;
        if (entry.Interval is not { } interval)
        {
            if (entry.MarkCancelled())
                entry.Fire();
            return;
        }

        if (entry.IsCancelled)
            return;
        entry.Fire();
        if (entry.IsCancelled)
            return;

        // At a fixed rate: what the work of this step has cost does not add up.
        entry.Due += interval.Ticks;
        scheduler.Add(new VirtualTimer(_ => Fire(entry), null), TimeSpan.FromTicks(entry.Due - scheduler.Ticks));
    }
}
