// Operations from the member before this one.

using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.Actors;

internal sealed partial class ChunkActor
{
    private void OnForward(ForwardRequest request)
    {
        var head = request.Head;
        if (_phase == Phase.Absent)
        {
            OnFirstForward(request, head.Sequence, head.Generation, new ReplicaRole(head.Generation, head.Position, head.ChainLength), head.ChunkSizeBytes);
        }
        else if (MayFollow(request, head.Generation, head.ChunkSizeBytes, head.Position, head.Rest))
        {
            Enter(new LiveOperation(Self)
            {
                Id = head.Operation,
                Mode = head.Mode,
                Flags = head.Flags,
                AskedOffset = head.Offset,
                PayloadBytes = request.Payload.Length,
                Phase = request.Phase,
                Checksums = request.Checksums,
                Payload = request.TakePayload(),
                Upstream = request,
                Follows = head.Sequence,
            });
        }
    }

    private void OnForwardBatch(ForwardBatchRequest request)
    {
        var head = request.Head;
        if (_phase == Phase.Absent)
        {
            OnFirstForward(request, head.FirstSequence, head.Generation, new ReplicaRole(head.Generation, head.Position, head.ChainLength), head.ChunkSizeBytes);
        }
        else if (MayFollow(request, head.Generation, head.ChunkSizeBytes, head.Position, head.Rest))
        {
            _line.Add(Take(request));
        }
    }

    private List<LiveOperation> Take(ForwardBatchRequest request)
    {
        var all = request.TakePayload();
        var operations = new List<LiveOperation>(request.Head.Entries.Length);
        var at = 0;
        foreach (ref readonly var entry in request.Head.Entries.Span)
        {
            operations.Add(new LiveOperation(Self)
            {
                Id = entry.Operation,
                Mode = entry.Mode,
                Flags = entry.Flags,
                AskedOffset = entry.Offset,
                PayloadBytes = entry.PayloadBytes,
                Phase = entry.Phase,
                Checksums = entry.Checksums,
                Payload = all.Share(at, entry.PayloadBytes),
                Upstream = request,
                Follows = request.Head.FirstSequence + (ulong)operations.Count,
            });
            at += entry.PayloadBytes;
        }

        all.Release();
        return operations;
    }

    // False when it was refused.
    private bool MayFollow(ChunkRequest request, Generation generation, int chunkSizeBytes, int position, ReadOnlyMemory<ChainMember> rest)
    {
        if (RefuseOperation(generation, chunkSizeBytes, position) is { } refused)
        {
            request.Fail(refused);
            return false;
        }

        if (_phase == Phase.Broken)
        {
            request.Fail(_trouble.Error, _trouble.Suspect);
            return false;
        }

        if (!LearnChain(rest))
        {
            request.Fail(Recovering());
            return false;
        }

        return true;
    }

    private void OnFirstForward(ChunkRequest request, ulong sequence, Generation generation, ReplicaRole role, int chunkSizeBytes)
    {
        if (sequence != 1 || generation != Generation.First || _fence > generation)
        {
            request.Fail(NotHere());
            return;
        }

        Create(request, role, chunkSizeBytes);
    }

    private void OnPassedOn(LiveOperation operation)
    {
        _activeAt = Now;
        _line.OnPassedOn(operation);
        _reads.OnCommitted();
        TryDrain();
    }

    private void OnPassedOn(ForwardBatchCall call)
    {
        _activeAt = Now;
        _line.OnPassedOn(call);
        _reads.OnCommitted();
        TryDrain();
    }
}
