// HOCON to typed settings. Every value is checked against its range here and nowhere else.

using System.Globalization;
using System.Text.RegularExpressions;
using Akka.Configuration;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Shared.Hosting;

/// <summary>Reads <see cref="NodeSettings"/> from configuration.</summary>
public static class SettingsReader
{
    /// <summary>Reads and checks `dfs.cluster` and `dfs.node`.</summary>
    /// <exception cref="DfsException">InvalidConfiguration: names the key, the value and what is allowed.</exception>
    public static NodeSettings Read(Config config)
    {
        var node = new Section(config, "dfs.node");
        var hostname = node.Text("hostname");
        var data = Path.GetFullPath(node.Text("data"));
        var publicHostname = node.TextOrEmpty("public-hostname");
        return new NodeSettings
        {
            Cluster = ReadCluster(new Section(config, "dfs.cluster")),
            Hostname = hostname,
            PublicHostname = publicHostname.Length > 0 ? publicHostname : hostname,
            Port = node.Int("port", 0, 65535),
            Seeds = [.. node.List("seeds").Select(CheckSeed)],
            DataFolder = data,
            Meta = ReadMeta(new Section(config, "dfs.node.meta"), config),
            Chunk = ReadChunk(new Section(config, "dfs.node.chunk"), data),
            Client = ReadClient(new Section(config, "dfs.node.client")),
        };
    }

    /// <summary>Checks settings of a meta node that fit each by itself, but not together.</summary>
    /// <exception cref="DfsException">InvalidConfiguration.</exception>
    public static void CheckForMeta(NodeSettings settings)
    {
        var isDatabase = settings.Meta.Journal == "postgres";
        if (isDatabase && settings.Meta.JournalDatabase.Connection.Length == 0)
        {
            throw new DfsException(
                DfsErrorCode.InvalidConfiguration,
                "dfs.node.meta.journal is postgres, but dfs.node.meta.journal-postgres.connection is empty. Give it, or set DFS_POSTGRES in the environment, to something like Host=db;Database=dfs;Username=dfs;Password=….");
        }

        if (!isDatabase && settings.Cluster.MetaNodes > 1)
        {
            throw new DfsException(
                DfsErrorCode.InvalidConfiguration,
                $"dfs.cluster.meta-nodes is {settings.Cluster.MetaNodes}, but dfs.node.meta.journal is file, which only one meta node can use. Set journal = postgres, or meta-nodes = 1.");
        }
    }

    /// <summary>Checks one "host:port".</summary>
    /// <exception cref="DfsException">InvalidConfiguration.</exception>
    public static string CheckSeed(string seed)
    {
        var colon = seed.LastIndexOf(':');
        var ok = colon > 0 && int.TryParse(seed.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and <= 65535;
        return ok
            ? seed
            : throw new DfsException(DfsErrorCode.InvalidConfiguration, $"The seed '{seed}' is not of the form host:port. Give for example 127.0.0.1:5011.");
    }

    private static ClusterSettings ReadCluster(Section s) => new()
    {
        Name = s.Text("name"),
        Layout = new FileLayout(
            (int)s.Bytes("chunk-size", FileLayout.MinChunkSizeBytes, FileLayout.MaxChunkSizeBytes),
            s.Int("replicas", 1, FileLayout.MaxReplicas),
            s.OneOf("placement", new Dictionary<string, PlacementPolicy>
            {
                ["least-loaded"] = PlacementPolicy.LeastLoaded, ["random"] = PlacementPolicy.Random, ["hash-ring"] = PlacementPolicy.HashRing,
            }),
            s.OneOf("ack", new Dictionary<string, AckPolicy> { ["all"] = AckPolicy.All, ["one"] = AckPolicy.One }),
            s.OneOf("on-replica-down", new Dictionary<string, ReplicaDownPolicy>
            {
                ["replace"] = ReplicaDownPolicy.Replace, ["block"] = ReplicaDownPolicy.Block, ["fail"] = ReplicaDownPolicy.Fail,
            })),
        HeartbeatInterval = s.Time("heartbeat-interval", TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)),
        HeartbeatMisses = s.Int("heartbeat-misses", 1, 100),
        ReplicationCheckInterval = s.Time("replication-check-interval", TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)),
        TrashAge = s.Time("trash-age", TimeSpan.Zero, TimeSpan.FromDays(365)),
        Permissions = s.Switch("permissions"),
        NodeListRefreshInterval = s.Time("node-list-refresh-interval", TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)),
        MetaNodes = s.Int("meta-nodes", 1, 9),
    };

    private static MetaSettings ReadMeta(Section s, Config config) => new()
    {
        JournalDatabase = ReadDatabase(new Section(config, "dfs.node.meta.journal-postgres")),
        Journal = s.OneOf("journal", new Dictionary<string, string> { ["file"] = "file", ["postgres"] = "postgres" }),
        LoneStartAfter = s.Time("lone-start-after", TimeSpan.FromSeconds(1), TimeSpan.FromHours(24)),
        JournalSegmentBytes = s.Bytes("journal-segment-size", 64 * 1024, 1L << 30),
        JournalCheckpointBytes = s.Bytes("journal-checkpoint-size", 64 * 1024, 1L << 40),
        MaxPendingRequests = s.Int("max-pending-requests", 1, 10_000_000),
        SafeModeReportFraction = s.Number("safe-mode.report-fraction", 0, 1),
        SafeModeMaxDuration = s.Time("safe-mode.max-duration", TimeSpan.Zero, TimeSpan.FromHours(24)),
        RepairCopiesPerServer = s.Int("repair.copies-per-server", 1, 1000),
        RepairCopiesTotal = s.Int("repair.copies-total", 1, 100_000),
        RepairCopyTimeout = s.Time("repair.copy-timeout", TimeSpan.FromSeconds(1), TimeSpan.FromHours(24)),
        SessionTimeout = s.Time("session-timeout", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
        OrphanDelay = s.Time("orphan-delay", TimeSpan.Zero, TimeSpan.FromDays(365)),
    };

    // Not a substitution in the file: the HOCON reader of Akka.NET loops on one that has no value.
    private const string DatabaseVariable = "DFS_POSTGRES";

    private static JournalDatabaseSettings ReadDatabase(Section s) => new()
    {
        Connection = s.TextOrEmpty("connection") is { Length: > 0 } given ? given : Environment.GetEnvironmentVariable(DatabaseVariable) ?? string.Empty,
        Schema = s.Matching("schema", "[a-z_][a-z0-9_]{0,62}", "must begin with a lower-case letter or _, and go on with at most 62 such, or digits"),
        Lease = s.Time("lease", TimeSpan.FromMilliseconds(200), TimeSpan.FromMinutes(1)),
        RetryFor = s.Time("retry-for", TimeSpan.FromSeconds(1), TimeSpan.FromHours(24)),
        StatementTimeout = s.Time("statement-timeout", TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
        TakeoverPatience = s.Time("takeover-patience", TimeSpan.Zero, TimeSpan.FromHours(1)),
    };

    private static ChunkSettings ReadChunk(Section s, string data)
    {
        var folders = s.List("folders");
        return new ChunkSettings
        {
            Folders = folders.Count > 0 ? [.. folders.Select(Path.GetFullPath)] : [Path.Combine(data, "chunks")],
            DataPort = s.Int("data-port", 0, 65535),
            FreeSpaceReserveBytes = s.Bytes("free-space-reserve", 0, long.MaxValue),
            MaxOpenFiles = s.Int("max-open-files", 16, 1_000_000),
            ScrubBytesPerSecond = s.Bytes("scrub-rate", 0, long.MaxValue),
            ScrubInterval = s.Time("scrub-interval", TimeSpan.Zero, TimeSpan.FromDays(365)),
            PassivateAfter = s.Time("passivate-after", TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(24)),
            DiskThreads = s.Int("disk-threads", 1, 64),
            MaxPendingPerChunk = s.Int("max-pending-per-chunk", 1, 1_000_000),
            MaxPendingBytesPerChunk = s.Bytes("max-pending-bytes-per-chunk", 1024 * 1024, long.MaxValue),
            ChainTimeout = s.Time("chain-timeout", TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)),
            RepairBandwidthBytesPerSecond = s.Bytes("repair-bandwidth", 0, long.MaxValue),
            RejoinAfter = s.Time("rejoin-after", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
            AllowDrills = s.Switch("allow-drills"),
        };
    }

    private static ClientSettings ReadClient(Section s) => new()
    {
        OperationTimeout = s.Time("operation-timeout", TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(365)),
        RequestBytes = (int)s.Bytes("request-size", 4096, 4 * 1024 * 1024),
        Window = s.Int("window", 1, 256),
        ParallelFiles = s.Int("parallel-files", 1, 256),
        ConnectionsPerServer = s.Int("connections-per-server", 1, 16),
    };

    /// <summary>Reads values below one prefix, so that an error can name the whole key.</summary>
    private sealed class Section(Config config, string prefix)
    {
        internal string Text(string key)
        {
            var value = TextOrEmpty(key);
            return value.Length > 0 ? value : throw Bad(key, value, "must not be empty");
        }

        internal string Matching(string key, string pattern, string rule)
            => Regex.IsMatch(TextOrEmpty(key), $"^{pattern}$", RegexOptions.None, TimeSpan.FromSeconds(1)) ? TextOrEmpty(key) : throw Bad(key, TextOrEmpty(key), rule);

        internal string TextOrEmpty(string key) => config.GetString($"{prefix}.{key}", string.Empty) ?? string.Empty;

        internal IList<string> List(string key) => Get(key, path => config.GetStringList(path), "must be a list of texts");

        internal int Int(string key, int from, int to)
            => InRange(key, Get(key, path => config.GetInt(path), "must be a whole number"), from, to);

        internal bool Switch(string key) => Get(key, path => config.GetBoolean(path), "must be on or off");

        internal double Number(string key, double from, double to)
            => InRange(key, Get(key, path => config.GetDouble(path), "must be a number"), from, to);

        internal long Bytes(string key, long from, long to)
            => InRange(key, Get(key, path => config.GetByteSize(path) ?? -1, "must be a size such as 64 MiB or 8192 B"), from, to);

        internal TimeSpan Time(string key, TimeSpan from, TimeSpan to)
            => InRange(key, Get(key, path => config.GetTimeSpan(path), "must be a time such as 500ms, 5s or 10m"), from, to);

        internal T OneOf<T>(string key, Dictionary<string, T> values)
            => values.TryGetValue(TextOrEmpty(key), out var value)
                ? value
                : throw Bad(key, TextOrEmpty(key), "must be one of " + string.Join(", ", values.Keys));

        private T Get<T>(string key, Func<string, T> read, string rule)
        {
            if (!config.HasPath($"{prefix}.{key}"))
            {
                throw Bad(key, "nothing", rule);
            }

            try
            {
                return read($"{prefix}.{key}");
            }
            catch (Exception e) when (e is FormatException or OverflowException or ConfigurationException or ArgumentException
                or InvalidOperationException or InvalidCastException)
            {
                throw Bad(key, TextOrEmpty(key), rule, e);
            }
        }

        private T InRange<T>(string key, T value, T from, T to)
            where T : IComparable<T>
            => value.CompareTo(from) >= 0 && value.CompareTo(to) <= 0
                ? value
                : throw Bad(key, $"{value}", $"must be between {from} and {to}");

        private DfsException Bad(string key, string value, string rule, Exception? inner = null) => new(
            DfsErrorCode.InvalidConfiguration,
            $"{prefix}.{key} is '{value}', but {rule}. Correct it in the configuration file, the profile or the -D option.",
            inner);
    }
}
