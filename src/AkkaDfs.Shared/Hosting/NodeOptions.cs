// What a command line says about a node, before it is laid over the configuration files.

namespace AkkaDfs.Shared.Hosting;

/// <summary>Command-line choices of a node; null or empty means "as configured".</summary>
public sealed record NodeOptions
{
    /// <summary>Port of the actor system.</summary>
    public int? Port { get; init; }

    /// <summary>Port of the data plane (chunk servers).</summary>
    public int? DataPort { get; init; }

    /// <summary>Address to listen on.</summary>
    public string? Hostname { get; init; }

    /// <summary>host:port of nodes to find the cluster by; empty for the first meta node, which is its own seed.</summary>
    public IReadOnlyList<string> Seeds { get; init; } = [];

    /// <summary>Folder for everything the node stores.</summary>
    public string? DataFolder { get; init; }

    /// <summary>A HOCON file that is laid over the defaults and the profile.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>Name of a ready-made profile, such as classroom.</summary>
    public string? Profile { get; init; }

    /// <summary>key=value pairs that win over everything else.</summary>
    public IReadOnlyList<string> Overrides { get; init; } = [];
}
