// One node's configuration: -D options, command line, --config file, profile, role file, reference.conf, in falling precedence,
// and from the result the engine's own keys (addresses, seeds, roles, serializer).

using System.Reflection;
using Akka.Configuration;

namespace AkkaDfs.Shared.Hosting;

/// <summary>A node's configuration, complete and checked.</summary>
/// <param name="Role">What the node is.</param>
/// <param name="Settings">The checked `dfs` section.</param>
/// <param name="Config">The whole configuration, for ActorSystem.Create.</param>
public sealed record NodeConfiguration(NodeRole Role, NodeSettings Settings, Config Config)
{
    /// <summary>What the actor system is given besides its configuration, such as the simulation that it runs in.</summary>
    public IReadOnlyList<Akka.Actor.Setup.Setup> Setups { get; init; } = [];

    /// <summary>Lays all sources over each other.</summary>
    /// <exception cref="DfsException">InvalidConfiguration: what is wrong, and where.</exception>
    public static NodeConfiguration Load(NodeRole role, NodeOptions options)
    {
        // Highest precedence first.
        var sources = new List<(string Name, string Text)>
        {
            ("-D", string.Join('\n', options.Overrides.Select(CheckOverride))),
            ("command line", FromOptions(options)),
        };
        if (options.ConfigFile is { } file)
        {
            sources.Add((file, ReadFile(file)));
        }

        if (options.Profile is { } profile)
        {
            sources.Add(($"profile {profile}", ReadProfile(profile)));
        }

        sources.Add(("role file", ReadResource($"hocon/{role.ToString().ToLowerInvariant()}.conf")));
        sources.Add(("reference.conf", ReadResource("hocon/reference.conf")));
        var parsed = sources.Where(s => !string.IsNullOrWhiteSpace(s.Text)).Select(s => (s.Name, Config: Parse(s.Name, s.Text))).ToArray();
        foreach (var (name, source) in parsed)
        {
            KeyCheck.Refuse(name, source, parsed[^1].Config);
        }

        var config = parsed.Select(s => s.Config).Aggregate((over, under) => over.WithFallback(under));
        var settings = SettingsReader.Read(config);
        if (role == NodeRole.Meta)
        {
            SettingsReader.CheckForMeta(settings);
        }

        return new NodeConfiguration(role, settings, Parse("engine keys", EngineKeys(role, settings)).WithFallback(config));
    }

    /// <summary>Names of the ready-made profiles.</summary>
    public static IReadOnlyList<string> Profiles { get; } =
    [
        .. typeof(NodeConfiguration).Assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith("hocon/profiles/", StringComparison.Ordinal))
            .Select(n => Path.GetFileNameWithoutExtension(n))
            .Order(StringComparer.Ordinal),
    ];

    private static string FromOptions(NodeOptions options)
    {
        var lines = new List<string>();
        Add("port", options.Port?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Add("chunk.data-port", options.DataPort?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Add("hostname", options.Hostname is null ? null : Quote(options.Hostname));
        Add("data", options.DataFolder is null ? null : Quote(Path.GetFullPath(options.DataFolder)));
        Add("seeds", options.Seeds.Count == 0 ? null : $"[{string.Join(", ", options.Seeds.Select(Quote))}]");
        return string.Join('\n', lines);

        void Add(string key, string? value)
        {
            if (value is not null)
            {
                lines.Add($"dfs.node.{key} = {value}");
            }
        }
    }

    private static string EngineKeys(NodeRole role, NodeSettings settings)
    {
        var system = settings.Cluster.Name;
        var lines = new List<string>
        {
            $"akka.actor.provider = {(role == NodeRole.Client ? "remote" : "cluster")}",
            $"akka.remote.dot-netty.tcp.hostname = {Quote(settings.Hostname)}",
            $"akka.remote.dot-netty.tcp.public-hostname = {Quote(settings.PublicHostname)}",
            $"akka.remote.dot-netty.tcp.port = {settings.Port}",
        };
        if (role == NodeRole.Client)
        {
            var contacts = settings.Seeds.Select(s => Quote($"akka.tcp://{system}@{s}/system/receptionist"));
            lines.Add($"akka.cluster.client.initial-contacts = [{string.Join(", ", contacts)}]");
        }
        else
        {
            lines.Add($"akka.cluster.roles = [{role.ToString().ToLowerInvariant()}]");
            // Of two meta nodes, none is a majority of the other: then all nodes vote.
            lines.Add($"akka.cluster.split-brain-resolver.keep-majority.role = {Quote(settings.Cluster.MetaNodes == 2 ? string.Empty : "meta")}");
            if (settings.Cluster.MetaNodes > 1)
            {
                lines.Add("akka.cluster.split-brain-resolver.down-all-when-unstable = on");
            }

            lines.Add($"akka.cluster.seed-nodes = [{string.Join(", ", settings.Seeds.Select(s => Quote($"akka.tcp://{system}@{s}")))}]");
        }

        if (role == NodeRole.Chunk)
        {
            lines.Add($"akka.actor.disk-dispatcher.dedicated-thread-pool.thread-count = {settings.Chunk.DiskThreads}");
        }

        return string.Join('\n', lines);
    }

    private static string Quote(string text)
        => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static string CheckOverride(string pair) => pair.IndexOf('=') > 0
        ? pair
        : throw new DfsException(DfsErrorCode.InvalidConfiguration, $"'-D {pair}' is not of the form key=value. Give for example -D dfs.cluster.replicas=2.");

    private static Config Parse(string source, string text)
    {
        try
        {
            return ConfigurationFactory.ParseString(text);
        }
        catch (Exception e) when (e is FormatException or ConfigurationException or ArgumentException or InvalidOperationException)
        {
            throw new DfsException(DfsErrorCode.InvalidConfiguration, $"The configuration from {source} cannot be read: {e.Message}", e);
        }
    }

    private static string ReadFile(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DfsException(DfsErrorCode.InvalidConfiguration, $"The configuration file {Path.GetFullPath(file)} cannot be read: {e.Message}", e);
        }
    }

    private static string ReadProfile(string profile) => Profiles.Contains(profile, StringComparer.Ordinal)
        ? ReadResource($"hocon/profiles/{profile}.conf")
        : throw new DfsException(DfsErrorCode.InvalidConfiguration, $"There is no profile '{profile}'. There are: {string.Join(", ", Profiles)}.");

    private static string ReadResource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is missing from the build");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
