// Requests as they leave a connection and enter a chunk's mailbox. Each is settled exactly once, from any thread; settling gives
// back its place in the chunk's bound, and the connection gives back its place in the window when the answer has left.

using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.DataPlane;

/// <summary>Where an answer goes.</summary>
public interface IReplyPath
{
    /// <summary>Sends an answer; nothing happens when the connection is gone.</summary>
    /// <param name="request">What is answered.</param>
    /// <param name="type">Kind of answer.</param>
    /// <param name="head">Its head.</param>
    /// <param name="payload">Its payload; the owner is released in every case.</param>
    void Reply<THead>(ChunkRequest request, FrameType type, in THead head, in FramePayload payload)
        where THead : IFrameHead;
}

/// <summary>Counts requests that are on a longer way, so that later ones do not overtake them.</summary>
internal interface IDetour
{
    /// <summary>One has arrived.</summary>
    void EndDetour();
}

/// <summary>A request to one replica.</summary>
public abstract class ChunkRequest
{
    private int _settled;
    private ChunkHandle? _admittedBy;
    private IDetour? _detour;

    /// <summary>Where the answer goes.</summary>
    public required IReplyPath ReplyPath { get; init; }

    /// <summary>Its id on the connection.</summary>
    public required ulong RequestId { get; init; }

    /// <summary>The chunk.</summary>
    public required ChunkId Chunk { get; init; }

    /// <summary>The server meant; None where the request names it otherwise.</summary>
    public ServerId Server { get; init; }

    /// <summary>Payload bytes of the request, or bytes that it asks for: what it takes of the windows.</summary>
    public int WindowBytes { get; init; }

    /// <summary>Monotonic time after which nobody waits for the answer; long.MaxValue for never.</summary>
    public long DeadlineAt { get; init; } = long.MaxValue;

    /// <summary>Answers with an error.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="suspect">For forwarded operations: who did not accept it.</param>
    public void Fail(DfsError error, ServerId suspect = default) => Settle(FrameType.Error, new ErrorHead(error, suspect), FramePayload.None);

    /// <summary>
    /// The request went to its chunk by way of the ChunkServerActor and is in the chunk's mailbox now: what comes behind it may
    /// go there directly.
    /// </summary>
    internal void Delivered() => Interlocked.Exchange(ref _detour, null)?.EndDetour();

    internal void TakesDetour(IDetour detour) => _detour = detour;

    internal void AdmittedBy(ChunkHandle handle) => _admittedBy = handle;

    /// <summary>Called once, when the request is settled: gives back what it holds.</summary>
    protected virtual void Free()
    {
    }

    /// <summary>Answers.</summary>
    protected void Settle<THead>(FrameType type, in THead head, in FramePayload payload)
        where THead : IFrameHead
    {
        if (Interlocked.Exchange(ref _settled, 1) != 0)
        {
            payload.Owner.Release();
            return;
        }

        Free();
        ReplyPath.Reply(this, type, head, payload);
        _admittedBy?.Leave(WindowBytes);
    }
}

/// <summary>A request that carries an operation.</summary>
public abstract class OperationRequest : ChunkRequest
{
    private BlockSlice _payload;

    /// <summary>The bytes; owned by the request until <see cref="TakePayload"/> or until it is settled.</summary>
    public ReadOnlyMemory<byte> Payload => _payload.Memory;

    /// <summary>Where the checksums' first segment begins in its block.</summary>
    public int Phase { get; init; }

    /// <summary>Checksums of the payload, one per segment.</summary>
    public uint[] Checksums { get; init; } = [];

    /// <summary>The bytes with their owner.</summary>
    public required BlockSlice OwnedPayload
    {
        init => _payload = value;
    }

    /// <summary>Takes over the bytes: whoever calls this releases them.</summary>
    public BlockSlice TakePayload()
    {
        var payload = _payload;
        _payload = BlockSlice.Empty;
        return payload;
    }

    /// <inheritdoc/>
    protected override void Free() => TakePayload().Release();
}

/// <summary>A write from a client, addressed to the primary.</summary>
public sealed class WriteRequest : OperationRequest
{
    /// <summary>What to write; its chain is empty when this server knows it already.</summary>
    public required WriteHead Head { get; init; }

    /// <summary>Answers: it is committed.</summary>
    public void Succeed(WriteAck ack) => Settle(FrameType.WriteReply, new WriteReplyHead(ack), FramePayload.None);
}

/// <summary>Writes to one chunk that came together, each settled by itself.</summary>
/// <param name="Requests">At least one; all are inside of the chunk's door.</param>
internal sealed record WriteBatch(IReadOnlyList<WriteRequest> Requests);

/// <summary>The member before this one, as operations answer it.</summary>
internal interface IUpstream
{
    /// <summary>An operation is applied here and further down.</summary>
    void Succeed();

    /// <summary>An operation failed.</summary>
    void Fail(DfsError error, ServerId suspect = default);
}

/// <summary>An ordered operation from the member before this one.</summary>
public sealed class ForwardRequest : OperationRequest, IUpstream
{
    /// <summary>What to apply; its members are empty when this server knows them already.</summary>
    public required ForwardHead Head { get; init; }

    /// <summary>Answers: applied here and further down.</summary>
    public void Succeed() => Settle(FrameType.ForwardReply, new ForwardReplyHead(Head.Sequence), FramePayload.None);
}

/// <summary>Ordered operations from the member before this one, answered together.</summary>
public sealed class ForwardBatchRequest : ChunkRequest, IUpstream
{
    private BlockSlice _payload;
    private int _succeeded;

    /// <summary>What to apply; its members are empty when this server knows them already.</summary>
    public required ForwardBatchHead Head { get; init; }

    /// <summary>The bytes of all with their owner.</summary>
    public required BlockSlice OwnedPayload
    {
        init => _payload = value;
    }

    /// <summary>Takes over the bytes: whoever calls this releases them.</summary>
    public BlockSlice TakePayload()
    {
        var payload = _payload;
        _payload = BlockSlice.Empty;
        return payload;
    }

    /// <summary>One more is applied here and further down; the last one makes the answer. Called by the chunk's actor alone.</summary>
    public void Succeed()
    {
        if (++_succeeded == Head.Entries.Length)
        {
            Settle(FrameType.ForwardReply, new ForwardReplyHead(Head.FirstSequence + (ulong)Head.Entries.Length - 1), FramePayload.None);
        }
    }

    /// <inheritdoc/>
    protected override void Free() => TakePayload().Release();
}

/// <summary>A read.</summary>
public sealed class ReadRequest : ChunkRequest
{
    /// <summary>What to read.</summary>
    public required ReadHead Head { get; init; }

    /// <summary>Answers with the bytes.</summary>
    public void Succeed(ReadAck ack, in FramePayload payload) => Settle(FrameType.ReadReply, new ReadReplyHead(ack), payload);
}

/// <summary>Asks for the state of a replica, and perhaps tells that the writer is done for now.</summary>
public sealed class StatRequest : ChunkRequest
{
    /// <summary>True when the writer is done for now.</summary>
    public required bool IsQuiesce { get; init; }

    /// <summary>Answers.</summary>
    public void Succeed(ReplicaStatus status) => Settle(FrameType.StatReply, new StatusHead(status), FramePayload.None);
}

/// <summary>Asks for damage, for a drill.</summary>
public sealed class DamageRequest : ChunkRequest
{
    /// <summary>What to damage, and how.</summary>
    public required DamageOp Op { get; init; }

    /// <summary>Answers.</summary>
    public void Succeed(in DamageReport report) => Settle(FrameType.DamageReply, new DamageReplyHead(report), FramePayload.None);
}

/// <summary>Asks for everything about a replica but its bytes.</summary>
public sealed class DescribeRequest : ChunkRequest
{
    /// <summary>The replica, and the generation that is about to come.</summary>
    public required ReplicaHead Head { get; init; }

    /// <summary>Answers.</summary>
    public void Succeed(ReplicaDescription description, BlockPool pool)
        => Settle(FrameType.DescribeReply, new DescriptionHead(description), description.ToPayload(pool));
}

/// <summary>A new primary brings this member to its own state.</summary>
public sealed class JoinRequest : ChunkRequest
{
    /// <summary>The new generation, the primary and its state.</summary>
    public required JoinHead Head { get; init; }

    /// <summary>Answers: of the new generation, and equal to the primary.</summary>
    public void Succeed(ReplicaStatus status) => Settle(FrameType.JoinReply, new StatusHead(status), FramePayload.None);
}
