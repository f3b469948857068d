// Heads of the frames that carry bytes: writes, operations on their way down a chain, reads, and their answers.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>Bits of a write or forwarded operation. Numbers are on the wire: append only.</summary>
[Flags]
public enum OperationFlags : byte
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>To be on disk before it is acknowledged.</summary>
    Sync = 1,

    /// <summary>The writer has never sent this operation before: no repeat.</summary>
    FirstAttempt = 2,

    /// <summary>A record that did not fit: the rest of the chunk becomes NUL.</summary>
    PadToEnd = 4,

    /// <summary>The primary's acknowledgement is enough.</summary>
    AckOne = 8,
}

/// <summary>One member of a chain.</summary>
/// <param name="Server">The server.</param>
/// <param name="Endpoint">Its data plane.</param>
public readonly record struct ChainMember(ServerId Server, DataEndpoint Endpoint)
{
    /// <summary>Longest host name, in bytes.</summary>
    public const int MaxHostBytes = 255;

    /// <summary>Upper bound of its length in a head.</summary>
    public const int MaxBytes = 8 + MaxHostBytes;

    /// <summary>Writes a list of members.</summary>
    public static void WriteAll(ref HeadWriter writer, ReadOnlyMemory<ChainMember> members)
    {
        writer.Byte((byte)members.Length);
        foreach (var member in members.Span)
        {
            writer.UInt32(member.Server.Value);
            writer.UInt16((ushort)member.Endpoint.Port);
            writer.Text(member.Endpoint.Host, MaxHostBytes);
        }
    }

    /// <summary>Reads a list of members; with <paramref name="skip"/> it is only passed over, and the result is empty.</summary>
    public static ChainMember[] ReadAll(ref HeadReader reader, bool skip)
    {
        var count = reader.Byte();
        if (count > FileLayout.MaxReplicas)
        {
            reader.Refuse();
            return [];
        }

        var members = skip ? [] : new ChainMember[count];
        for (var i = 0; i < count; i++)
        {
            var server = new ServerId(reader.UInt32());
            var port = reader.UInt16();
            if (skip)
            {
                reader.SkipText(MaxHostBytes);
            }
            else
            {
                members[i] = new ChainMember(server, new DataEndpoint(reader.Text(MaxHostBytes), port));
            }
        }

        return members;
    }
}

/// <summary>A write from a client to a primary.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="Generation">What the client believes.</param>
/// <param name="Operation">Its id.</param>
/// <param name="Mode">What kind.</param>
/// <param name="Flags">How.</param>
/// <param name="Offset">Offset or new length.</param>
/// <param name="ChunkSizeBytes">Size of the chunk.</param>
/// <param name="Chain">All members, the primary first; empty when it was passed over.</param>
public readonly record struct WriteHead(
    ChunkId Chunk,
    Generation Generation,
    OperationId Operation,
    WriteMode Mode,
    OperationFlags Flags,
    long Offset,
    int ChunkSizeBytes,
    ReadOnlyMemory<ChainMember> Chain) : IFrameHead
{
    /// <summary>Length up to the chain.</summary>
    public const int FixedBytes = 50;

    /// <inheritdoc/>
    public int MaxBytes => FixedBytes + 1 + (Chain.Length * ChainMember.MaxBytes);

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        WriteFixed(ref writer);
        ChainMember.WriteAll(ref writer, Chain);
    }

    internal void WriteFixed(ref HeadWriter writer)
    {
        writer.UInt64(Chunk.Value);
        writer.UInt32(Generation.Value);
        writer.Guid(Operation.Client);
        writer.UInt64(Operation.Counter);
        writer.Byte((byte)Mode);
        writer.Byte((byte)Flags);
        writer.Int64(Offset);
        writer.UInt32((uint)ChunkSizeBytes);
    }

    /// <summary>Reads everything but the chain, which is left in the reader.</summary>
    public static WriteHead Read(ref HeadReader reader)
    {
        var chunk = new ChunkId(reader.UInt64());
        var generation = new Generation(reader.UInt32());
        var operation = new OperationId(reader.Guid(), reader.UInt64());
        var mode = (WriteMode)reader.Byte();
        var flags = (OperationFlags)reader.Byte();
        var offset = reader.Length64();
        var size = reader.UInt32();
        if (mode is < WriteMode.AtOffset or > WriteMode.Truncate || size is < FileLayout.MinChunkSizeBytes or > FileLayout.MaxChunkSizeBytes)
        {
            reader.Refuse();
        }

        return new WriteHead(chunk, generation, operation, mode, flags, offset, (int)size, default);
    }
}

/// <summary>A write is committed.</summary>
public readonly record struct WriteReplyHead(WriteAck Ack) : IFrameHead
{
    /// <inheritdoc/>
    public int MaxBytes => 28;

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        writer.Int64(Ack.Offset);
        writer.UInt32(Ack.Generation.Value);
        writer.UInt64(Ack.Sequence);
        writer.Int64(Ack.ChunkLengthBytes);
    }

    /// <summary>Reads it.</summary>
    public static WriteReplyHead Read(ref HeadReader reader)
        => new(new WriteAck(reader.Length64(), new Generation(reader.UInt32()), reader.UInt64(), reader.Length64()));
}

/// <summary>An ordered operation on its way down a chain.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="Generation">The generation it is ordered in.</param>
/// <param name="Sequence">Its place in the order.</param>
/// <param name="Operation">Its id.</param>
/// <param name="Mode">What kind.</param>
/// <param name="Flags">How.</param>
/// <param name="Offset">Where it goes, decided by the primary; the new length for Truncate.</param>
/// <param name="ChunkSizeBytes">Size of the chunk.</param>
/// <param name="Position">Place of the receiver in the chain, 1 and up.</param>
/// <param name="ChainLength">Length of the chain.</param>
/// <param name="Rest">The receiver and everyone behind it; empty when it was passed over.</param>
public readonly record struct ForwardHead(
    ChunkId Chunk,
    Generation Generation,
    ulong Sequence,
    OperationId Operation,
    WriteMode Mode,
    OperationFlags Flags,
    long Offset,
    int ChunkSizeBytes,
    byte Position,
    byte ChainLength,
    ReadOnlyMemory<ChainMember> Rest) : IFrameHead
{
    /// <inheritdoc/>
    public int MaxBytes => WriteHead.FixedBytes + 11 + (Rest.Length * ChainMember.MaxBytes);

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        new WriteHead(Chunk, Generation, Operation, Mode, Flags, Offset, ChunkSizeBytes, default).WriteFixed(ref writer);
        writer.UInt64(Sequence);
        writer.Byte(Position);
        writer.Byte(ChainLength);
        ChainMember.WriteAll(ref writer, Rest);
    }

    /// <summary>Reads everything but the members, which are left in the reader.</summary>
    public static ForwardHead Read(ref HeadReader reader)
    {
        var write = WriteHead.Read(ref reader);
        var sequence = reader.UInt64();
        var position = reader.Byte();
        var length = reader.Byte();
        if (position == 0 || position >= length || length > FileLayout.MaxReplicas || sequence == 0)
        {
            reader.Refuse();
        }

        return new ForwardHead(
            write.Chunk, write.Generation, sequence, write.Operation, write.Mode, write.Flags, write.Offset, write.ChunkSizeBytes, position, length, default);
    }
}

/// <summary>Every member from the sender of this on has applied the operation.</summary>
public readonly record struct ForwardReplyHead(ulong Sequence) : IFrameHead
{
    /// <inheritdoc/>
    public int MaxBytes => 8;

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer) => writer.UInt64(Sequence);

    /// <summary>Reads it.</summary>
    public static ForwardReplyHead Read(ref HeadReader reader) => new(reader.UInt64());
}

/// <summary>A read.</summary>
/// <param name="Op">What to read.</param>
/// <param name="Raw">True between servers that bring a replica to another's state: committed or not, serving or not.</param>
public readonly record struct ReadHead(ReadOp Op, bool Raw) : IFrameHead
{
    /// <inheritdoc/>
    public int MaxBytes => 29;

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        writer.UInt64(Op.Chunk.Value);
        writer.UInt32(Op.Generation.Value);
        writer.UInt32(Op.Server.Value);
        writer.Int64(Op.Range.Offset);
        writer.UInt32((uint)Op.Range.LengthBytes);
        writer.Byte(Raw ? (byte)1 : (byte)0);
    }

    /// <summary>Reads it.</summary>
    public static ReadHead Read(ref HeadReader reader)
    {
        var chunk = new ChunkId(reader.UInt64());
        var generation = new Generation(reader.UInt32());
        var server = new ServerId(reader.UInt32());
        var offset = reader.Length64();
        var length = reader.UInt32();
        var raw = reader.Byte() != 0;
        if (length > DataPlaneLimits.MaxPayloadBytes || offset > FileLayout.MaxChunkSizeBytes)
        {
            reader.Refuse();
        }

        return new ReadHead(new ReadOp(chunk, generation, server, new ByteRange(offset, length)), raw);
    }
}

/// <summary>The bytes read come behind this head.</summary>
public readonly record struct ReadReplyHead(ReadAck Ack) : IFrameHead
{
    /// <inheritdoc/>
    public int MaxBytes => 24;

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        writer.UInt32((uint)Ack.BytesRead);
        writer.UInt32(Ack.Generation.Value);
        writer.UInt64(Ack.Sequence);
        writer.Int64(Ack.ChunkLengthBytes);
    }

    /// <summary>Reads it.</summary>
    public static ReadReplyHead Read(ref HeadReader reader)
        => new(new ReadAck((int)Math.Min(reader.UInt32(), int.MaxValue), new Generation(reader.UInt32()), reader.UInt64(), reader.Length64()));
}
