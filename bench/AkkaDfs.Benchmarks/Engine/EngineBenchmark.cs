// The actor engine: messages within a process, questions between two, a cluster of nine and its singleton. Built twice (with and without
// -p:AkkaEngine=nuget), `engine --against OTHER.dll` runs both in alternating rounds and prints medians and ratios: the machine is noisy.

using System.Diagnostics;
using System.Globalization;

namespace AkkaDfs.Benchmarks.Engine;

/// <summary>One figure of one round.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">Of <paramref name="Value"/>; a unit of "s" means that less is better.</param>
/// <param name="Value">The figure.</param>
/// <param name="ProcessorMicroseconds">Of all processes, per message or round trip; 0 where that says nothing.</param>
internal sealed record EngineFigure(string Name, string Unit, double Value, double ProcessorMicroseconds);

/// <summary>Runs the engine's workloads.</summary>
internal static class EngineBenchmark
{
    private const string Prefix = "FIGURE";

    /// <summary>Runs them and prints a table.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var seconds = int.Parse(Option(arguments, "--seconds") ?? "3", CultureInfo.InvariantCulture);
        var only = Option(arguments, "--only") ?? string.Empty;
        if (Option(arguments, "--against") is { } other)
        {
            var rounds = int.Parse(Option(arguments, "--rounds") ?? "5", CultureInfo.InvariantCulture);
            return await CompareAsync(other, rounds, ["engine", "--seconds", seconds.ToString(CultureInfo.InvariantCulture), "--only", only]);
        }

        foreach (var (name, run) in Workloads(TimeSpan.FromSeconds(seconds)).Where(w => w.Name.StartsWith(only, StringComparison.Ordinal)))
        {
            var figure = await run();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Prefix}\t{name}\t{figure.Unit}\t{figure.Value}\t{figure.ProcessorMicroseconds}"));
        }

        return 0;
    }

    private static IEnumerable<(string Name, Func<Task<EngineFigure>> Run)> Workloads(TimeSpan length)
    {
        yield return ("remote-ask-1", () => RemoteAsk.RunAsync("remote-ask-1", 1, length));
        yield return ("remote-ask-64", () => RemoteAsk.RunAsync("remote-ask-64", 64, length));
        yield return ("tell", () => LocalMessages.TellAsync("tell", length));
        yield return ("ask", () => LocalMessages.AskAsync("ask", length));
        yield return ("cluster-of-9-up", () => ClusterOfNine.RunAsync("cluster-of-9-up"));
        yield return ("singleton-handed-over", () => SingletonMove.RunAsync("singleton-handed-over", kill: false));
        yield return ("singleton-after-kill", () => SingletonMove.RunAsync("singleton-after-kill", kill: true));
    }

    private static async Task<int> CompareAsync(string other, int rounds, string[] arguments)
    {
        string[] programs = [typeof(EngineBenchmark).Assembly.Location, other];
        var figures = new[] { new List<EngineFigure>(), new List<EngineFigure>() };
        for (var round = 0; round < rounds; round++)
        {
            for (var which = 0; which < programs.Length; which++)
                figures[which].AddRange(await RoundAsync(programs[which], arguments));
        }

        Console.WriteLine("| | this engine | the other | ratio | CPU us | CPU us of the other | ratio |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        foreach (var group in figures[0].GroupBy(f => (f.Name, f.Unit)))
        {
            var others = figures[1].Where(f => f.Name == group.Key.Name).ToList();
            var (mine, theirs) = (Median(group.Select(f => f.Value)), Median(others.Select(f => f.Value)));
            var (cpu, theirCpu) = (Median(group.Select(f => f.ProcessorMicroseconds)), Median(others.Select(f => f.ProcessorMicroseconds)));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {group.Key.Name}, {group.Key.Unit} | {mine:#,0.##} | {theirs:#,0.##} | {mine / theirs:0.00} | {cpu:0.##} | {theirCpu:0.##} | {cpu / theirCpu:0.00} |"));
        }

        return 0;
    }

    private static async Task<List<EngineFigure>> RoundAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {output}");
        Console.Error.Write($"{Path.GetDirectoryName(program)}\n{output}");
        return [.. output.Split('\n').Select(line => line.Split('\t')).Where(f => f is [Prefix, ..]).Select(f => new EngineFigure(
            f[1], f[2], double.Parse(f[3], CultureInfo.InvariantCulture), double.Parse(f[4], CultureInfo.InvariantCulture)))];
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? double.NaN : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static string? Option(string[] arguments, string key)
    {
        var index = Array.IndexOf(arguments, key);
        return index >= 0 && index + 1 < arguments.Length ? arguments[index + 1] : null;
    }
}
