// Life cycle and failure. A failing actor suspends itself and its children and reports to its parent, which answers with
// Resume, Recreate or Terminate; whatever is to happen next waits until the children asked to stop have ended.
//   new → (Create) → running → (failure) → suspended → (Resume | Recreate) → running;  any → (Terminate) → ended
using System.Runtime.ExceptionServices;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

public partial class ActorCell
{
    private Exception? _restartCause;

    /// <summary>True if the instance failed while it replaced another: it is kept for its PostStop only.</summary>
    private bool _isSpent;

    /// <summary>Whose failure suspended this actor: its own, or that of a child which it escalated; null if none did.</summary>
    private IActorRef? _perpetrator;

    private bool IsFailed => _perpetrator is not null;

    /// <summary>Processes one system message; the mailbox calls it in the actor's turn.</summary>
    internal void SystemInvoke(SystemMessage message)
    {
        try
        {
            switch (message)
            {
                case AsyncContinuation continuation:
                    RunContinuation(continuation);
                    break;
                case ActorTask task:
                    RunActorTask(task);
                    break;
                case DeathWatchNotification n:
                    WatchedActorTerminated(n.Actor, n.ExistenceConfirmed, n.AddressTerminated);
                    break;
                case Create create:
                    CreateFirst(create.Failure);
                    break;
                case Watch watch:
                    AddWatcher(watch.Watchee, watch.Watcher);
                    break;
                case Unwatch unwatch:
                    RemWatcher(unwatch.Watchee, unwatch.Watcher);
                    break;
                case Recreate recreate:
                    FaultRecreate(recreate.Cause);
                    break;
                case Dispatch.SysMsg.Suspend:
                    FaultSuspend();
                    break;
                case Resume resume:
                    FaultResume(resume.CausedByFailure);
                    break;
                case Terminate:
                    BeginTermination();
                    break;
                case Supervise supervise:
                    _children.Init((IInternalActorRef)supervise.Child);
                    break;
                case Failed failed:
                    HandleFailed(failed);
                    break;
                case NoMessage:
                    break;
                default:
                    throw new NotSupportedException($"Unknown message {message.GetType().Name}");
            }
        }
        catch (Exception cause)
        {
            HandleInvokeFailure(cause);
        }
    }

    private void HandleInvokeFailure(Exception cause, IActorRef[]? alreadySuspended = null)
    {
        if (IsFailed)
            return;
        try
        {
            _mailbox.Suspend();
            var ofChild = _currentMessage is Failed failed ? failed.Child : null;
            _perpetrator = ofChild ?? _self;
            foreach (var stats in _children.Stats())
            {
                if (!stats.Child.Equals(ofChild) && (alreadySuspended is null || !alreadySuspended.Contains(stats.Child)))
                    stats.Child.Suspend();
            }

            Parent.SendSystemMessage(new Failed(_self, cause, _self.Path.Uid));
        }
        catch (Exception e)
        {
            Publish(new Error(e, _self.Path.ToString(), GetType(), $"emergency stop: exception in failure handling for {cause.GetType()}"));
            StopChildren();
            FinishTerminate();
        }
    }

    private void CreateFirst(ActorInitializationException? failure)
    {
        if (failure is not null)
            throw failure;
        CreateActor();
    }

    /// <summary>Starts anew after a start that failed, once the children it left behind are gone.</summary>
    private void CreateAgain()
    {
        EndReceiveTimeout();
        StopChildren();
        if (!_children.SetReason(WaitReason.Creation))
            FinishCreate();
    }

    private void FinishCreate()
    {
        ResumeMailbox();
        ClearFailure();
        try
        {
            CreateActor();
        }
        catch (Exception e)
        {
            HandleInvokeFailure(e);
        }
    }

    private void CreateActor()
    {
        try
        {
            _actor = NewActor();
            _actor.AroundPreStart();
            NoteActivity(null);
            if (IsDebugging)
                Publish(new Debug(_self.Path.ToString(), _actor.GetType(), $"Started ({_actor.GetType()})"));
        }
        catch (Exception e)
        {
            if (_actor is not null)
            {
                _actor.Clear(_self);
                ReleaseActor(_actor);
                _actor = null;
            }

            throw new ActorInitializationException(_self, "Exception during creation", e);
        }
    }

    private ActorBase NewActor()
    {
        _behaviour = null;
        _stacked = null;
        _strategy = null;
        _isSpent = false;
        var actor = _props.NewActor()
            ?? throw new ActorInitializationException(_self, "Actor instance passed to ActorOf can't be 'null'");
        (actor as IInitializableActor)?.Init();
        PlugIn(actor);
        return actor;
    }

    private void FaultRecreate(Exception cause)
    {
        if (!_children.IsNormal)
        {
            // Starting, restarting or ending already; this only keeps the count of suspensions right.
            FaultResume(null);
            return;
        }

        if (_actor is null)
        {
            Publish(new Error(null, _self.Path.ToString(), GetType(), $"Changing Recreate into Create after {cause}"));
            CreateAgain();
            return;
        }

        if (!_mailbox.IsSuspended)
            _mailbox.Suspend();
        if (_isSpent)
            ReleaseActor(_actor);
        else
            LeaveActor(_actor, cause);
        _actor = null;
        _restartCause = cause;
        if (!_children.SetReason(WaitReason.Recreation))
            FinishRecreate();
    }

    private void LeaveActor(ActorBase failedActor, Exception cause)
    {
        AbandonTurn();
        if (IsDebugging)
            Publish(new Debug(_self.Path.ToString(), failedActor.GetType(), "Restarting"));
        try
        {
            _timers?.CancelAll();
            failedActor.AroundPreRestart(cause, _currentMessage!);
        }
        catch (Exception e)
        {
            var reported = new PreRestartException(_self, e, cause, _currentMessage);
            Publish(new Error(reported, _self.Path.ToString(), failedActor.GetType(), e.Message));
        }
        finally
        {
            PlugOut(failedActor);
            failedActor.Clear(_self);
            ReleaseActor(failedActor);
        }
    }

    private void FinishRecreate()
    {
        var cause = _restartCause!;
        _restartCause = null;
        var survivors = _children.Stats();
        try
        {
            ResumeMailbox();
            ClearFailure();
            _actor = NewActor();
            _actor.AroundPostRestart(cause, null!);
            NoteActivity(null);
            if (IsDebugging)
                Publish(new Debug(_self.Path.ToString(), _actor.GetType(), $"Restarted ({_actor.GetType()})"));
            foreach (var survivor in survivors)
                survivor.Child.Restart(cause);
        }
        catch (Exception e)
        {
            _isSpent = _actor is not null;
            _actor?.Clear(_self);
            HandleInvokeFailure(new PostRestartException(_self, e, cause), survivors.Select(s => (IActorRef)s.Child).ToArray());
        }
    }

    private void FaultSuspend()
    {
        _mailbox.Suspend();
        SuspendChildren();
    }

    private void FaultResume(Exception? causedByFailure)
    {
        if (_actor is null)
        {
            // There is nothing to go on with: either it starts anew, or it is being started, restarted or ended already.
            if (causedByFailure is null || !_children.IsNormal)
            {
                ResumeMailbox();
                return;
            }

            Publish(new Error(null, _self.Path.ToString(), GetType(), $"Changing Resume into Create after {causedByFailure}"));
            CreateAgain();
            return;
        }

        if (_isSpent && causedByFailure is not null)
        {
            Publish(new Error(null, _self.Path.ToString(), GetType(), $"Changing Resume into Restart after {causedByFailure}"));
            FaultRecreate(causedByFailure);
            return;
        }

        var perpetrator = _perpetrator;
        ResumeMailbox();
        if (causedByFailure is not null)
            ClearFailure();
        ResumeChildren(causedByFailure, perpetrator);
    }

    private void ClearFailure()
    {
        _perpetrator = null;
        _currentMessage = null;
        _currentSender = null;
    }

    private void ResumeMailbox() => _mailbox.Resume();

    private void HandleFailed(Failed failed)
    {
        _currentMessage = failed;
        _currentSender = failed.Child;
        var stats = _children.Find(failed.Child);
        if (stats is null)
        {
            Publish(new Debug(_self.Path.ToString(), _actor?.GetType() ?? GetType(),
                $"dropping Failed({failed.Cause}) from unknown child {failed.Child}"));
        }
        else if (stats.Uid != failed.Uid)
        {
            Publish(new Debug(_self.Path.ToString(), _actor?.GetType() ?? GetType(),
                $"dropping Failed({failed.Cause}) from old child {failed.Child} (uid={stats.Uid} != {failed.Uid})"));
        }
        else if (!Strategy.HandleFailure(this, failed.Child, failed.Cause, stats, _children.Stats()))
        {
            ExceptionDispatchInfo.Throw(failed.Cause);
        }

        _currentMessage = null;
        _currentSender = null;
    }

    private SupervisorStrategy Strategy =>
        _strategy ??= _props.SupervisorStrategy ?? _actor?.InvokeSupervisorStrategy() ?? SupervisorStrategy.DefaultStrategy;

    private void HandleChildTerminated(IActorRef child)
    {
        var continued = _children.Remove(child);
        if (_actor is not null)
        {
            try
            {
                Strategy.HandleChildTerminated(this, child, GetChildren());
            }
            catch (Exception e)
            {
                Publish(new Error(e, _self.Path.ToString(), _actor.GetType(), "handleChildTerminated failed"));
                HandleInvokeFailure(e);
            }
        }

        switch (continued)
        {
            case WaitReason.Creation:
                FinishCreate();
                break;
            case WaitReason.Recreation:
                FinishRecreate();
                break;
            case WaitReason.Termination:
                FinishTerminate();
                break;
            case WaitReason.None:
                break;
        }
    }

    private void ReleaseActor(ActorBase actor)
    {
        try
        {
            _props.Release(actor);
        }
        catch (Exception e)
        {
            Publish(new Error(e, _self.Path.ToString(), actor.GetType(), $"releasing the actor instance failed: {e.Message}"));
        }
    }
}
