// Layout of the write-ahead log's files; docs/formats/write-ahead-log.md is the page to read. All numbers little-endian.
//
// A log position is (segment number << 32) + offset in the segment's file. A frame's head (with everything but payload bytes)
// is covered by the head's checksum, payload bytes by the checksums in the head.

using System.Buffers.Binary;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.Storage;

/// <summary>What a frame of the log says. Numbers are on disk: append only.</summary>
internal enum FrameKind : byte
{
    /// <summary>Operations on one replica.</summary>
    Operations = 1,

    /// <summary>A replica was made, empty.</summary>
    Create = 2,

    /// <summary>A replica's role changed.</summary>
    Role = 3,

    /// <summary>A replica was deleted.</summary>
    Delete = 4,

    /// <summary>A received copy became the replica.</summary>
    Adopt = 5,

    /// <summary>Everything of a replica up to a position is in its data file or in the log, durably.</summary>
    Settled = 6,

    /// <summary>Damaged blocks were rewritten; the state is as before.</summary>
    Repair = 7,

    /// <summary>Blocks, state and role were replaced by another replica's.</summary>
    Replace = 8,

    /// <summary>A data file is about to be written that was at rest until now.</summary>
    Touch = 9,

    /// <summary>A replica was given up; whatever is left of it must not serve.</summary>
    Lost = 10,

    /// <summary>Nothing before a segment is needed any more.</summary>
    Trim = 11,

    /// <summary>The log goes on in the next segment.</summary>
    Roll = 12,

    /// <summary>A restart has come to terms with the segments before; without it the segment counts as never begun.</summary>
    Recovered = 13,
}

[Flags]
internal enum OpFlags : byte
{
    None = 0,

    /// <summary>The record did not fit: the rest of the chunk is NUL.</summary>
    Pad = 1,

    /// <summary>The bytes are in the frame; without it they are in the data file.</summary>
    Logged = 2,
}

/// <summary>One operation as the log has it.</summary>
internal struct LoggedOp
{
    internal const int Bytes = 64;

    internal ulong Sequence;
    internal long Offset;
    internal long LengthAfter;
    internal int PayloadBytes;
    internal int SegmentCount;
    internal uint FirstBlock;
    internal uint LastBlock;
    internal WriteMode Mode;
    internal OpFlags Flags;
    internal DfsErrorCode Code;
    internal OperationId Operation;

    internal readonly long End => Offset + PayloadBytes;

    internal readonly bool IsLogged => (Flags & OpFlags.Logged) != 0;

    internal readonly void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(to, Sequence);
        to[8] = (byte)Mode;
        to[9] = (byte)Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(to[10..], (ushort)Code);
        BinaryPrimitives.WriteUInt32LittleEndian(to[12..], (uint)Offset);
        BinaryPrimitives.WriteInt32LittleEndian(to[16..], PayloadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(to[20..], (uint)LengthAfter);
        BinaryPrimitives.WriteUInt32LittleEndian(to[24..], FirstBlock);
        BinaryPrimitives.WriteUInt32LittleEndian(to[28..], LastBlock);
        Operation.Client.TryWriteBytes(to[32..]);
        BinaryPrimitives.WriteUInt64LittleEndian(to[48..], Operation.Counter);
        BinaryPrimitives.WriteInt32LittleEndian(to[56..], SegmentCount);
        BinaryPrimitives.WriteInt32LittleEndian(to[60..], 0);
    }

    internal static LoggedOp Read(ReadOnlySpan<byte> from) => new()
    {
        Sequence = BinaryPrimitives.ReadUInt64LittleEndian(from),
        Mode = (WriteMode)from[8],
        Flags = (OpFlags)from[9],
        Code = (DfsErrorCode)BinaryPrimitives.ReadUInt16LittleEndian(from[10..]),
        Offset = BinaryPrimitives.ReadUInt32LittleEndian(from[12..]),
        PayloadBytes = BinaryPrimitives.ReadInt32LittleEndian(from[16..]),
        LengthAfter = BinaryPrimitives.ReadUInt32LittleEndian(from[20..]),
        FirstBlock = BinaryPrimitives.ReadUInt32LittleEndian(from[24..]),
        LastBlock = BinaryPrimitives.ReadUInt32LittleEndian(from[28..]),
        Operation = new OperationId(new Guid(from.Slice(32, 16)), BinaryPrimitives.ReadUInt64LittleEndian(from[48..])),
        SegmentCount = BinaryPrimitives.ReadInt32LittleEndian(from[56..]),
    };
}

/// <summary>The first bytes of every frame.</summary>
internal readonly record struct FrameHead(
    FrameKind Kind, ushort Count, int HeadBytes, int PayloadBytes, ulong Lsn, ulong DurableLsn, ChunkId Chunk)
{
    internal const int Bytes = 48;
    internal const int MaxHeadBytes = 1 << 20;
    internal const int MaxPayloadBytes = 1 << 26;
    private const uint Magic = 0x4D524657; // "WFRM"
    private const int ChecksumAt = 40;

    /// <summary>Bytes of the whole frame, with padding.</summary>
    internal int FrameBytes => Align(HeadBytes + PayloadBytes);

    internal static int Align(int bytes) => (bytes + 7) & ~7;

    /// <summary>Fills in the fixed part of a head whose rest stands already, and its checksum.</summary>
    internal void Seal(Span<byte> head)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(head, Magic);
        head[4] = (byte)Kind;
        head[5] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(head[6..], Count);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], HeadBytes);
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], PayloadBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(head[16..], Lsn);
        BinaryPrimitives.WriteUInt64LittleEndian(head[24..], DurableLsn);
        BinaryPrimitives.WriteUInt64LittleEndian(head[32..], Chunk.Value);
        BinaryPrimitives.WriteInt32LittleEndian(head[44..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(head[ChecksumAt..], ChecksumOf(head));
    }

    /// <summary>Reads a head at the start of <paramref name="bytes"/>; false when there is none that belongs at that position.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, ulong lsn, out FrameHead head)
    {
        head = default;
        if (bytes.Length < Bytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic)
        {
            return false;
        }

        head = new FrameHead(
            (FrameKind)bytes[4],
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            new ChunkId(BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..])));
        return head.Lsn == lsn
            && head.HeadBytes is >= Bytes and <= MaxHeadBytes && head.HeadBytes % 8 == 0
            && head.PayloadBytes is >= 0 and <= MaxPayloadBytes
            && head.FrameBytes <= bytes.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumAt..]) == ChecksumOf(bytes[..head.HeadBytes]);
    }

    private static uint ChecksumOf(ReadOnlySpan<byte> head)
        => Checksum.Extend(Checksum.Compute(head[..ChecksumAt]), head[(ChecksumAt + 4)..]);
}

/// <summary>The first bytes of every segment.</summary>
/// <param name="Number">Its number: also its name.</param>
/// <param name="NeededFrom">First segment that was still needed when this one was made.</param>
/// <param name="FolderId">The data folder it belongs to.</param>
/// <param name="BootId">Boot of the machine under which it was written.</param>
/// <param name="ContinuesFrom">Where the log before it ended, when a restart began it; 0 when the segment before ends in a Roll.</param>
internal readonly record struct SegmentHead(uint Number, uint NeededFrom, Guid FolderId, Guid BootId, ulong ContinuesFrom)
{
    /// <summary>Where the first frame stands.</summary>
    internal const int Bytes = 4096;
    internal const ushort Version = 1;
    private const int UsedBytes = 72;
    private static ReadOnlySpan<byte> Magic => "ADFSWAL1"u8;

    internal void Write(Span<byte> to)
    {
        to[..Bytes].Clear();
        Magic.CopyTo(to);
        BinaryPrimitives.WriteUInt16LittleEndian(to[8..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(to[10..], Bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(to[12..], Number);
        BinaryPrimitives.WriteUInt32LittleEndian(to[16..], NeededFrom);
        FolderId.TryWriteBytes(to[24..]);
        BootId.TryWriteBytes(to[40..]);
        BinaryPrimitives.WriteUInt64LittleEndian(to[56..], ContinuesFrom);
        BinaryPrimitives.WriteUInt32LittleEndian(to[(UsedBytes - 4)..], Checksum.Compute(to[..(UsedBytes - 4)]));
    }

    /// <summary>Reads a head; false when it is damaged. The version is checked by <see cref="VersionOf"/>.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> from, out SegmentHead head)
    {
        head = default;
        if (from.Length < UsedBytes || !from.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(from[(UsedBytes - 4)..]) != Checksum.Compute(from[..(UsedBytes - 4)]))
        {
            return false;
        }

        head = new SegmentHead(
            BinaryPrimitives.ReadUInt32LittleEndian(from[12..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[16..]),
            new Guid(from.Slice(24, 16)),
            new Guid(from.Slice(40, 16)),
            BinaryPrimitives.ReadUInt64LittleEndian(from[56..]));
        return true;
    }

    internal static ushort VersionOf(ReadOnlySpan<byte> head) => BinaryPrimitives.ReadUInt16LittleEndian(head[8..]);

    internal static string FileName(uint number) => $"{number:x8}.wal";

    internal static bool TryParse(string name, out uint number)
    {
        number = 0;
        return name.Length == 12 && name.EndsWith(".wal", StringComparison.Ordinal)
            && uint.TryParse(name.AsSpan(0, 8), System.Globalization.NumberStyles.AllowHexSpecifier, null, out number);
    }
}
