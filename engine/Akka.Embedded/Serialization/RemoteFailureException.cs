// A failure that happened in another system. Only its text travels, and a number for the kinds a caller may tell apart.
using Akka.Actor;

namespace Akka.Embedded.Serialization;

/// <summary>A failure that another system reported.</summary>
public sealed class RemoteFailureException : AkkaException
{
    /// <param name="message">The text of the failure over there.</param>
    public RemoteFailureException(string message)
        : base(message)
    {
    }
}
