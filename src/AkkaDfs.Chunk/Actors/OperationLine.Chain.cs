// The way down the chain and back: what was written here goes to the next member, small operations together, and its answer
// commits them.

using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using FramePayload = AkkaDfs.Shared.DataPlane.FramePayload;

namespace AkkaDfs.Chunk.Actors;

internal sealed partial class OperationLine
{
    private const int MaxTogetherBytes = 8 * 1024;

    /// <summary>The next member has answered.</summary>
    public void OnPassedOn(LiveOperation operation)
    {
        if (operation.PassedOn)
        {
            // Settled by a change of generation in the meantime.
            return;
        }

        if (operation.ChainError is { } error)
        {
            owner.OnChainTrouble(operation.Suspect == ServerId.None ? Next : operation.Suspect, error);
            return;
        }

        operation.PassedOn = true;
        Commits.Commit(operation.Place.Sequence);
        Answer(operation);
        LetGo();
    }

    /// <summary>The next member has answered for several.</summary>
    public void OnPassedOn(ForwardBatchCall call)
    {
        var isOpen = false;
        foreach (var operation in call.Operations)
        {
            isOpen |= !operation.PassedOn;
        }

        if (!isOpen)
        {
            return;
        }

        if (call.ChainError is { } error)
        {
            owner.OnChainTrouble(call.Suspect == ServerId.None ? Next : call.Suspect, error);
            return;
        }

        foreach (var operation in call.Operations)
        {
            operation.PassedOn = true;
        }

        Commits.Commit(call.Operations[^1].Place.Sequence);
        foreach (var operation in call.Operations)
        {
            Answer(operation);
        }

        LetGo();
    }

    /// <summary>The oldest operation that was passed on and has not come back; null when all have.</summary>
    public LiveOperation? OldestPassed()
    {
        foreach (var operation in _live)
        {
            if (!operation.PassedOn && operation.PassedAt > 0)
            {
                return operation;
            }
        }

        return null;
    }

    // Small ones that were written together travel together.
    private void PassOn(List<LiveOperation> batch)
    {
        for (var first = 0; first < batch.Count;)
        {
            var count = IsTail || !_passing ? 0 : CountTogether(batch, first);
            if (count > 1)
            {
                PassOnTogether(batch.GetRange(first, count));
            }
            else
            {
                PassOn(batch[first]);
            }

            first += Math.Max(1, count);
        }
    }

    private static int CountTogether(List<LiveOperation> batch, int first)
    {
        var bytes = 0;
        var count = 0;
        while (first + count < batch.Count && count < ForwardBatchHead.MaxEntries)
        {
            var length = batch[first + count].Payload.Length;
            bytes += length;
            if (length > MaxTogetherBytes || bytes > ForwardBatchHead.MaxPayloadBytes)
            {
                break;
            }

            count++;
        }

        return count;
    }

    private void PassOnTogether(List<LiveOperation> operations)
    {
        var now = environment.Time.GetTimestamp();
        var entries = new BatchEntry[operations.Count];
        var payload = new BlockSlice[operations.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            var operation = operations[i];
            operation.PassedAt = now;
            payload[i] = operation.Payload;
            operation.Payload = BlockSlice.Empty;
            entries[i] = new BatchEntry(
                operation.Id,
                operation.Mode,
                FlagsFor(operation),
                operation.Place.Offset,
                payload[i].Length,
                payload[i].Length == 0 ? 0 : operation.Phase,
                payload[i].Length == 0 ? [] : operation.Checksums);
        }

        var head = new ForwardBatchHead(
            chunk,
            _role.Generation,
            operations[0].Place.Sequence,
            _order.ChunkSizeBytes,
            (byte)(_role.Position + 1),
            _role.ChainLength,
            entries,
            _after);
        environment.Peers.ForwardBatch(_after.Span[0], head, payload, new ForwardBatchCall(self, operations));
    }

    private static OperationFlags FlagsFor(LiveOperation operation)
        => (operation.Flags & OperationFlags.Sync) | (operation.Place.PadToEnd ? OperationFlags.PadToEnd : OperationFlags.None);

    private void PassOn(LiveOperation operation)
    {
        if (IsTail || !_passing)
        {
            operation.DropPayload();
            return;
        }

        operation.PassedAt = environment.Time.GetTimestamp();
        var payload = operation.Payload;
        operation.Payload = BlockSlice.Empty;
        var head = new ForwardHead(
            chunk,
            _role.Generation,
            operation.Place.Sequence,
            operation.Id,
            operation.Mode,
            FlagsFor(operation),
            operation.Place.Offset,
            _order.ChunkSizeBytes,
            (byte)(_role.Position + 1),
            _role.ChainLength,
            _after);
        environment.Peers.Forward(
            _after.Span[0],
            head,
            payload.Length == 0 ? FramePayload.None : new FramePayload(payload.Memory, operation.Phase, operation.Checksums, payload),
            operation);
    }
}
