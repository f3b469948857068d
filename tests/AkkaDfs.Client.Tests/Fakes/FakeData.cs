// The chunk servers' part of the fake: all replicas of a chunk share one state, since replication is not what is tested here.

using System.Collections.Concurrent;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Tests.Fakes;

internal sealed class FakeData(FakeCluster cluster) : IDataPlaneClient
{
    /// <summary>Looks at each write before it is carried out; an error given here is the answer.</summary>
    public Func<WriteOp, DfsError?>? InterfereWithWrite { get; set; }

    /// <summary>Number of operations that changed something.</summary>
    public int Applied;

    public async ValueTask<Result<WriteAck>> WriteAsync(WriteOp op, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (InterfereWithWrite?.Invoke(op) is { } planted)
        {
            return planted;
        }

        var primary = op.Location.Replicas[0];
        if (await RefuseAsync(primary.Server, DfsErrorCode.OutcomeUnknown, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        var chunk = cluster.Chunks[op.Location.Chunk];
        Result<WriteAck> answer;
        lock (chunk)
        {
            if (op.Location.Generation != chunk.Location.Generation)
            {
                return new DfsError(DfsErrorCode.StaleGeneration, "stale");
            }

            answer = Apply(chunk, op);
        }

        if (cluster.Server(primary.Server).Mood == ServerMood.AppliesButIsSilent)
        {
            await UntilCancelledAsync(cancellationToken);
            return new DfsError(DfsErrorCode.OutcomeUnknown, "silent");
        }

        return answer;
    }

    public ValueTask<Result<DamageReport>> DamageAsync(DataEndpoint endpoint, DamageOp op, CancellationToken cancellationToken)
        => new(new DfsError(DfsErrorCode.NotSupported, "the fake permits no drills"));

    public async ValueTask<Result<ReadAck>> ReadAsync(
        DataEndpoint endpoint, ReadOp op, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await Task.Yield();
        var server = cluster.Server(op.Server);
        if (await RefuseAsync(op.Server, DfsErrorCode.Timeout, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        if (server.Mood == ServerMood.Corrupt)
        {
            return new DfsError(DfsErrorCode.ReplicaCorrupt, "corrupt");
        }

        var chunk = cluster.Chunks[op.Chunk];
        lock (chunk)
        {
            if (op.Generation != chunk.Location.Generation || chunk.Location.Replicas.All(r => r.Server != op.Server))
            {
                return new DfsError(DfsErrorCode.StaleGeneration, "stale");
            }

            var take = (int)Math.Clamp(chunk.Length - op.Range.Offset, 0, op.Range.LengthBytes);
            chunk.Bytes.AsSpan((int)op.Range.Offset, take).CopyTo(destination.Span);
            Interlocked.Add(ref server.BytesServed, take);
            Interlocked.Increment(ref server.ReadsServed);
            return new ReadAck(take, chunk.Location.Generation, chunk.Sequence, chunk.Length);
        }
    }

    public async ValueTask<Result<ReplicaStatus>> StatAsync(
        DataEndpoint endpoint, ChunkId chunk, ServerId server, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (await RefuseAsync(server, DfsErrorCode.Timeout, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        var there = cluster.Chunks[chunk];
        lock (there)
        {
            return new ReplicaStatus(there.Location.Generation, there.Sequence, there.Length, true, $"/data/{server}/{chunk}.dat");
        }
    }

    public ConcurrentQueue<ChunkId> Quiesced { get; } = [];

    public ValueTask<Result<ReplicaStatus>> QuiesceAsync(
        DataEndpoint endpoint, ChunkId chunk, ServerId server, CancellationToken cancellationToken)
    {
        Quiesced.Enqueue(chunk);
        return StatAsync(endpoint, chunk, server, cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Result<WriteAck> Apply(FakeChunk chunk, WriteOp op)
    {
        if (chunk.Answers.TryGetValue(op.Operation, out var before))
        {
            return before;
        }

        var size = chunk.Location.ChunkSizeBytes;
        var offset = op.Mode == WriteMode.AtOffset ? (int)op.Offset : chunk.Length;
        Result<WriteAck> answer;
        if (offset + op.Payload.Length > size)
        {
            if (op.Mode == WriteMode.Record)
            {
                chunk.Length = size;
                chunk.Sequence++;
            }

            answer = new DfsError(DfsErrorCode.ChunkFull, "full");
        }
        else
        {
            op.Payload.Span.CopyTo(chunk.Bytes.AsSpan(offset));
            chunk.Length = Math.Max(chunk.Length, offset + op.Payload.Length);
            Interlocked.Increment(ref Applied);
            answer = new WriteAck(offset, chunk.Location.Generation, ++chunk.Sequence, chunk.Length);
        }

        return chunk.Answers[op.Operation] = answer;
    }

    private async Task<DfsError?> RefuseAsync(ServerId id, DfsErrorCode whenSilent, CancellationToken cancellationToken)
    {
        var server = cluster.Server(id);
        switch (server.Mood)
        {
            case ServerMood.Refusing:
                return new DfsError(DfsErrorCode.ConnectionRefused, "refused");
            case ServerMood.Silent:
                await UntilCancelledAsync(cancellationToken);
                return new DfsError(whenSilent, "silent");
            default:
                return null;
        }
    }

    private static async Task UntilCancelledAsync(CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(() => cancelled.SetResult());
        await cancelled.Task;
    }
}
