// One real cluster in this process for all end-to-end tests: a meta node and seven chunk servers.

using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared.Hosting;

namespace AkkaDfs.Client.Tests.EndToEnd;

public sealed class ClusterFixture : IAsyncLifetime
{
    /// <summary>Patient with a busy machine: a server that stops or ends is noticed without waiting for heartbeats.</summary>
    public static readonly NodeOptions Node = new()
    {
        Overrides =
        [
            "dfs.cluster.heartbeat-interval=1s", "dfs.cluster.heartbeat-misses=30", "dfs.cluster.replication-check-interval=500ms",
            "dfs.node.chunk.free-space-reserve=1 MiB", "dfs.node.chunk.allow-drills=on", "dfs.node.chunk.scrub-rate=0",
        ],
    };

    public DfsCluster Cluster { get; private set; } = null!;

    public async Task InitializeAsync()
        => Cluster = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 7, Node = Node });

    public async Task DisposeAsync() => await Cluster.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class ClusterCollection : ICollectionFixture<ClusterFixture>
{
    public const string Name = "one cluster";
}

internal static class RealCli
{
    /// <summary>Runs a command line in this process against a real cluster.</summary>
    public static Task<CliResult> RunAsync(DfsCluster cluster, params string[] args) => RunAsync(cluster.Client, args);

    /// <summary>Runs a command line in this process with a client that is there already.</summary>
    public static async Task<CliResult> RunAsync(IDfsClient? client, params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var bytes = new MemoryStream();
        var context = new Client.Commands.CommandContext
        {
            Out = output,
            Error = error,
            OpenInput = () => new MemoryStream(),
            OpenOutput = () => bytes,
            Connect = (_, _) => throw new InvalidOperationException("the cluster's own client is used"),
            SharedClient = client,
        };
        var exitCode = await Client.Commands.DfsCommand.RunAsync(args, context, CancellationToken.None);
        return new CliResult(exitCode, output.ToString(), error.ToString(), bytes.ToArray());
    }
}
