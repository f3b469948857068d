// A reference to another path. The parser resolves references itself, so one is only met in trees that a caller builds.
namespace Akka.Configuration.Hocon;

/// <summary>A reference to another path of the configuration.</summary>
public class HoconSubstitution : IHoconElement, IMightBeAHoconObject
{
    /// <summary>For deriving classes.</summary>
    protected HoconSubstitution() => Path = "";

    /// <param name="path">The path referred to, from the root.</param>
    public HoconSubstitution(string path) => Path = path;

    /// <summary>The path referred to, from the root.</summary>
    public string Path { get; set; }

    /// <summary>What was found there; null until resolved.</summary>
    public HoconValue? ResolvedValue { get; set; }

    /// <inheritdoc/>
    public bool IsString() => ResolvedValue?.IsString() ?? false;

    /// <inheritdoc/>
    public string? GetString() => ResolvedValue?.GetString();

    /// <inheritdoc/>
    public bool IsArray() => ResolvedValue?.IsArray() ?? false;

    /// <inheritdoc/>
    public IList<HoconValue> GetArray() => ResolvedValue?.GetArray() ?? [];

    /// <inheritdoc/>
    public bool IsObject() => ResolvedValue?.IsObject() ?? false;

    /// <inheritdoc/>
    public HoconObject? GetObject() => ResolvedValue?.GetObject();
}
