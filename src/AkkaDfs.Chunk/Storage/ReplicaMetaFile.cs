// Layout of a replica's meta file; docs/formats/chunk-store.md is the page to read. All numbers little-endian. The head has a
// checksum of its own, so that a start needs to read only 96 bytes per replica.

using System.Buffers.Binary;
using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Storage;

/// <summary>The head of a meta file.</summary>
internal readonly record struct ReplicaMetaHead(
    ChunkId Chunk, ulong Lsn, ulong Sequence, long LengthBytes, int ChunkSizeBytes, ReplicaRole Role, int BlockCount, int OutcomesBytes, uint BodyChecksum)
{
    internal const int Bytes = 96;
    internal const ushort Version = 1;

    private static ReadOnlySpan<byte> Magic => "ADFSMETA"u8;

    internal int FileBytes => Bytes + (BlockCount * sizeof(uint)) + OutcomesBytes;

    internal void Write(Span<byte> to)
    {
        to[..Bytes].Clear();
        Magic.CopyTo(to);
        BinaryPrimitives.WriteUInt16LittleEndian(to[8..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(to[10..], Bytes);
        BinaryPrimitives.WriteInt32LittleEndian(to[12..], FileBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(to[16..], Chunk.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(to[24..], Lsn);
        BinaryPrimitives.WriteUInt64LittleEndian(to[32..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(to[40..], LengthBytes);
        BinaryPrimitives.WriteInt32LittleEndian(to[48..], ChunkSizeBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(to[52..], Role.Generation.Value);
        to[56] = Role.Position;
        to[57] = Role.ChainLength;
        BinaryPrimitives.WriteInt32LittleEndian(to[60..], BlockCount);
        BinaryPrimitives.WriteInt32LittleEndian(to[64..], OutcomesBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(to[68..], BodyChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(to[(Bytes - 4)..], Checksum.Compute(to[..(Bytes - 4)]));
    }

    /// <summary>Reads a head; null when it is damaged or of another version.</summary>
    internal static ReplicaMetaHead? Read(ReadOnlySpan<byte> from, ChunkId chunk)
    {
        if (from.Length < Bytes || !from.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(from[(Bytes - 4)..]) != Checksum.Compute(from[..(Bytes - 4)])
            || BinaryPrimitives.ReadUInt16LittleEndian(from[8..]) != Version
            || BinaryPrimitives.ReadUInt64LittleEndian(from[16..]) != chunk.Value)
        {
            return null;
        }

        return new ReplicaMetaHead(
            chunk,
            BinaryPrimitives.ReadUInt64LittleEndian(from[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(from[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[40..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[48..]),
            new ReplicaRole(new Generation(BinaryPrimitives.ReadUInt32LittleEndian(from[52..])), from[56], from[57]),
            BinaryPrimitives.ReadInt32LittleEndian(from[60..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[64..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[68..]));
    }
}

/// <summary>A whole meta file.</summary>
internal static class ReplicaMetaFile
{
    /// <summary>Length of the file for an image.</summary>
    internal static int BytesFor(ReplicaImage image)
        => ReplicaMetaHead.Bytes + (image.Blocks.Count * sizeof(uint)) + image.Outcomes.FormBytes;

    /// <summary>Writes the file's bytes.</summary>
    internal static void Write(ReplicaImage image, Span<byte> to)
    {
        var body = to[ReplicaMetaHead.Bytes..BytesFor(image)];
        for (var i = 0; i < image.Blocks.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(body[(i * sizeof(uint))..], image.Blocks[i]);
        }

        image.Outcomes.WriteTo(body[(image.Blocks.Count * sizeof(uint))..]);
        new ReplicaMetaHead(
            image.Chunk,
            image.Lsn,
            image.Sequence,
            image.LengthBytes,
            image.ChunkSizeBytes,
            image.Role,
            image.Blocks.Count,
            image.Outcomes.FormBytes,
            Checksum.Compute(body)).Write(to);
    }

    /// <summary>Reads the file's bytes; null when they are damaged.</summary>
    internal static ReplicaImage? Read(ReadOnlySpan<byte> from, ChunkId chunk, int rememberedOperations)
    {
        if (ReplicaMetaHead.Read(from, chunk) is not { } head
            || head.FileBytes != from.Length
            || head.BlockCount != BlockTable.CountFor(head.LengthBytes)
            || Checksum.Compute(from[ReplicaMetaHead.Bytes..]) != head.BodyChecksum)
        {
            return null;
        }

        var body = from[ReplicaMetaHead.Bytes..];
        if (OperationWindow.Read(body[(head.BlockCount * sizeof(uint))..], rememberedOperations) is not { } outcomes)
        {
            return null;
        }

        var image = new ReplicaImage(chunk, head.ChunkSizeBytes, head.Role, outcomes)
        {
            Lsn = head.Lsn, Sequence = head.Sequence, LengthBytes = head.LengthBytes,
        };
        image.Blocks.SetCount(head.BlockCount);
        for (var i = 0; i < head.BlockCount; i++)
        {
            image.Blocks[i] = BinaryPrimitives.ReadUInt32LittleEndian(body[(i * sizeof(uint))..]);
        }

        return image;
    }
}
