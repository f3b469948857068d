// Damages the data file of a replica behind the store's back, as a bad disk would: no checksum, no log and no mark knows of it.

using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.Storage;

/// <summary>Damage for drills.</summary>
internal static class Drill
{
    /// <summary>Damages a replica; blocks on the disk.</summary>
    /// <returns>What was done; Busy while the block is only in the log; OutOfRange, InvalidArgument or DiskError.</returns>
    public static Result<DamageReport> Damage(IReplicaFile replica, in DamageOp op)
    {
        var random = new Random(unchecked((int)(op.Seed ^ (op.Seed >> 32))));
        var count = replica.BlockCount;
        var block = op.Block ?? random.Next(Math.Max(1, count));
        if (block < 0 || block >= count)
        {
            return new DfsError(DfsErrorCode.OutOfRange, $"The replica of chunk {op.Chunk} has {count} blocks of {Checksum.BlockBytes} bytes; block {block} is not among them. Choose another.");
        }

        try
        {
            return op.How == DamageKind.Delete ? Delete(replica, block) : Damage(replica, op, block, random);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new DfsError(DfsErrorCode.DiskError, $"{replica.DataPath} could not be damaged: {failure.Message} Look at the disk.");
        }
    }

    private static Result<DamageReport> Delete(IReplicaFile replica, int block)
    {
        var length = new FileInfo(replica.DataPath).Length;
        File.Delete(replica.DataPath);
        return new DamageReport(block, 0, length, replica.DataPath);
    }

    private static Result<DamageReport> Damage(IReplicaFile replica, in DamageOp op, int block, Random random)
    {
        var start = (long)block * Checksum.BlockBytes;
        var bytes = new byte[Math.Min(Checksum.BlockBytes, replica.Info.LengthBytes - start)];
        var expected = new uint[1];
        replica.CopyBlockChecksums(block, expected);
        using var file = new FileStream(replica.DataPath, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 0);
        file.Position = start;
        if (file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length || Checksum.Compute(bytes) != expected[0])
        {
            return new DfsError(
                DfsErrorCode.Busy,
                $"Block {block} of chunk {op.Chunk} in {replica.DataPath} is not what it will be: it is still on its way from the log, or damaged already. Try again in a moment.",
                RetryAfterMs: 100);
        }

        if (op.How != DamageKind.Flip && !bytes.AsSpan().ContainsAnyExcept((byte)0))
        {
            return new DfsError(DfsErrorCode.InvalidArgument, $"Block {block} of chunk {op.Chunk} is all NUL, and would read as before. Choose another block, or flip a bit.");
        }

        var report = new DamageReport(block, start, bytes.Length, replica.DataPath);
        switch (op.How)
        {
            case DamageKind.Flip:
                var at = random.Next(bytes.Length);
                bytes[at] ^= (byte)(1 << random.Next(8));
                Write(file, start + at, bytes.AsSpan(at, 1));
                report = report with { Offset = start + at, LengthBytes = 1 };
                break;
            case DamageKind.Zero:
                Write(file, start, new byte[bytes.Length]);
                break;
            default:
                report = report with { LengthBytes = file.Length - start };
                file.SetLength(start);
                break;
        }

        file.Flush(flushToDisk: true);
        return report;
    }

    private static void Write(FileStream file, long offset, ReadOnlySpan<byte> bytes)
    {
        file.Position = offset;
        file.Write(bytes);
    }
}
