// The state of one replica as its operations make it: what the meta file holds and what the log changes. Planning works out
// what an operation does to the block checksums, redoing does it; a restart redoes what the log has, so both go the same way.

using System.Buffers.Binary;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.Storage;

internal sealed class ReplicaImage(ChunkId chunk, int chunkSizeBytes, ReplicaRole role, OperationWindow outcomes)
{
    private long _oldLength;
    private ulong _oldSequence;

    internal ChunkId Chunk => chunk;

    internal int ChunkSizeBytes => chunkSizeBytes;

    internal ReplicaRole Role { get; set; } = role;

    internal ulong Sequence { get; set; }

    internal long LengthBytes { get; set; }

    internal BlockTable Blocks { get; } = new();

    internal OperationWindow Outcomes { get; set; } = outcomes;

    /// <summary>The last frame of the log that is reflected.</summary>
    internal ulong Lsn { get; set; }

    /// <summary>Begins changes that Rollback can take back; outcomes are not part of them.</summary>
    internal void Begin()
    {
        (_oldLength, _oldSequence) = (LengthBytes, Sequence);
        Blocks.Begin();
    }

    internal void Commit() => Blocks.Commit();

    internal void Rollback()
    {
        (LengthBytes, Sequence) = (_oldLength, _oldSequence);
        Blocks.Rollback();
    }

    /// <summary>Does what an operation does to sequence, length and checksums.</summary>
    /// <param name="op">The operation.</param>
    /// <param name="segments">Checksums of its payload, cut at block boundaries of the chunk; little-endian numbers.</param>
    internal void Redo(in LoggedOp op, ReadOnlySpan<byte> segments)
    {
        Sequence = op.Sequence;
        if (op.Mode == WriteMode.Truncate && op.LengthAfter < LengthBytes)
        {
            Blocks.SetCount(BlockTable.CountFor(op.LengthAfter));
            if (op.LengthAfter % Checksum.BlockBytes != 0)
            {
                Blocks[Blocks.Count - 1] = op.LastBlock;
            }
        }
        else if (op.PayloadBytes == 0)
        {
            Blocks.Grow(LengthBytes, op.LengthAfter);
        }
        else
        {
            if (op.Offset > LengthBytes)
            {
                Blocks.Grow(LengthBytes, op.Offset);
            }

            var first = (int)(op.Offset / Checksum.BlockBytes);
            var last = (int)((op.End - 1) / Checksum.BlockBytes);
            Blocks.SetCount(BlockTable.CountFor(op.LengthAfter));
            for (var block = first + 1; block < last; block++)
            {
                Blocks[block] = BinaryPrimitives.ReadUInt32LittleEndian(segments[((block - first) * sizeof(uint))..]);
            }

            Blocks[first] = op.FirstBlock;
            Blocks[last] = op.LastBlock;
        }

        LengthBytes = op.LengthAfter;
    }

    /// <summary>Remembers an operation's outcome.</summary>
    internal void Remember(in LoggedOp op)
        => Outcomes.Add(op.Operation, new OperationOutcome(op.Sequence, op.Offset, op.LengthAfter, op.Code));

    /// <summary>Puts another replica's state in the place of this one's.</summary>
    internal void Replace(in PatchBody to, ReadOnlySpan<byte> body, int blocks, OperationWindow outcomes)
    {
        if (to.LengthBytes > LengthBytes)
        {
            Blocks.Grow(LengthBytes, to.LengthBytes);
        }
        else
        {
            Blocks.SetCount(BlockTable.CountFor(to.LengthBytes));
        }

        for (var i = 0; i < blocks; i++)
        {
            var (block, _, checksum) = PatchBody.ReadEntry(body, i);
            Blocks[block] = checksum;
        }

        (LengthBytes, Sequence, Role, Outcomes) = (to.LengthBytes, to.Sequence, to.Role, outcomes);
    }

    internal ReplicaInfo ToInfo(byte folder, Shared.Protocol.ServerProtocol.ReplicaFlags flags)
        => new(chunk, Role, Sequence, LengthBytes, chunkSizeBytes, folder, flags);
}
