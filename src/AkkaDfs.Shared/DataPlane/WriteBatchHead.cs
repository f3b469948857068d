// Several small writes of one client to one chunk in one frame. Each keeps its own request id and deadline, and gets an answer of
// its own, as if it had come alone.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>One write of a batch.</summary>
/// <param name="RequestId">Its request id on the connection.</param>
/// <param name="DeadlineMs">Milliseconds its client will wait; 0 for ever.</param>
/// <param name="Operation">What to write; its bytes follow those of the one before it in the frame's payload.</param>
public readonly record struct WriteBatchEntry(ulong RequestId, uint DeadlineMs, BatchEntry Operation);

/// <summary>Writes from a client to a primary.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="Generation">What the client believes.</param>
/// <param name="ChunkSizeBytes">Size of the chunk.</param>
/// <param name="Entries">The writes, 1 to <see cref="ForwardBatchHead.MaxEntries"/>.</param>
/// <param name="Chain">All members, the primary first; empty when it was passed over.</param>
public readonly record struct WriteBatchHead(
    ChunkId Chunk, Generation Generation, int ChunkSizeBytes, ReadOnlyMemory<WriteBatchEntry> Entries, ReadOnlyMemory<ChainMember> Chain) : IFrameHead
{
    private const int FixedBytes = 18;
    private const int EntryFixedBytes = 12;

    /// <inheritdoc/>
    public int MaxBytes
    {
        get
        {
            var bytes = FixedBytes + 1 + (Chain.Length * ChainMember.MaxBytes);
            foreach (ref readonly var entry in Entries.Span)
            {
                bytes += EntryFixedBytes + entry.Operation.MaxBytes;
            }

            return bytes;
        }
    }

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        writer.UInt64(Chunk.Value);
        writer.UInt32(Generation.Value);
        writer.UInt32((uint)ChunkSizeBytes);
        writer.UInt16((ushort)Entries.Length);
        foreach (ref readonly var entry in Entries.Span)
        {
            writer.UInt64(entry.RequestId);
            writer.UInt32(entry.DeadlineMs);
            entry.Operation.Write(ref writer);
        }

        ChainMember.WriteAll(ref writer, Chain);
    }

    /// <summary>Reads everything but the chain, which is left in the reader.</summary>
    /// <param name="reader">The head.</param>
    /// <param name="payloadBytes">Length of the frame's payload: the entries' bytes must add up to it.</param>
    public static WriteBatchHead Read(ref HeadReader reader, int payloadBytes)
    {
        var chunk = new ChunkId(reader.UInt64());
        var generation = new Generation(reader.UInt32());
        var size = reader.UInt32();
        var count = reader.UInt16();
        if (count is 0 or > ForwardBatchHead.MaxEntries || payloadBytes > ForwardBatchHead.MaxPayloadBytes
            || size is < FileLayout.MinChunkSizeBytes or > FileLayout.MaxChunkSizeBytes)
        {
            reader.Refuse();
            return default;
        }

        var entries = new WriteBatchEntry[count];
        var left = payloadBytes;
        for (var i = 0; i < count && reader.IsValid; i++)
        {
            entries[i] = new WriteBatchEntry(reader.UInt64(), reader.UInt32(), BatchEntry.Read(ref reader, ref left));
        }

        if (left != 0)
        {
            reader.Refuse();
        }

        return new WriteBatchHead(chunk, generation, (int)size, entries, default);
    }
}
