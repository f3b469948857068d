// The figures as a table in Markdown.

using System.Globalization;

namespace AkkaDfs.Benchmarks.Files;

/// <summary>Gathers figures.</summary>
internal sealed class FigureTable
{
    private readonly List<string[]> _rows = [["workload", "unit", "limit", "AkkaDfs", "ratio", "CPU us/op", "limit CPU us/op", "client CPU us/op", "allocated B/op here", "of them large objects"]];

    /// <summary>Adds one.</summary>
    public void Add(Workload workload, Measured measured, Cost cost, Reference reference)
    {
        var unitOperations = workload.Unit == "MB/s" ? measured.Operations : 0;
        var limitOperations = unitOperations > 0 ? unitOperations : reference.Rate * Seconds(workload.Limit);
        string[] row =
        [
            workload.Name,
            workload.Unit,
            reference.Rate > 0 ? Text(reference.Rate) : "",
            Text(measured.Rate),
            reference.Rate > 0 ? (measured.Rate / reference.Rate).ToString("0.00", CultureInfo.InvariantCulture) : "",
            Text(cost.ProcessorMicroseconds),
            reference.Rate > 0 ? Text(reference.ProcessorSeconds * 1e6 / limitOperations) : "",
            Text(cost.ClientProcessorMicroseconds),
            Text(cost.AllocatedBytes),
            Text(cost.LargeObjectBytes),
        ];
        _rows.Add(row);
        Console.Error.WriteLine(string.Join("  ", row));
    }

    /// <summary>Prints all.</summary>
    public void Print(TextWriter writer)
    {
        writer.WriteLine($"| {string.Join(" | ", _rows[0])} |");
        writer.WriteLine($"|---|---|{string.Concat(Enumerable.Repeat("---:|", _rows[0].Length - 2))}");
        foreach (var row in _rows.Skip(1))
        {
            writer.WriteLine($"| {string.Join(" | ", row)} |");
        }
    }

    private static double Seconds(string limit) => limit.StartsWith("append", StringComparison.Ordinal) ? double.Parse(limit.Split(' ')[2], CultureInfo.InvariantCulture) : 1;

    private static string Text(double value) => value.ToString(value < 100 ? "#,0.#" : "#,0", CultureInfo.InvariantCulture);
}
