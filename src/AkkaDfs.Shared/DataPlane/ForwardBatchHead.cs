// Several small operations of one chunk in one frame on their way down a chain: they were written together here, and so they are
// at the next member, with one acknowledgement for all. Each keeps its own checksums, made by the client that sent it.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>One operation of a batch; its bytes follow those of the one before it in the frame's payload.</summary>
/// <param name="Operation">Its id.</param>
/// <param name="Mode">What kind.</param>
/// <param name="Flags">How.</param>
/// <param name="Offset">Where it goes, decided by the primary; the new length for Truncate.</param>
/// <param name="PayloadBytes">Number of bytes.</param>
/// <param name="Phase">Where the checksums' first segment begins in its block.</param>
/// <param name="Checksums">One per segment; see <see cref="Checksum.ComputeSegments"/>.</param>
public readonly record struct BatchEntry(
    OperationId Operation, WriteMode Mode, OperationFlags Flags, long Offset, int PayloadBytes, int Phase, uint[] Checksums)
{
    private const int FixedBytes = 40;

    /// <summary>Upper bound of its length in a head.</summary>
    public int MaxBytes => FixedBytes + (sizeof(uint) * Checksums.Length);

    /// <summary>Writes it.</summary>
    public void Write(ref HeadWriter writer)
    {
        writer.Guid(Operation.Client);
        writer.UInt64(Operation.Counter);
        writer.Byte((byte)Mode);
        writer.Byte((byte)Flags);
        writer.Int64(Offset);
        writer.UInt16((ushort)PayloadBytes);
        writer.UInt16((ushort)Phase);
        foreach (var checksum in Checksums)
        {
            writer.UInt32(checksum);
        }
    }

    /// <summary>Reads it.</summary>
    /// <param name="reader">The head.</param>
    /// <param name="payloadLeft">Bytes of the frame's payload that no entry has claimed yet.</param>
    public static BatchEntry Read(ref HeadReader reader, ref int payloadLeft)
    {
        var operation = new OperationId(reader.Guid(), reader.UInt64());
        var mode = (WriteMode)reader.Byte();
        var flags = (OperationFlags)reader.Byte();
        var offset = reader.Length64();
        var bytes = reader.UInt16();
        var phase = reader.UInt16();
        payloadLeft -= bytes;
        if (mode is < WriteMode.AtOffset or > WriteMode.Truncate || phase >= Checksum.BlockBytes || payloadLeft < 0)
        {
            reader.Refuse();
            return default;
        }

        var checksums = new uint[Checksum.SegmentCount(new ByteRange(phase, bytes))];
        for (var i = 0; i < checksums.Length; i++)
        {
            checksums[i] = reader.UInt32();
        }

        return new BatchEntry(operation, mode, flags, offset, bytes, phase, checksums);
    }
}

/// <summary>Ordered operations with consecutive sequence numbers.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="Generation">The generation they are ordered in.</param>
/// <param name="FirstSequence">Place of the first in the order.</param>
/// <param name="ChunkSizeBytes">Size of the chunk.</param>
/// <param name="Position">Place of the receiver in the chain, 1 and up.</param>
/// <param name="ChainLength">Length of the chain.</param>
/// <param name="Entries">The operations, 1 to <see cref="MaxEntries"/>.</param>
/// <param name="Rest">The receiver and everyone behind it; empty when it was passed over.</param>
public readonly record struct ForwardBatchHead(
    ChunkId Chunk,
    Generation Generation,
    ulong FirstSequence,
    int ChunkSizeBytes,
    byte Position,
    byte ChainLength,
    ReadOnlyMemory<BatchEntry> Entries,
    ReadOnlyMemory<ChainMember> Rest) : IFrameHead
{
    /// <summary>Most operations in one frame.</summary>
    public const int MaxEntries = 128;

    /// <summary>Most bytes of payload in one frame: with its heads it is still parsed where it arrives.</summary>
    public const int MaxPayloadBytes = 96 * 1024;

    private const int FixedBytes = 28;

    /// <inheritdoc/>
    public int MaxBytes
    {
        get
        {
            var bytes = FixedBytes + 1 + (Rest.Length * ChainMember.MaxBytes);
            foreach (ref readonly var entry in Entries.Span)
            {
                bytes += entry.MaxBytes;
            }

            return bytes;
        }
    }

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        writer.UInt64(Chunk.Value);
        writer.UInt32(Generation.Value);
        writer.UInt64(FirstSequence);
        writer.UInt32((uint)ChunkSizeBytes);
        writer.Byte(Position);
        writer.Byte(ChainLength);
        writer.UInt16((ushort)Entries.Length);
        foreach (ref readonly var entry in Entries.Span)
        {
            entry.Write(ref writer);
        }

        ChainMember.WriteAll(ref writer, Rest);
    }

    /// <summary>Reads everything but the members, which are left in the reader.</summary>
    /// <param name="reader">The head.</param>
    /// <param name="payloadBytes">Length of the frame's payload: the entries' bytes must add up to it.</param>
    public static ForwardBatchHead Read(ref HeadReader reader, int payloadBytes)
    {
        var chunk = new ChunkId(reader.UInt64());
        var generation = new Generation(reader.UInt32());
        var first = reader.UInt64();
        var size = reader.UInt32();
        var position = reader.Byte();
        var length = reader.Byte();
        var count = reader.UInt16();
        if (position == 0 || position >= length || length > FileLayout.MaxReplicas || first == 0 || count is 0 or > MaxEntries
            || payloadBytes > MaxPayloadBytes || size is < FileLayout.MinChunkSizeBytes or > FileLayout.MaxChunkSizeBytes)
        {
            reader.Refuse();
            return default;
        }

        var entries = new BatchEntry[count];
        var left = payloadBytes;
        for (var i = 0; i < count && reader.IsValid; i++)
        {
            entries[i] = BatchEntry.Read(ref reader, ref left);
        }

        if (left != 0)
        {
            reader.Refuse();
        }

        return new ForwardBatchHead(chunk, generation, first, (int)size, position, length, entries, default);
    }
}
