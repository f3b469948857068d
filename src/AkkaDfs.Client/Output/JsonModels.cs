// What --json prints. docs/cli.md documents every field; names and meanings are stable, new fields may be added.

using System.Text.Json.Serialization;

namespace AkkaDfs.Client.Output;

internal sealed record JsonReplica(uint Server, string Address, string Path, string State);

internal sealed record JsonChunk(
    string? Id, int Index, uint Generation, long Length, bool Open, IReadOnlyList<JsonReplica> Replicas);

internal sealed record JsonLayout(long ChunkSize, int Replicas, string Placement, string Ack, string OnReplicaDown);

internal sealed record JsonNode
{
    public required string Path { get; init; }

    public required string Name { get; init; }

    public required string Kind { get; init; }

    public required ulong Inode { get; init; }

    public required long Length { get; init; }

    public required bool LengthIsExact { get; init; }

    public required string Mode { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public required int Links { get; init; }

    public required DateTimeOffset Accessed { get; init; }

    public required DateTimeOffset Modified { get; init; }

    public required DateTimeOffset Changed { get; init; }

    public DateTimeOffset? MappingUpdated { get; init; }

    public JsonLayout? Layout { get; init; }

    public int? ChunkCount { get; init; }

    public string? LinkTarget { get; init; }

    public IReadOnlyList<JsonChunk>? Chunks { get; init; }
}

internal sealed record JsonScrub(
    DateTimeOffset? PassStarted, long PassBytes, long PassBadBlocks, DateTimeOffset? LastPassStarted, DateTimeOffset? LastPassEnded, long LastPassBadBlocks,
    long Passes);

internal sealed record JsonServer(
    uint Server, string ControlAddress, string Address, string State, long HeartbeatAgeMs, long Chunks, long UsedBytes, long FreeBytes,
    IReadOnlyList<string> Folders, bool Alive, long? LeftChunks, long? DrainedInMs, long? MaintenanceLeftMs,
    JsonScrub Scrub);

internal sealed record JsonMeta(string Address, ulong Epoch, string State, bool SafeMode, string SafeModeReason);

internal sealed record JsonStandby(string Address, bool Reachable);

internal sealed record JsonCluster(
    Guid Cluster, JsonMeta Meta, IReadOnlyList<JsonStandby> Standby, IReadOnlyList<JsonServer> Servers, long Files, long Directories, long Chunks, long FullyReplicated,
    long UnderReplicated, long Missing, int CopiesInFlight, long CopiesDone, long CopiesFailed, long CopiesQueued, long? RecoveredInMs);

internal sealed record JsonTrackerRow(
    string Path, string Chunk, int Index, uint Generation, uint Server, string Address, string ServerPath, bool Alive, string State);

internal sealed record JsonLogEntry(long Position, DateTimeOffset At, string Kind, string Path, string? OtherPath, string Text);

internal sealed record JsonLog(bool HasEarlier, IReadOnlyList<JsonLogEntry> Entries);

internal sealed record JsonCounts(
    long Files, long Chunks, long Healthy, long UnderReplicated, long OverReplicated, long Corrupt, long Missing, long Unwritable, long Open);

internal sealed record JsonCandidate(uint Server, string Refusal);

internal sealed record JsonInspection(
    string Path, string Chunk, int Index, int Wanted, int Live, IReadOnlyList<string> Conditions, string Repair, long Ahead,
    long? NextReplicaInMs, IReadOnlyList<JsonReplica> Replicas, IReadOnlyList<JsonCandidate> Candidates);

internal sealed record JsonRepair(string Path, string Chunk, int Index, int Wanted, int Live, IReadOnlyList<string> Orders, string Repair);

internal sealed record JsonInspections(JsonCounts Counts, IReadOnlyList<JsonInspection> Chunks)
{
    public IReadOnlyList<JsonRepair>? Orders { get; init; }

    public long? CopiesQueued { get; init; }

    public long? RecoveredInMs { get; init; }
}

internal sealed record JsonDamage(
    string Path, string Chunk, int Index, uint Server, string How, int Block, long Offset, long Length, string ServerPath, long Choice);

internal sealed record JsonTransfer(
    long Files, long Directories, long Bytes, double Seconds, double BytesPerSecond, IReadOnlyList<string> Skipped, bool Verified);

internal sealed record JsonAppend(string Path, long Records, long Bytes, long FirstOffset, long LastOffset, double Seconds);

internal sealed record JsonMetaSummary(
    string Place, Guid ClusterId, ulong Epoch, ulong Transactions, long Files, long Directories, long Chunks, int Servers, long CutBytes,
    IReadOnlyList<string> Findings);

internal sealed record JsonError(int Code, string Name, string Advice, string Message, int ExitCode, string? Holder = null, DateTimeOffset? Until = null);

internal sealed record JsonTrash(string Path, ulong Id, string Kind, long Length, uint RemovedBy, DateTimeOffset Removed, DateTimeOffset Expires);

internal sealed record JsonQuota(string Path, long MaxBytes, long MaxFiles, long UsedBytes, long UsedFiles);

internal sealed record JsonSnapshot(string Path, string Name, uint TakenBy, DateTimeOffset Taken);

internal sealed record JsonLease(string Path, string Holder, bool Shared, DateTimeOffset Until);

internal sealed record JsonErrorEnvelope(JsonError Error);

internal sealed record JsonVersion(string Version, string Runtime, string Engine);

internal sealed record JsonUp(int ProcessId, IReadOnlyList<string> Seeds, string Data, int ChunkServers);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(IReadOnlyList<JsonNode>))]
[JsonSerializable(typeof(JsonCluster))]
[JsonSerializable(typeof(JsonServer))]
[JsonSerializable(typeof(IReadOnlyList<JsonTrackerRow>))]
[JsonSerializable(typeof(JsonInspections))]
[JsonSerializable(typeof(JsonDamage))]
[JsonSerializable(typeof(JsonLog))]
[JsonSerializable(typeof(JsonLease))]
[JsonSerializable(typeof(JsonQuota))]
[JsonSerializable(typeof(IReadOnlyList<JsonTrash>))]
[JsonSerializable(typeof(IReadOnlyList<JsonSnapshot>))]
[JsonSerializable(typeof(JsonTransfer))]
[JsonSerializable(typeof(JsonAppend))]
[JsonSerializable(typeof(JsonMetaSummary))]
[JsonSerializable(typeof(JsonErrorEnvelope))]
[JsonSerializable(typeof(JsonVersion))]
[JsonSerializable(typeof(JsonUp))]
internal sealed partial class JsonModels : JsonSerializerContext;
