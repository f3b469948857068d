// In front of the MetaActor: lets so many requests of clients in, and answers the others with Busy. A mailbox has no bound of its own;
// the door does next to nothing with a message, so its own does not fill, and what the MetaActor has before it is bounded, whatever
// clients do. What chunk servers say passes: there are only so many of them.

using Akka.Actor;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Actors;

/// <summary>Counts the requests that wait for the MetaActor. Thread-safe.</summary>
/// <param name="most">Most at a time.</param>
internal sealed class WaitingRequests(int most)
{
    private int _count;

    /// <summary>One more; false when there are as many as there may be.</summary>
    internal bool TryEnter()
    {
        if (Volatile.Read(ref _count) >= most)
        {
            return false;
        }

        Interlocked.Increment(ref _count);
        return true;
    }

    /// <summary>One was taken up.</summary>
    internal void Leave() => Interlocked.Decrement(ref _count);
}

/// <summary>The door; the MetaActor is its child.</summary>
internal sealed class MetaDoor : ReceiveActor
{
    /// <summary>Made by <see cref="PropsFor"/>.</summary>
    public MetaDoor(MetaSetup setup)
    {
        var waiting = new WaitingRequests(setup.MaxPending);
        var meta = Context.ActorOf(MetaActor.PropsFor(setup with { Waiting = waiting }), "meta");
        Receive<MetaProtocol.Request>(request =>
        {
            if (waiting.TryEnter())
            {
                meta.Forward(request);
            }
            else
            {
                Sender.Tell(new MetaProtocol.Failed(Busy()));
            }
        });
        ReceiveAny(meta.Forward);
    }

    internal static Props PropsFor(MetaSetup setup) => Props.Create(() => new MetaDoor(setup));

    internal static DfsError Busy() => new(DfsErrorCode.Busy, "Meta has too much to do already. Try again shortly.", RetryAfterMs: 50);
}
