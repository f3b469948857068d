// Ask: a message, and the first answer as a task.
using Akka.Actor.Internal;

namespace Akka.Actor;

/// <summary>Ask: a message, and the first answer as a task.</summary>
public static class Futures
{
    /// <summary>Sends and returns the first answer, whatever it is.</summary>
    /// <param name="self">Whom to ask.</param>
    /// <param name="message">The question.</param>
    /// <param name="timeout">How long to wait; null for akka.actor.ask-timeout.</param>
    /// <exception cref="AskTimeoutException">No answer in time.</exception>
    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<object>(message, timeout, CancellationToken.None);

    /// <inheritdoc cref="Ask(ICanTell, object, TimeSpan?)"/>
    public static Task<object> Ask(this ICanTell self, object message, CancellationToken cancellationToken) =>
        self.Ask<object>(message, null, cancellationToken);

    /// <inheritdoc cref="Ask(ICanTell, object, TimeSpan?)"/>
    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken) =>
        self.Ask<object>(message, timeout, cancellationToken);

    /// <summary>Sends and returns the first answer, which must be a <typeparamref name="T"/>; a <see cref="Status.Failure"/> fails the task.</summary>
    /// <param name="self">Whom to ask.</param>
    /// <param name="message">The question.</param>
    /// <param name="timeout">How long to wait; null for akka.actor.ask-timeout.</param>
    /// <exception cref="AskTimeoutException">No answer in time.</exception>
    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<T>(message, timeout, CancellationToken.None);

    /// <inheritdoc cref="Ask{T}(ICanTell, object, TimeSpan?)"/>
    public static Task<T> Ask<T>(this ICanTell self, object message, CancellationToken cancellationToken) =>
        self.Ask<T>(message, null, cancellationToken);

    /// <inheritdoc cref="Ask{T}(ICanTell, object, TimeSpan?)"/>
    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var asking = Prepare<T>(self, timeout, cancellationToken);
        asking.DeliverAsk(message, self);
        return asking.Task;
    }

    /// <summary>As the others, with a message that holds the reference the answer goes to.</summary>
    public static Task<T> Ask<T>(
        this ICanTell self, Func<IActorRef, object> messageFactory, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var asking = Prepare<T>(self, timeout, cancellationToken);
        asking.DeliverAsk(messageFactory(asking), self);
        return asking.Task;
    }

    private static AskActorRef<T> Prepare<T>(ICanTell self, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var provider = ProviderOf(self) ?? throw new ArgumentException("Unable to resolve the target Provider", nameof(self));
        var wait = timeout ?? provider.Settings.AskTimeout;
        var system = (ActorSystemImpl)provider.Settings.System;
        var asking = new AskActorRef<T>(system.Environment, provider);
        if (wait != Timeout.InfiniteTimeSpan && wait > TimeSpan.Zero)
            asking.EndAfter(system.Timers, wait);
        if (cancellationToken.CanBeCanceled)
            asking.EndWith(cancellationToken);
        asking.ReleaseIfEnded();
        return asking;
    }

    /// <summary>That of the target: the thread may belong to an actor of another system, or to one that has ended.</summary>
    private static IActorRefProvider? ProviderOf(ICanTell target) => target switch
    {
        IInternalActorRef reference => reference.Provider,
        ActorSelection selection => ProviderOf(selection.Anchor),
        _ => InternalCurrentActorCellKeeper.Current?.SystemImpl.Provider,
    };
}
