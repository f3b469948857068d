// Noticing who is silent; leaving and downing; and the leader's part.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster;

internal sealed partial class ClusterCore
{
    private const int GossipsBeforeExit = 5;

    private TimeSpan? _undecidedSince;

    private TimeSpan Monotonic => Context.System.Scheduler.MonotonicClock;

    /// <summary>Compares what the failure detector thinks with what this node says in its gossip.</summary>
    private void Reap()
    {
        var reachability = Latest.Reachability;
        foreach (var member in Latest.Members)
        {
            var node = member.UniqueAddress;
            if (node.Equals(SelfNode) || !_cluster.FailureDetector.IsMonitoring(node.Address))
                continue;
            var isAvailable = _cluster.FailureDetector.IsAvailable(node.Address);
            if (isAvailable)
            {
                if (reachability.StatusOf(SelfNode, node) == ReachabilityStatus.Unreachable)
                    _cluster.LogInfo($"Marking node as REACHABLE [{member.Address}].");
                reachability = reachability.Reachable(SelfNode, node);
            }
            else
            {
                if (reachability.IsReachable(SelfNode, node))
                    _log.Warning("Cluster Node [{0}] - Marking node as UNREACHABLE [{1}].", _cluster.SelfAddress, member);
                reachability = reachability.Unreachable(SelfNode, node);
            }
        }

        if (!ReferenceEquals(reachability, Latest.Reachability))
            Become(Latest.WithReachability(reachability).Changed(SelfNode));
    }

    private void Leaving(Address address)
    {
        if (Latest.FindByAddress(address) is not { Status: MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up } member)
            return;
        _cluster.LogInfo($"Marked address [{address}] as [Leaving]");
        Become(Latest.Put(member.Copy(MemberStatus.Leaving)).Changed(SelfNode));
        Lead();
    }

    private void Downing(Address address)
    {
        if (Latest.FindByAddress(address) is not { } member)
        {
            _cluster.LogInfo($"Ignoring down of unknown node [{address}]");
            return;
        }

        if (member.Status == MemberStatus.Down)
            return;
        _cluster.LogInfo($"Marking node [{address}] as [Down]");
        Become(Latest.Put(member.Copy(MemberStatus.Down)).Changed(SelfNode));
    }

    private void ConfirmExit(UniqueAddress node)
    {
        if (!Latest.HasMember(node))
            return;
        _cluster.LogInfo($"Exiting confirmed [{node.Address}]");
        _exitingConfirmed.Add(node);
        Lead();
    }

    private void Lead()
    {
        if (!_state.IsSelfLeader || _phase != Phase.Member)
            return;
        if (_state.HasConverged(_exitingConfirmed))
        {
            _undecidedSince = null;
            Finish(LeaderDuties.OnConvergence(
                _state, _exitingConfirmed, _settings.MinNrOfMembers, _settings.MinNrOfMembersOfRole, NowMillis));
            var oldest = NowMillis - (long)TimeSpan.FromDays(TombstoneDays).TotalMilliseconds;
            var pruned = Latest.PruneTombstones(oldest);
            if (!ReferenceEquals(pruned, Latest))
                Become(pruned.Changed(SelfNode));
            return;
        }

        _undecidedSince ??= Monotonic;
        if (_settings.AllowWeaklyUpMembers && Monotonic - _undecidedSince >= _settings.WeaklyUpAfter)
            Finish(LeaderDuties.MoveJoiningToWeaklyUp(_state, _settings.MinNrOfMembers, _settings.MinNrOfMembersOfRole, NowMillis));
    }

    private void Finish(LeaderRound round)
    {
        foreach (var member in round.Changed)
            _cluster.LogInfo($"Leader is moving node [{member.Address}] to [{member.Status}]");
        foreach (var member in round.Removed)
            _cluster.LogInfo($"Leader is removing [{member.Status}] node [{member.Address}]");
        if (ReferenceEquals(round.Gossip, Latest))
            return;
        Become(round.Gossip);
        AdmitWaiting();

        // An exiting leader soon has no more occasion to tell the others.
        if (round.Changed.Any(m => m.UniqueAddress.Equals(SelfNode) && m.Status == MemberStatus.Exiting))
        {
            foreach (var node in GossipTargets().Take(GossipsBeforeExit))
                GossipTo(node);
        }
    }

    /// <summary>Coordinated shutdown is through: say so to the others, so that they need not find it out, and go.</summary>
    private void FinishExiting()
    {
        if (_phase != Phase.Member)
        {
            End("Leaving");
            return;
        }

        _cluster.LogInfo("Exiting completed");
        Become(Latest.SeenBy(SelfNode));
        foreach (var node in GossipTargets().Take(GossipsBeforeExit))
            GossipTo(node, full: true);

        // Two potential leaders are told, in case that one of them is about to go as well.
        var others = Latest.Members.Where(m => !m.UniqueAddress.Equals(SelfNode)).ToImmutableSortedSet();
        foreach (var leader in others.Order(Member.LeaderOrdering).Take(2))
            CoreAt(leader.Address).Tell(new ClusterMessages.ExitingConfirmed(SelfNode), Self);
        End("Leaving");
    }
}
