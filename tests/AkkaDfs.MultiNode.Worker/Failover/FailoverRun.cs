// Breaks the acting meta again and again under load, and measures how long nobody acknowledges anything.

using System.Diagnostics;
using System.Globalization;
using AkkaDfs.MultiNode.Cluster;

namespace AkkaDfs.MultiNode.Failover;

/// <summary>What to run.</summary>
internal sealed record FailoverOptions(int Seed, int Faults, int Clients, int LanesPerClient, int ChunkServers)
{
    /// <summary>Kinds of faults to draw from.</summary>
    internal IReadOnlyList<string> Kinds { get; init; } = ["kill", "pause", "leave"];

    /// <summary>True to go through the kinds in order instead of by chance.</summary>
    internal bool InTurn { get; init; }

    /// <summary>Options of every node.</summary>
    internal IReadOnlyList<string> NodeOptions { get; init; } = [];

    /// <summary>How long a paused meta is stopped; longer than a takeover takes.</summary>
    internal TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Folder for what the nodes print; null: nowhere.</summary>
    internal string? Transcript { get; init; }

    /// <summary>Pause of a lane between two operations.</summary>
    internal int PauseMs { get; init; } = 5;
}

/// <summary>What came of it.</summary>
internal sealed record FailoverReport(
    IReadOnlyList<(string Kind, TimeSpan Outage)> Outages, long Acknowledged, long Unknown, IReadOnlyList<string> Violations)
{
    public override string ToString()
    {
        var lines = new List<string>();
        foreach (var kind in Outages.GroupBy(o => o.Kind).Append(Outages.GroupBy(_ => "all").Single()))
        {
            var times = kind.Select(o => o.Outage.TotalSeconds).Order().ToList();
            lines.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{kind.Key,-6} {times.Count,3} times: without service median {times[times.Count / 2]:0.0} s, 90 % {times[(int)(times.Count * 0.9)]:0.0} s, worst {times[^1]:0.0} s"));
        }

        lines.Add(string.Create(CultureInfo.InvariantCulture, $"{Acknowledged} changes acknowledged, {Unknown} of unknown outcome, {Violations.Count} violations"));
        lines.AddRange(Violations.Take(20));
        return string.Join('\n', lines);
    }
}

/// <summary>One run.</summary>
internal static class FailoverRun
{
    internal static async Task<FailoverReport> RunAsync(FailoverOptions options, Action<string> tell)
    {
        await using var failover = await FailoverCluster.StartAsync(metaNodes: 2, options.ChunkServers, null, [.. options.NodeOptions]);
        await using var load = new NamespaceLoad(failover.Cluster.Connect, options.Clients, options.LanesPerClient, options.Seed, () => options.PauseMs);
        await load.StartAsync();
        var random = new Random(options.Seed);
        var outages = new List<(string Kind, TimeSpan Outage)>();
        for (var i = 0; i < options.Faults; i++)
        {
            await failover.WaitForStandbyAsync();
            await load.WaitForProgressAsync(options.Clients * options.LanesPerClient * 5, TimeSpan.FromMinutes(2));
            var kind = options.Kinds[options.InTurn ? i % options.Kinds.Count : random.Next(options.Kinds.Count)];
            var acting = await failover.ActingAsync();
            var begun = Stopwatch.GetTimestamp();
            await BreakAsync(kind, acting);
            await load.WaitForProgressAsync(options.Clients * options.LanesPerClient * 5, TimeSpan.FromMinutes(2));
            outages.Add((kind, load.LongestSilenceSince(begun)));
            tell(string.Create(CultureInfo.InvariantCulture, $"{i + 1,3} {kind,-6} {acting.Name,-7} {outages[^1].Outage.TotalSeconds:0.00} s"));
            await MendAsync(kind, acting, options.Pause - Stopwatch.GetElapsedTime(begun));
        }

        await failover.WaitForStandbyAsync();
        await load.FinishAsync();
        if (options.Transcript is { } folder)
        {
            Directory.CreateDirectory(folder);
            foreach (var node in failover.Printed().GroupBy(p => p.Node))
            {
                await File.WriteAllLinesAsync(Path.Combine(folder, $"{node.Key}.log"), node.Select(n => n.Output));
            }
        }

        return new FailoverReport(outages, load.Acknowledged, load.Unknown, [.. load.Violations, .. await failover.CheckEpochsAsync()]);
    }

    private static async Task BreakAsync(string kind, MetaProcess acting)
    {
        switch (kind)
        {
            case "kill": await acting.KillAsync(); break;
            case "pause": acting.Pause(); break;
            case "leave": await acting.StopAsync(); break;
            default: throw new ArgumentException($"there is no fault '{kind}'");
        }
    }

    private static async Task MendAsync(string kind, MetaProcess broken, TimeSpan left)
    {
        if (kind == "pause")
        {
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left);
            }

            broken.Resume();
        }
        else
        {
            await broken.StartAsync();
        }
    }
}
