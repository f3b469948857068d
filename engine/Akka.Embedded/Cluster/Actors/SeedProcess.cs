// Looks for a seed node that is in a cluster, and has the core join there. The first seed node of the list starts a cluster of its own when the others
// do not answer in time, or all say no; the other ones ask until they are let in.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster;

internal sealed class SeedProcess : UntypedActor
{
    private static readonly TimeSpan AskInterval = TimeSpan.FromSeconds(1);

    private readonly Cluster _cluster;
    private readonly bool _isFirst;
    private readonly HashSet<Address> _others;
    private readonly HashSet<Address> _refused = [];
    private readonly ICancelable _timer;
    private readonly TimeSpan _start;
    private int _rounds;

    public SeedProcess(Cluster cluster, ImmutableList<Address> seedNodes)
    {
        _cluster = cluster;
        _isFirst = seedNodes[0].Equals(cluster.SelfAddress);
        _others = [.. seedNodes.Where(address => !address.Equals(cluster.SelfAddress))];
        _start = Context.System.Scheduler.MonotonicClock;
        _timer = Context.System.Scheduler.ScheduleTellRepeatedlyCancelable(TimeSpan.Zero, AskInterval, Self, AskTick.Instance, Self);
    }

    private TimeSpan Elapsed => Context.System.Scheduler.MonotonicClock - _start;

    public static Props PropsFor(Cluster cluster, ImmutableList<Address> seedNodes) =>
        Props.Create(() => new SeedProcess(cluster, seedNodes)).WithDeploy(Deploy.Local);

    protected override void PostStop()
    {
        _timer.Cancel();
        base.PostStop();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case AskTick:
                AskOthers();
                break;
            case ClusterMessages.InitJoinAck ack:
                _cluster.LogInfo($"Received InitJoinAck message from [{ack.Address}]");
                Join(ack.Address);
                break;
            case ClusterMessages.InitJoinNack nack:
                _refused.Add(nack.Address);
                if (_isFirst && _refused.IsSupersetOf(_others))
                    Join(_cluster.SelfAddress);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void AskOthers()
    {
        if (_isFirst && Elapsed >= _cluster.Settings.SeedNodeTimeout)
        {
            Join(_cluster.SelfAddress);
            return;
        }

        if (_cluster.Settings.ShutdownAfterUnsuccessfulJoinSeedNodes is { } patience && Elapsed >= patience)
        {
            Context.Parent.Tell(new Failed($"Joining of seed-nodes [{string.Join(", ", _others)}] was unsuccessful after configured shutdown-after-unsuccessful-join-seed-nodes [{patience}]. Running CoordinatedShutdown."));
            Context.Stop(Self);
            return;
        }

        _rounds++;
        var often = Math.Max(1, (int)_cluster.Settings.SeedNodeTimeout.TotalSeconds);
        if (!_isFirst && _rounds > 1 && _rounds % often == 0)
            _cluster.Log.Warning("Couldn't join seed nodes after [{0}] attempts, will try again. seed-nodes=[{1}]", _rounds, string.Join(",", _others));
        foreach (var address in _others)
        {
            var provider = ((ExtendedActorSystem)Context.System).Provider;
            provider.ResolveActorRef(new RootActorPath(address) / ClusterDaemon.CorePath).Tell(ClusterMessages.InitJoin.Instance, Self);
        }
    }

    private void Join(Address address)
    {
        Context.Parent.Tell(new ClusterCore.JoinTo(address));
        Context.Stop(Self);
    }

    public sealed record Failed(string Reason);

    private sealed record AskTick
    {
        public static readonly AskTick Instance = new();
    }
}
