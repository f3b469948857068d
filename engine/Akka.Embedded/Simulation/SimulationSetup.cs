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
    /// <param name="process">The process that the system lives in; null for one of its own, which nobody can kill.</param>
    public SimulationSetup(SimulationScheduler scheduler, SimulatedProcess? process = null)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        Scheduler = scheduler;
        Process = process;
    }

    /// <summary>The simulation.</summary>
    public SimulationScheduler Scheduler { get; }

    /// <summary>The process that the system lives in.</summary>
    public SimulatedProcess? Process { get; }

    internal EngineEnvironment CreateEnvironment(string systemName) => new SimulatedEnvironment(Scheduler, Process, systemName);
}

/// <summary>Virtual time, a seed's randomness, and the simulation's one thread.</summary>
internal sealed class SimulatedEnvironment : EngineEnvironment
{
    private readonly DeterministicRandom _random;

    public SimulatedEnvironment(SimulationScheduler scheduler, SimulatedProcess? process, string systemName)
    {
        Scheduler = scheduler;
        Process = process ?? new SimulatedProcess(scheduler, systemName);
        _random = scheduler.Random.Fork(systemName);
        CustomExecutor = id => new SimulationExecutor(id, Process);
    }

    public SimulationScheduler Scheduler { get; }

    public SimulatedProcess Process { get; }

    public override TimeProvider Time => Process.Time;

    public override bool IsSimulated => true;

    public override Func<string, ExecutorService> CustomExecutor { get; }

    public override long NextRandom() => _random.NextInt64();

    public override void RunOutside(Action<object?> callback, object? state) => Process.Post(new SendOrPostCallback(callback), state);

    public override TimerQueue CreateTimerQueue(string systemName, Config schedulerConfig) => new VirtualTimerQueue(Process);
}

/// <summary>Runs everything on the simulation's thread.</summary>
internal sealed class SimulationExecutor(string id, SimulatedProcess process) : ExecutorService(id)
{
    private bool _stopped;

    public override void Execute(IRunnable run)
    {
        if (_stopped)
            throw new RejectedExecutionException($"Dispatcher [{Id}] has been shut down.");
        process.Post(static r => ((IRunnable)r!).Run(), run);
    }

    public override void Shutdown() => _stopped = true;
}

/// <summary>The engine's timers in virtual time.</summary>
internal sealed class VirtualTimerQueue(SimulatedProcess process) : TimerQueue
{
    private bool _stopped;

    public override TimeProvider Time => process.Time;

    public override bool Add(TimerEntry entry, TimeSpan delay)
    {
        if (_stopped)
            return false;
        entry.Due = process.Ticks + delay.Ticks;
        ScheduleIn(entry, delay);
        return true;
    }

    public override void Remove(TimerEntry entry) => entry.MarkCancelled();

    public override void Dispose() => _stopped = true;

    private void ScheduleIn(TimerEntry entry, TimeSpan delay) => process.Schedule(process.InSimulation(delay), _ => Fire(entry), null);

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

        // At a fixed rate: what the work of this step has cost does not add up. But what a pause has missed is not made up for.
        entry.Due = Math.Max(entry.Due + interval.Ticks, process.Ticks - interval.Ticks);
        ScheduleIn(entry, TimeSpan.FromTicks(entry.Due - process.Ticks));
    }
}
