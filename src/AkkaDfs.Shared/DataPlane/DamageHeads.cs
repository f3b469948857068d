// Drills: a replica is damaged on its server's disk, behind the store's back, to see that the cluster notices and repairs it.

namespace AkkaDfs.Shared.DataPlane;

/// <summary>Ways to damage a replica. Numbers are on the wire: append only.</summary>
public enum DamageKind : byte
{
    /// <summary>One bit of the block is turned over.</summary>
    Flip = 1,

    /// <summary>The block becomes NUL.</summary>
    Zero = 2,

    /// <summary>The data file is cut where the block begins.</summary>
    Truncate = 3,

    /// <summary>The data file is deleted.</summary>
    Delete = 4,
}

/// <summary>A replica to damage.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="Server">The server meant.</param>
/// <param name="How">In which way.</param>
/// <param name="Block">The block, counting from 0 in steps of <see cref="Checksum.BlockBytes"/>; null for any.</param>
/// <param name="Seed">Where the choice of block and bit comes from.</param>
public readonly record struct DamageOp(ChunkId Chunk, ServerId Server, DamageKind How, int? Block, ulong Seed);

/// <summary>What was damaged.</summary>
/// <param name="Block">The block.</param>
/// <param name="Offset">First byte in the data file that is not what it was.</param>
/// <param name="LengthBytes">Number of bytes from there on that were changed, cut off or deleted.</param>
/// <param name="Path">Absolute path of the data file.</param>
public readonly record struct DamageReport(int Block, long Offset, long LengthBytes, string Path);

/// <summary>Asks for damage.</summary>
public readonly record struct DamageHead(DamageOp Op) : IFrameHead
{
    /// <inheritdoc/>
    public int MaxBytes => 25;

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        writer.UInt64(Op.Chunk.Value);
        writer.UInt32(Op.Server.Value);
        writer.Byte((byte)Op.How);
        writer.UInt32(Op.Block is { } block ? (uint)block : uint.MaxValue);
        writer.UInt64(Op.Seed);
    }

    /// <summary>Reads it.</summary>
    public static DamageHead Read(ref HeadReader reader)
    {
        var chunk = new ChunkId(reader.UInt64());
        var server = new ServerId(reader.UInt32());
        var how = (DamageKind)reader.Byte();
        var block = reader.UInt32();
        var seed = reader.UInt64();
        if (how is < DamageKind.Flip or > DamageKind.Delete || block is > int.MaxValue and < uint.MaxValue)
        {
            reader.Refuse();
        }

        return new DamageHead(new DamageOp(chunk, server, how, block == uint.MaxValue ? null : (int)(block & int.MaxValue), seed));
    }
}

/// <summary>Says what was damaged.</summary>
public readonly record struct DamageReplyHead(DamageReport Report) : IFrameHead
{
    private const int MaxPathBytes = 4096;

    /// <inheritdoc/>
    public int MaxBytes => 22 + MaxPathBytes;

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        writer.UInt32((uint)Report.Block);
        writer.Int64(Report.Offset);
        writer.Int64(Report.LengthBytes);
        writer.Text(Report.Path, MaxPathBytes);
    }

    /// <summary>Reads it.</summary>
    public static DamageReplyHead Read(ref HeadReader reader)
        => new(new DamageReport((int)(reader.UInt32() & int.MaxValue), reader.Length64(), reader.Length64(), reader.Text(MaxPathBytes)));
}
