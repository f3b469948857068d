// What goes wrong with configuration, as one catchable type.
using Akka.Actor;

namespace Akka.Configuration;

/// <summary>A configuration is malformed, or a section that is needed is not there.</summary>
public class ConfigurationException : AkkaException
{
    /// <param name="message">What is wrong, where, and what to do.</param>
    public ConfigurationException(string message)
        : base(message)
    {
    }

    /// <param name="message">What is wrong, where, and what to do.</param>
    /// <param name="exception">What was thrown underneath.</param>
    public ConfigurationException(string message, Exception? exception)
        : base(message, exception)
    {
    }

    /// <summary>The exception for a settings type whose section is missing or empty.</summary>
    /// <typeparam name="T">The settings type.</typeparam>
    /// <param name="path">Where the section was looked for; null if unknown.</param>
    public static ConfigurationException NullOrEmptyConfig<T>(string? path = null) =>
        new(path is null
            ? $"{typeof(T).Name} cannot be made: its configuration is null or empty."
            : $"{typeof(T).Name} cannot be made: nothing is configured at '{path}'.");
}
