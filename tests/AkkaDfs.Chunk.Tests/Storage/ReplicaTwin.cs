// What a replica ought to be, worked out the simplest way: a byte array.

using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.Tests.Storage;

internal sealed class ReplicaTwin(int chunkSizeBytes)
{
    internal int ChunkSizeBytes => chunkSizeBytes;

    internal byte[] Bytes { get; private set; } = [];

    internal ulong Sequence { get; private set; }

    internal Dictionary<OperationId, OperationOutcome> Outcomes { get; private init; } = [];

    internal ReplicaTwin Copy() => new(chunkSizeBytes) { Bytes = [.. Bytes], Sequence = Sequence, Outcomes = new(Outcomes) };

    internal ReplicaTwin After(ReplicaOp op)
    {
        var after = Copy();
        after.Apply(op);
        return after;
    }

    internal void Apply(ReplicaOp op)
    {
        Sequence = op.Sequence;
        var length = op.PadToEnd ? chunkSizeBytes
            : op.Mode == WriteMode.Truncate ? (int)op.Offset
            : op.Payload.IsEmpty ? Bytes.Length
            : Math.Max(Bytes.Length, (int)op.Offset + op.Payload.Length);
        var bytes = new byte[length];
        Bytes.AsSpan(0, Math.Min(length, Bytes.Length)).CopyTo(bytes);
        op.Payload.Span.CopyTo(bytes.AsSpan((int)op.Offset * (op.Payload.IsEmpty ? 0 : 1)));
        Bytes = bytes;
        if (op.Operation != OperationId.None)
        {
            Outcomes[op.Operation] = new OperationOutcome(op.Sequence, op.Offset, length, op.PadToEnd ? DfsErrorCode.ChunkFull : DfsErrorCode.None);
        }
    }

    /// <summary>Fails unless the replica is this, byte for byte, with valid checksums.</summary>
    internal void AssertIs(IReplicaFile replica, string context = "")
    {
        Assert.True(Sequence == replica.Info.Sequence && Bytes.Length == replica.Info.LengthBytes, $"{context}: sequence {replica.Info.Sequence} length {replica.Info.LengthBytes}, not {Sequence} and {Bytes.Length}");
        var content = new byte[Bytes.Length];
        var checksums = new uint[Checksum.SegmentCount(new ByteRange(0, Bytes.Length))];
        var read = replica.Read(new ByteRange(0, Bytes.Length), content, checksums);
        Assert.True(read.Error is null, $"{context}: {read.Error}");
        Assert.True(content.AsSpan().SequenceEqual(Bytes), $"{context}: bytes differ from {content.AsSpan().CommonPrefixLength(Bytes)} on");
        Assert.Equal(-1, Checksum.FindMismatch(0, content, checksums));
        foreach (var (operation, outcome) in Outcomes)
        {
            Assert.True(replica.TryGetOutcome(operation, out var remembered) && remembered == outcome, $"{context}: outcome of {operation}");
        }
    }
}
