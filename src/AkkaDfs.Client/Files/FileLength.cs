// The exact length of a file. Meta knows it unless the last chunk is being written; then its primary is asked, and if that
// one is silent another replica. What was acknowledged before the question is in the answer.

using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Files;

/// <summary>Asks for lengths.</summary>
internal sealed class FileLength(ClientContext context)
{
    private const int PageChunks = 256;
    private static readonly TimeSpan ReplicaPatience = TimeSpan.FromSeconds(2);

    /// <summary>The file's state with its exact length.</summary>
    public async Task<FileStatus> GetAsync(InodeId file, FileLocations? locations, Deadline deadline, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var last = await context.AskAsync<MetaProtocol.ChunksReply>(
                new MetaProtocol.GetChunks(PathRef.Of(file), -1, 1), deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            locations?.Learn(last.Status, last.Chunks);
            var result = await OfAsync(last.Status, last.Chunks, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            if (result.IsOk)
            {
                return result.Value;
            }

            var step = context.Retry.Next(attempt, result.Error, deadline.Remaining, context.Entropy.NextDouble());
            if (step.Action == RetryAction.GiveUp)
            {
                throw result.Error.ToException();
            }

            await Task.Delay(step.Delay, context.Time, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
    }

    /// <summary>The same from an answer that has the last chunk in it; NoReplicaAvailable when nobody knows the length.</summary>
    public async Task<Result<FileStatus>> OfAsync(
        FileStatus status, IReadOnlyList<ChunkLocation> chunks, Deadline deadline, CancellationToken cancellationToken)
    {
        if (status.LengthIsExact || status.ChunkCount == 0)
        {
            return status;
        }

        var chunk = chunks.FirstOrDefault(c => c.Index == status.ChunkCount - 1);
        if (chunk is null || chunk.Chunk == ChunkId.None)
        {
            return status;
        }

        var length = await LengthOfAsync(chunk, status.Inode, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        if (!length.IsOk)
        {
            return length.Error;
        }

        return length.Value > 0
            ? Exact(status, chunk, length.Value)
            : await BeforeAsync(status, chunk.Index, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
    }

    // The last chunk has no bytes (yet): the last one before it that has some says how long the file is.
    private async Task<Result<FileStatus>> BeforeAsync(FileStatus status, int index, Deadline deadline, CancellationToken cancellationToken)
    {
        while (index > 0)
        {
            var first = Math.Max(0, index - PageChunks);
            var page = await context.AskAsync<MetaProtocol.ChunksReply>(
                new MetaProtocol.GetChunks(PathRef.Of(status.Inode), first, index - first), deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            foreach (var chunk in page.Chunks.Where(c => c.Chunk != ChunkId.None && c.Index < index).Reverse())
            {
                var length = chunk.IsOpen
                    ? await LengthOfAsync(chunk, status.Inode, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)
                    : chunk.LengthBytes;
                if (!length.IsOk || length.Value > 0)
                {
                    return length.IsOk ? Exact(status, chunk, length.Value) : length.Error;
                }
            }

            index = first;
        }

        return status with { LengthBytes = 0, LengthIsExact = true };
    }

    private static FileStatus Exact(FileStatus status, ChunkLocation chunk, long lengthBytes)
        => status with { LengthBytes = ((long)chunk.Index * chunk.ChunkSizeBytes) + lengthBytes, LengthIsExact = true };

    private async Task<Result<long>> LengthOfAsync(ChunkLocation chunk, InodeId file, Deadline deadline, CancellationToken cancellationToken)
    {
        // Meta says "not open" of a chunk that no server can have: after its start, all who could have reported.
        var isNowhere = chunk is { IsOpen: false, LengthBytes: 0, Replicas.Count: 0 };
        DfsError? error = null;
        var untouched = isNowhere || MayBeUntouched(chunk);
        foreach (var replica in InOrder(chunk.Replicas))
        {
            using var scope = new AttemptScope(context.Time, deadline.Attempt(ReplicaPatience), cancellationToken);
            var result = await AskAsync(chunk, replica, scope.Token, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            if (result.IsOk && result.Value.Generation >= chunk.Generation)
            {
                return result.Value.LengthBytes;
            }

            error = result.Error;
            untouched &= error?.Code == DfsErrorCode.ReplicaNotFound;
        }

        // Allocated and never written: the first write makes the replicas.
        return untouched ? 0L : new DfsError(
            DfsErrorCode.NoReplicaAvailable,
            $"The length of inode {file} is not known: no replica of its chunk {chunk.Chunk} answers ({error?.Message ?? "none is known"}). See dfs nodes for servers that are down, start them, and try again.");
    }

    /// <summary>
    /// True when a chunk was never written if none of its listed replicas exists. Only the chain that it was allocated with can
    /// say so: who came later may have nothing yet of what others, not listed at the moment, hold.
    /// </summary>
    public static bool MayBeUntouched(ChunkLocation chunk)
        => chunk is { LengthBytes: 0, Replicas.Count: > 0 }
            && chunk.Generation == Generation.First
            && chunk.Replicas.All(r => r.State is ReplicaState.Live or ReplicaState.Down);

    private async Task<Result<ReplicaStatus>> AskAsync(
        ChunkLocation chunk, ReplicaLocation replica, CancellationToken token, CancellationToken caller)
    {
        try
        {
            return await context.Data.StatAsync(replica.Endpoint, chunk.Chunk, replica.Server, token).ConfigureAwait(Surroundings.HoldAwaits);
        }
        catch (OperationCanceledException) when (!caller.IsCancellationRequested)
        {
            return new DfsError(DfsErrorCode.Timeout, $"Server {replica.Server} did not answer in time.");
        }
    }

    // The primary knows all that is acknowledged; then the tail, which has all that is committed; then the others.
    private static IEnumerable<ReplicaLocation> InOrder(IReadOnlyList<ReplicaLocation> chain)
        => chain.Take(1).Concat(chain.Skip(1).Reverse()).Where(r => r.State is ReplicaState.Live or ReplicaState.Down);
}
