// Applying operations: plan (check, and work out the block checksums), write what may go to the data file at once, put the
// frame in the log. The frame is what makes it so: before it nothing has happened, whatever is in the data file's far end.

using System.Buffers.Binary;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

internal sealed partial class Replica
{
    private const int MaxOverlayRanges = 512;
    private const long MaxOverlayBytes = 16 << 20;

    private enum Planned
    {
        Added,

        /// <summary>It needs to read a block that earlier operations of the batch may change: those first.</summary>
        AfterFlush,
    }

    internal ApplyResult Apply(ReadOnlySpan<ReplicaOp> operations)
    {
        if (_folder.MakeRoom(operations) is { } full)
        {
            return new(0, full);
        }

        lock (_lock)
        {
            if (Ready() is { } error)
            {
                return new(0, error);
            }

            var batch = OperationBatch.OfThread;
            for (var done = 0; done < operations.Length;)
            {
                if (ApplySome(batch, operations[done..]) is { } refused)
                {
                    return new(done + batch.Count, refused);
                }

                done += batch.Count;
            }

            if (_overlay.Count > MaxOverlayRanges || _overlay.LoggedBytes > MaxOverlayBytes)
            {
                // What is applied stays applied: a failure to settle shows when it is tried again.
                _ = SettleNow();
            }

            return new(operations.Length, Fault);
        }
    }

    // Applies as many as go into one frame: batch.Count of them. An error is that of the operation behind those.
    private DfsError? ApplySome(OperationBatch batch, ReadOnlySpan<ReplicaOp> operations)
    {
        batch.Clear();
        var image = _image!;
        var oldLength = image.LengthBytes;
        var end = _physicalEnd;
        DfsError? refused = null;
        image.Begin();
        while (batch.Count < operations.Length && !batch.IsFull)
        {
            var planned = Plan(batch, operations[batch.Count], ref end);
            refused = planned.Error;
            if (refused is not null || planned.Value == Planned.AfterFlush)
            {
                break;
            }
        }

        var failed = batch.Count == 0 ? refused : Carry(batch, operations[..batch.Count], oldLength);
        if (failed is not null)
        {
            image.Rollback();
            batch.Clear();
            return failed;
        }

        image.Commit();
        foreach (ref readonly var op in batch.Ops)
        {
            image.Remember(op);
        }

        _folder.Account(image.LengthBytes - oldLength);
        return refused;
    }

    private Result<Planned> Plan(OperationBatch batch, in ReplicaOp op, ref long end)
    {
        var image = _image!;
        if (CheckPlace(op) is { } misplaced)
        {
            return misplaced;
        }

        var logged = new LoggedOp
        {
            Sequence = op.Sequence, Mode = op.Mode, Offset = op.Offset, PayloadBytes = op.Payload.Length, Operation = op.Operation,
            LengthAfter = LengthAfter(op),
            Flags = op.PadToEnd ? OpFlags.Pad : OpFlags.None,
            Code = op.PadToEnd ? DfsErrorCode.ChunkFull : DfsErrorCode.None,
        };
        ReadOnlySpan<byte> segments = default;
        if (logged.PayloadBytes > 0)
        {
            segments = batch.StageSegments(op);
            if (segments.IsEmpty)
            {
                return StoreErrors.BadChecksum(_chunk);
            }

            logged.SegmentCount = segments.Length / sizeof(uint);
            var isDirect = op.Offset >= end;
            logged.Flags |= !isDirect || (op.Sync && logged.PayloadBytes <= _folder.Settings.LoggedPayloadBytes) ? OpFlags.Logged : OpFlags.None;
        }

        if (NeedsBlocks(op, logged.LengthAfter) && batch.Count > 0)
        {
            return Planned.AfterFlush;
        }

        if (logged.PayloadBytes > 0 && op.Offset > image.LengthBytes)
        {
            image.Blocks.Grow(image.LengthBytes, op.Offset);
            image.LengthBytes = op.Offset;
        }

        if (BlocksAfter(batch.Block, op, segments, ref logged) is { } bad)
        {
            return bad;
        }

        image.Redo(logged, segments);
        end = Math.Max(end, Math.Max(logged.LengthAfter, logged.PayloadBytes > 0 ? logged.End : 0));
        batch.Add(logged);
        return Planned.Added;
    }

    private DfsError? CheckPlace(in ReplicaOp op)
    {
        var image = _image!;
        if (op.Sequence != image.Sequence + 1)
        {
            return StoreErrors.Gap(_chunk, image.Sequence + 1, op.Sequence);
        }

        var isAtEnd = op.Mode is WriteMode.Append or WriteMode.Record;
        if (op.Offset < 0 || op.Offset > image.ChunkSizeBytes - op.Payload.Length)
        {
            return StoreErrors.OutOfRange(_chunk, $"[{op.Offset}, {op.Offset + op.Payload.Length}) lies outside its {image.ChunkSizeBytes} bytes.");
        }

        if (isAtEnd && op.Offset != image.LengthBytes)
        {
            return StoreErrors.OutOfRange(_chunk, $"an append to offset {op.Offset} does not stand at the end, {image.LengthBytes}.");
        }

        var isWellFormed = op.Mode is >= WriteMode.AtOffset and <= WriteMode.Truncate
            && op.Payload.Length <= DataPlaneLimits.MaxPayloadBytes
            && (op.Payload.IsEmpty || (op.Mode != WriteMode.Truncate && !op.PadToEnd))
            && (!op.PadToEnd || op.Mode == WriteMode.Record)
            && op.ChecksumBase >= 0;
        return isWellFormed ? null : StoreErrors.Invalid($"Chunk {_chunk}: operation {op.Sequence} ({op.Mode}, {op.Payload.Length} bytes) is malformed.");
    }

    private long LengthAfter(in ReplicaOp op)
        => op.PadToEnd ? _image!.ChunkSizeBytes
            : op.Mode == WriteMode.Truncate ? op.Offset
            : op.Payload.IsEmpty ? _image!.LengthBytes
            : Math.Max(_image!.LengthBytes, op.Offset + op.Payload.Length);

    // True when a block keeps some of its bytes on both... that is, when its new checksum cannot be had from checksums alone.
    private bool NeedsBlocks(in ReplicaOp op, long lengthAfter)
    {
        var length = _image!.LengthBytes;
        if (op.Payload.IsEmpty)
        {
            return lengthAfter < length && lengthAfter % Checksum.BlockBytes != 0;
        }

        var end = op.Offset + op.Payload.Length;
        var startsInside = op.Offset < length && op.Offset % Checksum.BlockBytes != 0;
        var endsInside = end < length && end % Checksum.BlockBytes != 0;
        return startsInside || endsInside;
    }

    // Works out the checksums of the first and the last block that the operation touches.
    private DfsError? BlocksAfter(byte[] scratch, in ReplicaOp op, ReadOnlySpan<byte> segments, ref LoggedOp logged)
    {
        if (logged.PayloadBytes == 0)
        {
            var cut = (int)(logged.LengthAfter % Checksum.BlockBytes);
            return logged.LengthAfter >= _image!.LengthBytes || cut == 0
                ? null
                : BlockAfterCut((int)(logged.LengthAfter / Checksum.BlockBytes), cut, scratch, out logged.LastBlock);
        }

        var first = (int)(op.Offset / Checksum.BlockBytes);
        var last = (int)((logged.End - 1) / Checksum.BlockBytes);
        var segment = BinaryPrimitives.ReadUInt32LittleEndian(segments);
        if (BlockAfterWrite(first, op.Offset, Math.Min(logged.End, (first + 1L) * Checksum.BlockBytes), segment, scratch, out logged.FirstBlock) is { } bad)
        {
            return bad;
        }

        logged.LastBlock = logged.FirstBlock;
        return last == first
            ? null
            : BlockAfterWrite(
                last, (long)last * Checksum.BlockBytes, logged.End, BinaryPrimitives.ReadUInt32LittleEndian(segments[^sizeof(uint)..]), scratch, out logged.LastBlock);
    }

    private DfsError? BlockAfterWrite(int block, long start, long end, uint piece, byte[] scratch, out uint after)
    {
        var image = _image!;
        var oldLength = BlockTable.LengthOf(block, image.LengthBytes);
        var from = (int)(start % Checksum.BlockBytes);
        var to = from + (int)(end - start);
        after = piece;
        if (from == 0 && to >= oldLength)
        {
            return null;
        }

        if (from == oldLength)
        {
            after = Checksum.Combine(image.Blocks[block], piece, to - from);
            return null;
        }

        if (ReadBlock(block, scratch) is { } bad)
        {
            return bad;
        }

        after = Checksum.Combine(Checksum.Compute(scratch.AsSpan(0, from)), piece, to - from);
        if (to < oldLength)
        {
            after = Checksum.Extend(after, scratch.AsSpan(to, oldLength - to));
        }

        return null;
    }

    private DfsError? BlockAfterCut(int block, int cut, byte[] scratch, out uint after)
    {
        after = 0;
        if (ReadBlock(block, scratch) is { } bad)
        {
            return bad;
        }

        after = Checksum.Compute(scratch.AsSpan(0, cut));
        return null;
    }

    // Writes the data file and the log. On failure the data file's length is put back; its bytes up to there were not touched.
    private DfsError? Carry(OperationBatch batch, ReadOnlySpan<ReplicaOp> operations, long oldLength)
    {
        var oldEnd = _physicalEnd;
        try
        {
            if (!IsDirty && TryLog(batch.Frame.Simple(FrameKind.Touch, _chunk)) is { } untouched)
            {
                return untouched;
            }

            batch.WriteDirect(_file!, oldEnd, operations);
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            PutBackLength(oldEnd);
            return StoreErrors.Disk(failure, $"write chunk {_chunk} to {DataPath}");
        }

        var frame = batch.BuildFrame(_chunk, operations);
        var payload = (ulong)frame.HeadBytes;
        if (TryLog(frame) is { } unlogged)
        {
            PutBackLength(oldEnd);
            return unlogged;
        }

        TakeEffect(batch, oldLength, _image!.Lsn + payload);
        return null;
    }

    private void TakeEffect(OperationBatch batch, long length, ulong payload)
    {
        var lsn = _image!.Lsn;
        var end = _physicalEnd;
        foreach (ref readonly var op in batch.Ops)
        {
            var isGrowth = op.LengthAfter > length;
            var zeroEnd = Math.Min(op.PayloadBytes > 0 ? op.Offset : op.LengthAfter, end);
            if (isGrowth && zeroEnd > length)
            {
                _overlay.Set(new Overlay.Range(length, zeroEnd, 0, lsn));
            }

            if (op.PayloadBytes > 0 && op.Offset < end)
            {
                _overlay.Set(new Overlay.Range(op.Offset, op.End, payload, lsn));
            }

            if (op.LengthAfter < length)
            {
                _overlay.Remove(op.LengthAfter, long.MaxValue);
                _shrinkLsn = lsn;
            }

            if (op.IsLogged)
            {
                payload += (ulong)op.PayloadBytes;
            }
            else if (op.PayloadBytes > 0)
            {
                _lastUnloggedLsn = lsn;
                _firstUnsettledLsn = _firstUnsettledLsn == 0 ? lsn : _firstUnsettledLsn;
                _folder.AddUnsynced(op.PayloadBytes);
            }

            end = Math.Max(end, Math.Max(op.LengthAfter, op.PayloadBytes > 0 ? op.End : 0));
            length = op.LengthAfter;
        }

        _physicalEnd = end;
        if (NeedsSettling)
        {
            _folder.QueueSettling(this);
        }
    }

    private void PutBackLength(long lengthBytes)
    {
        try
        {
            if (_file!.Length > lengthBytes)
            {
                _file.SetLength(lengthBytes);
            }
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            // Bytes that nobody asked for would stand behind the end: no later growth may rely on NULs there.
            GiveUp($"its data file could not be put back to its length: {failure.Message}");
        }
    }
}
