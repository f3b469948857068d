// Typed access. A path that nothing defines gives the default; a value of another type is an exception that names path and value.
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using Akka.Configuration.Hocon;
using Akka.Embedded.Configuration;

namespace Akka.Configuration;

public partial class Config
{
    /// <summary>Text; null for a null literal, a list or an object.</summary>
    [return: NotNullIfNotNull(nameof(@default))]
    public virtual string? GetString(string path, string? @default = null)
    {
        var value = GetValue(path);
        return value is null ? @default : value.GetString()!;
    }

    /// <summary><c>true</c>, <c>on</c>, <c>yes</c> or their opposites.</summary>
    /// <exception cref="NotSupportedException">It is anything else.</exception>
    public virtual bool GetBoolean(string path, bool @default = false)
    {
        var value = GetValue(path);
        return value is null ? @default : HoconScalar.Boolean(value.GetString(), path);
    }

    /// <summary>A whole number of 32 bits.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    /// <exception cref="OverflowException">It does not fit.</exception>
    public virtual int GetInt(string path, int @default = 0) => Number(path, @default, NumberStyles.Integer);

    /// <summary>A whole number of 64 bits.</summary>
    /// <inheritdoc cref="GetInt"/>
    public virtual long GetLong(string path, long @default = 0) => Number(path, @default, NumberStyles.Integer);

    /// <summary>A number.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public virtual float GetFloat(string path, float @default = 0) => Number(path, @default, NumberStyles.Float);

    /// <inheritdoc cref="GetFloat"/>
    public virtual double GetDouble(string path, double @default = 0) => Number(path, @default, NumberStyles.Float);

    /// <inheritdoc cref="GetFloat"/>
    public virtual decimal GetDecimal(string path, decimal @default = 0) => Number(path, @default, NumberStyles.Number);

    /// <summary>A duration such as <c>5s</c> or <c>100 ms</c>; a bare number is milliseconds.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="default">For a missing path; zero if not given.</param>
    /// <param name="allowInfinite">If <c>infinite</c> may stand for <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <exception cref="FormatException">It is no duration, or negative.</exception>
    public virtual TimeSpan GetTimeSpan(string path, TimeSpan? @default = null, bool allowInfinite = true)
    {
        var value = GetValue(path);
        return value is null ? @default.GetValueOrDefault() : HoconScalar.Duration(value.GetString(), path, allowInfinite);
    }

    /// <summary>A size in bytes such as <c>128kB</c> or <c>64 MiB</c>; a bare number is bytes.</summary>
    /// <returns>Null for a missing path.</returns>
    /// <exception cref="FormatException">It is no size.</exception>
    public virtual long? GetByteSize(string path) => GetByteSize(path, null);

    /// <inheritdoc cref="GetByteSize(string)"/>
    /// <param name="path">Where it is.</param>
    /// <param name="def">For a missing path.</param>
    public virtual long? GetByteSize(string path, long? def = null)
    {
        var value = GetValue(path);
        return value is null ? def : HoconScalar.ByteSize(value.GetString(), path);
    }

    /// <summary>A list of texts; empty for a missing path.</summary>
    public virtual IList<string> GetStringList(string path) => GetStringList(path, []);

    /// <summary>A list of texts.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="defaultPaths">For a missing path.</param>
    public virtual IList<string> GetStringList(string path, string[] defaultPaths) =>
        GetValue(path)?.GetStringList() ?? defaultPaths;

    /// <summary>A list of booleans.</summary>
    /// <exception cref="ConfigurationException">There is nothing at the path.</exception>
    public virtual IList<bool> GetBooleanList(string path) => ListAt(path).GetBooleanList();

    /// <summary>A list of numbers.</summary>
    /// <inheritdoc cref="GetBooleanList"/>
    public virtual IList<decimal> GetDecimalList(string path) => ListAt(path).GetDecimalList();

    /// <inheritdoc cref="GetDecimalList"/>
    public virtual IList<float> GetFloatList(string path) => ListAt(path).GetFloatList();

    /// <inheritdoc cref="GetDecimalList"/>
    public virtual IList<double> GetDoubleList(string path) => ListAt(path).GetDoubleList();

    /// <inheritdoc cref="GetDecimalList"/>
    public virtual IList<long> GetLongList(string path) => ListAt(path).GetLongList();

    /// <inheritdoc cref="GetDecimalList"/>
    public virtual IList<int> GetIntList(string path) => ListAt(path).GetIntList();

    /// <inheritdoc cref="GetDecimalList"/>
    public virtual IList<byte> GetByteList(string path) => ListAt(path).GetByteList();

    private T Number<T>(string path, T @default, NumberStyles style)
        where T : struct, INumber<T>
    {
        var value = GetValue(path);
        return value is null ? @default : HoconScalar.Number<T>(value.GetString(), path, style);
    }

    private HoconValue ListAt(string path) =>
        GetValue(path) ?? throw new ConfigurationException($"There is no list at '{path}': nothing is configured there.");
}
