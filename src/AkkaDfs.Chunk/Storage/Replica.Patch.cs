// Putting right bytes in the place of wrong ones: single damaged blocks, or whatever differs from another replica.

using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Storage;

internal sealed partial class Replica
{
    internal DfsError? Repair(IReadOnlyList<BlockData> blocks)
    {
        lock (_lock)
        {
            if (Ready() is { } error)
            {
                return error;
            }

            var image = _image!;
            if (CheckBlocks(blocks, image.LengthBytes) is { } wrong)
            {
                return wrong;
            }

            if (blocks.Any(b => image.Blocks[b.Index] != b.Checksum))
            {
                return StoreErrors.BadChecksum(_chunk);
            }

            var frame = BuildPatch(FrameKind.Repair, blocks, new PatchBody(image.Role, image.Sequence, image.LengthBytes, 0, 0), default);
            if (TryLog(frame) is { } failed)
            {
                return failed;
            }

            LayBlocks(blocks, _image!.Lsn + (ulong)frame.HeadBytes);
            if (SettleNow() is { } unsettled)
            {
                return unsettled;
            }

            foreach (var block in blocks)
            {
                _badBlocks.Remove(block.Index);
            }

            if (_badBlocks.Count == 0)
            {
                Flags &= ~ServerProtocol.ReplicaFlags.Damaged;
            }

            return null;
        }
    }

    internal DfsError? Replace(IReadOnlyList<BlockData> blocks, ReplicaContent content, ReplicaRole role)
    {
        lock (_lock)
        {
            if (Ready() is { } error)
            {
                return error;
            }

            if (CheckReplacement(blocks, content, role) is { } wrong)
            {
                return wrong;
            }

            // What stays must be there whatever happens: the frame says nothing about it.
            if (HasUnsettled && MarkSettled(_image!.Lsn, SyncFile(_file!)) is { } unsynced)
            {
                return unsynced;
            }

            var body = new PatchBody(role, content.Sequence, content.LengthBytes, content.Outcomes.Length, Checksum.Compute(content.Outcomes.Span));
            var frame = BuildPatch(FrameKind.Replace, blocks, body, content.Outcomes.Span);
            if (TryLog(frame) is { } failed)
            {
                return failed;
            }

            TakeReplacement(blocks, body, frame, OperationWindow.Read(content.Outcomes.Span, _folder.Settings.RememberedOperations)!);
            return SettleNow();
        }
    }

    private void TakeReplacement(IReadOnlyList<BlockData> blocks, PatchBody body, LogFrame frame, OperationWindow outcomes)
    {
        var image = _image!;
        var oldLength = image.LengthBytes;
        image.Replace(body, frame.Body, blocks.Count, outcomes);
        _folder.Account(image.LengthBytes - oldLength);
        if (image.LengthBytes < oldLength)
        {
            _overlay.Remove(image.LengthBytes, long.MaxValue);
            _shrinkLsn = image.Lsn;
        }

        _overlay.Set(new Overlay.Range(oldLength, Math.Min(image.LengthBytes, _physicalEnd), 0, image.Lsn));
        _physicalEnd = Math.Max(_physicalEnd, image.LengthBytes);
        LayBlocks(blocks, image.Lsn + (ulong)frame.HeadBytes);
        _badBlocks.Clear();
        Flags &= ~ServerProtocol.ReplicaFlags.Damaged;
    }

    private DfsError? CheckReplacement(IReadOnlyList<BlockData> blocks, ReplicaContent content, ReplicaRole role)
    {
        var image = _image!;
        if (role.Generation < image.Role.Generation)
        {
            return StoreErrors.StaleRole(_chunk, image.Role.Generation, role.Generation);
        }

        if (content.LengthBytes < 0 || content.LengthBytes > image.ChunkSizeBytes
            || OperationWindow.Read(content.Outcomes.Span, _folder.Settings.RememberedOperations) is null)
        {
            return StoreErrors.Invalid($"Chunk {_chunk}: the state to replace it with is malformed.");
        }

        if (CheckBlocks(blocks, content.LengthBytes) is { } wrong)
        {
            return wrong;
        }

        // A block that is cut in its middle, or grows, has a checksum that only its bytes can give.
        var lastBlock = BlockTable.CountFor(content.LengthBytes) - 1;
        var isCut = content.LengthBytes < image.LengthBytes && content.LengthBytes % Checksum.BlockBytes != 0;
        return isCut && !blocks.Any(b => b.Index == lastBlock)
            ? StoreErrors.Invalid($"Chunk {_chunk}: the last block changes its length and has to be among the blocks given.")
            : null;
    }

    private DfsError? CheckBlocks(IReadOnlyList<BlockData> blocks, long lengthBytes)
    {
        long sum = 0;
        foreach (var block in blocks)
        {
            sum += block.Bytes.Length;
            if (block.Index < 0 || block.Index >= BlockTable.CountFor(lengthBytes) || block.Bytes.Length != BlockTable.LengthOf(block.Index, lengthBytes))
            {
                return StoreErrors.OutOfRange(_chunk, $"block {block.Index} of {block.Bytes.Length} bytes does not fit a length of {lengthBytes}.");
            }

            if (Checksum.Compute(block.Bytes.Span) != block.Checksum)
            {
                return StoreErrors.BadChecksum(_chunk);
            }
        }

        return sum > DataPlaneLimits.MaxPayloadBytes
            ? StoreErrors.Invalid($"Chunk {_chunk}: {sum} bytes of blocks are over the limit of {DataPlaneLimits.MaxPayloadBytes}. Give fewer at once.")
            : null;
    }

    private LogFrame BuildPatch(FrameKind kind, IReadOnlyList<BlockData> blocks, PatchBody body, ReadOnlySpan<byte> outcomes)
    {
        var frame = OperationBatch.OfThread.Frame;
        frame.Begin(kind, _chunk, blocks.Count, PatchBody.Bytes + (blocks.Count * PatchBody.EntryBytes), blocks.Sum(b => b.Bytes.Length) + outcomes.Length);
        body.Write(frame.Body);
        var payload = frame.Payload;
        for (var i = 0; i < blocks.Count; i++)
        {
            PatchBody.WriteEntry(frame.Body, i, blocks[i].Index, blocks[i].Bytes.Length, blocks[i].Checksum);
            blocks[i].Bytes.Span.CopyTo(payload);
            payload = payload[blocks[i].Bytes.Length..];
        }

        outcomes.CopyTo(payload);
        return frame;
    }

    private void LayBlocks(IReadOnlyList<BlockData> blocks, ulong payload)
    {
        foreach (var block in blocks)
        {
            var start = (long)block.Index * Checksum.BlockBytes;
            _overlay.Set(new Overlay.Range(start, start + block.Bytes.Length, payload, _image!.Lsn));
            payload += (ulong)block.Bytes.Length;
        }
    }
}
