// Scratch memory of one thread for applying a batch: the planned operations, the checksums of their payloads, the frame that
// goes to the log, and a buffer that joins small payloads to one write. Nothing here outlives the call that fills it.

using System.Buffers.Binary;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

internal sealed class OperationBatch
{
    /// <summary>Most operations of one frame.</summary>
    internal const int MaxOps = 256;

    private const int MaxLoggedBytes = 4 << 20;
    private const int MaxUnloggedBytes = 16 << 20;
    private const int MaxSegments = 4096;
    private const int JoinBytes = 256 * 1024;
    private const int JoinPayloadBytes = 32 * 1024;

    [ThreadStatic]
    private static OperationBatch? _ofThread;

    private readonly LoggedOp[] _ops = new LoggedOp[MaxOps];
    // Room for one more operation of the largest kind when the batch is all but full.
    private readonly byte[] _segments = new byte[(MaxSegments + (DataPlaneLimits.MaxPayloadBytes / Checksum.BlockBytes) + 2) * sizeof(uint)];
    private readonly byte[] _join = GC.AllocateUninitializedArray<byte>(JoinBytes, pinned: true);
    private int _segmentBytes;
    private long _loggedBytes;
    private long _unloggedBytes;

    /// <summary>The calling thread's.</summary>
    internal static OperationBatch OfThread => _ofThread ??= new OperationBatch();

    internal LogFrame Frame { get; } = new();

    /// <summary>A block's worth of scratch memory.</summary>
    internal byte[] Block { get; } = new byte[Checksum.BlockBytes];

    internal int Count { get; private set; }

    internal bool IsFull => Count == MaxOps || _loggedBytes >= MaxLoggedBytes || _unloggedBytes >= MaxUnloggedBytes || _segmentBytes >= MaxSegments * sizeof(uint);

    internal ReadOnlySpan<LoggedOp> Ops => _ops.AsSpan(0, Count);

    internal void Clear()
    {
        Count = _segmentBytes = 0;
        _loggedBytes = _unloggedBytes = 0;
    }

    /// <summary>
    /// Puts the checksums of a payload, cut for its place in the chunk, behind those of the operations so far; where they came
    /// cut differently they are computed anew and compared. They count once <see cref="Add"/> is called.
    /// </summary>
    /// <returns>The checksums as little-endian bytes, or nothing when payload and checksums do not fit together.</returns>
    internal ReadOnlySpan<byte> StageSegments(scoped in ReplicaOp op)
    {
        var payload = op.Payload.Span;
        var given = op.Checksums.Span;
        var staged = _segments.AsSpan(_segmentBytes, Checksum.SegmentCount(new ByteRange(op.Offset, payload.Length)) * sizeof(uint));
        if (given.Length != Checksum.SegmentCount(new ByteRange(op.ChecksumBase, payload.Length)))
        {
            return default;
        }

        if ((op.Offset - op.ChecksumBase) % Checksum.BlockBytes == 0)
        {
            for (var i = 0; i < given.Length; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(staged[(i * sizeof(uint))..], given[i]);
            }

            return staged;
        }

        return Recut(payload, op.Offset, op.ChecksumBase, given, staged) ? staged : default;
    }

    /// <summary>Adds a planned operation, together with the checksums staged last when it has a payload.</summary>
    internal void Add(in LoggedOp op)
    {
        _ops[Count++] = op;
        _segmentBytes += op.SegmentCount * sizeof(uint);
        _loggedBytes += op.IsLogged ? op.PayloadBytes : 0;
        _unloggedBytes += op.IsLogged ? 0 : op.PayloadBytes;
    }

    /// <summary>Makes the frame of the operations added.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="operations">The operations they were planned from.</param>
    internal LogFrame BuildFrame(ChunkId chunk, ReadOnlySpan<ReplicaOp> operations)
    {
        Frame.Begin(FrameKind.Operations, chunk, Count, (Count * LoggedOp.Bytes) + _segmentBytes, (int)_loggedBytes);
        var body = Frame.Body;
        var payload = Frame.Payload;
        for (var i = 0; i < Count; i++)
        {
            _ops[i].Write(body[(i * LoggedOp.Bytes)..]);
            if (_ops[i].IsLogged)
            {
                operations[i].Payload.Span.CopyTo(payload);
                payload = payload[_ops[i].PayloadBytes..];
            }
        }

        _segments.AsSpan(0, _segmentBytes).CopyTo(body[(Count * LoggedOp.Bytes)..]);
        return Frame;
    }

    /// <summary>Writes the operations that go to the data file at once: all that begin at or behind its end.</summary>
    internal void WriteDirect(IFile file, long physicalEnd, ReadOnlySpan<ReplicaOp> operations)
    {
        var joined = 0;
        long joinedAt = 0;
        for (var i = 0; i < Count; i++)
        {
            ref var op = ref _ops[i];
            var end = op.PayloadBytes > 0 ? op.End : op.LengthAfter;
            var isDirect = op.PayloadBytes > 0 ? op.Offset >= physicalEnd : end > physicalEnd;
            physicalEnd = Math.Max(physicalEnd, end);
            if (!isDirect)
            {
                continue;
            }

            if (joined > 0 && (op.PayloadBytes == 0 || op.Offset != joinedAt + joined || joined + op.PayloadBytes > JoinBytes))
            {
                file.Write(_join.AsSpan(0, joined), joinedAt);
                joined = 0;
            }

            if (op.PayloadBytes == 0)
            {
                file.SetLength(end);
            }
            else if (op.PayloadBytes > JoinPayloadBytes)
            {
                Flush(file, ref joined, joinedAt);
                file.Write(operations[i].Payload.Span, op.Offset);
            }
            else
            {
                joinedAt = joined == 0 ? op.Offset : joinedAt;
                operations[i].Payload.Span.CopyTo(_join.AsSpan(joined));
                joined += op.PayloadBytes;
            }
        }

        Flush(file, ref joined, joinedAt);
    }

    private void Flush(IFile file, ref int joined, long joinedAt)
    {
        if (joined > 0)
        {
            file.Write(_join.AsSpan(0, joined), joinedAt);
            joined = 0;
        }
    }

    // The pieces of each given segment must add up to its checksum: bytes that changed in memory meanwhile are found here.
    private static bool Recut(ReadOnlySpan<byte> payload, long offset, long given, ReadOnlySpan<uint> checksums, Span<byte> staged)
    {
        uint segment = 0, piece = 0;
        int atSegment = 0, atPiece = 0;
        while (!payload.IsEmpty)
        {
            var toSegmentEnd = Checksum.BlockBytes - (int)(given % Checksum.BlockBytes);
            var toPieceEnd = Checksum.BlockBytes - (int)(offset % Checksum.BlockBytes);
            var take = Math.Min(payload.Length, Math.Min(toSegmentEnd, toPieceEnd));
            var checksum = Checksum.Compute(payload[..take]);
            segment = Checksum.Combine(segment, checksum, take);
            piece = Checksum.Combine(piece, checksum, take);
            payload = payload[take..];
            (offset, given) = (offset + take, given + take);
            if (take == toSegmentEnd || payload.IsEmpty)
            {
                if (segment != checksums[atSegment++])
                {
                    return false;
                }

                segment = 0;
            }

            if (take == toPieceEnd || payload.IsEmpty)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(staged[(atPiece++ * sizeof(uint))..], piece);
                piece = 0;
            }
        }

        return true;
    }
}
