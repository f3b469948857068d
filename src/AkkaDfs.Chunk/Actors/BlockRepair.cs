// Puts right the damaged blocks of a replica with the bytes of other members. The replica's own checksums tell which bytes are
// right, so it does not matter whom they come from, nor how far that member is: what fits is taken block by block, the rest is
// asked of the next. A member that does not answer soon is asked nothing more.

using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.Actors;

/// <summary>What a repair has done.</summary>
/// <param name="Info">The replica, of which every block is what was written.</param>
/// <param name="Blocks">Blocks rewritten.</param>
/// <param name="Bytes">Their bytes.</param>
internal readonly record struct Repaired(ReplicaInfo Info, int Blocks, long Bytes);

internal sealed class BlockRepair(ChunkId chunk, ChunkEnvironment environment)
{
    private const int BlocksAtOnce = 64;

    // Blocks may be written while they are repaired, and damage may be found later than the first.
    private const int MaxPasses = 4;

    private readonly List<ChainMember> _sources = [];
    private int _blocks;
    private long _bytes;
    private DfsError? _lastError;

    /// <summary>Verifies the replica, and rewrites what is not what was written.</summary>
    public async Task<Result<Repaired>> RunAsync(Generation generation, IEnumerable<ChainMember> sources, CancellationToken cancellationToken)
    {
        var opened = await environment.Disk.RunAsync(() => environment.Store.Open(chunk));
        if (!opened.IsOk)
        {
            return opened.Error;
        }

        _sources.AddRange(sources);
        using var file = opened.Value;
        for (var pass = 1; ; pass++)
        {
            if (file.Info.Role.Generation != generation)
            {
                return new DfsError(DfsErrorCode.StaleGeneration, $"The replica of chunk {chunk} is of generation {file.Info.Role.Generation} by now, not {generation}. Look again.");
            }

            var bad = new List<int>();
            if (await VerifyAsync(file, bad, cancellationToken) is { } failed)
            {
                return failed;
            }

            if (bad.Count == 0)
            {
                return new Repaired(file.Info, _blocks, _bytes);
            }

            if (pass == MaxPasses || _sources.Count == 0)
            {
                return new DfsError(
                    DfsErrorCode.ReplicaCorrupt,
                    $"{bad.Count} damaged blocks of chunk {chunk}, the first of them {bad[0]}, could not be put right: {_lastError?.Message ?? "they are damaged again as soon as they are written, or at every other member too."} Copy the replica as a whole.");
            }

            foreach (var run in Runs(bad))
            {
                if (await RepairAsync(file, run, cancellationToken) is { } error)
                {
                    return error;
                }
            }
        }
    }

    // In steps, so that nothing else waits long for the replica.
    private async Task<DfsError?> VerifyAsync(IReplicaFile file, List<int> bad, CancellationToken cancellationToken)
    {
        for (var block = 0; block < file.BlockCount; block += BlocksAtOnce)
        {
            var from = block;
            if (cancellationToken.IsCancellationRequested)
            {
                return new DfsError(DfsErrorCode.ShuttingDown, "The chunk server stops. The repair is made after its next start.");
            }

            if (await environment.Disk.RunAsync(() => file.Verify(from, BlocksAtOnce, bad)) is { } error)
            {
                return error;
            }
        }

        // A mark from before that no single block answers for goes only when all blocks are looked at in one step.
        return bad.Count == 0 && file.Info.Flags.HasFlag(Shared.Protocol.ServerProtocol.ReplicaFlags.Damaged)
            ? await environment.Disk.RunAsync(() => file.Verify(0, int.MaxValue, bad))
            : null;
    }

    private static IEnumerable<List<int>> Runs(List<int> blocks)
    {
        var run = new List<int>();
        foreach (var block in blocks)
        {
            if (run.Count > 0 && (block != run[^1] + 1 || run.Count == BlocksAtOnce))
            {
                yield return run;
                run = [];
            }

            run.Add(block);
        }

        yield return run;
    }

    private async Task<DfsError?> RepairAsync(IReplicaFile file, List<int> run, CancellationToken cancellationToken)
    {
        var missing = new SortedSet<int>(run);
        var found = new List<BlockData>();
        foreach (var source in _sources.ToArray())
        {
            if (missing.Count == 0)
            {
                break;
            }

            var range = new ByteRange((long)missing.Min * Checksum.BlockBytes, (long)(missing.Max - missing.Min + 1) * Checksum.BlockBytes);
            if (await FetchAsync(file, source, range, missing, found, cancellationToken) || missing.Count == 1 || !_sources.Contains(source))
            {
                continue;
            }

            // It is damaged itself, but perhaps not in all of them.
            foreach (var block in missing.ToArray())
            {
                await FetchAsync(file, source, new ByteRange((long)block * Checksum.BlockBytes, Checksum.BlockBytes), missing, found, cancellationToken);
            }
        }

        if (found.Count == 0)
        {
            return null;
        }

        var failed = await await environment.Disk.RunAsync(() => file.RepairAsync(found).AsTask());
        if (failed is null)
        {
            _blocks += found.Count;
            _bytes += found.Sum(b => (long)b.Bytes.Length);
        }

        // Written or cut meanwhile: the next pass sees what is left to do.
        return failed?.Code is DfsErrorCode.ProtocolViolation or DfsErrorCode.OutOfRange ? null : failed;
    }

    // False when the source could not be read.
    private async Task<bool> FetchAsync(
        IReplicaFile file, ChainMember source, ByteRange range, SortedSet<int> missing, List<BlockData> found, CancellationToken cancellationToken)
    {
        range = range.Intersect(new ByteRange(0, file.Info.LengthBytes));
        if (range.IsEmpty)
        {
            return true;
        }

        var bytes = new byte[range.LengthBytes];
        await environment.CopyRate.WaitAsync(bytes.Length, cancellationToken);
        using var timeout = new CancellationTokenSource(environment.Settings.ChainTimeout, environment.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var read = await environment.Peers.ReadRawAsync(source, new ReadOp(chunk, Generation.Any, source.Server, range), bytes, either.Token);
        if (!read.IsOk)
        {
            _lastError = read.Error;
            if (read.Error.Code is not (DfsErrorCode.ReplicaCorrupt or DfsErrorCode.DiskError))
            {
                _sources.Remove(source);
            }

            return false;
        }

        Take(file, range, bytes.AsMemory(0, read.Value.BytesRead), missing, found);
        return true;
    }

    private static void Take(IReplicaFile file, ByteRange range, ReadOnlyMemory<byte> bytes, SortedSet<int> missing, List<BlockData> found)
    {
        var first = (int)(range.Offset / Checksum.BlockBytes);
        var expected = new uint[Checksum.SegmentCount(range)];
        expected = expected[..file.CopyBlockChecksums(first, expected)];
        for (var i = 0; i < expected.Length && i * Checksum.BlockBytes < bytes.Length; i++)
        {
            var block = bytes.Slice(i * Checksum.BlockBytes, Math.Min(Checksum.BlockBytes, bytes.Length - (i * Checksum.BlockBytes)));
            if (missing.Contains(first + i) && Checksum.Compute(block.Span) == expected[i])
            {
                missing.Remove(first + i);
                found.Add(new BlockData(first + i, block, expected[i]));
            }
        }
    }
}
