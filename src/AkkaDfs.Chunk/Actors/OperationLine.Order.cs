// The order of a chunk's operations: each gets its place, or is refused, and what stands on a failed one is given up.

using AkkaDfs.Chunk.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.Actors;

internal sealed partial class OperationLine
{
    /// <summary>Begins to write nothing until <see cref="GoOn"/>: more is about to come in this turn of the actor.</summary>
    public void Hold() => _held = true;

    /// <summary>Writes what has come.</summary>
    public void GoOn()
    {
        _held = false;
        Write();
    }

    private void Order(LiveOperation operation)
    {
        var placed = operation.Upstream is not null
            ? _order.Follow(operation.Follows, operation.Mode, (operation.Flags & OperationFlags.PadToEnd) != 0, operation.AskedOffset, operation.PayloadBytes)
            : _order.Place(operation.Mode, operation.AskedOffset, operation.PayloadBytes);
        if (!placed.IsOk)
        {
            operation.DropPayload();
            Refuse(operation, placed.Error);
            return;
        }

        operation.Place = placed.Value;
        if (placed.Value.PadToEnd)
        {
            // The record itself goes to the next chunk.
            operation.DropPayload();
        }

        if (operation.Id != OperationId.None)
        {
            _byId[operation.Id] = operation;
        }

        _toWrite.Enqueue(operation);
        _toWriteBytes += operation.PayloadBytes;
        _last = operation;
    }

    // Whoever hears that the chunk is full goes on in the next one. Nobody must see anything there while the end of this chunk may still be
    // missing: it would read as NUL. So the answer waits for what has filled the chunk.
    private void Refuse(LiveOperation operation, DfsError error)
    {
        if (IsPrimary && error.Code == DfsErrorCode.ChunkFull && _last is { Answered: false } last)
        {
            last.Then(failed => operation.Fail(failed ?? error));
        }
        else
        {
            operation.Fail(error);
        }
    }

    // The operations from the first that failed on had no effect, and what was ordered behind them stands on nothing.
    private void GiveUp(List<LiveOperation> batch, int applied, DfsError error)
    {
        var first = batch[applied].Place;
        _order.Reset(first.Sequence - 1, first.LengthBefore);
        Commits.Withdraw(first.Sequence - 1);
        foreach (var operation in batch.Skip(applied).Concat(TakeUnwritten()))
        {
            _byId.Remove(operation.Id);
            operation.DropPayload();
            operation.Fail(error);
        }

        batch.RemoveRange(applied, batch.Count - applied);
    }
}
