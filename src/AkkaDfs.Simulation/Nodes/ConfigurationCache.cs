// Configurations of simulated nodes: the shipped ones, with what differs in a simulation. Reading them takes far longer than starting a
// node, and the same few are wanted by every seed.

using System.Collections.Concurrent;
using System.Globalization;
using AkkaDfs.Shared.Hosting;

namespace AkkaDfs.Simulation.Nodes;

internal static class ConfigurationCache
{
    private const int MostKept = 4096;
    private static readonly ConcurrentDictionary<string, NodeConfiguration> Known = new(StringComparer.Ordinal);

    public static NodeConfiguration Load(NodeRole role, string host, int port, IReadOnlyList<string> seeds, SimulationOptions options)
    {
        var own = string.Create(
            CultureInfo.InvariantCulture,
            $"{role}|{host}|{port}|{options.Replicas}|{options.ChunkSizeBytes}|{string.Join('|', options.Overrides)}|{string.Join('|', seeds)}");
        if (Known.Count > MostKept)
        {
            Known.Clear();
        }

        return Known.GetOrAdd(own, _ => NodeConfiguration.Load(role, new NodeOptions
        {
            Hostname = host,
            Port = port,
            Seeds = seeds,
            DataFolder = "/data",
            Overrides =
            [
                $"dfs.cluster.replicas={options.Replicas.ToString(CultureInfo.InvariantCulture)}",
                $"dfs.cluster.chunk-size={options.ChunkSizeBytes.ToString(CultureInfo.InvariantCulture)}",
                "dfs.cluster.heartbeat-interval=1s",
                "akka.stdout-loglevel=OFF",

                // Whether anybody reads the log or not, writing it is a part of the run.
                "akka.loglevel=INFO",
                "akka.loggers=[\"AkkaDfs.Simulation.Trace.TraceLogger, AkkaDfs.Simulation\"]",
                .. role == NodeRole.Chunk ? new[] { "dfs.node.chunk.folders=[\"/data/chunks\"]", "dfs.node.chunk.data-port=7000" } : [],
                .. options.Overrides,
            ],
        }));
    }
}
