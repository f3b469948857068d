// How far a transfer is, how fast, and how long it will take: pure arithmetic over samples whose times come as arguments.

using System.Globalization;

namespace AkkaDfs.Client.Core;

/// <summary>Progress of one transfer. Not thread-safe.</summary>
/// <param name="totalBytes">Bytes to move; negative when not known.</param>
/// <param name="totalFiles">Files to move.</param>
public sealed class ProgressMeter(long totalBytes, long totalFiles)
{
    private const int MostSamples = 32;
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);

    private readonly Queue<(TimeSpan At, long Bytes)> _samples = new([(TimeSpan.Zero, 0)]);

    /// <summary>Bytes per second over the last seconds; 0 before there is anything to go by.</summary>
    public double BytesPerSecond { get; private set; }

    /// <summary>Takes note of where it is.</summary>
    /// <param name="at">Time since the start, never decreasing.</param>
    /// <param name="bytes">Bytes moved so far.</param>
    public void Sample(TimeSpan at, long bytes)
    {
        _samples.Enqueue((at, bytes));
        while (_samples.Count > MostSamples || (_samples.Count > 2 && at - _samples.Peek().At > Memory))
        {
            _samples.Dequeue();
        }

        var (since, before) = _samples.Peek();
        BytesPerSecond = at > since ? (bytes - before) / (at - since).TotalSeconds : 0;
    }

    /// <summary>Time to go at the present rate; null when nothing can be said.</summary>
    public TimeSpan? Remaining(long bytes)
        => totalBytes >= 0 && BytesPerSecond > 0 ? TimeSpan.FromSeconds(Math.Min((totalBytes - bytes) / BytesPerSecond, 359_999)) : null;

    /// <summary>One line, such as " 43%  215 MiB of 500 MiB  3 of 12 files  85.2 MiB/s  3.3 s to go".</summary>
    public string Line(long bytes, long files)
    {
        var parts = new List<string>();
        if (totalBytes >= 0)
        {
            var percent = totalBytes == 0 ? 100 : Math.Min(100, bytes * 100.0 / totalBytes);
            parts.Add(((int)percent).ToString(CultureInfo.InvariantCulture).PadLeft(3) + "%");
            parts.Add($"{Amounts.Bytes(bytes)} of {Amounts.Bytes(totalBytes)}");
        }
        else
        {
            parts.Add(Amounts.Bytes(bytes));
        }

        if (totalFiles > 1)
        {
            parts.Add($"{Amounts.Count(files)} of {Amounts.Count(totalFiles)} files");
        }

        parts.Add(Amounts.Bytes(BytesPerSecond) + "/s");
        if (Remaining(bytes) is { } left)
        {
            parts.Add(Amounts.Time(left) + " to go");
        }

        return string.Join("  ", parts);
    }
}
