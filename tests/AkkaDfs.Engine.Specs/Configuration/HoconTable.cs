// Conformance cases as data: a text, a path, and what must be read there. One row is one test.
using Akka.Configuration;

namespace AkkaDfs.Engine.Specs.Configuration;

/// <summary>How a row reads its path.</summary>
public enum Read
{
    Text,
    Int,
    Long,
    Double,
    Decimal,
    Bool,
    Millis,
    Bytes,
    Texts,
    Ints,
    Has,
    Keys,
}

/// <summary>Reads a configuration the way a row says.</summary>
public static class HoconTable
{
    /// <summary>The value at <paramref name="path"/> as text; null for what is null or missing.</summary>
    public static string? ReadAs(Config config, Read read, string path) => read switch
    {
        Read.Text => config.GetString(path),
        Read.Int => config.GetInt(path).ToString(),
        Read.Long => config.GetLong(path).ToString(),
        Read.Double => config.GetDouble(path).ToString(),
        Read.Decimal => config.GetDecimal(path, 0).ToString(),
        Read.Bool => config.GetBoolean(path).ToString(),
        Read.Millis => config.GetTimeSpan(path).TotalMilliseconds.ToString(),
        Read.Bytes => config.GetByteSize(path).ToString(),
        Read.Texts => string.Join('|', config.GetStringList(path)),
        Read.Ints => string.Join('|', config.GetIntList(path)),
        Read.Has => config.HasPath(path).ToString(),
        Read.Keys => string.Join("|", config.GetConfig(path)!.AsEnumerable().Select(entry => entry.Key).Order()),
        _ => throw new ArgumentOutOfRangeException(nameof(read)),
    };
}
