// Processor time of this process and its children, and what this process allocates: figures that a busy machine disturbs little.

using System.Globalization;

namespace AkkaDfs.Benchmarks.Files;

/// <summary>Per operation.</summary>
internal readonly record struct Cost(double ProcessorMicroseconds, double AllocatedBytes, double LargeObjectBytes, double ClientProcessorMicroseconds);

/// <summary>Measures over a span.</summary>
internal readonly record struct ProcessorTime(double Seconds, double OwnSeconds, long Allocated, long LargeBytes)
{
    private const double TicksPerSecond = 100;

    /// <summary>Begins.</summary>
    public static ProcessorTime Start() => new(Sum(out var own), own, GC.GetTotalAllocatedBytes(), LargeAllocations.Bytes);

    /// <summary>Ends.</summary>
    public Cost Stop(int operations)
    {
        var end = Start();
        return new Cost(
            (end.Seconds - Seconds) * 1e6 / operations,
            (end.Allocated - Allocated) / (double)operations,
            (end.LargeBytes - LargeBytes) / (double)operations,
            (end.OwnSeconds - OwnSeconds) * 1e6 / operations);
    }

    /// <summary>The processes that this one has started and that run.</summary>
    public static IReadOnlyList<int> Children()
        => [.. Directory.EnumerateDirectories("/proc")
            .Select(f => int.TryParse(Path.GetFileName(f), CultureInfo.InvariantCulture, out var id) && Read(f) is { } stat && stat.Parent == Environment.ProcessId ? id : 0)
            .Where(id => id != 0)];

    /// <summary>Processor seconds that processes have used so far.</summary>
    public static double Of(IEnumerable<int> processes)
        => processes.Sum(id => Read($"/proc/{id}") is { } stat ? (stat.User + stat.System) / TicksPerSecond : 0);

    private static double Sum(out double own)
    {
        own = 0;
        double sum = 0;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) || Read(folder) is not { } stat)
            {
                continue;
            }

            var seconds = (stat.User + stat.System) / TicksPerSecond;
            if (id == Environment.ProcessId)
            {
                own = seconds;
            }

            sum += id == Environment.ProcessId || stat.Parent == Environment.ProcessId ? seconds : 0;
        }

        return sum;
    }

    private static (int Parent, long User, long System)? Read(string folder)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (int.Parse(fields[1], CultureInfo.InvariantCulture), long.Parse(fields[11], CultureInfo.InvariantCulture), long.Parse(fields[12], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            // It has ended in the meantime.
            return null;
        }
    }
}
