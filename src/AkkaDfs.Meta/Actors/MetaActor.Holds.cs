// The MetaActor and holds: requests that were put aside until others have given back what they would change, and clients that wait to be
// told what meta wants back.

using Akka.Actor;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Actors;

internal sealed partial class MetaActor
{
    private readonly Dictionary<Guid, IActorRef> _waiting = [];
    private List<Aside> _aside = [];
    private long _releasesSeen;
    private bool _isTrying;

    private bool PutAside(MetaTurn turn, object message)
    {
        if (!turn.MustWait)
        {
            return false;
        }

        _aside.Add(new Aside(message, Sender));
        TakeOne(turn, ActorRefs.Nobody);
        return true;
    }

    private bool Waits(MetaTurn turn, MetaProtocol.Request request)
    {
        if (turn.Reply is not null || request is not MetaProtocol.AwaitDrops waiting)
        {
            return false;
        }

        _waiting[waiting.Session] = Sender;
        Take(turn, ActorRefs.Nobody);
        return true;
    }

    private void TellWaiting(TellDrops told)
    {
        if (_waiting.Remove(told.Session, out var client))
        {
            client.Tell(told.Drops);
        }
    }

    // In the order in which they came. What still has to wait stays; nobody is asked twice.
    private void TryAside()
    {
        if (_isTrying || _aside.Count == 0 || _releasesSeen == _state.Holds.Releases)
        {
            return;
        }

        _isTrying = true;
        _releasesSeen = _state.Holds.Releases;
        var left = new List<Aside>();
        foreach (var aside in _aside)
        {
            var turn = aside.Message is MetaProtocol.Request request ? _state.Apply(request, Now()) : _state.Apply((ServerProtocol.ToMeta)aside.Message, Now());
            if (turn.MustWait)
            {
                left.Add(aside);
                TakeOne(turn, ActorRefs.Nobody);
            }
            else
            {
                TakeOne(turn, aside.Asker);
            }
        }

        _aside = left;
        _isTrying = false;
    }

    private void ForgetAside()
    {
        _aside.Clear();
        _waiting.Clear();
    }

    private sealed record Aside(object Message, IActorRef Asker);
}
