// Exceptions of the actor model: one type per kind of failure, so that supervision can decide by type.
namespace Akka.Actor;

/// <summary>Base of every exception the engine throws.</summary>
public abstract class AkkaException : Exception
{
    /// <summary>An exception without a message.</summary>
    protected AkkaException()
    {
    }

    /// <summary>An exception with a message and, where there is one, its cause.</summary>
    protected AkkaException(string? message, Exception? cause = null)
        : base(message, cause)
    {
    }

    /// <summary>What caused this exception; null if nothing did.</summary>
    protected Exception? Cause => InnerException;
}

/// <summary>An actor's constructor or PreStart threw.</summary>
public class ActorInitializationException : AkkaException
{
    /// <summary>Without a message.</summary>
    public ActorInitializationException()
    {
    }

    /// <summary>With a message.</summary>
    public ActorInitializationException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and a cause.</summary>
    public ActorInitializationException(string message, Exception? cause)
        : base(message, cause)
    {
    }

    /// <summary>For a given actor.</summary>
    public ActorInitializationException(IActorRef? actor, string message, Exception? cause = null)
        : base(message, cause) => Actor = actor;

    /// <summary>The actor that could not be initialized; null if unknown.</summary>
    public IActorRef? Actor { get; set; }

    /// <inheritdoc/>
    public override string ToString() => Actor is null ? base.ToString() : $"{Actor}: {base.ToString()}";
}

/// <summary>PreRestart threw while the actor was being restarted.</summary>
public class PreRestartException : ActorInitializationException
{
    /// <param name="actor">The actor that was being restarted.</param>
    /// <param name="restartException">What PreRestart threw.</param>
    /// <param name="cause">Why the actor was being restarted.</param>
    /// <param name="optionalMessage">The message in process at the first failure, if any.</param>
    public PreRestartException(IActorRef? actor, Exception restartException, Exception? cause, object? optionalMessage)
        : base(actor, $"PreRestart of {actor} threw {restartException.GetType().Name}: {restartException.Message}", cause)
    {
        RestartException = restartException;
        OptionalMessage = optionalMessage;
    }

    /// <summary>What PreRestart threw.</summary>
    public Exception RestartException { get; }

    /// <summary>The message in process when the actor first failed; null if none.</summary>
    public object? OptionalMessage { get; }
}

/// <summary>The constructor or PostRestart threw while the actor was being restarted.</summary>
public class PostRestartException : ActorInitializationException
{
    /// <param name="actor">The actor that was being restarted.</param>
    /// <param name="cause">What the constructor or PostRestart threw.</param>
    /// <param name="originalCause">Why the actor was being restarted.</param>
    public PostRestartException(IActorRef? actor, Exception cause, Exception originalCause)
        : base(actor, $"Restart of {actor} failed with {cause.GetType().Name}: {cause.Message}", cause) =>
        OriginalCause = originalCause;

    /// <summary>Why the actor was being restarted.</summary>
    public Exception OriginalCause { get; }
}

/// <summary>Thrown inside an actor that got <see cref="Kill"/>.</summary>
public class ActorKilledException : AkkaException
{
    /// <summary>Without a message.</summary>
    public ActorKilledException()
    {
    }

    /// <summary>With a message.</summary>
    public ActorKilledException(string message)
        : base(message)
    {
    }
}

/// <summary>An actor's work was interrupted.</summary>
public class ActorInterruptedException : AkkaException
{
    /// <summary>With an optional message and cause.</summary>
    public ActorInterruptedException(string? message = null, Exception? cause = null)
        : base(message, cause)
    {
    }
}

/// <summary>No actor answered to the path of a selection in time.</summary>
public class ActorNotFoundException : AkkaException
{
    /// <summary>Without a message.</summary>
    public ActorNotFoundException()
    {
    }

    /// <summary>With a message and an optional cause.</summary>
    public ActorNotFoundException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>An Ask was not answered in time.</summary>
public class AskTimeoutException : AkkaException
{
    /// <summary>With a message.</summary>
    public AskTimeoutException(string message)
        : base(message)
    {
    }
}

/// <summary>An actor got <see cref="Terminated"/> of an actor it watches and did not handle it.</summary>
public class DeathPactException : AkkaException
{
    /// <param name="deadActor">The watched actor that died.</param>
    public DeathPactException(IActorRef deadActor)
        : base($"Monitored actor [{deadActor}] terminated") => DeadActor = deadActor;

    /// <summary>The watched actor that died.</summary>
    public IActorRef DeadActor { get; }
}

/// <summary>A name that the engine keeps for itself was asked for.</summary>
public class IllegalActorNameException : AkkaException
{
    /// <summary>With a message.</summary>
    public IllegalActorNameException(string message)
        : base(message)
    {
    }
}

/// <summary>An operation that the actor's state does not permit.</summary>
public class IllegalActorStateException : AkkaException
{
    /// <summary>With a message.</summary>
    public IllegalActorStateException(string message)
        : base(message)
    {
    }
}

/// <summary>A child's name is malformed or already taken.</summary>
public class InvalidActorNameException : AkkaException
{
    /// <summary>With a message.</summary>
    public InvalidActorNameException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and a cause.</summary>
    public InvalidActorNameException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>A message that cannot be sent: null.</summary>
public class InvalidMessageException : AkkaException
{
    /// <summary>Without a message.</summary>
    public InvalidMessageException()
    {
    }

    /// <summary>With a message.</summary>
    public InvalidMessageException(string message)
        : base(message)
    {
    }
}

/// <summary>A logger did not start.</summary>
public class LoggerInitializationException : AkkaException
{
    /// <summary>Without a message.</summary>
    public LoggerInitializationException()
    {
    }

    /// <summary>With a message.</summary>
    public LoggerInitializationException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and an optional cause.</summary>
    public LoggerInitializationException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}

/// <summary>The scheduler cannot take or run an entry.</summary>
public sealed class SchedulerException : AkkaException
{
    /// <summary>With a message.</summary>
    public SchedulerException(string message)
        : base(message)
    {
    }
}

/// <summary>A bounded stash is full.</summary>
public class StashOverflowException : AkkaException
{
    /// <summary>With a message and an optional cause.</summary>
    public StashOverflowException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
