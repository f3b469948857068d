// Where configurations come from: text, embedded resources, objects, and the engine's own reference files.
using System.Reflection;
using System.Text.Json;
using Akka.Configuration.Hocon;

namespace Akka.Configuration;

/// <summary>Makes configurations.</summary>
public class ConfigurationFactory
{
    private static readonly Lazy<Config> Reference = new(ReadReference);

    /// <summary>A configuration without anything in it.</summary>
    public static Config Empty => Config.Empty;

    /// <summary>Parses HOCON text.</summary>
    /// <param name="hocon">The text; may be empty.</param>
    /// <exception cref="ConfigurationException">The text is malformed; the message says line and column.</exception>
    public static Config ParseString(string hocon) => ParseString(hocon, null);

    /// <summary>Parses HOCON text that may include other texts.</summary>
    /// <param name="hocon">The text; may be empty.</param>
    /// <param name="includeCallback">Given the name in <c>include "name"</c>, returns the parsed resource.</param>
    /// <exception cref="ConfigurationException">The text is malformed; the message says line and column.</exception>
    public static Config ParseString(string hocon, Func<string, HoconRoot?>? includeCallback) =>
        new(Parser.Parse(hocon, includeCallback));

    /// <summary>The defaults of every setting of the engine.</summary>
    public static Config Default() => Reference.Value;

    /// <summary>What the environment configures: nothing, as the engine reads no file by itself.</summary>
    public static Config Load() => Config.Empty;

    /// <summary>Reads an object's public properties as a configuration.</summary>
    /// <param name="source">Any object that JSON can hold, anonymous ones included.</param>
    public static Config FromObject(object source) => ParseString(JsonSerializer.Serialize(source));

    /// <summary>Reads an embedded resource of the assembly of <typeparamref name="TAssembly"/>.</summary>
    /// <param name="resourceName">The resource's full name.</param>
    public static Config FromResource<TAssembly>(string resourceName) => FromResource(resourceName, typeof(TAssembly).Assembly);

    /// <summary>Reads an embedded resource of the assembly of an object's type.</summary>
    /// <param name="resourceName">The resource's full name.</param>
    /// <param name="instanceInAssembly">Any object of the assembly, or a type or the assembly itself.</param>
    public static Config FromResource(string resourceName, object instanceInAssembly) => instanceInAssembly switch
    {
        Assembly assembly => FromResource(resourceName, assembly),
        Type type => FromResource(resourceName, type.Assembly),
        _ => FromResource(resourceName, instanceInAssembly.GetType().Assembly),
    };

    /// <summary>Reads an embedded resource.</summary>
    /// <param name="resourceName">The resource's full name.</param>
    /// <param name="assembly">Where it is embedded.</param>
    /// <exception cref="ConfigurationException">There is no such resource, or it is malformed.</exception>
    public static Config FromResource(string resourceName, Assembly assembly)
    {
        using var stream = assembly.GetManifestResourceStream(resourceName)
            ?? throw new ConfigurationException($"{assembly.GetName().Name} has no embedded resource '{resourceName}'. "
                + $"It has: {string.Join(", ", assembly.GetManifestResourceNames())}.");
        using var reader = new StreamReader(stream);
        return ParseString(reader.ReadToEnd());
    }

    private static Config ReadReference()
    {
        var assembly = typeof(ConfigurationFactory).Assembly;
        var names = assembly.GetManifestResourceNames().Where(name => name.EndsWith(".conf", StringComparison.Ordinal));
        return names.Order(StringComparer.Ordinal)
            .Aggregate(Config.Empty, (all, name) => all.WithFallback(FromResource(name, assembly)));
    }
}
