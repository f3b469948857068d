// A configuration: a tree of values, and configurations to fall back on. Instances are immutable; WithFallback makes a new one.
// Paths are keys separated by dots; a key with dots in it stands between quotes.
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Akka.Configuration.Hocon;
using Akka.Embedded.Configuration;

namespace Akka.Configuration;

/// <summary>A configuration read from HOCON. What it lacks is looked up in its fallbacks.</summary>
public partial class Config
{
    /// <summary>A configuration without anything in it.</summary>
    public static readonly Config Empty = new();

    private readonly HoconValue _own;

    /// <summary>An empty configuration.</summary>
    public Config()
        : this(new HoconRoot(new HoconValue()))
    {
    }

    /// <param name="root">What a parser returned.</param>
    public Config(HoconRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        _own = root.Value;
        Root = _own;
        Substitutions = root.Substitutions;
    }

    /// <param name="source">Decides where both define something.</param>
    /// <param name="fallback">Asked for the rest; null for none.</param>
    public Config(Config source, Config? fallback)
    {
        ArgumentNullException.ThrowIfNull(source);
        _own = source._own;
        Fallback = source.Fallback is null ? fallback : source.Fallback.SafeWithFallback(fallback);
        Root = fallback is null ? source.Root : Merged(source.Root, fallback.Root);
        Substitutions = source.Substitutions;
    }

    /// <summary>The next configuration asked; null at the end.</summary>
    public Config? Fallback { get; }

    /// <summary>True if neither this nor a fallback defines anything.</summary>
    public virtual bool IsEmpty => Root.IsEmpty;

    /// <summary>The root, with what the fallbacks add to it.</summary>
    public virtual HoconValue Root { get; }

    /// <summary>References that a caller put in.</summary>
    public IEnumerable<HoconSubstitution> Substitutions { get; set; }

    /// <summary>A configuration that asks <paramref name="fallback"/> for what is defined nowhere here.</summary>
    /// <param name="fallback">Null or empty adds nothing.</param>
    /// <exception cref="ArgumentException">A configuration cannot be its own fallback.</exception>
    public virtual Config WithFallback(Config? fallback)
    {
        if (ReferenceEquals(fallback, this))
            throw new ArgumentException("Config can not have itself as fallback", nameof(fallback));
        if (fallback is null || fallback.IsEmpty)
            return this;
        return IsEmpty ? fallback : new Config(this, fallback);
    }

    /// <summary>True if something is defined at the path, a null literal included.</summary>
    public virtual bool HasPath(string path) => GetValue(path) is not null;

    /// <summary>The value at a path; null if there is none.</summary>
    public HoconValue? GetValue(string path) => Root.GetChild(HoconPath.Split(path), 0);

    /// <summary>The part below a path; null if there is none.</summary>
    public virtual Config? GetConfig(string path) => GetValue(path)?.ToConfig();

    /// <summary>The keys directly below the root, without quotes, with their values.</summary>
    public virtual IEnumerable<KeyValuePair<string, HoconValue>> AsEnumerable() => Root.GetObject()?.Items ?? [];

    /// <summary>HOCON text of this configuration without its fallbacks; parses back to the same.</summary>
    public override string ToString() => ToString(includeFallback: false);

    /// <summary>HOCON text of this configuration; parses back to the same.</summary>
    /// <param name="includeFallback">If what the fallbacks add is to be shown too.</param>
    public string ToString(bool includeFallback) => (includeFallback ? Root : _own).ToString();

    /// <summary>HOCON text is a configuration.</summary>
    public static implicit operator Config(string str) => ConfigurationFactory.ParseString(str);

    /// <summary>The configuration with HOCON text to fall back on.</summary>
    public static Config operator +(Config config, string fallback) =>
        config.WithFallback(ConfigurationFactory.ParseString(fallback));

    /// <summary>HOCON text with a configuration to fall back on.</summary>
    public static Config operator +(string configHocon, Config fallbackConfig) =>
        ConfigurationFactory.ParseString(configHocon).WithFallback(fallbackConfig);

    /// <summary>The same configuration with another fallback added.</summary>
    protected Config Copy(Config? fallback = null) => new(this, fallback);

    private static HoconValue Merged(HoconValue primary, HoconValue fallback)
    {
        if (primary.Values.Count == 0)
            return fallback;
        return primary.GetObject() is { } first && fallback.GetObject() is { } second
            ? HoconValue.Of(HoconObject.MergedCopy(first, second))
            : primary;
    }
}
