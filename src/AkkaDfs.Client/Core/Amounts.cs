// Amounts as people read them. Always the invariant culture: outputs are compared by scripts.

using System.Globalization;

namespace AkkaDfs.Client.Core;

/// <summary>Text of sizes, rates and times.</summary>
public static class Amounts
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>"0 B", "1.5 KiB", "20 MiB": three digits at most before the unit changes.</summary>
    public static string Bytes(double bytes)
    {
        var unit = 0;
        while (Math.Abs(bytes) >= 1023.5 && unit < Units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        var format = unit == 0 || Math.Abs(bytes) >= 99.95 ? "0" : "0.0";
        return bytes.ToString(format, CultureInfo.InvariantCulture) + " " + Units[unit];
    }

    /// <summary>"85.2 MiB/s"; "-" when no time has passed.</summary>
    public static string Rate(double bytes, TimeSpan elapsed)
        => elapsed > TimeSpan.Zero ? Bytes(bytes / elapsed.TotalSeconds) + "/s" : "-";

    /// <summary>"12,345".</summary>
    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>"1 file", "3 files".</summary>
    public static string Counted(long count, string one, string? many = null)
        => Count(count) + " " + (count == 1 ? one : many ?? one + "s");

    /// <summary>"0.35 s", "12.4 s", "3:07", "1:02:33".</summary>
    public static string Time(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => time.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture) + " s",
        { TotalSeconds: < 60 } => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        { TotalHours: < 1 } => time.ToString(@"m\:ss", CultureInfo.InvariantCulture),
        _ => ((int)time.TotalHours).ToString(CultureInfo.InvariantCulture) + time.ToString(@"\:mm\:ss", CultureInfo.InvariantCulture),
    };

    /// <summary>Reads "4096", "8KiB", "64 MiB", "1g"; units are powers of 1024.</summary>
    public static bool TryParseBytes(string text, out long bytes)
    {
        bytes = 0;
        var trimmed = text.Trim();
        var digits = trimmed.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        var unit = trimmed[digits..].Trim().ToUpperInvariant();
        var power = unit is "" or "B" ? 0 : "KMGTPE".IndexOf(unit[0], StringComparison.Ordinal) + 1;
        var known = power == 0 ? unit is "" or "B" : unit.Length == 1 || unit[1..] is "B" or "IB";
        if (digits == 0 || !known || !double.TryParse(trimmed[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var value = number * Math.Pow(1024, power);
        bytes = value <= long.MaxValue / 2 ? (long)value : -1;
        return bytes >= 0;
    }
}
