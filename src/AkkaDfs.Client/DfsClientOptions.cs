// What a client needs to know, with the defaults of reference.conf.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client;

/// <summary>Settings of one client.</summary>
public sealed record DfsClientOptions
{
    /// <summary>Where `dfs up` listens unless told otherwise.</summary>
    public const string DefaultSeed = "127.0.0.1:5011";

    /// <summary>Nodes of the cluster as "host:port", meta nodes first; at least one.</summary>
    public IReadOnlyList<string> Seeds { get; init; } = [DefaultSeed];

    /// <summary>Configuration of the client beyond the seeds: file, profile, overrides.</summary>
    public NodeOptions Node { get; init; } = new();

    /// <summary>Sizes and times; what <see cref="Node"/> says unless given here.</summary>
    public ClientSettings? Settings { get; init; }

    /// <summary>
    /// Longest time that meta may take to answer before the same request is sent again; half of it at least. It is carried out once all the same; and what was
    /// under way when the acting meta died is heard by the next one that much later at most.
    /// </summary>
    public TimeSpan MetaAttemptTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a primary may take to answer before the same write is sent again; above its chain time-out.</summary>
    public TimeSpan WriteAttemptTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Who asks; null takes the user whom this process belongs to.</summary>
    public Caller? Caller { get; init; }

    /// <summary>By which name leases are held, 1 to 255 characters; null draws one, so that each client is a holder of its own.</summary>
    public string? Holder { get; init; }

    /// <summary>Permission bits taken away from what is made; null takes this process's umask.</summary>
    public uint? Umask { get; init; }

    /// <summary>Seeds the client's choices (replica, jitter); null draws a seed.</summary>
    public int? RandomSeed { get; init; }
}
