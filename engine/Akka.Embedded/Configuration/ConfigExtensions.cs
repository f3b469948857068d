// Configurations that may be null.
using System.Diagnostics.CodeAnalysis;

namespace Akka.Configuration;

/// <summary>Extensions for configurations that may be null.</summary>
public static class ConfigExtensions
{
    /// <summary>True for null and for a configuration that defines nothing.</summary>
    public static bool IsNullOrEmpty([NotNullWhen(false)] this Config? config) => config is null || config.IsEmpty;

    /// <summary>Adds a fallback, whichever of the two is null or empty.</summary>
    /// <returns>The other one if one is null or empty.</returns>
    public static Config SafeWithFallback(this Config? config, Config? fallback)
    {
        if (config.IsNullOrEmpty())
            return fallback ?? config ?? Config.Empty;
        return fallback.IsNullOrEmpty() || ReferenceEquals(config, fallback) ? config : config.WithFallback(fallback);
    }
}
