// A value of the tree: nothing, or one element (several only where a caller put them). Asking for a type parses the text.
using System.Globalization;
using Akka.Embedded.Configuration;

namespace Akka.Configuration.Hocon;

/// <summary>A value: text, list or object.</summary>
public class HoconValue : IMightBeAHoconObject
{
    private const string Here = "the value";

    /// <summary>An empty value.</summary>
    public HoconValue()
        : this([])
    {
    }

    /// <param name="values">The elements; text elements are read as one text.</param>
    /// <param name="adoptedFromFallback">Kept for call-site compatibility.</param>
    public HoconValue(List<IHoconElement> values, bool adoptedFromFallback = true) => Values = values;

    /// <summary>The elements.</summary>
    public List<IHoconElement> Values { get; }

    /// <summary>True without elements, and for an object without keys.</summary>
    public bool IsEmpty => Values.Count == 0 || (GetObject() is { } only && only.Items.Count == 0);

    internal static HoconValue Of(IHoconElement element) => new([element]);

    /// <summary>Adds an element.</summary>
    public void AppendValue(IHoconElement value) => Values.Add(value);

    /// <summary>Removes all elements.</summary>
    public void Clear() => Values.Clear();

    /// <summary>Replaces all elements.</summary>
    public void NewValue(IHoconElement value)
    {
        Values.Clear();
        Values.Add(value);
    }

    /// <inheritdoc/>
    public bool IsObject() => GetObject() is not null;

    /// <inheritdoc/>
    public HoconObject? GetObject() => Values.Count == 0 ? null : Values[0] switch
    {
        HoconObject value => value,
        IMightBeAHoconObject other => other.GetObject(),
        _ => null,
    };

    /// <summary>True for text.</summary>
    public bool IsString() => Values.Count > 0 && Values.TrueForAll(value => value.IsString());

    /// <summary>The text; null for a null literal, a list, an object or nothing.</summary>
    public string? GetString()
    {
        if (!IsString())
            return null;
        return Values.Count == 1 ? Values[0].GetString() : string.Concat(Values.Select(value => value.GetString()));
    }

    /// <summary>True for a list.</summary>
    public bool IsArray() => GetArrays().Any();

    /// <summary>The elements of the list; empty for anything else.</summary>
    public IList<HoconValue> GetArray() => GetArrays().SelectMany(value => value.GetArray()).ToList();

    /// <summary>The value under one key of an object; null if there is none.</summary>
    public HoconValue? GetChildObject(string key) => GetObject()?.GetKey(key);

    /// <summary>A configuration whose root is this value.</summary>
    public Config ToConfig() => new(new HoconRoot(this));

    /// <summary>A configuration with this value under <paramref name="key"/>.</summary>
    public Config AtKey(string key)
    {
        var around = new HoconObject();
        around.Items.Add(key, this);
        return new Config(new HoconRoot(Of(around)));
    }

    /// <summary><c>true</c>, <c>on</c>, <c>yes</c> or their opposites.</summary>
    /// <exception cref="NotSupportedException">It is anything else.</exception>
    public bool GetBoolean() => HoconScalar.Boolean(GetString(), Here);

    /// <summary>A number.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public decimal GetDecimal() => HoconScalar.Number<decimal>(GetString(), Here, NumberStyles.Number);

    /// <inheritdoc cref="GetDecimal"/>
    public float GetFloat() => HoconScalar.Number<float>(GetString(), Here, NumberStyles.Float);

    /// <inheritdoc cref="GetDecimal"/>
    public double GetDouble() => HoconScalar.Number<double>(GetString(), Here, NumberStyles.Float);

    /// <summary>A whole number in the type's range.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    /// <exception cref="OverflowException">It does not fit.</exception>
    public long GetLong() => HoconScalar.Number<long>(GetString(), Here, NumberStyles.Integer);

    /// <inheritdoc cref="GetLong"/>
    public int GetInt() => HoconScalar.Number<int>(GetString(), Here, NumberStyles.Integer);

    /// <inheritdoc cref="GetLong"/>
    public byte GetByte() => HoconScalar.Number<byte>(GetString(), Here, NumberStyles.Integer);

    /// <summary>A duration such as <c>5s</c>, <c>100 ms</c>; a bare number is milliseconds.</summary>
    /// <param name="allowInfinite">If <c>infinite</c> may stand for <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    public TimeSpan GetTimeSpan(bool allowInfinite = true) => HoconScalar.Duration(GetString(), Here, allowInfinite);

    /// <summary>A size in bytes such as <c>128kB</c>, <c>64 MiB</c>; a bare number is bytes.</summary>
    public long? GetByteSize() => HoconScalar.ByteSize(GetString(), Here);

    /// <summary>The list as texts.</summary>
    public IList<string> GetStringList() => [.. GetArray().Select(value => value.GetString()!)];

    /// <summary>The list as booleans.</summary>
    public IList<bool> GetBooleanList() => [.. GetArray().Select(value => value.GetBoolean())];

    /// <summary>The list as numbers.</summary>
    public IList<decimal> GetDecimalList() => [.. GetArray().Select(value => value.GetDecimal())];

    /// <inheritdoc cref="GetDecimalList"/>
    public IList<float> GetFloatList() => [.. GetArray().Select(value => value.GetFloat())];

    /// <inheritdoc cref="GetDecimalList"/>
    public IList<double> GetDoubleList() => [.. GetArray().Select(value => value.GetDouble())];

    /// <inheritdoc cref="GetDecimalList"/>
    public IList<long> GetLongList() => [.. GetArray().Select(value => value.GetLong())];

    /// <inheritdoc cref="GetDecimalList"/>
    public IList<int> GetIntList() => [.. GetArray().Select(value => value.GetInt())];

    /// <inheritdoc cref="GetDecimalList"/>
    public IList<byte> GetByteList() => [.. GetArray().Select(value => value.GetByte())];

    /// <summary>The value as HOCON text.</summary>
    public override string ToString() => ToString(0);

    /// <summary>The value as HOCON text.</summary>
    /// <param name="indent">Levels of two spaces before the lines of an object.</param>
    public virtual string ToString(int indent)
    {
        if (GetObject() is { } value)
            return indent == 0 ? value.ToString(0) : $"{{\n{value.ToString(indent)}{new string(' ', (indent - 1) * 2)}}}";
        return IsArray() ? $"[{string.Join(',', GetArray().Select(item => item.ToString(indent + 1)))}]" : new HoconLiteral { Value = GetString() }.ToString();
    }

    /// <summary>The value at the end of a path, from its part number <paramref name="index"/> on.</summary>
    internal HoconValue? GetChild(IReadOnlyList<string> path, int index)
    {
        var value = this;
        for (; index < path.Count && value is not null; index++)
            value = value.GetChildObject(path[index]);
        return value;
    }

    private IEnumerable<IHoconElement> GetArrays() => Values.Where(value => value.IsArray());
}
