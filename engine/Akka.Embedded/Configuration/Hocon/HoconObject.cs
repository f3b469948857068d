// Keys and values. Merging two objects goes down into the keys that are objects on both sides.
using System.Text;
using Akka.Embedded.Configuration;

namespace Akka.Configuration.Hocon;

/// <summary>An object: keys with values.</summary>
public class HoconObject : IHoconElement
{
    /// <summary>The values by key.</summary>
    public Dictionary<string, HoconValue> Items { get; } = new(StringComparer.Ordinal);

    /// <summary>The object as nested dictionaries, lists and strings.</summary>
    public IDictionary<string, object?> Unwrapped => Items.ToDictionary(item => item.Key, item => Unwrap(item.Value));

    /// <inheritdoc/>
    public bool IsString() => false;

    /// <inheritdoc/>
    public string? GetString() => null;

    /// <inheritdoc/>
    public bool IsArray() => false;

    /// <inheritdoc/>
    public IList<HoconValue> GetArray() => [];

    /// <summary>The value under one key (dots and quotes mean themselves); null if there is none.</summary>
    public HoconValue? GetKey(string key) => Items.GetValueOrDefault(key);

    /// <summary>The value under one key, made empty if there is none.</summary>
    public HoconValue GetOrCreateKey(string key)
    {
        if (!Items.TryGetValue(key, out var value))
            Items.Add(key, value = new HoconValue());
        return value;
    }

    /// <summary>Takes over from <paramref name="other"/> what is not here, and into objects what is not there.</summary>
    /// <param name="other">The object that yields where both define something; left as it is.</param>
    public void Merge(HoconObject other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach (var (key, value) in MergedCopy(this, other).Items)
            Items[key] = value;
    }

    /// <summary>A new object with everything of <paramref name="primary"/>, and of <paramref name="fallback"/> what is missing there.</summary>
    internal static HoconObject MergedCopy(HoconObject primary, HoconObject fallback)
    {
        var result = new HoconObject();
        foreach (var (key, value) in primary.Items)
        {
            var both = value.IsObject() && fallback.GetKey(key) is { } other && other.IsObject();
            result.Items[key] = both
                ? HoconValue.Of(MergedCopy(value.GetObject()!, fallback.Items[key].GetObject()!))
                : value;
        }

        foreach (var (key, value) in fallback.Items)
            result.Items.TryAdd(key, value);
        return result;
    }

    /// <summary>The object as HOCON text, without braces.</summary>
    public override string ToString() => ToString(0);

    /// <summary>The object as HOCON text, without braces.</summary>
    /// <param name="indent">Levels of two spaces before every line.</param>
    public string ToString(int indent)
    {
        var text = new StringBuilder();
        var margin = new string(' ', indent * 2);
        foreach (var (key, value) in Items)
            text.Append(margin).Append(HoconPath.Quote(key)).Append(" : ").Append(value.ToString(indent + 1)).Append('\n');
        return text.ToString();
    }

    private static object? Unwrap(HoconValue value)
    {
        if (value.IsObject())
            return value.GetObject()!.Unwrapped;
        return value.IsArray() ? value.GetArray().Select(Unwrap).ToList() : value.GetString();
    }
}
