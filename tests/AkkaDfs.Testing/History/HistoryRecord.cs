// The self-describing record that workloads append: whoever finds its bytes knows which client wrote it as which of its
// operations, and whether it is whole. Layout, little endian: magic u32, client u32, counter u32, length u32 (of the whole
// record), CRC32C u32 (of everything else), then filler made from client and counter.

using System.Buffers.Binary;
using AkkaDfs.Shared;

namespace AkkaDfs.Testing.History;

/// <summary>A record's identity and size.</summary>
/// <param name="Client">Who wrote it.</param>
/// <param name="Counter">As which of its operations.</param>
/// <param name="LengthBytes">Length with the header, at least <see cref="HeaderBytes"/>.</param>
public readonly record struct HistoryRecord(uint Client, uint Counter, int LengthBytes)
{
    /// <summary>Length of the header, in bytes.</summary>
    public const int HeaderBytes = 20;

    private const uint Magic = 0x52_48_46_A5;

    /// <summary>The record's bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[LengthBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Client);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Counter);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), LengthBytes);
        for (var i = HeaderBytes; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(1 + ((Client * 31) + (Counter * 7) + (uint)i) % 255);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), ChecksumOf(bytes));
        return bytes;
    }

    /// <summary>Reads the record at the start of <paramref name="bytes"/>; false when there is no whole, undamaged one.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out HistoryRecord record)
    {
        record = default;
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        if (length < HeaderBytes || length > bytes.Length)
        {
            return false;
        }

        record = new HistoryRecord(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]), length);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]) == ChecksumOf(bytes[..length]);
    }

    private static uint ChecksumOf(ReadOnlySpan<byte> record)
        => Checksum.Extend(Checksum.Compute(record[..16]), record[HeaderBytes..]);
}
