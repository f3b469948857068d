// Links that lose everything, both ways or one way only.

using AkkaDfs.MultiNode.Cluster;

namespace AkkaDfs.MultiNode.Nemesis;

internal static class NetworkFaults
{
    internal static IReadOnlyList<FaultKind> Kinds { get; } =
    [
        new("cut-pair", 3, FaultScope.Nodes, (c, r) => CutAsync(c, r, Who.OneOther, bothWays: true)) { NeedsNetwork = true },
        new("cut-pair-one-way", 3, FaultScope.Nodes, (c, r) => CutAsync(c, r, Who.OneOther, bothWays: false)) { NeedsNetwork = true },
        new("cut-meta", 2, FaultScope.Nodes, (c, r) => CutAsync(c, r, Who.Meta, bothWays: true)) { NeedsNetwork = true },
        new("cut-meta-one-way", 2, FaultScope.Nodes, (c, r) => CutAsync(c, r, Who.Meta, bothWays: false)) { NeedsNetwork = true },
        new("cut-clients", 2, FaultScope.Nodes, (c, r) => CutAsync(c, r, Who.Clients, bothWays: false)) { NeedsNetwork = true },
        new("isolate", 2, FaultScope.Nodes, (c, r) => CutAsync(c, r, Who.Everybody, bothWays: true)) { NeedsNetwork = true },
    ];

    private enum Who
    {
        OneOther,
        Meta,
        Clients,
        Everybody,
    }

    private static Task<bool> CutAsync(NemesisContext context, Random random, Who who, bool bothWays)
    {
        var network = context.Cluster.Plan.Network!;
        var nodes = ProcessFaults.Take(context, random, who == Who.OneOther ? 2 : 1);
        if (nodes.Count == 0)
        {
            return Task.FromResult(false);
        }

        var node = nodes[0];
        IReadOnlyList<ClusterNode> others = who switch
        {
            Who.OneOther => [nodes[1]],
            Who.Meta => [context.Cluster.Meta],
            Who.Everybody => [.. context.Cluster.Nodes.Where(n => n != node)],
            _ => [],
        };
        var isReverse = !bothWays && who != Who.Clients && random.Next(2) == 0;
        var milliseconds = random.Next(500, random.Next(3) == 0 ? context.Options.LongestPauseSeconds * 1000 : 6000);
        return ProcessFaults.WithAsync(context, [.. nodes], async () =>
        {
            var what = who == Who.Clients ? "clients" : who == Who.Everybody ? "everybody" : others[0].Name;
            context.Tell($"cut {node.Name} {(bothWays ? "from and to" : isReverse ? "to" : "from")} {what}, {milliseconds} ms");
            try
            {
                if (who is Who.Clients or Who.Everybody)
                {
                    await network.CutAsync(network.ClientAddress, node.Name);
                }

                foreach (var other in others)
                {
                    await (bothWays || !isReverse ? network.CutAsync(network.AddressOf(other.Name), node.Name) : Task.CompletedTask);
                    await (bothWays || isReverse ? network.CutAsync(network.AddressOf(node.Name), other.Name) : Task.CompletedTask);
                }

                await Task.Delay(milliseconds);
            }
            finally
            {
                await network.HealAsync(node.Name, context.Cluster.Nodes.Select(n => n.Name));
            }

            context.Tell($"{node.Name} connected");
        });
    }
}
