// What becomes of unreachable members is decided by a downing provider.
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>Decides what becomes of unreachable members.</summary>
public interface IDowningProvider
{
    /// <summary>Time from the removal of a downed member until what it did may start elsewhere.</summary>
    TimeSpan DownRemovalMargin { get; }

    /// <summary>The actor that decides; null for none.</summary>
    Props? DowningActorProps { get; }
}

/// <summary>Leaves the decision to a human, who calls <see cref="Cluster.Down"/>.</summary>
public sealed class NoDowning : IDowningProvider
{
    private readonly Cluster _cluster;

    /// <summary>From its surroundings.</summary>
    public NoDowning(ActorSystem system, Cluster cluster) => _cluster = cluster;

    /// <inheritdoc/>
    public TimeSpan DownRemovalMargin => _cluster.Settings.DownRemovalMargin;

    /// <inheritdoc/>
    public Props? DowningActorProps => null;
}
