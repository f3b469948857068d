// Writes from clients, one by one or several in a frame.

using Akka.Actor;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.DataPlane;

internal sealed partial class ServerConnection
{
    private DfsError? OnWrite(in ReceivedFrame frame)
    {
        var reader = new HeadReader(frame.Head);
        var head = WriteHead.Read(ref reader);
        var bytes = frame.Header.PayloadBytes;
        var door = EnterDoor(head.Chunk, bytes, bounded: true, out var entry);
        var known = door?.KnownChain == head.Generation;
        var chain = ChainMember.ReadAll(ref reader, known);
        if (!reader.IsValid || (!known && chain.Length == 0))
        {
            door?.Leave(bytes);
            return Refuse(frame);
        }

        Route(
            new WriteRequest
            {
                ReplyPath = this,
                RequestId = frame.Header.RequestId,
                Chunk = head.Chunk,
                Head = head with { Chain = chain },
                OwnedPayload = frame.Payload,
                Phase = frame.Phase,
                Checksums = frame.CopyChecksums(),
                WindowBytes = Enter(bytes),
                DeadlineAt = DeadlineOf(frame.Header.DeadlineMs),
            },
            door,
            entry);
        return null;
    }

    // Each write of a batch is a request of its own; they only travel together, here to the chunk's actor.
    private DfsError? OnWriteBatch(in ReceivedFrame frame)
    {
        var reader = new HeadReader(frame.Head);
        var head = WriteBatchHead.Read(ref reader, frame.Header.PayloadBytes);
        var known = _server.Find(head.Chunk)?.KnownChain == head.Generation;
        var chain = ChainMember.ReadAll(ref reader, known);
        if (!reader.IsValid || (!known && chain.Length == 0))
        {
            return Refuse(frame);
        }

        var entries = head.Entries.Span;
        var together = new List<WriteRequest>(entries.Length);
        ChunkHandle? inside = null;
        for (int i = 0, at = 0; i < entries.Length; at += entries[i++].Operation.PayloadBytes)
        {
            ref readonly var entry = ref entries[i];
            var bytes = entry.Operation.PayloadBytes;
            if (Checksum.FindMismatch(entry.Operation.Phase, frame.Payload.Span.Slice(at, bytes), entry.Operation.Checksums) >= 0)
            {
                TrySend(FrameType.Error, entry.RequestId, new ErrorHead(DamagedOnTheWay()));
                continue;
            }

            var request = ToRequest(frame, head, entry, at, chain);
            var door = EnterDoor(head.Chunk, bytes, bounded: true, out var entered);
            if (door is not null && (inside is null || inside == door))
            {
                inside = door;
                request.AdmittedBy(door);
                together.Add(request);
            }
            else
            {
                Route(request, door, entered);
            }
        }

        inside?.Actor.Tell(new WriteBatch(together), ActorRefs.NoSender);
        frame.Payload.Release();
        return null;
    }

    private WriteRequest ToRequest(in ReceivedFrame frame, in WriteBatchHead head, in WriteBatchEntry entry, int payloadStart, ChainMember[] chain) => new()
    {
        ReplyPath = this,
        RequestId = entry.RequestId,
        Chunk = head.Chunk,
        Head = new WriteHead(
            head.Chunk, head.Generation, entry.Operation.Operation, entry.Operation.Mode, entry.Operation.Flags, entry.Operation.Offset, head.ChunkSizeBytes, chain),
        OwnedPayload = frame.Payload.Share(payloadStart, entry.Operation.PayloadBytes),
        Phase = entry.Operation.Phase,
        Checksums = entry.Operation.Checksums,
        WindowBytes = Enter(entry.Operation.PayloadBytes),
        DeadlineAt = DeadlineOf(entry.DeadlineMs),
    };
}
