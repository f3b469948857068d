// How the singleton moves from one manager to the next, and how it is started and stopped.
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster.Tools.Singleton;

public sealed partial class ClusterSingletonManager
{
    private void ReceiveHandOver()
    {
        Receive<HandOverToMe>(_ => HandOverAsked());
        Receive<HandOverInProgress>(_ => Timers.Cancel(RetryTimer));
        Receive<HandOverDone>(_ => HandOverConfirmed(Sender.Path.Address));
        Receive<TakeOverFromMe>(_ =>
        {
            if (!_selfExiting && _state is ClusterSingletonState.Oldest or ClusterSingletonState.BecomingOldest or ClusterSingletonState.Younger)
                Sender.Tell(HandOverToMe.Instance);
        });
        Receive<RetryTick>(_ => Retry());
        Receive<Terminated>(terminated =>
        {
            if (terminated.ActorRef.Equals(_singleton))
                SingletonStopped();
        });
    }

    private void BecomeOldest()
    {
        GoTo(ClusterSingletonState.Oldest);
        StartSingleton();
    }

    private void StartSingleton()
        => _singleton = Context.Watch(Context.ActorOf(_singletonProps, _settings.SingletonName));

    private void AskForHandOver()
    {
        GoTo(ClusterSingletonState.BecomingOldest);
        Retry();
    }

    // Each retry asks everybody who may still run an instance; membership removes those who never answer.
    private void Retry()
    {
        if (_state is not (ClusterSingletonState.BecomingOldest or ClusterSingletonState.WasOldest))
            return;
        if (++_retries > _maxRetries && _state == ClusterSingletonState.WasOldest)
        {
            throw new ClusterSingletonManagerIsStuckException(
                $"Expected hand-over to [{_members.Oldest?.Address}] never occurred after {_maxRetries} requests");
        }

        if (_state == ClusterSingletonState.WasOldest && _members.Oldest is { } newOldest)
            Peer(newOldest.Address).Tell(TakeOverFromMe.Instance, Self);
        else
        {
            foreach (var node in _leaving.Order())
                Peer(node.Address).Tell(HandOverToMe.Instance, Self);
        }

        Timers.StartSingleTimer(RetryTimer, RetryTick.Instance, _settings.HandOverRetryInterval);
    }

    private void HandOverAsked()
    {
        switch (_state)
        {
            case ClusterSingletonState.Oldest or ClusterSingletonState.WasOldest:
                HandOver(Sender);
                break;
            case ClusterSingletonState.HandingOver:
                _handOverTo = Sender;
                Sender.Tell(HandOverInProgress.Instance);
                break;
            case ClusterSingletonState.Start:
                break;
            default:
                // Nothing runs here: the asker need not wait for us.
                Sender.Tell(HandOverDone.Instance);
                break;
        }
    }

    // A successor asks because it has seen us exit, unless we have asked it to take over.
    private void HandOver(IActorRef? successor)
    {
        _selfExiting |= _state == ClusterSingletonState.Oldest;
        GoTo(ClusterSingletonState.HandingOver);
        _handOverTo = successor;
        successor?.Tell(HandOverInProgress.Instance);
        if (_singleton is null)
            SingletonStopped();
        else
            _singleton.Tell(_terminationMessage);
    }

    private void HandOverConfirmed(Address from)
    {
        if (_state != ClusterSingletonState.BecomingOldest)
            return;
        _leaving.RemoveWhere(node => node.Address.Equals(from));
        OldestMayHaveChanged();
        if (_state == ClusterSingletonState.BecomingOldest)
            Retry();
    }

    private void SingletonStopped()
    {
        _singleton = null;
        switch (_state)
        {
            case ClusterSingletonState.HandingOver:
                _handOverTo?.Tell(HandOverDone.Instance);
                _exitingDone.TrySetResult(Done.Instance);
                if (_selfExiting)
                    GoTo(ClusterSingletonState.End);
                else
                    BackToYounger();
                break;
            case ClusterSingletonState.Stopping:
                Context.Stop(Self);
                break;
            default:
                _log.Info("Singleton actor [{0}] was terminated", Self.Path.Child(_settings.SingletonName));
                break;
        }
    }

    private void BackToYounger()
    {
        GoTo(ClusterSingletonState.Younger);
        OldestMayHaveChanged();
    }

    // Downed: the others count on our instance being gone.
    private void Stop()
    {
        if (_state is ClusterSingletonState.Stopping or ClusterSingletonState.End)
            return;
        GoTo(ClusterSingletonState.Stopping);
        if (_singleton is null)
            Context.Stop(Self);
        else
            _singleton.Tell(_terminationMessage);
    }
}

/// <summary>A singleton manager waited in vain for a hand-over.</summary>
public sealed class ClusterSingletonManagerIsStuckException : AkkaException
{
    /// <summary>Made with what was waited for.</summary>
    public ClusterSingletonManagerIsStuckException(string message)
        : base(message)
    {
    }
}
