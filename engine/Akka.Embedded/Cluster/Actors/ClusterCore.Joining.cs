// Getting in, and letting others in.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster;

internal sealed partial class ClusterCore
{
    private readonly Dictionary<UniqueAddress, (ImmutableHashSet<string> Roles, IActorRef Joiner)> _waitingJoins = [];
    private Address? _joiningAt;
    private ImmutableList<Address>? _seedNodes;
    private ICancelable? _joinTimer;

    private bool ReceiveOutside(object message)
    {
        switch (message)
        {
            case JoinTo join:
                BeginJoin(join.Address);
                return true;
            case JoinSeedNodes join:
                BeginSeeds(join.SeedNodes);
                return true;
            case ClusterMessages.Welcome welcome when _phase == Phase.Joining:
                ReceiveWelcome(welcome);
                return true;
            case JoinRetryTick:
                RetryJoin();
                return true;
            case ClusterMessages.InitJoin:
                Sender.Tell(new ClusterMessages.InitJoinNack(_cluster.SelfAddress));
                return true;
            case SeedProcess.Failed failed:
                _log.Warning("Cluster Node [{0}] - {1}", _cluster.SelfAddress, failed.Reason);
                Context.Parent.Tell(ClusterDaemon.JoinUnsuccessful.Instance);
                return true;
            case ClusterMessages.Leave leave when leave.Address.Equals(_cluster.SelfAddress):
                End("Leaving before having joined");
                return true;
            case SpeedUpTick:
                _speedUpDue = false;
                return true;

            // Ticks, and whatever else members say to each other: not for somebody outside.
            case GossipTick or ReapTick or LeaderTick or IClusterMessage:
                return true;
            default:
                return false;
        }
    }

    /// <summary>What a member does for those who want to get in.</summary>
    private bool ReceiveJoining(object message)
    {
        switch (message)
        {
            case ClusterMessages.InitJoin:
                AnswerInitJoin();
                return true;
            case ClusterMessages.Join join:
                LetIn(join.Node, join.Roles, Sender);
                return true;
            case ClusterMessages.Welcome:
            case SeedProcess.Failed:
            case JoinRetryTick:
                return true;
            default:
                return false;
        }
    }

    private void BeginSeeds(ImmutableList<Address> seedNodes)
    {
        StopSeedProcess();
        _phase = Phase.Outside;
        _seedNodes = seedNodes;
        if (seedNodes.IsEmpty)
            return;
        if (seedNodes[0].Equals(_cluster.SelfAddress) && seedNodes.Count == 1)
            BeginJoin(_cluster.SelfAddress);
        else
            _seedProcess = Context.ActorOf(SeedProcess.PropsFor(_cluster, seedNodes).WithDispatcher(_settings.UseDispatcher));
    }

    private void BeginJoin(Address address)
    {
        if (address.Protocol != _cluster.SelfAddress.Protocol || address.System != _cluster.SelfAddress.System)
        {
            _log.Warning(
                "Cluster Node [{0}] - Trying to join member with wrong ActorSystem name or protocol, but was ignored: expected [{1}://{2}] but was [{3}://{4}]",
                _cluster.SelfAddress, _cluster.SelfAddress.Protocol, _cluster.SelfAddress.System, address.Protocol, address.System);
            return;
        }

        StopSeedProcess();
        _joinTimer?.Cancel();
        _joiningAt = address;
        if (address.Equals(_cluster.SelfAddress))
        {
            _phase = Phase.Member;
            LetIn(SelfNode, _cluster.SelfRoles, Self);
            return;
        }

        _phase = Phase.Joining;
        CoreAt(address).Tell(new ClusterMessages.Join(SelfNode, _cluster.SelfRoles), Self);
        if (_settings.RetryUnsuccessfulJoinAfter is { } patience)
            _joinTimer = Context.System.Scheduler.ScheduleTellOnceCancelable(patience, Self, JoinRetryTick.Instance, Self);
    }

    private void RetryJoin()
    {
        if (_phase != Phase.Joining)
            return;
        _cluster.LogInfo($"No answer from [{_joiningAt}], trying again");
        if (_seedNodes is not null)
            BeginSeeds(_seedNodes);
        else
            BeginJoin(_joiningAt!);
    }

    private void ReceiveWelcome(ClusterMessages.Welcome welcome)
    {
        if (!welcome.From.Address.Equals(_joiningAt) || !welcome.Gossip.HasMember(SelfNode))
        {
            _cluster.LogInfo($"Ignoring welcome from [{welcome.From.Address}] when trying to join with [{_joiningAt}]");
            return;
        }

        _joinTimer?.Cancel();
        _phase = Phase.Member;
        _cluster.LogInfo($"Welcome from [{welcome.From.Address}]");
        Become(welcome.Gossip.SeenBy(SelfNode));
        GossipTo(welcome.From);
    }

    private void AnswerInitJoin()
    {
        var status = _state.SelfMember?.Status ?? MemberStatus.Removed;
        if (status is MemberStatus.Down or MemberStatus.Exiting or MemberStatus.Removed)
            Sender.Tell(new ClusterMessages.InitJoinNack(_cluster.SelfAddress));
        else
            Sender.Tell(new ClusterMessages.InitJoinAck(_cluster.SelfAddress));
    }

    private void LetIn(UniqueAddress node, ImmutableHashSet<string> roles, IActorRef joiner)
    {
        if (node.Address.Protocol != _cluster.SelfAddress.Protocol || node.Address.System != _cluster.SelfAddress.System)
        {
            _log.Warning("Cluster Node [{0}] - Member with wrong protocol or system tried to join, and was ignored: [{1}]", _cluster.SelfAddress, node.Address);
            return;
        }

        if (_state.SelfMember is { Status: MemberStatus.Down or MemberStatus.Exiting } self)
        {
            _cluster.LogInfo($"Trying to join [{node.Address}] to this node whose status is {self.Status}, ignoring");
            return;
        }

        if (Latest.Tombstones.ContainsKey(node))
        {
            _cluster.LogInfo($"[{node}] tries to join although it has been removed: it must be restarted first");
        }
        else if (Latest.Find(node) is not null)
        {
            // Its first welcome was lost.
            if (!node.Equals(SelfNode))
                joiner.Tell(new ClusterMessages.Welcome(SelfNode, Latest), Self);
        }
        else if (Latest.FindByAddress(node.Address) is { } predecessor)
        {
            Replace(predecessor, node, roles, joiner);
        }
        else
        {
            _cluster.FailureDetector.Remove(node.Address);
            Become(Latest.Put(new Member(node, Member.NotUpYet, MemberStatus.Joining, roles)).Changed(SelfNode));
            _cluster.LogInfo($"Node [{node.Address}] is JOINING, roles [{string.Join(", ", roles.Order(StringComparer.Ordinal))}]");
            if (node.Equals(SelfNode))
                Lead();
            else
                joiner.Tell(new ClusterMessages.Welcome(SelfNode, Latest), Self);
        }
    }

    /// <summary>A new incarnation wants the place of one that is still a member: the old one is dead, as both have one address.</summary>
    private void Replace(Member predecessor, UniqueAddress node, ImmutableHashSet<string> roles, IActorRef joiner)
    {
        if (_waitingJoins.Count < MaxWaitingJoins)
            _waitingJoins[node] = (roles, joiner);
        if (predecessor.Status == MemberStatus.Down)
        {
            _cluster.LogInfo($"New incarnation of existing member [{predecessor}] is trying to join. It waits until the old one is removed");
            return;
        }

        _cluster.LogInfo($"New incarnation of existing member [{predecessor}] is trying to join. The old one is removed first");
        Become(Latest
            .WithReachability(Latest.Reachability.Terminated(SelfNode, predecessor.UniqueAddress))
            .Put(predecessor.Copy(MemberStatus.Down))
            .Changed(SelfNode));
        Lead();
    }

    /// <summary>Lets those in whose predecessors are gone now.</summary>
    private void AdmitWaiting()
    {
        foreach (var (node, (roles, joiner)) in _waitingJoins.ToArray())
        {
            if (Latest.FindByAddress(node.Address) is not null)
                continue;
            _waitingJoins.Remove(node);
            LetIn(node, roles, joiner);
        }
    }

    private void StopSeedProcess()
    {
        if (_seedProcess is not null)
            Context.Stop(_seedProcess);
        _seedProcess = null;
    }
}
