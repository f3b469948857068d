// The manager's view of who is the oldest, and what follows from a change of it.
using Akka.Actor;

namespace Akka.Cluster.Tools.Singleton;

public sealed partial class ClusterSingletonManager
{
    private void ReceiveMembership()
    {
        Receive<ClusterEvent.CurrentClusterState>(state =>
        {
            _members.Reset(state.Members);
            foreach (var member in state.Members.Where(_members.Matches))
                Leaves(member, member.Status is MemberStatus.Exiting or MemberStatus.Down);
            GoTo(ClusterSingletonState.Younger);
            OldestMayHaveChanged();
        });
        Receive<ClusterEvent.MemberUp>(up =>
        {
            _members.Add(up.Member);
            OldestMayHaveChanged();
        });
        Receive<ClusterEvent.MemberDowned>(downed =>
        {
            if (IsSelf(downed.Member))
                Stop();
        });
        Receive<ClusterEvent.MemberExited>(exited =>
        {
            // Our own exit comes through coordinated shutdown, which waits for the hand-over.
            if (IsSelf(exited.Member))
                return;
            Leaves(exited.Member, leaves: true);
            _members.Remove(exited.Member.UniqueAddress);
            OldestMayHaveChanged();
        });
        Receive<ClusterEvent.MemberRemoved>(removed =>
        {
            if (IsSelf(removed.Member))
                Context.Stop(Self);
            else if (removed.PreviousStatus == MemberStatus.Down && _removalMargin > TimeSpan.Zero && _members.Matches(removed.Member))
                Delay(removed.Member.UniqueAddress);
            else
                Gone(removed.Member.UniqueAddress);
        });
        Receive<MemberGone>(gone => Gone(gone.Node));
        Receive<SelfExiting>(_ =>
        {
            var asker = Sender;
            Exit();
            asker.Tell(Done.Instance);
        });
    }

    private bool IsSelf(Member member) => IsSame(member, _cluster.SelfUniqueAddress);

    private void Leaves(Member member, bool leaves)
    {
        if (leaves && !IsSelf(member) && _members.Matches(member))
            _leaving.Add(member.UniqueAddress);
    }

    private void Delay(UniqueAddress node)
    {
        _leaving.Add(node);
        Timers.StartSingleTimer($"removed-{node}", new MemberGone(node), _removalMargin);
    }

    private void Gone(UniqueAddress node)
    {
        _leaving.Remove(node);
        _members.Remove(node);
        OldestMayHaveChanged();
    }

    // The membership events of one round may come in any order: nobody who is still in the cluster may be older.
    private bool SelfIsOldest()
        => IsSame(_members.Oldest, _cluster.SelfUniqueAddress)
            && !_cluster.State.Members.Any(member => _members.Matches(member)
                && OldestMembers.IsActive(member)
                && !IsSelf(member)
                && !_leaving.Contains(member.UniqueAddress)
                && member.IsOlderThan(_cluster.SelfMember));

    private void OldestMayHaveChanged()
    {
        switch (_state)
        {
            case ClusterSingletonState.Younger or ClusterSingletonState.BecomingOldest when _selfExiting:
                break;
            case ClusterSingletonState.Younger or ClusterSingletonState.BecomingOldest when SelfIsOldest():
                if (_leaving.Count == 0)
                    BecomeOldest();
                else if (_state == ClusterSingletonState.Younger)
                    AskForHandOver();
                break;
            case ClusterSingletonState.BecomingOldest:
                GoTo(ClusterSingletonState.Younger);
                break;
            case ClusterSingletonState.Oldest when _members.Oldest is { } other && !IsSelf(other):
                GoTo(ClusterSingletonState.WasOldest);
                Retry();
                break;
            case ClusterSingletonState.WasOldest when _members.Oldest is null || IsSelf(_members.Oldest):
                GoTo(ClusterSingletonState.Oldest);
                break;
            default:
                break;
        }
    }

    // Coordinated shutdown waits for this: an oldest with a successor hands over, anybody else has nothing to do.
    private void Exit()
    {
        if (_selfExiting)
            return;
        _selfExiting = true;
        _members.Remove(_cluster.SelfUniqueAddress);
        switch (_state)
        {
            case ClusterSingletonState.Oldest or ClusterSingletonState.WasOldest when _members.Oldest is null:
                HandOver(null);
                break;
            case ClusterSingletonState.Oldest or ClusterSingletonState.WasOldest or ClusterSingletonState.HandingOver:
                break;
            default:
                GoTo(ClusterSingletonState.End);
                _exitingDone.TrySetResult(Done.Instance);
                break;
        }
    }
}
