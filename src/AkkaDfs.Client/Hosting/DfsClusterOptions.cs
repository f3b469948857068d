// How to start a cluster of one's own.

using AkkaDfs.Shared.Hosting;

namespace AkkaDfs.Client;

/// <summary>Options of <see cref="DfsCluster"/>.</summary>
public sealed record DfsClusterOptions
{
    /// <summary>Chunk servers, 0 to 1,000; 0 takes as many as the data folder has from before, or else 7.</summary>
    public int ChunkServers { get; init; }

    /// <summary>Folder for everything that is stored; null for a temporary one that goes away with the cluster.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Port of the meta node; 0 takes any free one.</summary>
    public int Port { get; init; }

    /// <summary>One process per node instead of all nodes in this process.</summary>
    public bool SeparateProcesses { get; init; }

    /// <summary>Configuration of all nodes: file, profile, overrides.</summary>
    public NodeOptions Node { get; init; } = new();

    /// <summary>How long the cluster may take until every chunk server has reported.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Number of chunk servers when neither the caller nor the data folder says.</summary>
    public const int DefaultChunkServers = 7;
}
