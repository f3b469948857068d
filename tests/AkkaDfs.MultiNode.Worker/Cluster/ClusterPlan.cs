namespace AkkaDfs.MultiNode.Cluster;

/// <summary>What kind of cluster to start.</summary>
/// <param name="ChunkServers">How many.</param>
/// <param name="Options">Options of every node.</param>
internal sealed record ClusterPlan(int ChunkServers, IReadOnlyList<string> Options)
{
    /// <summary>A network with a namespace for every node; null puts all nodes on the loopback interface.</summary>
    internal ClusterNetwork? Network { get; init; }

    /// <summary>Size of a disk of its own (tmpfs) for every chunk server, in MiB; 0 leaves all on the disk of the temporary folder.</summary>
    internal int DiskMegabytes { get; init; }

    /// <summary>Meta nodes; from two on they share an operation log in <see cref="Postgres"/>.</summary>
    internal int MetaNodes { get; init; } = 1;

    /// <summary>Database of the operation log, and where the meta nodes reach it; null for journals in files.</summary>
    internal string? Postgres { get; init; }
}
