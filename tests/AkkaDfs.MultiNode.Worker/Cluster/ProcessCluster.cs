// A cluster of real processes for one test: a meta node and some chunk servers, each with a folder of its own, started from
// the programs in the output folder. Every process can be killed, stopped, paused and started again at its old address.

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using AkkaDfs.Client;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.MultiNode.Cluster;

/// <summary>A cluster of real processes.</summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Node, string Output)> _outputs = new();

    private ProcessCluster(ClusterPlan plan)
    {
        Plan = plan;
        Metas = [.. Enumerable.Range(0, plan.MetaNodes).Select(i => new MetaProcess(this, i))];
        ChunkServers = [.. Enumerable.Range(0, plan.ChunkServers).Select(i => new ChunkServer(this, i))];
    }

    internal ClusterPlan Plan { get; }

    internal IReadOnlyList<MetaProcess> Metas { get; }

    /// <summary>The first meta node.</summary>
    internal MetaProcess Meta => Metas[0];

    internal IReadOnlyList<ChunkServer> ChunkServers { get; }

    internal IEnumerable<ClusterNode> Nodes => [.. Metas, .. ChunkServers];

    /// <summary>host:port of the meta nodes, separated by commas.</summary>
    internal string Seed => Metas.Count == 1 ? Meta.Address : string.Join(',', Metas.Select(m => m.SeedAddress));

    /// <summary>A folder that is deleted with the cluster.</summary>
    internal string Folder { get; } = Directory.CreateTempSubdirectory("dfs-multinode-").FullName;

    /// <summary>What the nodes that have ended have printed.</summary>
    internal IEnumerable<(string Node, string Output)> Outputs => _outputs;

    internal static Task<ProcessCluster> StartAsync(int chunkServers, params string[] options)
        => StartAsync(new ClusterPlan(chunkServers, options));

    internal static async Task<ProcessCluster> StartAsync(ClusterPlan plan)
    {
        var cluster = new ProcessCluster(plan);
        try
        {
            await cluster.MountDisksAsync();
            if (plan.Network is { } network)
            {
                await network.AddAsync(cluster.Nodes.Select(n => n.Name));
            }

            await cluster.StartAllAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    internal async Task StartAllAsync()
    {
        foreach (var meta in Metas)
        {
            await meta.StartAsync();
        }

        await Task.WhenAll(ChunkServers.Select(s => s.StartAsync()));
        await using var client = Connect();
        await WaitAsync(client, status => !status.InSafeMode && status.Servers.Count(s => s.State == ServerState.Alive) == ChunkServers.Count);
    }

    internal async Task StopAllAsync()
    {
        foreach (var server in ChunkServers)
        {
            await server.StopAsync();
        }

        foreach (var meta in Metas.Reverse())
        {
            await meta.StopAsync();
        }
    }

    internal Task KillAllAsync() => Task.WhenAll(Nodes.Select(n => n.KillAsync()));

    internal DfsClient Connect() => DfsClient.Start(new DfsClientOptions { Seeds = Seed.Split(',') });

    /// <summary>Asks meta until the cluster is as wanted; fails with what it is like after a generous time.</summary>
    internal static async Task<ClusterStatus> WaitAsync(DfsClient client, Func<ClusterStatus, bool> wanted, int seconds = 120)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        ClusterStatus? last = null;
        try
        {
            while (true)
            {
                last = await client.GetClusterAsync(cancellationToken: limit.Token);
                if (wanted(last))
                {
                    return last;
                }

                await pause.WaitForNextTickAsync(limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            var servers = string.Join(", ", last?.Servers.Select(s => $"{s.Server}:{s.State}:{s.ChunkCount}") ?? []);
            throw new TimeoutException($"the cluster did not become as wanted; last seen: {last} servers {servers}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        if (Plan.Network is { } network)
        {
            await network.DisposeAsync();
        }

        if (Plan.DiskMegabytes > 0)
        {
            foreach (var server in ChunkServers.Where(s => Directory.Exists(s.DiskFolder)))
            {
                await Tool.RunAsync("umount", "-l", server.DiskFolder);
            }
        }

        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Keeps what a node printed in a life that has ended.</summary>
    internal void Keep(string node, string output) => _outputs.Enqueue((node, output));

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    internal static string Program(string name) => Path.Combine(AppContext.BaseDirectory, name);

    private async Task MountDisksAsync()
    {
        if (Plan.DiskMegabytes > 0)
        {
            foreach (var server in ChunkServers)
            {
                Directory.CreateDirectory(server.DiskFolder);
                await Tool.RunAsync("mount", "-t", "tmpfs", "-o", $"size={Plan.DiskMegabytes}m", "dfs-test", server.DiskFolder);
            }
        }
    }
}
