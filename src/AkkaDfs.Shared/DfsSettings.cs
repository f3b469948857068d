// Typed settings, read once from HOCON and checked: a value that cannot be used is named with its key, its value and its range.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Shared;

/// <summary>Settings that must agree on all nodes (`dfs.cluster`).</summary>
public sealed record ClusterSettings
{
    /// <summary>Name of the actor system.</summary>
    public string Name { get; init; } = "dfs";

    /// <summary>How files are stored unless they say otherwise; nothing in it is "default".</summary>
    public FileLayout Layout { get; init; } =
        new(64 * 1024 * 1024, 3, PlacementPolicy.LeastLoaded, AckPolicy.All, ReplicaDownPolicy.Replace);

    /// <summary>How often a chunk server tells meta that it lives.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Heartbeats missed until a server counts as dead; 1 to 100.</summary>
    public int HeartbeatMisses { get; init; } = 3;

    /// <summary>How often meta looks at all chunks for missing copies.</summary>
    public TimeSpan ReplicationCheckInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often clients refresh their list of servers.</summary>
    public TimeSpan NodeListRefreshInterval { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long what was removed can be had back; zero: not at all.</summary>
    public TimeSpan TrashAge { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Whether modes and owners decide who may do what.</summary>
    public bool Permissions { get; init; } = true;

    /// <summary>Meta nodes that are meant to be there, the acting one and those that stand by; 1 to 9.</summary>
    public int MetaNodes { get; init; } = 1;

    /// <summary>Silence after which a server counts as dead.</summary>
    public TimeSpan DeadAfter => HeartbeatInterval * HeartbeatMisses;
}

/// <summary>Settings of every node (`dfs.node`).</summary>
public sealed record NodeSettings
{
    /// <summary>Settings that must agree on all nodes.</summary>
    public ClusterSettings Cluster { get; init; } = new();

    /// <summary>Address to listen on.</summary>
    public string Hostname { get; init; } = "127.0.0.1";

    /// <summary>Address to tell others.</summary>
    public string PublicHostname { get; init; } = "127.0.0.1";

    /// <summary>Port of the actor system; 0 takes any free one.</summary>
    public int Port { get; init; }

    /// <summary>host:port of nodes to find the cluster by.</summary>
    public IReadOnlyList<string> Seeds { get; init; } = [];

    /// <summary>Absolute path of the folder for everything this node stores.</summary>
    public string DataFolder { get; init; } = string.Empty;

    /// <summary>Settings of a meta node.</summary>
    public MetaSettings Meta { get; init; } = new();

    /// <summary>Settings of a chunk server.</summary>
    public ChunkSettings Chunk { get; init; } = new();

    /// <summary>Settings of a client.</summary>
    public ClientSettings Client { get; init; } = new();
}

/// <summary>Settings of a meta node (`dfs.node.meta`).</summary>
public sealed record MetaSettings
{
    /// <summary>Kind of operation log: "file" or "postgres".</summary>
    public string Journal { get; init; } = "file";

    /// <summary>Where a "postgres" operation log is.</summary>
    public JournalDatabaseSettings JournalDatabase { get; init; } = new();

    /// <summary>How long a meta node that can stand by looks for its cluster before it forms one, if nobody acts.</summary>
    public TimeSpan LoneStartAfter { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Largest segment of the log; 64 KiB to 1 GiB.</summary>
    public long JournalSegmentBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Bytes of log after which a checkpoint is made; 64 KiB to 1 TiB.</summary>
    public long JournalCheckpointBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>Requests waiting before meta answers Busy.</summary>
    public int MaxPendingRequests { get; init; } = 65_536;

    /// <summary>Share of known chunk servers that must report before safe mode ends; 0 to 1.</summary>
    public double SafeModeReportFraction { get; init; } = 1.0;

    /// <summary>Longest safe mode.</summary>
    public TimeSpan SafeModeMaxDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Copies at once for one server as source or destination.</summary>
    public int RepairCopiesPerServer { get; init; } = 4;

    /// <summary>Copies at once in the whole cluster.</summary>
    public int RepairCopiesTotal { get; init; } = 64;

    /// <summary>Time for a copy to come further.</summary>
    public TimeSpan RepairCopyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Silence of a client's session after which what it has open is given up; 1 s to 1 h.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Age a replica of no known chunk must have, as seen by meta, before it is deleted.</summary>
    public TimeSpan OrphanDelay { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>Settings of an operation log in PostgreSQL (`dfs.node.meta.journal-postgres`).</summary>
public sealed record JournalDatabaseSettings
{
    /// <summary>Npgsql's connection string; secret, as it may hold a password.</summary>
    public string Connection { get; init; } = string.Empty;

    /// <summary>Schema of the tables; lower-case letters, digits and _, at most 63.</summary>
    public string Schema { get; init; } = "akkadfs";

    /// <summary>How long the acting meta may answer since it last asked the database; 200 ms to 1 min.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the acting meta waits for a database that does not answer before it stops acting.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one statement may take; whole seconds.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a meta that is to act waits for one that still does before it fences it.</summary>
    public TimeSpan TakeoverPatience { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Without the connection string.</summary>
    public override string ToString() => $"schema {Schema}, lease {Lease}";
}

/// <summary>Settings of a chunk server (`dfs.node.chunk`).</summary>
public sealed record ChunkSettings
{
    /// <summary>Absolute paths of the data folders; at least one.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Port of the data plane; 0 takes any free one.</summary>
    public int DataPort { get; init; }

    /// <summary>Bytes left free on each disk.</summary>
    public long FreeSpaceReserveBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Data files held open; 16 to 1,000,000.</summary>
    public int MaxOpenFiles { get; init; } = 4096;

    /// <summary>Bytes per second that the scrub verifies; 0: no scrub.</summary>
    public long ScrubBytesPerSecond { get; init; } = 8L * 1024 * 1024;

    /// <summary>Least time from the beginning of one pass of the scrub to that of the next.</summary>
    public TimeSpan ScrubInterval { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Idle time after which a chunk's actor goes away.</summary>
    public TimeSpan PassivateAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Threads that do disk work; 1 to 64.</summary>
    public int DiskThreads { get; init; } = 4;

    /// <summary>Requests waiting in front of one chunk before it answers Busy.</summary>
    public int MaxPendingPerChunk { get; init; } = 4096;

    /// <summary>Bytes of requests waiting in front of one chunk before it answers Busy.</summary>
    public long MaxPendingBytesPerChunk { get; init; } = 256L * 1024 * 1024;

    /// <summary>Time for a replica further down the chain to accept an operation.</summary>
    public TimeSpan ChainTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes per second that repair copies may use; 0 is unlimited.</summary>
    public long RepairBandwidthBytesPerSecond { get; init; }

    /// <summary>Time without any meta node in the cluster after which the node starts again; 1 s to 1 h.</summary>
    public TimeSpan RejoinAfter { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>True where clients may damage replicas, for drills.</summary>
    public bool AllowDrills { get; init; }
}

/// <summary>Settings of a client (`dfs.node.client`).</summary>
public sealed record ClientSettings
{
    /// <summary>Time for one call unless it says otherwise.</summary>
    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of one request of a stream; 4 KiB to 4 MiB.</summary>
    public int RequestBytes { get; init; } = 1024 * 1024;

    /// <summary>Requests in flight per stream; 1 to 256.</summary>
    public int Window { get; init; } = 8;

    /// <summary>Files moved at once by put -r and get -r; 1 to 256.</summary>
    public int ParallelFiles { get; init; } = 8;

    /// <summary>Connections per chunk server; 1 to 16.</summary>
    public int ConnectionsPerServer { get; init; } = 1;
}
