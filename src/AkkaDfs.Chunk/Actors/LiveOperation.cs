// One operation from its arrival until every member has it and everyone who asked has an answer. It is its own call to the next
// member: the answer comes back to the actor as a message.

using Akka.Actor;
using AkkaDfs.Chunk.Core;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.Actors;

/// <summary>An operation under way. Touched by the chunk's actor alone, but for the callbacks of the call.</summary>
internal sealed class LiveOperation(IActorRef actor) : ChainCall(actor)
{
    private List<WriteRequest>? _repeats;
    private List<Action<DfsError?>>? _then;
    private Action<WriteRequest>? _answer;

    /// <summary>Its id.</summary>
    public required OperationId Id { get; init; }

    /// <summary>What kind.</summary>
    public required WriteMode Mode { get; init; }

    /// <summary>How.</summary>
    public required OperationFlags Flags { get; init; }

    /// <summary>Offset as asked for by the client.</summary>
    public required long AskedOffset { get; init; }

    /// <summary>The bytes, until they are written and passed on.</summary>
    public BlockSlice Payload { get; set; }

    /// <summary>Number of bytes.</summary>
    public required int PayloadBytes { get; init; }

    /// <summary>Where the checksums' first segment begins in its block.</summary>
    public required int Phase { get; init; }

    /// <summary>Checksums of the bytes.</summary>
    public required uint[] Checksums { get; init; }

    /// <summary>The client's request; null on members that are not the primary.</summary>
    public WriteRequest? Request { get; init; }

    /// <summary>The member before this one; null on the primary.</summary>
    public IUpstream? Upstream { get; init; }

    /// <summary>Its place in the order, as the member before this one says; 0 on the primary.</summary>
    public ulong Follows { get; init; }

    /// <summary>Its place; set when it is ordered.</summary>
    public Placement Place { get; set; }

    /// <summary>Applied here.</summary>
    public bool Written { get; set; }

    /// <summary>On disk here, or nobody asked for that.</summary>
    public bool Durable { get; set; }

    /// <summary>Applied (and durable, if asked) at everyone further down.</summary>
    public bool PassedOn { get; set; }

    /// <summary>Everyone who asked has an answer.</summary>
    public bool Answered { get; set; }

    /// <summary>When it was passed to the next member.</summary>
    public long PassedAt { get; set; }

    /// <summary>True when it must be on disk before it is acknowledged.</summary>
    public bool Sync => (Flags & OperationFlags.Sync) != 0;

    /// <summary>Another request with the same id: it gets the same answer, now or later.</summary>
    public void Join(WriteRequest repeat)
    {
        if (_answer is { } answer)
        {
            answer(repeat);
        }
        else
        {
            (_repeats ??= []).Add(repeat);
        }
    }

    /// <summary>Calls something once this is answered, with the error when it failed; not when it has been answered before.</summary>
    public void Then(Action<DfsError?> next) => (_then ??= []).Add(next);

    /// <summary>Answers everyone who asked: it is committed.</summary>
    public void Succeed(Generation generation)
    {
        Upstream?.Succeed();
        if (Place.PadToEnd)
        {
            AnswerAll(static r => r.Fail(WriteOrder.Full()), null);
        }
        else
        {
            var ack = new WriteAck(Place.Offset, generation, Place.Sequence, Place.LengthAfter);
            AnswerAll(r => r.Succeed(ack), null);
        }
    }

    /// <summary>Answers everyone who asked: it failed.</summary>
    public void Fail(DfsError error, ServerId suspect = default)
    {
        Upstream?.Fail(error, suspect);
        AnswerAll(r => r.Fail(error, suspect), error);
    }

    /// <summary>Gives the bytes back.</summary>
    public void DropPayload()
    {
        Payload.Release();
        Payload = BlockSlice.Empty;
    }

    private void AnswerAll(Action<WriteRequest> answer, DfsError? error)
    {
        Answered = true;
        _answer = answer;
        if (Request is not null)
        {
            answer(Request);
        }

        _repeats?.ForEach(answer);
        _repeats = null;
        _then?.ForEach(next => next(error));
        _then = null;
    }
}
