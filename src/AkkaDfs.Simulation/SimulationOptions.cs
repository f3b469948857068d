// What a simulated cluster consists of.

namespace AkkaDfs.Simulation;

/// <summary>A cluster to simulate.</summary>
public sealed record SimulationOptions
{
    /// <summary>Decides everything that chance decides.</summary>
    public long Seed { get; init; }

    /// <summary>1 to 12.</summary>
    public int ChunkServers { get; init; } = 4;

    /// <summary>Copies of each chunk, at most as many as there are chunk servers.</summary>
    public int Replicas { get; init; } = 3;

    /// <summary>Bytes of a chunk.</summary>
    public int ChunkSizeBytes { get; init; } = 64 * 1024;

    /// <summary>How far the machines' clocks run fast or slow at most, as a share; 0 to 0.05.</summary>
    public double ClockDrift { get; init; }

    /// <summary>key=value pairs for all nodes, as with -D.</summary>
    public IReadOnlyList<string> Overrides { get; init; } = [];

    /// <summary>Gets every line of the trace, and the nodes' logs; null for none.</summary>
    public Action<string>? Trace { get; init; }
}
