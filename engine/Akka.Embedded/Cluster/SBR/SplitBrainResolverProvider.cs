// Starts the split brain resolver with the strategy the configuration names.
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.SBR;

/// <summary>Decides about unreachable members so that of two sides of a split at most one goes on.</summary>
public class SplitBrainResolverProvider : IDowningProvider
{
    private readonly SplitBrainResolverSettings _settings;
    private readonly Cluster _cluster;

    /// <summary>From its surroundings.</summary>
    /// <exception cref="ConfigurationException">akka.cluster.split-brain-resolver makes no sense.</exception>
    public SplitBrainResolverProvider(ActorSystem system, Cluster cluster)
    {
        _settings = new SplitBrainResolverSettings(system.Settings.Config);
        _cluster = cluster;
        _ = Strategy();
    }

    /// <summary>akka.cluster.down-removal-margin if that is set, else stable-after.</summary>
    public TimeSpan DownRemovalMargin =>
        _cluster.Settings.DownRemovalMargin > TimeSpan.Zero ? _cluster.Settings.DownRemovalMargin : _settings.DowningStableAfter;

    /// <inheritdoc/>
    public Props DowningActorProps => SplitBrainResolverActor.PropsFor(_cluster, _settings, Strategy());

    private DowningStrategy Strategy() => _settings.DowningStrategy switch
    {
        SplitBrainResolverSettings.KeepMajorityName => new KeepMajority(_settings.KeepMajorityRole),
        SplitBrainResolverSettings.StaticQuorumName => new StaticQuorum(_settings.StaticQuorumSettings.Size, _settings.StaticQuorumSettings.Role),
        SplitBrainResolverSettings.KeepOldestName => new KeepOldest(_settings.KeepOldestSettings.DownIfAlone, _settings.KeepOldestSettings.Role),
        SplitBrainResolverSettings.DownAllName => new DownAllNodes(),
        _ => throw new ConfigurationException(
            $"'split-brain-resolver.active-strategy'=[{_settings.DowningStrategy}] needs a lease, which the embedded engine does not have."),
    };
}
