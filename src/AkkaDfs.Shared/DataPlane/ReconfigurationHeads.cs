// Heads of the frames by which a new primary looks at the members of its chain and brings them to its own state.

using System.Runtime.InteropServices;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>Everything about a replica but its bytes.</summary>
/// <param name="Found">False when the server has none; all else is then zero.</param>
/// <param name="Generation">Its generation; <see cref="Generation.Any"/> for a copy that belongs to none yet.</param>
/// <param name="Sequence">Last operation applied.</param>
/// <param name="LengthBytes">Its length.</param>
/// <param name="ChunkSizeBytes">Size of the chunk.</param>
/// <param name="BlockChecksums">One per block of <see cref="Checksum.BlockBytes"/>.</param>
/// <param name="Outcomes">Remembered outcomes of operations, in the store's own form.</param>
public sealed record ReplicaDescription(
    bool Found,
    Generation Generation,
    ulong Sequence,
    long LengthBytes,
    int ChunkSizeBytes,
    ReadOnlyMemory<uint> BlockChecksums,
    ReadOnlyMemory<byte> Outcomes)
{
    /// <summary>No replica.</summary>
    public static readonly ReplicaDescription None = new(false, Generation.Any, 0, 0, 0, default, default);

    internal const int HeadBytes = 33;

    /// <summary>Bytes of the payload that carries checksums and outcomes.</summary>
    public int PayloadBytes => (BlockChecksums.Length * sizeof(uint)) + Outcomes.Length;

    /// <summary>Puts checksums and outcomes into a block.</summary>
    public FramePayload ToPayload(BlockPool pool)
    {
        if (PayloadBytes == 0)
        {
            return FramePayload.None;
        }

        var block = pool.Rent(PayloadBytes);
        var bytes = block.Array.AsSpan(0, PayloadBytes);
        MemoryMarshal.AsBytes(BlockChecksums.Span).CopyTo(bytes);
        Outcomes.Span.CopyTo(bytes[(BlockChecksums.Length * sizeof(uint))..]);
        var checksums = new uint[Checksum.SegmentCount(new ByteRange(0, PayloadBytes))];
        Checksum.ComputeSegments(0, bytes, checksums);
        var slice = block.Hand(0, PayloadBytes);
        return new FramePayload(slice.Memory, 0, checksums, slice);
    }

    internal void Write(ref HeadWriter writer)
    {
        writer.Byte(Found ? (byte)1 : (byte)0);
        writer.UInt32(Generation.Value);
        writer.UInt64(Sequence);
        writer.Int64(LengthBytes);
        writer.UInt32((uint)ChunkSizeBytes);
        writer.UInt32((uint)BlockChecksums.Length);
        writer.UInt32((uint)Outcomes.Length);
    }

    internal static ReplicaDescription Read(ref HeadReader reader, ReadOnlySpan<byte> payload)
    {
        var found = reader.Byte() != 0;
        var generation = new Generation(reader.UInt32());
        var sequence = reader.UInt64();
        var length = reader.Length64();
        var chunkSize = reader.UInt32();
        var blocks = reader.UInt32();
        var outcomes = reader.UInt32();
        if (((ulong)blocks * sizeof(uint)) + outcomes != (ulong)payload.Length
            || length > Protocol.FileLayout.MaxChunkSizeBytes
            || blocks != (ulong)((length + Checksum.BlockBytes - 1) / Checksum.BlockBytes))
        {
            reader.Refuse();
            return None;
        }

        var split = (int)blocks * sizeof(uint);
        return new ReplicaDescription(
            found, generation, sequence, length, (int)chunkSize, MemoryMarshal.Cast<byte, uint>(payload[..split]).ToArray(), payload[split..].ToArray());
    }
}

/// <summary>Answer to Describe; block checksums and outcomes are the payload.</summary>
public readonly record struct DescriptionHead(ReplicaDescription Description) : IFrameHead
{
    /// <inheritdoc/>
    public int MaxBytes => ReplicaDescription.HeadBytes;

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer) => Description.Write(ref writer);

    /// <summary>Reads head and payload.</summary>
    public static ReplicaDescription Read(ref HeadReader reader, ReadOnlySpan<byte> payload) => ReplicaDescription.Read(ref reader, payload);
}

/// <summary>A new primary brings a member to its own state; block checksums and outcomes of the primary are the payload.</summary>
/// <param name="Replica">The member's replica, with the new generation and the epoch of the meta that ordered it.</param>
/// <param name="Position">Place of the member in the chain, 1 and up.</param>
/// <param name="ChainLength">Length of the chain.</param>
/// <param name="Source">The primary.</param>
/// <param name="Target">The primary's state.</param>
public sealed record JoinHead(ReplicaHead Replica, byte Position, byte ChainLength, ChainMember Source, ReplicaDescription Target) : IFrameHead
{
    /// <inheritdoc/>
    public int MaxBytes => Replica.MaxBytes + 3 + ChainMember.MaxBytes + ReplicaDescription.HeadBytes;

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        Replica.Write(ref writer);
        writer.Byte(Position);
        writer.Byte(ChainLength);
        ChainMember.WriteAll(ref writer, new[] { Source });
        Target.Write(ref writer);
    }

    /// <summary>Reads head and payload.</summary>
    public static JoinHead Read(ref HeadReader reader, ReadOnlySpan<byte> payload)
    {
        var replica = ReplicaHead.Read(ref reader);
        var position = reader.Byte();
        var chainLength = reader.Byte();
        var source = ChainMember.ReadAll(ref reader, skip: false);
        var target = ReplicaDescription.Read(ref reader, payload);
        if (source.Length != 1 || position == 0 || position >= chainLength || chainLength > Protocol.FileLayout.MaxReplicas)
        {
            reader.Refuse();
        }

        return new JoinHead(replica, position, chainLength, source.Length == 1 ? source[0] : default, target);
    }
}
