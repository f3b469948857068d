// Bytes of a journal segment (docs/formats/meta-journal.md): a head of 64 bytes, then records. A record is one group commit:
// a head of 40 bytes with its own checksum, and the transactions that were synced together. A record without transactions is a
// mark: it says that everything before it was durable, and the next record is written over it.

using System.Buffers.Binary;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Journal;

/// <summary>Head of a segment.</summary>
/// <param name="ClusterId">The cluster.</param>
/// <param name="FirstPosition">Position of its first transaction.</param>
/// <param name="Epoch">Term of the writer that made it.</param>
/// <param name="Previous">Checksum of the head of the record before its first one; 0 for the first segment.</param>
/// <param name="CreatedUnixNs">When it was made.</param>
internal readonly record struct SegmentHead(Guid ClusterId, ulong FirstPosition, ulong Epoch, uint Previous, long CreatedUnixNs)
{
    /// <summary>Length of the head.</summary>
    public const int Bytes = 64;

    /// <summary>Version that this code writes, and the newest it reads.</summary>
    public const ushort Version = 1;

    /// <summary>First eight bytes of a segment: "ADFSLOG1".</summary>
    public const ulong LogMagic = 0x31474F4C53464441;

    /// <summary>First eight bytes of a checkpoint, whose head is otherwise the same: "ADFSCKP1".</summary>
    public const ulong CheckpointMagic = 0x31504B4353464441;

    public void Write(Span<byte> target, ulong magic)
    {
        target[..Bytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(target, magic);
        BinaryPrimitives.WriteUInt16LittleEndian(target[8..], Version);
        ClusterId.TryWriteBytes(target[16..]);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], FirstPosition);
        BinaryPrimitives.WriteUInt64LittleEndian(target[40..], Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(target[48..], CreatedUnixNs);
        BinaryPrimitives.WriteUInt32LittleEndian(target[56..], Previous);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], Checksum.Compute(target[..Bytes]));
    }

    /// <summary>Reads a head; false when it is not one. <paramref name="version"/> is set whenever the checksum is right.</summary>
    public static bool TryRead(Span<byte> source, ulong magic, out SegmentHead head, out int version)
    {
        head = default;
        version = 0;
        var checksum = BinaryPrimitives.ReadUInt32LittleEndian(source[12..]);
        source[12..16].Clear();
        if (BinaryPrimitives.ReadUInt64LittleEndian(source) != magic || Checksum.Compute(source[..Bytes]) != checksum)
        {
            return false;
        }

        version = BinaryPrimitives.ReadUInt16LittleEndian(source[8..]);
        head = new SegmentHead(
            new Guid(source.Slice(16, 16)),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[56..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[48..]));
        return version == Version;
    }
}

/// <summary>Head of a record.</summary>
/// <param name="PayloadBytes">Length of what follows.</param>
/// <param name="PayloadChecksum">Its CRC32C.</param>
/// <param name="FirstPosition">Position of its first transaction, or of the next one for a mark.</param>
/// <param name="Count">Number of transactions; 0 for a mark.</param>
/// <param name="Previous">Checksum of the head of the record before; 0 for the first of all.</param>
/// <param name="Epoch">Term of its writer.</param>
internal readonly record struct RecordHead(int PayloadBytes, uint PayloadChecksum, ulong FirstPosition, int Count, uint Previous, ulong Epoch)
{
    /// <summary>Length of the head.</summary>
    public const int Bytes = 40;

    /// <summary>Longest payload.</summary>
    public const int MaxPayloadBytes = 64 * 1024 * 1024;

    /// <summary>First four bytes of every record: "ADFR".</summary>
    public const uint Magic = 0x52464441;

    /// <summary>True for a mark.</summary>
    public bool IsMark => Count == 0;

    /// <summary>Writes the head and gives its checksum, which the next record repeats.</summary>
    public uint Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], PayloadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], PayloadChecksum);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], FirstPosition);
        BinaryPrimitives.WriteInt32LittleEndian(target[24..], Count);
        BinaryPrimitives.WriteUInt32LittleEndian(target[28..], Previous);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], Epoch);
        var checksum = Checksum.Compute(target[8..Bytes]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], checksum);
        return checksum;
    }

    /// <summary>Reads a head; false when it is not one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out RecordHead head, out uint checksum)
    {
        head = default;
        checksum = 0;
        if (source.Length < Bytes || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic)
        {
            return false;
        }

        checksum = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
        if (Checksum.Compute(source[8..Bytes]) != checksum)
        {
            return false;
        }

        head = new RecordHead(
            BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[28..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]));
        return head.PayloadBytes is >= 0 and <= MaxPayloadBytes && head.Count >= 0;
    }
}
