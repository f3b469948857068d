// Builds frames of the log in one buffer that is used over and over, and reads the bodies of all kinds but operations.

using System.Buffers.Binary;
using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Storage;

/// <summary>A frame being built. Not thread-safe.</summary>
internal sealed class LogFrame
{
    private byte[] _bytes = new byte[16 * 1024];
    private FrameKind _kind;
    private ushort _count;
    private ChunkId _chunk;

    internal int HeadBytes { get; private set; }

    internal int PayloadBytes { get; private set; }

    internal int FrameBytes => FrameHead.Align(HeadBytes + PayloadBytes);

    /// <summary>The part of the head behind the fixed one.</summary>
    internal Span<byte> Body => _bytes.AsSpan(FrameHead.Bytes, HeadBytes - FrameHead.Bytes);

    internal Span<byte> Payload => _bytes.AsSpan(HeadBytes, PayloadBytes);

    /// <summary>Begins a frame whose body and payload are then to be filled in.</summary>
    internal void Begin(FrameKind kind, ChunkId chunk, int count, int bodyBytes, int payloadBytes)
    {
        _kind = kind;
        _chunk = chunk;
        _count = checked((ushort)count);
        HeadBytes = FrameHead.Align(FrameHead.Bytes + bodyBytes);
        PayloadBytes = payloadBytes;
        if (_bytes.Length < FrameBytes)
        {
            _bytes = new byte[Math.Max(FrameBytes, Math.Min(2 * _bytes.Length, 1 << 20))];
        }

        // The rounding bytes are part of the file: they must not be left over from another frame.
        _bytes.AsSpan(FrameHead.Bytes + bodyBytes, HeadBytes - FrameHead.Bytes - bodyBytes).Clear();
        _bytes.AsSpan(HeadBytes + PayloadBytes, FrameBytes - HeadBytes - PayloadBytes).Clear();
    }

    /// <summary>Seals the frame for its position and gives its bytes.</summary>
    internal ReadOnlySpan<byte> Seal(ulong lsn, ulong durableLsn)
    {
        new FrameHead(_kind, _count, HeadBytes, PayloadBytes, lsn, durableLsn, _chunk).Seal(_bytes.AsSpan(0, HeadBytes));
        return _bytes.AsSpan(0, FrameBytes);
    }

    internal LogFrame Simple(FrameKind kind, ChunkId chunk)
    {
        Begin(kind, chunk, 0, 0, 0);
        return this;
    }

    internal LogFrame Create(ChunkId chunk, ReplicaRole role, int chunkSizeBytes)
    {
        Begin(FrameKind.Create, chunk, 0, RoleBody.Bytes, 0);
        new RoleBody(role, (ulong)chunkSizeBytes).Write(Body);
        return this;
    }

    internal LogFrame Role(ChunkId chunk, ReplicaRole role)
    {
        Begin(FrameKind.Role, chunk, 0, RoleBody.Bytes, 0);
        new RoleBody(role, 0).Write(Body);
        return this;
    }

    internal LogFrame Adopt(ChunkId chunk, ReplicaRole role, ulong copyNumber)
    {
        Begin(FrameKind.Adopt, chunk, 0, RoleBody.Bytes, 0);
        new RoleBody(role, copyNumber).Write(Body);
        return this;
    }

    internal LogFrame Settled(ChunkId chunk, SettledBody body)
    {
        Begin(FrameKind.Settled, chunk, 0, SettledBody.Bytes, 0);
        body.Write(Body);
        return this;
    }

    internal LogFrame Trim(uint neededFrom)
    {
        Begin(FrameKind.Trim, ChunkId.None, 0, 8, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(Body, neededFrom);
        return this;
    }
}

/// <summary>Body of Create, Role and Adopt frames.</summary>
/// <param name="Role">The role.</param>
/// <param name="Number">Chunk size for Create, number of the copy for Adopt.</param>
internal readonly record struct RoleBody(ReplicaRole Role, ulong Number)
{
    internal const int Bytes = 16;

    internal void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to, Role.Generation.Value);
        to[4] = Role.Position;
        to[5] = Role.ChainLength;
        to[6] = to[7] = 0;
        BinaryPrimitives.WriteUInt64LittleEndian(to[8..], Number);
    }

    internal static RoleBody Read(ReadOnlySpan<byte> from) => new(
        new ReplicaRole(new Generation(BinaryPrimitives.ReadUInt32LittleEndian(from)), from[4], from[5]),
        BinaryPrimitives.ReadUInt64LittleEndian(from[8..]));
}

/// <summary>Body of a Settled frame.</summary>
/// <param name="UpTo">Frames of the replica up to this position are durable, their unlogged bytes in the data file included.</param>
/// <param name="CutAt">The frame in which a power loss had torn an operation; it and all later ones up to UpTo are void. 0: none.</param>
/// <param name="CutSequence">Last valid operation of the frame at CutAt (or before it).</param>
internal readonly record struct SettledBody(ulong UpTo, ulong CutAt, ulong CutSequence)
{
    internal const int Bytes = 24;

    internal void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(to, UpTo);
        BinaryPrimitives.WriteUInt64LittleEndian(to[8..], CutAt);
        BinaryPrimitives.WriteUInt64LittleEndian(to[16..], CutSequence);
    }

    internal static SettledBody Read(ReadOnlySpan<byte> from) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(from),
        BinaryPrimitives.ReadUInt64LittleEndian(from[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(from[16..]));
}

/// <summary>Body of Repair and Replace frames: first this, then one entry per block; payload: the blocks, then the outcomes.</summary>
internal readonly record struct PatchBody(ReplicaRole Role, ulong Sequence, long LengthBytes, int OutcomesBytes, uint OutcomesChecksum)
{
    internal const int Bytes = 32;
    internal const int EntryBytes = 16;

    internal void Write(Span<byte> to)
    {
        new RoleBody(Role, Sequence).Write(to);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], LengthBytes);
        BinaryPrimitives.WriteInt32LittleEndian(to[24..], OutcomesBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(to[28..], OutcomesChecksum);
    }

    internal static PatchBody Read(ReadOnlySpan<byte> from)
    {
        var role = RoleBody.Read(from);
        return new PatchBody(
            role.Role,
            role.Number,
            BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[28..]));
    }

    internal static void WriteEntry(Span<byte> body, int i, int block, int lengthBytes, uint checksum)
    {
        var to = body[(Bytes + (i * EntryBytes))..];
        BinaryPrimitives.WriteInt32LittleEndian(to, block);
        BinaryPrimitives.WriteInt32LittleEndian(to[4..], lengthBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], checksum);
        BinaryPrimitives.WriteInt32LittleEndian(to[12..], 0);
    }

    internal static (int Block, int LengthBytes, uint Checksum) ReadEntry(ReadOnlySpan<byte> body, int i)
    {
        var from = body[(Bytes + (i * EntryBytes))..];
        return (
            BinaryPrimitives.ReadInt32LittleEndian(from),
            BinaryPrimitives.ReadInt32LittleEndian(from[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[8..]));
    }
}
