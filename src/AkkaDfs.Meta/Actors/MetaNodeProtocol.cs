// Messages that the MetaActor and its helpers send each other inside the node.

using Akka.Actor;
using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Actors;

/// <summary>Messages inside a meta node; none of them leaves its process.</summary>
internal static class MetaNodeProtocol
{
    /// <summary>The journal has been read.</summary>
    internal sealed record JournalRead(MetaState State, Result<JournalOpened> Opened) : INoSerializationVerificationNeeded;

    /// <summary>All transactions up to this position are durable.</summary>
    internal sealed record JournalDurable(long Position) : INoSerializationVerificationNeeded;

    /// <summary>Nothing becomes durable any more.</summary>
    internal sealed record JournalFailed(DfsError Error) : INoSerializationVerificationNeeded;

    /// <summary>Meta may answer again.</summary>
    internal sealed record JournalConfirmed : INoSerializationVerificationNeeded;

    /// <summary>A checkpoint was made, or could not be made.</summary>
    internal sealed record CheckpointEnded(long NextPosition, DfsError? Error) : INoSerializationVerificationNeeded;

    /// <summary>The operation log has been read for those who wait for it.</summary>
    internal sealed record LogRead(MetaProtocol.Reply Reply) : INoSerializationVerificationNeeded;

    /// <summary>To the supervisor: have this copy made.</summary>
    internal sealed record MakeCopy(CopyPlan Plan, Epoch Epoch, IActorRef Source, IActorRef Destination) : INoSerializationVerificationNeeded;

    /// <summary>To the supervisor: forget this copy.</summary>
    internal sealed record ForgetCopy(CopyPlan Plan) : INoSerializationVerificationNeeded;

    /// <summary>From the supervisor: the copy has ended.</summary>
    internal sealed record CopyOutcome(CopyPlan Plan, DfsError? Error) : INoSerializationVerificationNeeded;

    /// <summary>From the supervisor: it was started again and knows no copy any more.</summary>
    internal sealed record CopiesForgotten : INoSerializationVerificationNeeded;

    /// <summary>What a probe of an address found.</summary>
    internal sealed record ProbeOutcome(ServerId Server, Guid Incarnation, bool IsRefused) : INoSerializationVerificationNeeded;

    /// <summary>Tells the actor what becomes of transactions.</summary>
    internal sealed class Listener(IActorRef actor) : IJournalListener
    {
        public void Durable(long position) => actor.Tell(new JournalDurable(position), ActorRefs.NoSender);

        public void Failed(DfsError error) => actor.Tell(new JournalFailed(error), ActorRefs.NoSender);

        public void Confirmed() => actor.Tell(new JournalConfirmed(), ActorRefs.NoSender);

        public void Checkpointed(long nextPosition, DfsError? error)
            => actor.Tell(new CheckpointEnded(nextPosition, error), ActorRefs.NoSender);
    }
}
