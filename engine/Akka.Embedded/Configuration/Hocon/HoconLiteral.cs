// Text, number, boolean or null: HOCON does not tell them apart before they are asked for.
using Akka.Embedded.Configuration;

namespace Akka.Configuration.Hocon;

/// <summary>A simple value.</summary>
public class HoconLiteral : IHoconElement
{
    /// <summary>The text; null for the null literal.</summary>
    public string? Value { get; set; }

    /// <inheritdoc/>
    public bool IsString() => true;

    /// <inheritdoc/>
    public string? GetString() => Value;

    /// <inheritdoc/>
    public bool IsArray() => false;

    /// <inheritdoc/>
    public IList<HoconValue> GetArray() => [];

    /// <summary>The value as HOCON text.</summary>
    public override string ToString() =>
        Value is null ? "null" : HoconText.NeedsQuotes(Value, inKey: false) ? HoconText.Quote(Value) : Value;
}
