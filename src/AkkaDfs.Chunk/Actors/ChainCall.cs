// What was passed on to the next member of a chain: its answer comes back to the chunk's actor as a message, which is the call.

using Akka.Actor;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.Actors;

/// <summary>A call down the chain.</summary>
/// <param name="actor">The chunk's actor.</param>
internal abstract class ChainCall(IActorRef actor) : OutgoingCall
{
    /// <summary>How the next member failed; null when it did not.</summary>
    public DfsError? ChainError { get; private set; }

    /// <summary>Which member the next one blames; None for itself.</summary>
    public ServerId Suspect { get; private set; }

    internal override DfsError? OnReply(in ReceivedFrame frame)
    {
        frame.Payload.Release();
        DfsError? violation = null;
        if (frame.Header.Type == FrameType.Error)
        {
            ChainError = ReadError(frame, out var suspect);
            Suspect = suspect;
        }
        else if (frame.Header.Type != FrameType.ForwardReply)
        {
            ChainError = violation = Malformed(frame.Header.Type);
        }

        actor.Tell(this, ActorRefs.NoSender);
        return violation;
    }

    internal override void OnFailed(DfsError error)
    {
        ChainError = error;
        actor.Tell(this, ActorRefs.NoSender);
    }
}

/// <summary>Operations that were passed on together.</summary>
/// <param name="actor">The chunk's actor.</param>
/// <param name="operations">At least one, with consecutive sequence numbers.</param>
internal sealed class ForwardBatchCall(IActorRef actor, IReadOnlyList<LiveOperation> operations) : ChainCall(actor)
{
    /// <summary>The operations, in order.</summary>
    public IReadOnlyList<LiveOperation> Operations => operations;
}
