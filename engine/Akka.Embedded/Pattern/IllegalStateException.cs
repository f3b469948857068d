// Something was called in a state that does not permit it.
using Akka.Actor;

namespace Akka.Pattern;

/// <summary>Something was called in a state that does not permit it.</summary>
public class IllegalStateException : AkkaException
{
    /// <summary>With a message.</summary>
    public IllegalStateException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and a cause.</summary>
    public IllegalStateException(string message, Exception innerEx)
        : base(message, innerEx)
    {
    }
}
