// Operations from the member before this server in a chain, one by one or several in a frame.

using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.DataPlane;

internal sealed partial class ServerConnection
{
    private DfsError? OnForward(in ReceivedFrame frame)
    {
        var reader = new HeadReader(frame.Head);
        var head = ForwardHead.Read(ref reader);
        var bytes = frame.Header.PayloadBytes;
        if (!EnterBehind(ref reader, head.Chunk, head.Generation, head.ChainLength - head.Position, bytes, out var rest, out var door, out var entry))
        {
            return Refuse(frame);
        }

        Route(
            new ForwardRequest
            {
                ReplyPath = this,
                RequestId = frame.Header.RequestId,
                Chunk = head.Chunk,
                Head = head with { Rest = rest },
                OwnedPayload = frame.Payload,
                Phase = frame.Phase,
                Checksums = frame.CopyChecksums(),
                WindowBytes = Enter(bytes),
            },
            door,
            entry);
        return null;
    }

    private DfsError? OnForwardBatch(in ReceivedFrame frame)
    {
        var reader = new HeadReader(frame.Head);
        var bytes = frame.Header.PayloadBytes;
        var head = ForwardBatchHead.Read(ref reader, bytes);
        if (!reader.IsValid)
        {
            return Refuse(frame);
        }

        if (!AreIntact(head.Entries.Span, frame.Payload.Span))
        {
            return Damaged(frame);
        }

        if (!EnterBehind(ref reader, head.Chunk, head.Generation, head.ChainLength - head.Position, bytes, out var rest, out var door, out var entry))
        {
            return Refuse(frame);
        }

        Route(
            new ForwardBatchRequest
            {
                ReplyPath = this,
                RequestId = frame.Header.RequestId,
                Chunk = head.Chunk,
                Head = head with { Rest = rest },
                OwnedPayload = frame.Payload,
                WindowBytes = Enter(bytes),
            },
            door,
            entry);
        return null;
    }

    // Enters the chunk with what another member passes on; false when the members behind are not as many as they must be.
    private bool EnterBehind(
        ref HeadReader reader, ChunkId chunk, Generation generation, int members, int bytes, out ChainMember[] rest, out ChunkHandle? door, out ChunkHandle.Entry entry)
    {
        door = EnterDoor(chunk, bytes, bounded: false, out entry);
        var known = door?.KnownChain == generation;
        rest = ChainMember.ReadAll(ref reader, known);
        if (reader.IsValid && (known || rest.Length == members))
        {
            return true;
        }

        door?.Leave(bytes);
        return false;
    }

    // The frame's own checksums were made by the server before this one; those of the entries come from the clients.
    private static bool AreIntact(ReadOnlySpan<BatchEntry> entries, ReadOnlySpan<byte> payload)
    {
        foreach (ref readonly var entry in entries)
        {
            if (Checksum.FindMismatch(entry.Phase, payload[..entry.PayloadBytes], entry.Checksums) >= 0)
            {
                return false;
            }

            payload = payload[entry.PayloadBytes..];
        }

        return true;
    }
}
