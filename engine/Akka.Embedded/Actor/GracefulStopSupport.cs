// Waiting, outside of actors, for an actor's end.
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Embedded;

namespace Akka.Actor;

/// <summary>Stops an actor and waits for its end.</summary>
public static class GracefulStopSupport
{
    /// <summary>Sends <see cref="PoisonPill"/> and waits for the actor's end.</summary>
    /// <returns>True if it ended in time.</returns>
    public static Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout) => target.GracefulStop(timeout, PoisonPill.Instance);

    /// <summary>Sends a message and waits for the actor's end.</summary>
    /// <returns>True if it ended in time.</returns>
    public static Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout, object stopMessage) =>
        EndOfActor.Wait(target, timeout, CancellationToken.None, stopMessage);
}

/// <summary>Waits for an actor's end.</summary>
public static class WatchAsyncSupport
{
    /// <summary>Waits for the actor's end.</summary>
    /// <returns>True if it ended; false if the token was cancelled before.</returns>
    public static Task<bool> WatchAsync(this IActorRef target, CancellationToken token = default) =>
        EndOfActor.Wait(target, Timeout.InfiniteTimeSpan, token, null);
}

internal static class EndOfActor
{
    public static async Task<bool> Wait(IActorRef target, TimeSpan timeout, CancellationToken token, object? stopMessage)
    {
        if (target is not IInternalActorRef watchee)
            throw new InvalidOperationException($"{target} is not an {typeof(IInternalActorRef)} and cannot be death-watched");
        var system = (ActorSystemImpl)watchee.Provider.Settings.System;
        var watcher = new DeathWatchRef(system.Environment, watchee.Provider);
        watchee.SendSystemMessage(new Watch(watchee, watcher));
        if (stopMessage is not null)
            target.Tell(stopMessage, ActorRefs.NoSender);

        var limit = new CloseEntry(watcher);
        if (timeout != Timeout.InfiniteTimeSpan && !system.Timers.Add(limit, timeout))
            watcher.Close();
        await using var registration = token.UnsafeRegister(static w => ((DeathWatchRef)w!).Close(), watcher)
            .ConfigureAwait(SimulatedContext.IsCurrent);
        try
        {
            return await watcher.Ended.ConfigureAwait(SimulatedContext.IsCurrent);
        }
        finally
        {
            system.Timers.Remove(limit);
            watchee.SendSystemMessage(new Unwatch(watchee, watcher));
            watcher.Close();
        }
    }

    private sealed class CloseEntry(DeathWatchRef watcher) : TimerEntry
    {
        public override void Fire() => watcher.Close();
    }
}
