// Reads numbers, booleans, durations and sizes out of text; errors name the setting and what it holds.
// Durations: HOCON's units and "infinite"; sizes: HOCON's units, powers of ten for kB, MB …, of two for K, KiB, M, MiB ….
using System.Globalization;
using System.Numerics;

namespace Akka.Embedded.Configuration;

internal static class HoconScalar
{
    private static readonly Dictionary<string, long> DurationUnitsInNanoseconds = Units(
        (1, "ns nano nanos nanosecond nanoseconds"),
        (1_000, "us micro micros microsecond microseconds"),
        (1_000_000, "ms milli millis millisecond milliseconds"),
        (1_000_000_000, "s second seconds"),
        (60_000_000_000, "m minute minutes"),
        (3_600_000_000_000, "h hour hours"),
        (86_400_000_000_000, "d day days"));

    private static readonly Dictionary<string, long> SizeUnitsInBytes = Units(
        (1, "b B byte bytes"),
        (1_000, "kB kilobyte kilobytes"),
        (1L << 10, "k K Ki KiB kibibyte kibibytes"),
        (1_000_000, "MB megabyte megabytes"),
        (1L << 20, "m M Mi MiB mebibyte mebibytes"),
        (1_000_000_000, "GB gigabyte gigabytes"),
        (1L << 30, "g G Gi GiB gibibyte gibibytes"),
        (1_000_000_000_000, "TB terabyte terabytes"),
        (1L << 40, "t T Ti TiB tebibyte tebibytes"),
        (1_000_000_000_000_000, "PB petabyte petabytes"),
        (1L << 50, "p P Pi PiB pebibyte pebibytes"),
        (1_000_000_000_000_000_000, "EB exabyte exabytes"),
        (1L << 60, "e E Ei EiB exbibyte exbibytes"));

    /// <exception cref="NotSupportedException">The text is none of the accepted words.</exception>
    public static bool Boolean(string? text, string what) => text switch
    {
        "true" or "on" or "yes" => true,
        "false" or "off" or "no" => false,
        _ => throw new NotSupportedException($"{what} is '{text ?? "null"}': true, on, yes, false, off or no is expected."),
    };

    /// <exception cref="FormatException">The text is no number of this type.</exception>
    /// <exception cref="OverflowException">The number does not fit the type.</exception>
    public static T Number<T>(string? text, string what, NumberStyles style)
        where T : struct, INumber<T>
    {
        if (text is not null && T.TryParse(text, style, CultureInfo.InvariantCulture, out var value))
            return value;
        if (BigInteger.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _))
            throw new OverflowException($"{what} is {text}, which a {typeof(T).Name} cannot hold.");
        throw new FormatException($"{what} is '{text ?? "null"}': a number ({typeof(T).Name}) is expected.");
    }

    /// <exception cref="FormatException">The text is no duration, negative, or too long for a TimeSpan.</exception>
    public static TimeSpan Duration(string? text, string what, bool allowInfinite)
    {
        if (allowInfinite && string.Equals(text, "infinite", StringComparison.OrdinalIgnoreCase))
            return Timeout.InfiniteTimeSpan;
        var (amount, unit) = Split(text, what, "a duration such as 500 ms, 5s or 2 minutes");
        if (!DurationUnitsInNanoseconds.TryGetValue(unit.Length == 0 ? "ms" : unit, out var nanoseconds))
            throw new FormatException($"{what} is '{text}': '{unit}' is no unit of time; ns, us, ms, s, m, h and d are.");
        if (amount < 0)
            throw new FormatException($"{what} is '{text}': a duration is not negative.");
        var ticks = decimal.Floor(Scaled(amount, nanoseconds) / TimeSpan.NanosecondsPerTick);
        if (ticks > TimeSpan.MaxValue.Ticks)
            throw new FormatException($"{what} is '{text}': longer than {TimeSpan.MaxValue.Days} days.");
        return new TimeSpan((long)ticks);
    }

    /// <exception cref="FormatException">The text is no size, or too large for a long.</exception>
    public static long ByteSize(string? text, string what)
    {
        var (amount, unit) = Split(text, what, "a size such as 128kB, 64 MiB or 4096");
        if (!SizeUnitsInBytes.TryGetValue(unit.Length == 0 ? "B" : unit, out var bytes))
            throw new FormatException($"{what} is '{text}': '{unit}' is no unit of size; B, kB, KiB, MB, MiB, GB, GiB … are.");
        var size = decimal.Truncate(Scaled(amount, bytes));
        if (size > long.MaxValue || size < long.MinValue)
            throw new FormatException($"{what} is '{text}': more than {long.MaxValue} bytes.");
        return (long)size;
    }

    private static (decimal Amount, string Unit) Split(string? text, string what, string expected)
    {
        var trimmed = (text ?? "").Trim();
        var end = 0;
        while (end < trimmed.Length && (char.IsAsciiDigit(trimmed[end]) || trimmed[end] is '.' or '-' or '+'))
            end++;
        if (!decimal.TryParse(trimmed[..end], NumberStyles.Number, CultureInfo.InvariantCulture, out var amount))
            throw new FormatException($"{what} is '{text ?? "null"}': {expected} is expected.");
        return (amount, trimmed[end..].Trim());
    }

    /// <summary>The product, or the largest decimal where it would not fit: callers refuse that in their own words.</summary>
    private static decimal Scaled(decimal amount, long factor) =>
        Math.Abs(amount) > decimal.MaxValue / factor ? decimal.MaxValue : amount * factor;

    private static Dictionary<string, long> Units(params (long Factor, string Names)[] units)
    {
        var result = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (factor, names) in units)
        {
            foreach (var name in names.Split(' '))
                result.Add(name, factor);
        }

        return result;
    }
}
