// The numbers that decide. Read from settings once; the core never looks anything up.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Settings of the state machine. Times are in milliseconds.</summary>
internal sealed record MetaPolicy
{
    /// <summary>How files are stored that do not say otherwise; nothing in it is "default".</summary>
    public FileLayout DefaultLayout { get; init; } =
        new(64 * 1024 * 1024, 3, PlacementPolicy.LeastLoaded, AckPolicy.All, ReplicaDownPolicy.Replace);

    /// <summary>How often servers send heartbeats.</summary>
    public int HeartbeatMs { get; init; } = 5_000;

    /// <summary>Silence after which a server counts as dead.</summary>
    public int DeadAfterMs { get; init; } = 15_000;

    /// <summary>How long a server may serve after it sent the heartbeat that was answered.</summary>
    public int ServeMs { get; init; } = 10_000;

    /// <summary>How often all chunks are looked at.</summary>
    public int CheckIntervalMs { get; init; } = 10_000;

    /// <summary>Share of the known servers that must have reported before safe mode ends.</summary>
    public double SafeModeReportFraction { get; init; } = 1.0;

    /// <summary>Longest safe mode.</summary>
    public long SafeModeMaxMs { get; init; } = 30_000;

    /// <summary>Copies at once for one server, as source and destination together.</summary>
    public int CopiesPerServer { get; init; } = 4;

    /// <summary>Copies at once in the cluster.</summary>
    public int CopiesTotal { get; init; } = 64;

    /// <summary>Age of a replica of no known chunk before it is deleted.</summary>
    public long OrphanDelayMs { get; init; } = 600_000;

    /// <summary>Time between the removal of a file and the deletion of its replicas, for readers that are under way.</summary>
    public long DeleteDelayMs { get; init; } = 30_000;

    /// <summary>Time for replicas to say how far they are before the silent ones are left out.</summary>
    public int SurveyMs { get; init; } = 2_000;

    /// <summary>Time for all members to adopt a generation before it is tried without the silent ones.</summary>
    public int AdoptMs { get; init; } = 30_000;

    /// <summary>Time after which an unanswered order is sent again.</summary>
    public int ResendMs { get; init; } = 1_000;

    /// <summary>Time after which a chunk without a possible repair, or whose copy failed, is tried again.</summary>
    public int RepairBackoffMs { get; init; } = 5_000;

    /// <summary>Time for a server to put right the damaged blocks of a replica before the whole replica is copied instead.</summary>
    public int BlockRepairMs { get; init; } = 20_000;

    /// <summary>Delay that clients are told while a chunk is moved to a new generation.</summary>
    public int RetryHintMs { get; init; } = 50;

    /// <summary>Whether modes and owners decide who may do what; otherwise everybody may do everything.</summary>
    public bool ChecksPermissions { get; init; } = true;

    /// <summary>A user who may do everything besides user 0: the one whom meta's process belongs to.</summary>
    public uint SuperuserUid { get; init; }

    /// <summary>Silence of a client's session after which what it holds is given up.</summary>
    public int SessionMs { get; init; } = 30_000;

    /// <summary>How long a session may believe what it holds after meta has heard of it last; what others change waits that long for a silent one.</summary>
    public int HoldMs { get; init; } = 5_000;

    /// <summary>How long a client that waits for what meta wants back waits at most.</summary>
    public int AwaitDropsMs { get; init; } = 1_000;

    /// <summary>How long what was removed can be had back, by the calendar; 0: not at all.</summary>
    public long TrashMs { get; init; }

    /// <summary>Nodes of a removed tree that are freed in one step.</summary>
    public int FreeNodesPerStep { get; init; } = 2_000;
}
