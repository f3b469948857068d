// What a process is in the cluster.

namespace AkkaDfs.Shared.Hosting;

/// <summary>What a process is in the cluster.</summary>
public enum NodeRole
{
    /// <summary>Can run the MetaActor; member of the cluster with role "meta".</summary>
    Meta,

    /// <summary>Stores replicas; member of the cluster with role "chunk".</summary>
    Chunk,

    /// <summary>Talks to the cluster without joining it.</summary>
    Client,
}
