// Brings a local replica to the state of another server's: compares block checksums, fetches the blocks that differ, and exchanges
// the whole in one step that a crash cannot split. It serves every change of a chunk's replicas: a member that joins a new
// generation, a primary that finds a member ahead of it, and the bulk of a repair copy.

using AkkaDfs.Chunk.Core;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.Actors;

internal sealed class ReplicaPull(ChunkId chunk, ChunkEnvironment environment, ChunkId? of = null)
{
    private const int BlocksPerRead = 64;
    private const int ReadsInFlight = 4;

    // Up to this, differing blocks are exchanged in place; beyond, the replica is copied.
    private const long MaxReplaceBytes = 4 * 1024 * 1024;

    // A copy of a chunk that is being written chases its source; what is left after this the join brings.
    private const int MaxPasses = 4;

    // The chunk whose bytes are fetched: another one when a new chunk begins with them.
    private readonly ChunkId _from = of ?? chunk;
    private long _fetchedBytes;

    /// <summary>Bytes fetched so far. Thread-safe.</summary>
    public long FetchedBytes => Interlocked.Read(ref _fetchedBytes);

    /// <summary>Brings the replica (or nothing) to a state that does not change meanwhile.</summary>
    /// <param name="file">The replica here, if there is one that can be trusted.</param>
    /// <param name="target">The state to reach.</param>
    /// <param name="source">Who has it.</param>
    /// <param name="role">The role from then on; durable together with the state.</param>
    /// <returns>The replica, perhaps newly opened; the old one is then of no use.</returns>
    public async Task<Result<OpenReplica>> BringToAsync(
        IReplicaFile? file, ReplicaDescription target, ChainMember source, ReplicaRole role, CancellationToken cancellationToken)
    {
        if (file is not null && await PlanAsync(file, target) is { } inPlace)
        {
            return await ReplaceAsync(file, inPlace, target, source, role, cancellationToken);
        }

        if (await AdoptWaitingCopyAsync() is { } copy)
        {
            file = copy;
            if (await PlanAsync(file, target) is { } little)
            {
                return await ReplaceAsync(file, little, target, source, role, cancellationToken);
            }
        }

        var copied = await CopyAsync(target, source, seed: file is not null, cancellationToken);
        if (copied is not null)
        {
            return copied;
        }

        var adopted = await environment.Store.AdoptIncomingAsync(chunk, role);
        return adopted.Error is { } error ? error : new OpenReplica(adopted.Value);
    }

    /// <summary>Makes a copy that waits for adoption, of a source that may change meanwhile.</summary>
    /// <returns>The state that was copied.</returns>
    public async Task<Result<ReplicaDescription>> CopyMovingAsync(ChainMember source, int chunkSizeBytes, CancellationToken cancellationToken)
    {
        var begun = await environment.Disk.RunAsync(() => environment.Store.BeginIncoming(chunk, chunkSizeBytes, seedFromExisting: true));
        if (!begun.IsOk)
        {
            return begun.Error;
        }

        using var incoming = begun.Value;
        var described = await DescribeAsync(source, cancellationToken);
        for (var pass = 1; ; pass++)
        {
            if (!described.IsOk)
            {
                return described.Error;
            }

            var target = described.Value;
            var failure = await FetchAsync(incoming, target, source, isMoving: true, cancellationToken);
            if (failure is not null and not { Code: DfsErrorCode.ProtocolViolation })
            {
                return failure;
            }

            described = await DescribeAsync(source, cancellationToken);
            var stoodStill = described.IsOk && described.Value.Sequence == target.Sequence;
            if (failure is null && (stoodStill || pass == MaxPasses))
            {
                return await incoming.CompleteAsync(new ReplicaContent(target.Sequence, target.LengthBytes, target.Outcomes)) is { } error
                    ? error
                    : target;
            }

            if (pass == MaxPasses)
            {
                return failure!;
            }
        }
    }

    // The runs to exchange in place; null when there are too many.
    private async Task<List<ByteRange>?> PlanAsync(IReplicaFile file, ReplicaDescription target)
    {
        var have = await environment.Disk.RunAsync(() => ChecksumsOf(file));
        var runs = BlockDifference.Runs(have, target.BlockChecksums.Span, target.LengthBytes, file.Info.LengthBytes, BlocksPerRead);
        return runs.Sum(r => r.LengthBytes) <= MaxReplaceBytes ? runs : null;
    }

    private async Task<Result<ReplicaDescription>> DescribeAsync(ChainMember source, CancellationToken cancellationToken)
    {
        var described = await environment.Peers.DescribeAsync(source, new ReplicaHead(_from, source.Server, Generation.Any, default), cancellationToken);
        return described.IsOk && !described.Value.Found
            ? new DfsError(DfsErrorCode.CopyFailed, $"Chunk server {source.Server} has no replica of chunk {_from} to copy. Choose another source.")
            : described;
    }

    // A complete copy that waits belongs to no generation until it is equal to its source. What was here before it is stale,
    // damaged, or differs too much to be of use.
    private async Task<IReplicaFile?> AdoptWaitingCopyAsync()
    {
        if (!environment.Store.TryGetIncoming(chunk, out _, out _))
        {
            return null;
        }

        if (environment.Store.TryGet(chunk, out _))
        {
            await environment.Store.DeleteAsync(chunk, durably: false);
        }

        var adopted = await environment.Store.AdoptIncomingAsync(chunk, new ReplicaRole(Generation.Any, 0, 1));
        return adopted.IsOk ? adopted.Value : null;
    }

    private async Task<Result<OpenReplica>> ReplaceAsync(
        IReplicaFile file, List<ByteRange> runs, ReplicaDescription target, ChainMember source, ReplicaRole role, CancellationToken cancellationToken)
    {
        var blocks = new List<BlockData>();
        foreach (var run in runs)
        {
            var bytes = new byte[run.LengthBytes];
            if (await ReadAsync(run, bytes, target, source, isMoving: false, cancellationToken) is { } error)
            {
                return error;
            }

            for (var offset = 0; offset < bytes.Length; offset += Checksum.BlockBytes)
            {
                var index = (int)((run.Offset + offset) / Checksum.BlockBytes);
                var part = bytes.AsMemory(offset, Math.Min(Checksum.BlockBytes, bytes.Length - offset));
                blocks.Add(new BlockData(index, part, target.BlockChecksums.Span[index]));
            }
        }

        return await file.ReplaceAsync(blocks, new ReplicaContent(target.Sequence, target.LengthBytes, target.Outcomes), role) is { } failed
            ? failed
            : new OpenReplica(file);
    }

    private async Task<DfsError?> CopyAsync(ReplicaDescription target, ChainMember source, bool seed, CancellationToken cancellationToken)
    {
        var begun = await environment.Disk.RunAsync(() => environment.Store.BeginIncoming(chunk, target.ChunkSizeBytes, seed));
        if (!begun.IsOk)
        {
            return begun.Error;
        }

        using var incoming = begun.Value;
        return await FetchAsync(incoming, target, source, isMoving: false, cancellationToken)
            ?? await incoming.CompleteAsync(new ReplicaContent(target.Sequence, target.LengthBytes, target.Outcomes));
    }

    // Several reads under way, written in order of their arrival: the copy takes one writer at a time.
    private async Task<DfsError?> FetchAsync(
        IIncomingReplica incoming, ReplicaDescription target, ChainMember source, bool isMoving, CancellationToken cancellationToken)
    {
        var runs = new Queue<ByteRange>(BlockDifference.Runs(
            incoming.BlockChecksums, target.BlockChecksums.Span, target.LengthBytes, target.LengthBytes, BlocksPerRead));
        var reading = new Queue<Task<Fetched>>();
        DfsError? failure = null;
        while (runs.Count > 0 || reading.Count > 0)
        {
            while (failure is null && runs.Count > 0 && reading.Count < ReadsInFlight)
            {
                reading.Enqueue(FetchAsync(runs.Dequeue(), target, source, isMoving, cancellationToken));
            }

            if (!reading.TryDequeue(out var next))
            {
                break;
            }

            var fetched = await next;
            try
            {
                failure ??= fetched.Error ?? await environment.Disk.RunAsync(() => Write(incoming, fetched));
            }
            finally
            {
                fetched.Block.Release();
            }
        }

        return failure;
    }

    private static DfsError? Write(IIncomingReplica incoming, Fetched fetched)
    {
        var bytes = fetched.Block.Array.AsSpan(0, (int)fetched.Run.LengthBytes);
        var checksums = new uint[Checksum.SegmentCount(fetched.Run)];
        Checksum.ComputeSegments(fetched.Run.Offset, bytes, checksums);
        return incoming.WriteBlocks(fetched.Run.Offset, bytes, checksums);
    }

    private async Task<Fetched> FetchAsync(
        ByteRange run, ReplicaDescription target, ChainMember source, bool isMoving, CancellationToken cancellationToken)
    {
        var block = environment.Pool.Rent((int)run.LengthBytes);
        try
        {
            await environment.CopyRate.WaitAsync((int)run.LengthBytes, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return new Fetched(run, block, new DfsError(DfsErrorCode.Timeout, "The copy was given up before its end. Try again."));
        }

        return new Fetched(run, block, await ReadAsync(run, block.Array.AsMemory(0, (int)run.LengthBytes), target, source, isMoving, cancellationToken));
    }

    private async Task<DfsError?> ReadAsync(
        ByteRange run, Memory<byte> bytes, ReplicaDescription target, ChainMember source, bool isMoving, CancellationToken cancellationToken)
    {
        var read = await environment.Peers.ReadRawAsync(source, new ReadOp(_from, Generation.Any, source.Server, run), bytes, cancellationToken);
        if (read.Error is { } error)
        {
            return error;
        }

        Interlocked.Add(ref _fetchedBytes, read.Value.BytesRead);
        return read.Value.BytesRead == run.LengthBytes && (isMoving || Checksum.FindMismatch(run.Offset, bytes.Span, ChecksumsFor(run, target)) < 0)
            ? null
            : new DfsError(DfsErrorCode.ProtocolViolation, $"Bytes {run} of chunk {_from} at chunk server {source.Server} are not what it described. Look again.");
    }

    private static ReadOnlySpan<uint> ChecksumsFor(ByteRange run, ReplicaDescription target)
        => target.BlockChecksums.Span.Slice((int)(run.Offset / Checksum.BlockBytes), Checksum.SegmentCount(run));

    private static uint[] ChecksumsOf(IReplicaFile file)
    {
        var checksums = new uint[file.BlockCount];
        return checksums[..file.CopyBlockChecksums(0, checksums)];
    }

    private readonly record struct Fetched(ByteRange Run, PooledBlock Block, DfsError? Error);
}

/// <summary>A replica that is open.</summary>
internal sealed record OpenReplica(IReplicaFile File)
{
    /// <summary>Everything about it but its bytes; blocks on the disk.</summary>
    public static ReplicaDescription Describe(IReplicaFile file)
    {
        var info = file.Info;
        var checksums = new uint[file.BlockCount];
        var count = file.CopyBlockChecksums(0, checksums);
        return new ReplicaDescription(true, info.Role.Generation, info.Sequence, info.LengthBytes, info.ChunkSizeBytes, checksums.AsMemory(0, count), file.ExportOutcomes());
    }
}
