// CRC32C (Castagnoli) over blocks: the checksum of every byte on disk and on the data plane.
// A block is BlockBytes long and starts at a multiple of BlockBytes within its chunk; the last one may be shorter.

using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace AkkaDfs.Shared;

/// <summary>CRC32C with the usual pre- and post-inversion: "123456789" gives 0xE3069283.</summary>
public static class Checksum
{
    /// <summary>Length of a checksum block, the unit of verification on disk and on the wire.</summary>
    public const int BlockBytes = 16 * 1024;

    // Three independent lanes hide the latency of the CRC instruction; the lanes are joined by a shift table.
    private const int LaneBytes = 1024;

    // ShiftTables[k] appends 2^k zero bytes; up to half a block, because that is what the store asks for.
    private const int ShiftTableCount = 14;
    private static readonly uint[][] ShiftTables = BuildShiftTables();
    private static readonly uint[] ShiftOneLane = ShiftTables[BitOperations.Log2(LaneBytes)];
    private static readonly uint[] ShiftTwoLanes = ShiftTables[BitOperations.Log2(2 * LaneBytes)];

    /// <summary>Checksum of <paramref name="data"/>; 0 for no bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Extend(0, data);

    /// <summary>Checksum of the bytes that gave <paramref name="checksum"/> followed by <paramref name="data"/>.</summary>
    public static uint Extend(uint checksum, ReadOnlySpan<byte> data)
    {
        var crc = ~checksum;
        while (data.Length >= 3 * LaneBytes)
        {
            crc = ThreeLanes(crc, data[..(3 * LaneBytes)]);
            data = data[(3 * LaneBytes)..];
        }

        var words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (var value in data[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    /// <summary>Checksum of bytes A followed by bytes B, from their checksums alone. Cheap up to the length of a block.</summary>
    /// <param name="first">Checksum of A.</param>
    /// <param name="second">Checksum of B.</param>
    /// <param name="secondLengthBytes">Length of B, 0 and up.</param>
    public static uint Combine(uint first, uint second, long secondLengthBytes) => AppendZeros(first, secondLengthBytes) ^ second;

    /// <summary>Checksum of the bytes that gave <paramref name="checksum"/> followed by that many NULs. Cheap up to the length of a block.</summary>
    public static uint ExtendZeros(uint checksum, long lengthBytes) => ~AppendZeros(~checksum, lengthBytes);

    /// <summary>Number of checksum segments that cover <paramref name="range"/> when cut at block boundaries.</summary>
    public static int SegmentCount(ByteRange range)
        => range.IsEmpty ? 0 : (int)(((range.End - 1) / BlockBytes) - (range.Offset / BlockBytes) + 1);

    /// <summary>
    /// Checksums of <paramref name="data"/>, which stands at <paramref name="offset"/> in its chunk, cut at block boundaries.
    /// </summary>
    /// <param name="offset">Offset in the chunk, 0 and up; 0 when the place is not known yet (appends).</param>
    /// <param name="data">The bytes.</param>
    /// <param name="checksums">Receives <see cref="SegmentCount"/> values.</param>
    public static void ComputeSegments(long offset, ReadOnlySpan<byte> data, Span<uint> checksums)
    {
        for (var i = 0; !data.IsEmpty; i++)
        {
            var take = (int)Math.Min(data.Length, BlockBytes - (offset % BlockBytes));
            checksums[i] = Compute(data[..take]);
            data = data[take..];
            offset += take;
        }
    }

    /// <summary>Index of the first segment whose checksum differs, or -1 when all agree; shapes as in <see cref="ComputeSegments"/>.</summary>
    public static int FindMismatch(long offset, ReadOnlySpan<byte> data, ReadOnlySpan<uint> checksums)
    {
        for (var i = 0; !data.IsEmpty; i++)
        {
            var take = (int)Math.Min(data.Length, BlockBytes - (offset % BlockBytes));
            if (i >= checksums.Length || Compute(data[..take]) != checksums[i])
            {
                return i;
            }

            data = data[take..];
            offset += take;
        }

        return -1;
    }

    private static uint ThreeLanes(uint crc, ReadOnlySpan<byte> data)
    {
        var a = MemoryMarshal.Cast<byte, ulong>(data[..LaneBytes]);
        var b = MemoryMarshal.Cast<byte, ulong>(data.Slice(LaneBytes, LaneBytes));
        var c = MemoryMarshal.Cast<byte, ulong>(data.Slice(2 * LaneBytes, LaneBytes));
        uint crcB = 0, crcC = 0;
        for (var i = 0; i < a.Length; i++)
        {
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? a[i] : BinaryPrimitives.ReverseEndianness(a[i]));
            crcB = BitOperations.Crc32C(crcB, BitConverter.IsLittleEndian ? b[i] : BinaryPrimitives.ReverseEndianness(b[i]));
            crcC = BitOperations.Crc32C(crcC, BitConverter.IsLittleEndian ? c[i] : BinaryPrimitives.ReverseEndianness(c[i]));
        }

        return Shift(ShiftTwoLanes, crc) ^ Shift(ShiftOneLane, crcB) ^ crcC;
    }

    // The effect of appending N zero bytes to a raw CRC is linear: four tables of 256 entries, one per byte of the CRC.
    private static uint Shift(uint[] table, uint crc)
        => table[crc & 0xff] ^ table[256 + ((crc >> 8) & 0xff)] ^ table[512 + ((crc >> 16) & 0xff)] ^ table[768 + (crc >> 24)];

    private static uint AppendZeros(uint crc, long lengthBytes)
    {
        const int Largest = ShiftTableCount - 1;
        for (; lengthBytes >> Largest != 0; lengthBytes -= 1 << Largest)
        {
            crc = Shift(ShiftTables[Largest], crc);
        }

        for (var bits = (int)lengthBytes; bits != 0; bits &= bits - 1)
        {
            crc = Shift(ShiftTables[BitOperations.TrailingZeroCount(bits)], crc);
        }

        return crc;
    }

    private static uint[][] BuildShiftTables()
    {
        var ofBit = new uint[32];
        for (var bit = 0; bit < 32; bit++)
        {
            ofBit[bit] = BitOperations.Crc32C(1u << bit, (byte)0);
        }

        var tables = new uint[ShiftTableCount][];
        for (var k = 0; k < ShiftTableCount; k++)
        {
            tables[k] = BuildTable(ofBit);
            for (var bit = 0; bit < 32; bit++)
            {
                ofBit[bit] = Shift(tables[k], ofBit[bit]);
            }
        }

        return tables;
    }

    private static uint[] BuildTable(uint[] ofBit)
    {
        var table = new uint[1024];
        for (var lane = 0; lane < 4; lane++)
        {
            for (var value = 0; value < 256; value++)
            {
                for (var bit = 0; bit < 8; bit++)
                {
                    table[(lane * 256) + value] ^= (value >> bit & 1) != 0 ? ofBit[(lane * 8) + bit] : 0;
                }
            }
        }

        return table;
    }
}
