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
