// The end of an actor: no more user messages, children first, then PostStop, the mailbox closed, the parent told, the watchers
// told - in that order, and each step whatever became of the others.
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

public partial class ActorCell
{
    private void BeginTermination()
    {
        EndReceiveTimeout();
        UnwatchWatchedActors(_actor);
        StopChildren();
        var wasTerminating = IsTerminating;
        if (_children.SetReason(WaitReason.Termination))
        {
            if (wasTerminating)
                return;
            // No more user messages, and no more reports of failures to the supervisor.
            _mailbox.Suspend();
            _perpetrator = _self;
            if (IsDebugging)
                Publish(new Debug(_self.Path.ToString(), _actor?.GetType() ?? GetType(), "Stopping"));
        }
        else
        {
            _children.Close();
            FinishTerminate();
        }
    }

    private void FinishTerminate()
    {
        var actor = _actor;
        AbandonTurn();
        _children.Close();
        Attempt(() =>
        {
            _timers?.CancelAll();
            actor?.AroundPostStop();
        });
        Attempt(() =>
        {
            if (actor is not null)
                PlugOut(actor);
        });
        Attempt(() => _dispatcher.Detach(this));
        Attempt(() => Parent.SendSystemMessage(new DeathWatchNotification(_self, existenceConfirmed: true, addressTerminated: false)));
        Attempt(TellWatchersWeDied);
        Attempt(() => UnwatchWatchedActors(actor));
        EndReceiveTimeout();
        if (IsDebugging)
            Publish(new Debug(_self.Path.ToString(), actor?.GetType() ?? GetType(), "Stopped"));
        if (actor is not null)
        {
            actor.Clear(_self);
            ReleaseActor(actor);
        }

        _actor = null;
        ClearFailure();
        _behaviour = null;
        _stacked = null;
        _strategy = null;
    }

    /// <summary>A step of the end: what fails in it is reported and must not keep the next one from happening.</summary>
    private void Attempt(Action step)
    {
        try
        {
            step();
        }
        catch (Exception e)
        {
            Publish(new Error(e, _self.Path.ToString(), _actor?.GetType() ?? GetType(), e.Message));
        }
    }
}
