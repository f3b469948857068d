// Telling others what this node knows, and learning from them.
using Akka.Event;

namespace Akka.Cluster;

internal sealed partial class ClusterCore
{
    private const int SpeedUpFanOut = 3;

    private void GossipTickNow()
    {
        var targets = GossipTargets();
        if (targets.Count == 0)
            return;
        GossipTo(Choose(targets));

        // While less than half have seen the state it goes out twice as fast.
        if (Latest.Seen.Count < Latest.Members.Count / 2)
            SpeedUp();
    }

    private void SpeedUpNow()
    {
        _speedUpDue = false;
        var targets = GossipTargets();
        var unaware = targets.Where(node => !Latest.IsSeenBy(node)).ToList();
        for (var i = 0; i < SpeedUpFanOut && unaware.Count > 0; i++)
        {
            var node = unaware[Random(unaware.Count)];
            unaware.Remove(node);
            GossipTo(node);
        }

        // The leader acts when it knows that all know.
        if (_state.IsSelfLeader)
            Lead();
        else if (_state.Leader is { } leader)
            GossipTo(leader.UniqueAddress);
        AdmitWaiting();
    }

    private void ReceiveGossip(ClusterMessages.GossipEnvelope envelope)
    {
        var remote = envelope.Gossip;
        if (!envelope.To.Equals(SelfNode))
        {
            // Meant for a predecessor on this address.
            return;
        }

        if (remote.Tombstones.ContainsKey(SelfNode))
        {
            End($"[{envelope.From.Address}] says that this node has been removed from the cluster");
            return;
        }

        if (!remote.HasMember(SelfNode) || !Latest.HasMember(envelope.From) || !Latest.Reachability.IsReachable(SelfNode, envelope.From))
        {
            if (_settings.VerboseGossipReceivedLogging)
                _log.Debug("Cluster Node [{0}] - Ignoring gossip from [{1}]", _cluster.SelfAddress, envelope.From);
            return;
        }

        var (next, answer) = GossipExchange.Hear(Latest, remote, SelfNode);
        Become(next);
        if (answer && _phase == Phase.Member)
            GossipTo(envelope.From, full: true);
    }

    private void ReceiveGossipStatus(ClusterMessages.GossipStatus status)
    {
        if (!Latest.HasMember(status.From) || !Latest.Reachability.IsReachable(SelfNode, status.From))
            return;
        switch (status.Version.CompareTo(Latest.Version))
        {
            case VectorClock.Ordering.Same when status.SeenDigest == Latest.SeenDigest:
                break;
            case VectorClock.Ordering.After:
                // The other one knows more: it learns from our version that we need it.
                CoreAt(status.From.Address).Tell(new ClusterMessages.GossipStatus(SelfNode, Latest.Version, Latest.SeenDigest), Self);
                break;
            default:
                GossipTo(status.From, full: true);
                break;
        }
    }

    private List<UniqueAddress> GossipTargets() =>
        Latest.Members.Select(static m => m.UniqueAddress).Where(_state.IsValidGossipTarget).ToList();

    /// <summary>Preferably somebody who has not seen this state.</summary>
    private UniqueAddress Choose(List<UniqueAddress> targets)
    {
        var unaware = targets.Where(node => !Latest.IsSeenBy(node)).ToList();
        var choosy = targets.Count <= _settings.ReduceGossipDifferentViewProbability
            ? _settings.GossipDifferentViewProbability
            : _settings.GossipDifferentViewProbability * _settings.ReduceGossipDifferentViewProbability / targets.Count;
        var among = unaware.Count > 0 && Random(1_000_000) < choosy * 1_000_000 ? unaware : targets;
        return among[Random(among.Count)];
    }

    /// <summary>Sends the state, or only its version to somebody who has seen it.</summary>
    private void GossipTo(UniqueAddress node, bool full = false)
    {
        if (!_state.IsValidGossipTarget(node))
            return;
        if (!full && Latest.IsSeenBy(node))
            CoreAt(node.Address).Tell(new ClusterMessages.GossipStatus(SelfNode, Latest.Version, Latest.SeenDigest), Self);
        else
            CoreAt(node.Address).Tell(new ClusterMessages.GossipEnvelope(SelfNode, node, Latest), Self);
    }

    private int Random(int limit) => (int)(_environment.NextRandom() % limit);
}
