// Members of a cluster that has no meta node any more wait for nothing: one that was removed starts again in a cluster of its own,
// at its old address, and never meets them. So a member that sees no meta for a while stops; whoever keeps it running starts it
// again, and it finds the meta through its seeds.

using Akka.Actor;
using Akka.Cluster;
using Akka.Event;

namespace AkkaDfs.Shared.Hosting;

/// <summary>Stops the node when its cluster has been without a meta node for too long.</summary>
internal sealed class MetaWatch : ReceiveActor, IWithTimers
{
    private const string MetaRole = "meta";
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly TimeSpan _patience;
    private TimeSpan? _since;

    /// <summary>Made by <see cref="PropsFor"/>.</summary>
    public MetaWatch(TimeSpan patience)
    {
        _patience = patience;
        Receive<LookTick>(_ => Look());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Recipe.</summary>
    /// <param name="patience">How long the cluster may be without a meta node.</param>
    public static Props PropsFor(TimeSpan patience) => Props.Create(() => new MetaWatch(patience));

    /// <inheritdoc/>
    protected override void PreStart() => Timers.StartPeriodicTimer(LookTick.Instance, LookTick.Instance, s_look);

    private void Look()
    {
        var now = Context.System.Scheduler.MonotonicClock;
        var members = _cluster.State.Members;
        if (members.Count == 0 || members.Any(m => m.HasRole(MetaRole)))
        {
            _since = null;
            return;
        }

        _since ??= now;
        if (now - _since.Value >= _patience)
        {
            _log.Error(
                "This node's cluster of {0} members has had no meta node for {1} s: the node stops, so that it can start again and look for one through its seeds.",
                members.Count,
                _patience.TotalSeconds);
            Timers.CancelAll();
            _ = CoordinatedShutdown.Get(Context.System).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
        }
    }

    private sealed class LookTick
    {
        public static readonly LookTick Instance = new();
    }
}
