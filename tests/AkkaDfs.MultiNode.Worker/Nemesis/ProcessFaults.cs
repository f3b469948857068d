// Processes that die, stall, and come back, one, some or all.

using AkkaDfs.MultiNode.Cluster;

namespace AkkaDfs.MultiNode.Nemesis;

internal static class ProcessFaults
{
    internal static IReadOnlyList<FaultKind> Kinds { get; } =
    [
        new("kill", 6, FaultScope.Nodes, KillAsync),
        new("kill-meta", 2, FaultScope.Nodes, (c, r) => KillAndStartAsync(c, [c.Cluster.Meta], r.Next(8000))),
        new("kill-two", 2, FaultScope.Nodes, KillTwoAsync),
        new("pause", 5, FaultScope.Nodes, PauseAsync),
        new("pause-meta", 1, FaultScope.Nodes, (c, r) => PauseAsync(c, c.Cluster.Meta, r)),
        new("storm", 2, FaultScope.Nodes, StormAsync),
        new("sweep", 1, FaultScope.Alone, SweepAsync),
        new("kill-all", 1, FaultScope.Alone, KillAllAsync),
        new("restart", 1, FaultScope.Nodes, RestartAsync),
    ];

    /// <summary>Chunk servers that nobody has broken, in random order; taken for the caller.</summary>
    internal static List<ChunkServer> Take(NemesisContext context, Random random, int count)
    {
        var free = context.Cluster.ChunkServers.Where(s => !context.Busy.Contains(s)).ToArray();
        random.Shuffle(free);
        return free.Length < count ? [] : [.. free.Take(count)];
    }

    /// <summary>Runs something that has nodes to itself.</summary>
    internal static async Task<bool> WithAsync(NemesisContext context, IReadOnlyList<ClusterNode> nodes, Func<Task> act)
    {
        if (nodes.Count == 0 || nodes.Any(context.Busy.Contains))
        {
            return false;
        }

        context.Busy.UnionWith(nodes);
        try
        {
            await act();
            return true;
        }
        finally
        {
            context.Busy.ExceptWith(nodes);
        }
    }

    private static Task<bool> KillAsync(NemesisContext context, Random random)
        => KillAndStartAsync(context, Take(context, random, 1), random.Next(4) == 0 ? random.Next(20_000) : random.Next(3000));

    private static Task<bool> KillTwoAsync(NemesisContext context, Random random)
        => KillAndStartAsync(context, Take(context, random, 2), random.Next(6000));

    private static Task<bool> KillAndStartAsync(NemesisContext context, IReadOnlyList<ClusterNode> nodes, int downMs)
        => WithAsync(context, nodes, async () =>
        {
            var names = string.Join(" and ", nodes.Select(n => n.Name));
            context.Tell($"kill -9 {names}, {downMs} ms");
            await Task.WhenAll(nodes.Select(n => n.KillAsync()));
            await Task.Delay(downMs);
            await Task.WhenAll(nodes.Select(n => n.StartAsync()));
            context.Tell($"{names} started");
        });

    private static Task<bool> RestartAsync(NemesisContext context, Random random)
    {
        var nodes = Take(context, random, 1);
        return WithAsync(context, nodes, async () =>
        {
            context.Tell($"SIGTERM {nodes[0].Name}");
            await nodes[0].StopAsync();
            await nodes[0].StartAsync();
            context.Tell($"{nodes[0].Name} started");
        });
    }

    private static Task<bool> PauseAsync(NemesisContext context, Random random)
        => Take(context, random, 1) is [var node] ? PauseAsync(context, node, random) : Task.FromResult(false);

    private static Task<bool> PauseAsync(NemesisContext context, ClusterNode node, Random random)
        => WithAsync(context, [node], async () =>
        {
            var milliseconds = random.Next(200, random.Next(3) == 0 ? context.Options.LongestPauseSeconds * 1000 : 4000);
            context.Tell($"SIGSTOP {node.Name}, {milliseconds} ms");
            node.Pause();
            try
            {
                await Task.Delay(milliseconds);
            }
            finally
            {
                node.Resume();
            }

            context.Tell($"SIGCONT {node.Name}");
        });

    private static Task<bool> StormAsync(NemesisContext context, Random random)
    {
        var nodes = Take(context, random, 1);
        return WithAsync(context, nodes, async () =>
        {
            var times = random.Next(3, 6);
            context.Tell($"kill -9 {nodes[0].Name} {times} times");
            for (var i = 0; i < times; i++)
            {
                await nodes[0].KillAsync();
                await nodes[0].StartAsync();
                await Task.Delay(random.Next(1000));
            }

            context.Tell($"{nodes[0].Name} started");
        });
    }

    // Every server once, one after the other, without waiting until all is whole in between.
    private static async Task<bool> SweepAsync(NemesisContext context, Random random)
    {
        context.Tell("kill -9 every chunk server in turn");
        foreach (var server in Take(context, random, context.Cluster.ChunkServers.Count))
        {
            await server.KillAsync();
            await server.StartAsync();
            await Task.Delay(random.Next(2000));
        }

        context.Tell("every chunk server started");
        return true;
    }

    private static async Task<bool> KillAllAsync(NemesisContext context, Random random)
    {
        context.Tell("kill -9 everything");
        await context.Cluster.KillAllAsync();
        await Task.Delay(random.Next(3000));
        await context.Cluster.Meta.StartAsync();
        await Task.WhenAll(context.Cluster.ChunkServers.Select(s => s.StartAsync()));
        context.Tell("everything started");
        return true;
    }
}
