// Waits until a split has been stable for a while and then, on the leader of this side, carries out what the strategy decides. If things keep changing for
// too long everything is downed, because by then nobody can know what the other side has decided.
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster.SBR;

internal sealed class SplitBrainResolverActor : UntypedActor
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(250);

    private readonly Cluster _cluster;
    private readonly SplitBrainResolverSettings _settings;
    private readonly DowningStrategy _strategy;
    private readonly ICancelable _timer;
    private MembershipState _state;
    private TimeSpan? _changedAt;
    private TimeSpan? _unstableSince;

    public SplitBrainResolverActor(Cluster cluster, SplitBrainResolverSettings settings, DowningStrategy strategy)
    {
        _cluster = cluster;
        _settings = settings;
        _strategy = strategy;
        _state = new MembershipState(Gossip.Empty, cluster.SelfUniqueAddress);
        _timer = Context.System.Scheduler.ScheduleTellRepeatedlyCancelable(TickInterval, TickInterval, Self, Tick.Instance, Self);
    }

    private TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    public static Props PropsFor(Cluster cluster, SplitBrainResolverSettings settings, DowningStrategy strategy) =>
        Props.Create(() => new SplitBrainResolverActor(cluster, settings, strategy)).WithDeploy(Deploy.Local);

    protected override void PostStop()
    {
        _timer.Cancel();
        base.PostStop();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case MembershipState state:
                Observe(state);
                break;
            case Tick:
                DecideIfDue();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Observe(MembershipState state)
    {
        var before = SplitView.Of(_state);
        _state = state;
        var after = SplitView.Of(state);
        if (after.Unreachable.IsEmpty && after.IndirectlyConnected.IsEmpty)
        {
            _changedAt = _unstableSince = null;
            return;
        }

        // A member moving on in its life, or being seen differently, begins the wait anew.
        var isSame = before.Unreachable.SetEquals(after.Unreachable)
            && before.Members.Count == after.Members.Count
            && before.Members.Zip(after.Members).All(static pair => pair.First.Equals(pair.Second) && pair.First.Status == pair.Second.Status);
        if (_changedAt is not null && isSame)
            return;
        _changedAt = Now;
        _unstableSince ??= Now;
    }

    private void DecideIfDue()
    {
        if (_changedAt is not { } changedAt || !_state.IsSelfLeader || _state.SelfMember is not { Status: not MemberStatus.Down })
            return;
        var isStable = Now - changedAt >= _settings.DowningStableAfter;
        var isHopeless = _settings.DownAllWhenUnstable > TimeSpan.Zero
            && Now - _unstableSince >= _settings.DowningStableAfter + _settings.DownAllWhenUnstable;
        if (!isStable && !isHopeless)
            return;
        var view = SplitView.Of(_state);
        var (nodes, reason) = isStable ? _strategy.NodesToDown(view) : new DownAllNodes().NodesToDown(view);
        _cluster.Log.Warning(
            "SBR took decision {0} and is downing [{1}]{2}, unreachable [{3}] of [{4}] members",
            isStable ? reason : "DownAll (unstable for too long)",
            string.Join(", ", nodes.Select(static node => node.Address).Order(Member.AddressOrdering)),
            nodes.Contains(_cluster.SelfUniqueAddress) ? " including itself" : string.Empty,
            string.Join(", ", view.Unreachable.Select(static node => node.Address).Order(Member.AddressOrdering)),
            view.Members.Count);
        _changedAt = _unstableSince = null;

        // Itself last: afterwards it has no say any more.
        foreach (var node in nodes.Order().OrderBy(node => node.Equals(_cluster.SelfUniqueAddress)))
            _cluster.Down(node.Address);
    }

    private sealed record Tick
    {
        public static readonly Tick Instance = new();
    }
}
