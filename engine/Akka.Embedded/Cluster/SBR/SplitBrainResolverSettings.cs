// The settings of akka.cluster.split-brain-resolver. A strategy's own settings are read only when it is in use.
using System.Collections.Immutable;
using Akka.Configuration;

namespace Akka.Cluster.SBR;

/// <summary>The settings of akka.cluster.split-brain-resolver.</summary>
public sealed class SplitBrainResolverSettings
{
    /// <summary>The larger side goes on.</summary>
    public const string KeepMajorityName = "keep-majority";

    /// <summary>The majority that gets a lease goes on; not part of this engine.</summary>
    public const string LeaseMajorityName = "lease-majority";

    /// <summary>The side with enough members goes on.</summary>
    public const string StaticQuorumName = "static-quorum";

    /// <summary>The side with the oldest member goes on.</summary>
    public const string KeepOldestName = "keep-oldest";

    /// <summary>Nobody goes on.</summary>
    public const string DownAllName = "down-all";

    /// <summary>The names of all strategies.</summary>
    public static readonly ImmutableHashSet<string> AllStrategyNames =
        ImmutableHashSet.Create(KeepMajorityName, LeaseMajorityName, StaticQuorumName, KeepOldestName, DownAllName);

    private readonly Config _config;

    /// <param name="config">The system's configuration.</param>
    /// <exception cref="ConfigurationException">The strategy is unknown, or a time makes no sense.</exception>
    public SplitBrainResolverSettings(Config config)
    {
        _config = config.GetConfig("akka.cluster.split-brain-resolver")
            ?? throw new ConfigurationException("There is no configuration akka.cluster.split-brain-resolver.");
        DowningStableAfter = _config.GetTimeSpan("stable-after");
        if (DowningStableAfter <= TimeSpan.Zero)
            throw new ConfigurationException("'split-brain-resolver.stable-after' must be > 0s");
        DowningStrategy = _config.GetString("active-strategy", string.Empty)!.ToLowerInvariant();
        if (!AllStrategyNames.Contains(DowningStrategy))
        {
            throw new ConfigurationException(
                $"Unknown downing strategy 'split-brain-resolver.active-strategy'=[{DowningStrategy}]. Select one of "
                + $"[{string.Join(", ", AllStrategyNames.Order(StringComparer.Ordinal))}]");
        }

        DownAllWhenUnstable = _config.GetString("down-all-when-unstable", "on")!.ToLowerInvariant() switch
        {
            "on" or "true" or "yes" => TimeSpan.FromTicks(Math.Max(TimeSpan.FromSeconds(4).Ticks, DowningStableAfter.Ticks * 3 / 4)),
            "off" or "false" or "no" => TimeSpan.Zero,
            _ => _config.GetTimeSpan("down-all-when-unstable"),
        };
    }

    /// <summary>Decide when nothing has changed for so long.</summary>
    public TimeSpan DowningStableAfter { get; }

    /// <summary>The name of the strategy.</summary>
    public string DowningStrategy { get; }

    /// <summary>Down everything when things have kept changing for so long beyond <see cref="DowningStableAfter"/>; zero for never.</summary>
    public TimeSpan DownAllWhenUnstable { get; }

    /// <summary>Only members with this role count for keep-majority; null for all.</summary>
    public string? KeepMajorityRole => Role(KeepMajorityName);

    /// <summary>The settings of keep-oldest.</summary>
    public KeepOldestSettings KeepOldestSettings => new(_config.GetBoolean(KeepOldestName + ".down-if-alone"), Role(KeepOldestName));

    /// <summary>The settings of static-quorum.</summary>
    /// <exception cref="ConfigurationException">The size is missing or less than 1.</exception>
    public StaticQuorumSettings StaticQuorumSettings
    {
        get
        {
            var text = _config.GetString(StaticQuorumName + ".quorum-size");
            return int.TryParse(text, out var size) && size >= 1
                ? new StaticQuorumSettings(size, Role(StaticQuorumName))
                : throw new ConfigurationException("'split-brain-resolver.static-quorum.quorum-size' must be >= 1");
        }
    }

    private string? Role(string strategy) => _config.GetString(strategy + ".role") is { Length: > 0 } role ? role : null;
}

/// <summary>The settings of static-quorum.</summary>
public sealed class StaticQuorumSettings
{
    /// <summary>From both.</summary>
    public StaticQuorumSettings(int size, string? role)
    {
        Size = size;
        Role = role;
    }

    /// <summary>So many members make a quorum.</summary>
    public int Size { get; }

    /// <summary>Only members with this role count; null for all.</summary>
    public string? Role { get; }
}

/// <summary>The settings of keep-oldest.</summary>
public sealed class KeepOldestSettings
{
    /// <summary>From both.</summary>
    public KeepOldestSettings(bool downIfAlone, string? role)
    {
        DownIfAlone = downIfAlone;
        Role = role;
    }

    /// <summary>Go on without the oldest member if it is alone on its side.</summary>
    public bool DownIfAlone { get; }

    /// <summary>Only members with this role count; null for all.</summary>
    public string? Role { get; }
}
