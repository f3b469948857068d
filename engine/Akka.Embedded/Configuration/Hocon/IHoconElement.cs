// What the parts of a HOCON value have in common.
namespace Akka.Configuration.Hocon;

/// <summary>A part of a <see cref="HoconValue"/>: text, list, object or substitution.</summary>
public interface IHoconElement
{
    /// <summary>True for text.</summary>
    bool IsString();

    /// <summary>The text; null for a null literal, a list or an object.</summary>
    string? GetString();

    /// <summary>True for a list.</summary>
    bool IsArray();

    /// <summary>The elements of a list; empty for anything else.</summary>
    IList<HoconValue> GetArray();
}

/// <summary>A part that may turn out to be an object.</summary>
public interface IMightBeAHoconObject
{
    /// <summary>True for an object.</summary>
    bool IsObject();

    /// <summary>The object; null for anything else.</summary>
    HoconObject? GetObject();
}
