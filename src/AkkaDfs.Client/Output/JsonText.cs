// From the protocol's records to what --json prints.

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Output;

/// <summary>JSON of everything that commands print.</summary>
internal static class JsonText
{
    // Names are not escaped beyond what JSON asks for: the output is read by programs and people, never put into a web page.
    private static readonly JsonModels Models = new(new JsonSerializerOptions(JsonModels.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static void Print(TextWriter output, JsonNode node) => Print(output, node, Models.JsonNode);

    public static void Print(TextWriter output, IReadOnlyList<JsonNode> nodes) => Print(output, nodes, Models.IReadOnlyListJsonNode);

    public static void Print(TextWriter output, JsonServer server) => Print(output, server, Models.JsonServer);

    public static void Print(TextWriter output, JsonCluster cluster) => Print(output, cluster, Models.JsonCluster);

    public static void Print(TextWriter output, IReadOnlyList<JsonTrackerRow> rows) => Print(output, rows, Models.IReadOnlyListJsonTrackerRow);

    public static void Print(TextWriter output, JsonInspections inspections) => Print(output, inspections, Models.JsonInspections);

    public static void Print(TextWriter output, JsonLog log) => Print(output, log, Models.JsonLog);

    public static void Print(TextWriter output, JsonDamage damage) => Print(output, damage, Models.JsonDamage);

    public static void Print(TextWriter output, JsonTransfer transfer) => Print(output, transfer, Models.JsonTransfer);

    public static void Print(TextWriter output, JsonMetaSummary summary) => Print(output, summary, Models.JsonMetaSummary);

    public static void Print(TextWriter output, JsonAppend append) => Print(output, append, Models.JsonAppend);

    public static void Print(TextWriter output, JsonVersion version) => Print(output, version, Models.JsonVersion);

    public static void Print(TextWriter output, JsonUp up) => Print(output, up, Models.JsonUp);

    public static void Print(TextWriter output, DfsError error, int exitCode)
        => Print(
            output,
            new JsonErrorEnvelope(new JsonError((int)error.Code, Names.Upper(error.Code), Names.Kebab(error.Advice), error.Message, exitCode)
            {
                Holder = error.Holder.Length > 0 ? error.Holder : null, Until = error.UntilUnixNs > 0 ? Time(error.UntilUnixNs) : null,
            }),
            Models.JsonErrorEnvelope);

    public static JsonNode Node(string path, FileStatus status, IReadOnlyList<ChunkLocation>? chunks = null, bool withLayout = false)
    {
        var isFile = status.Kind == NodeKind.File;
        return new JsonNode
        {
            Path = path,
            Name = RemotePath.NameOf(path),
            Kind = Names.Kebab(status.Kind),
            Inode = status.Inode.Value,
            Length = status.LengthBytes,
            LengthIsExact = status.LengthIsExact,
            Mode = ModeText.Octal(status.Mode),
            Uid = status.Uid,
            Gid = status.Gid,
            Links = status.LinkCount,
            Accessed = Time(status.AccessedUnixNs),
            Modified = Time(status.ModifiedUnixNs),
            Changed = Time(status.ChangedUnixNs),
            MappingUpdated = isFile && withLayout ? Time(status.MappingUpdatedUnixNs) : null,
            Layout = isFile && withLayout ? Layout(status.Layout) : null,
            ChunkCount = isFile && withLayout ? status.ChunkCount : null,
            LinkTarget = status.Kind == NodeKind.SymbolicLink ? status.LinkTarget : null,
            Chunks = chunks?.Select(Chunk).ToArray(),
        };
    }

    public static JsonCluster Cluster(ClusterStatus s) => new(
        s.ClusterId,
        new JsonMeta(s.MetaAddress, s.Epoch.Value, "acting", s.InSafeMode, s.SafeModeReason),
        [.. s.MetaNodes.Where(m => m.Address != s.MetaAddress).Select(m => new JsonStandby(m.Address, m.IsReachable))],
        [.. s.Servers.Select(Server)],
        s.Files,
        s.Directories,
        s.Chunks,
        s.FullyReplicated,
        s.UnderReplicated,
        s.Missing,
        s.CopiesInFlight,
        s.CopiesDone,
        s.CopiesFailed,
        s.CopiesQueued,
        s.RecoveredInMs < 0 ? null : s.RecoveredInMs);

    public static void Print(TextWriter output, JsonLease lease) => Print(output, lease, Models.JsonLease);

    public static void Print(TextWriter output, IReadOnlyList<JsonTrash> entries) => Print(output, entries, Models.IReadOnlyListJsonTrash);

    public static void Print(TextWriter output, IReadOnlyList<JsonSnapshot> entries) => Print(output, entries, Models.IReadOnlyListJsonSnapshot);

    public static JsonSnapshot Snapshot(string directory, MetaProtocol.SnapshotEntry e)
        => new($"{directory.TrimEnd('/')}/.snapshot/{e.Name}", e.Name, e.Uid, DateTimeOffset.UnixEpoch.AddTicks(e.AtUnixNs / 100));

    public static JsonTrash Trash(MetaProtocol.TrashEntry e) => new(
        e.Path, e.Status.Inode.Value, Names.Kebab(e.Status.Kind), e.Status.LengthBytes, e.Uid, Time(e.RemovedUnixNs), Time(e.ExpiresUnixNs));

    public static void Print(TextWriter output, JsonQuota quota) => Print(output, quota, Models.JsonQuota);

    public static JsonTrackerRow Row(MetaProtocol.TrackerRow r) => new(
        r.Path, r.Chunk.ToString(), r.Index, r.Generation.Value, r.Server.Value, r.Endpoint.ToString(), r.ServerPath, r.Alive, Names.Kebab(r.State));

    public static JsonLogEntry Entry(MetaProtocol.LogEntry e)
        => new(e.Position, Time(e.AtUnixNs), e.Kind, e.Path, e.OtherPath.Length > 0 ? e.OtherPath : null, e.Text);

    public static DateTimeOffset Time(long unixNs) => DateTimeOffset.UnixEpoch.AddTicks(unixNs / 100);

    public static JsonServer Server(ServerStatus s) => new(
        s.Server.Value,
        s.ControlAddress,
        s.Endpoint.ToString(),
        Names.Kebab(s.State),
        s.SinceHeartbeatMs,
        s.ChunkCount,
        s.UsedBytes,
        s.FreeBytes,
        s.Folders,
        s.IsAlive,
        s.State is ServerState.Draining or ServerState.Drained ? s.LeftChunks : null,
        s.State == ServerState.Draining && s.DrainedInMs >= 0 ? s.DrainedInMs : null,
        s.MaintenanceLeftMs > 0 ? s.MaintenanceLeftMs : null,
        Scrub(s.Scrub));

    private static JsonScrub Scrub(ScrubStatus s) => new(
        TimeOrNone(s.PassStartedMs),
        s.PassBytes,
        s.PassBadBlocks,
        TimeOrNone(s.LastPassStartedMs),
        TimeOrNone(s.LastPassEndedMs),
        s.LastPassBadBlocks,
        s.Passes);

    private static DateTimeOffset? TimeOrNone(long unixMs) => unixMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(unixMs);

    private static JsonLayout Layout(FileLayout l)
        => new(l.ChunkSizeBytes, l.Replicas, Names.Kebab(l.Placement), Names.Kebab(l.Ack), Names.Kebab(l.OnReplicaDown));

    private static JsonChunk Chunk(ChunkLocation c) => new(
        c.Chunk == ChunkId.None ? null : c.Chunk.ToString(),
        c.Index,
        c.Generation.Value,
        c.LengthBytes,
        c.IsOpen,
        [.. c.Replicas.Select(r => new JsonReplica(r.Server.Value, r.Endpoint.ToString(), r.Path, Names.Kebab(r.State)))]);

    private static void Print<T>(TextWriter output, T value, JsonTypeInfo<T> type) => output.WriteLine(JsonSerializer.Serialize(value, type));
}
