// What an actor system takes from outside, in one place: clock, randomness, executors, timers. The real environment uses the
// machine's; a simulated one uses virtual time, a seed, and one thread. Nothing else in the engine may reach for these.
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.Embedded;

internal abstract class EngineEnvironment
{
    public abstract TimeProvider Time { get; }

    /// <summary>True if nothing may block, and no thread but the simulation's may run anything.</summary>
    public abstract bool IsSimulated { get; }

    /// <summary>Makes the executor of every dispatcher, whatever its configuration says; null for no override.</summary>
    public abstract Func<string, ExecutorService>? CustomExecutor { get; }

    public static EngineEnvironment Of(ActorSystem system) => ((ActorSystemImpl)system).Environment;

    /// <summary>A uniformly random number in [0, 2^63).</summary>
    public abstract long NextRandom();

    /// <summary>An incarnation number: random, 1 to 2^31 - 1.</summary>
    public long NextUid() => (NextRandom() % (int.MaxValue - 1)) + 1;

    /// <summary>The timers behind the system's scheduler and behind Ask.</summary>
    public abstract TimerQueue CreateTimerQueue(string systemName, Config schedulerConfig);

    /// <summary>Runs a callback soon, outside of any actor's turn.</summary>
    public abstract void RunOutside(Action<object?> callback, object? state);

    /// <summary>A task source whose continuations never run inside of the call that completes it.</summary>
    public Completion<T> NewCompletion<T>() => new(this);
}

/// <summary>A task that the engine completes from within an actor's turn, without running its continuations there. In a
/// simulation they run on the simulation's thread too, Task.WhenAll and the like included.</summary>
internal sealed class Completion<T>(EngineEnvironment environment)
{
    private readonly TaskCompletionSource<T> _source =
        new(environment.IsSimulated ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    private int _claimed;

    public Task<T> Task => _source.Task;

    /// <summary>Completes the task; false if it was completed before.</summary>
    public bool TrySetResult(T result)
    {
        if (Interlocked.Exchange(ref _claimed, 1) != 0)
            return false;
        if (environment.IsSimulated)
            environment.RunOutside(_ => _source.SetResult(result), null);
        else
            _source.SetResult(result);
        return true;
    }

    /// <summary>Fails the task; false if it was completed before.</summary>
    public bool TrySetException(Exception failure)
    {
        if (Interlocked.Exchange(ref _claimed, 1) != 0)
            return false;
        if (environment.IsSimulated)
            environment.RunOutside(_ => _source.SetException(failure), null);
        else
            _source.SetException(failure);
        return true;
    }
}

/// <summary>The machine's clock, randomness and threads.</summary>
internal sealed class RealEnvironment : EngineEnvironment
{
    public static readonly RealEnvironment Instance = new();

    public override TimeProvider Time => TimeProvider.System;

    public override bool IsSimulated => false;

    public override Func<string, ExecutorService>? CustomExecutor => null;

    public override long NextRandom() => Random.Shared.NextInt64();

    public override void RunOutside(Action<object?> callback, object? state) =>
        ThreadPool.UnsafeQueueUserWorkItem(callback, state, preferLocal: false);

    public override TimerQueue CreateTimerQueue(string systemName, Config schedulerConfig) => new WheelTimerQueue(
        systemName,
        schedulerConfig.GetTimeSpan("tick-duration", TimeSpan.FromMilliseconds(10)),
        schedulerConfig.GetInt("ticks-per-wheel", 512));
}

/// <summary>Questions about the current thread.</summary>
internal static class ThreadRules
{
    /// <summary>False on the thread of a simulation: waiting there would wait for ever.</summary>
    public static bool MayBlock => Simulation.SimulationScheduler.Current is null;
}
