// A cluster with meta nodes that stand by, over a PostgreSQL server of its own.

using System.Text.RegularExpressions;
using AkkaDfs.Client;
using AkkaDfs.MultiNode.Cluster;
using AkkaDfs.Shared.Protocol;
using AkkaDfs.Testing.Postgres;

namespace AkkaDfs.MultiNode.Failover;

/// <summary>A cluster in which meta nodes can be broken.</summary>
internal sealed partial class FailoverCluster : IAsyncDisposable
{
    private FailoverCluster(PostgresServer postgres, ProcessCluster cluster, DfsClient dfs)
        => (Postgres, Cluster, Dfs) = (postgres, cluster, dfs);

    internal PostgresServer Postgres { get; }

    internal ProcessCluster Cluster { get; }

    internal DfsClient Dfs { get; }

    /// <summary>Starts everything, and waits until a meta acts, all others stand by, and all chunk servers have reported.</summary>
    internal static async Task<FailoverCluster> StartAsync(int metaNodes, int chunkServers, ClusterNetwork? network = null, params string[] options)
    {
        var postgres = await PostgresServer.StartNewAsync(network is null ? "127.0.0.1" : "*");
        ProcessCluster? cluster = null;
        try
        {
            cluster = await ProcessCluster.StartAsync(new ClusterPlan(chunkServers, ["--profile", "standby", .. options])
            {
                MetaNodes = metaNodes, Network = network, Postgres = PostgresServer.ConnectionStringAt(network?.ClientAddress ?? "127.0.0.1", postgres.Port),
            });
            var failover = new FailoverCluster(postgres, cluster, cluster.Connect());
            await failover.WaitForStandbyAsync();
            return failover;
        }
        catch
        {
            await (cluster?.DisposeAsync() ?? ValueTask.CompletedTask);
            await postgres.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until one meta acts and every other meta node is there to follow it.</summary>
    internal Task<ClusterStatus> WaitForStandbyAsync()
        => ProcessCluster.WaitAsync(Dfs, s => s.MetaNodes.Count == Cluster.Metas.Count && s.MetaNodes.All(m => m.IsReachable), seconds: 180);

    /// <summary>The node whose meta acts.</summary>
    internal async Task<MetaProcess> ActingAsync()
    {
        var status = await Dfs.GetClusterAsync(new CallOptions { Timeout = TimeSpan.FromMinutes(2) });
        return Cluster.Metas.Single(m => m.Address == status.MetaAddress);
    }

    /// <summary>Everything that the nodes have printed so far, also in lives that have ended.</summary>
    internal IEnumerable<(string Node, string Output)> Printed()
        => Cluster.Outputs.Concat(Cluster.Nodes.Where(n => n.IsRunning).Select(n => (Node: n.Name, n.Process.Output)));

    /// <summary>What must be true of the log and of what the nodes have said: no two metas in one epoch, and none for nothing.</summary>
    internal async Task<IReadOnlyList<string>> CheckEpochsAsync()
    {
        var violations = new List<string>();
        var inLog = (await Dfs.GetLogAsync("/", limit: 1000)).Entries.Where(e => e.Kind == "epoch").Select(e => e.Text).ToList();
        violations.AddRange(inLog.GroupBy(e => e).Where(g => g.Count() > 1).Select(g => $"the log has {g.Count()} beginnings of epoch '{g.Key}'"));
        var said = Printed()
            .SelectMany(o => ActsLine().Matches(o.Output).Select(m => (o.Node, Epoch: m.Groups[1].Value)))
            .ToList();
        violations.AddRange(said.GroupBy(s => s.Epoch).Where(g => g.Count() > 1).Select(g => $"epoch {g.Key} was taken by {string.Join(" and ", g.Select(s => s.Node))}"));
        if (said.Count == 0)
        {
            violations.Add("no node has said that it acts");
        }

        return violations;
    }

    public async ValueTask DisposeAsync()
    {
        await Dfs.DisposeAsync();
        await Cluster.DisposeAsync();
        await Postgres.DisposeAsync();
    }

    [GeneratedRegex(@"Meta acts at \S+ in epoch (\d+)")]
    private static partial Regex ActsLine();
}
