// What an actor gets besides its context: a stash and timers. Stashed messages go back to the mailbox before a restart and
// before the end, so that they are processed by the next instance or become dead letters; timers end with the instance.
using Akka.Actor.Internal;

namespace Akka.Actor;

public partial class ActorCell
{
    private TimerScheduler? _timers;

    internal void PutInFront(in Envelope envelope) => _mailbox.PostFirst(envelope);

    internal Envelope CurrentEnvelope => new(_currentMessage!, _currentSender);

    private void PlugIn(ActorBase actor)
    {
        if (actor is IActorStash withStash)
            withStash.Stash = this.CreateStash(withStash);
    }

    /// <summary>Timers can be used in the constructor already, so they are made when first asked for.</summary>
    internal TimerScheduler Timers => _timers ??= new TimerScheduler(this);

    /// <summary>Gives back what waits in the stash of an instance that is given up, and ends timers that its last hook has started.</summary>
    private void PlugOut(ActorBase actor)
    {
        _timers?.CancelAll();
        (actor as IActorStash)?.Stash?.UnstashAll();
    }

    private void ReceiveTimerSignal(TimerSignal signal)
    {
        if (_timers is not null && _timers.TryAccept(signal))
            ReceiveInstead(signal.Message);
    }
}
