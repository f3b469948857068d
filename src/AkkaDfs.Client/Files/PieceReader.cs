// Reads one piece of a file from whichever replica gives it: a balanced choice first, the next one when that fails, and the
// fastest of the others in addition when it takes too long. Damaged or missing replicas are reported to meta.
// The destination belongs to the first request until it has ended; further requests have buffers of their own.

using System.Diagnostics.CodeAnalysis;
using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Files;

/// <summary>Reads pieces of one file. Thread-safe.</summary>
internal sealed class PieceReader(ClientContext context, FileLocations locations, string name)
{
    private ClientContext Context => context;

    private readonly Lock _gate = new();
    private readonly SourceBalance _balance = new();
    private readonly Random _random = context.Entropy.Fork();

    /// <summary>Bytes asked of each server so far, for statistics and tests.</summary>
    public long AssignedBytes(ServerId server)
    {
        lock (_gate)
        {
            return _balance.AssignedBytes(server);
        }
    }

    /// <summary>Reads a piece; throws <see cref="DfsException"/> when no replica gave it before the deadline.</summary>
    /// <returns>
    /// Bytes that the chunk has there, fewer than the piece at the chunk's end and 0 in a hole; what is missing has been filled
    /// with NUL. Where the file ends is not known here.
    /// </returns>
    public async Task<int> ReadAsync(FilePiece piece, Memory<byte> destination, Deadline deadline, CancellationToken cancellationToken)
    {
        destination = destination[..piece.LengthBytes];
        for (var attempt = 1; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var chunk = await locations.ForReadAsync(piece.ChunkIndex, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            if (chunk is null)
            {
                destination.Span.Clear();
                return 0;
            }

            var round = new Round(this, chunk, piece, destination, deadline, cancellationToken);
            var result = await round.RunAsync().ConfigureAwait(Surroundings.HoldAwaits);
            if (result.IsOk)
            {
                destination.Span[result.Value..].Clear();
                return result.Value;
            }

            if (attempt > 1 && round.IsUntouched)
            {
                destination.Span.Clear();
                return 0;
            }

            cancellationToken.ThrowIfCancellationRequested();
            var step = context.Retry.Next(attempt, result.Error, deadline.Remaining, context.Entropy.NextDouble());
            if (step.Action == RetryAction.GiveUp)
            {
                throw GaveUp(chunk, piece, result.Error, round.Failures).ToException();
            }

            locations.Forget(chunk);
            await Task.Delay(step.Delay, context.Time, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
    }

    private DfsError GaveUp(ChunkLocation chunk, FilePiece piece, DfsError last, IReadOnlyList<string> failures)
    {
        if (last.Advice == DfsAdvice.Fail && last.Code != DfsErrorCode.Timeout)
        {
            return last;
        }

        var replicas = failures.Count == 0 ? "meta knows of no replica" : string.Join("; ", failures);
        return new DfsError(
            DfsErrorCode.NoReplicaAvailable,
            $"Bytes {piece.FileOffset} to {piece.FileOffset + piece.LengthBytes} of {name} cannot be read: no replica of chunk {chunk.Chunk} answered rightly in time ({replicas}). See dfs nodes and dfs stat --chunks for where they are; start the servers that are down and try again.");
    }

    /// <summary>One try at every replica of one location.</summary>
    private sealed class Round(
        PieceReader owner, ChunkLocation chunk, FilePiece piece, Memory<byte> destination, Deadline deadline, CancellationToken cancellationToken)
    {
        private readonly List<Attempt> _running = [];
        private readonly List<string> _failures = [];
        private List<ReplicaLocation> _left = [];
        private DfsError? _error;
        private int _missing;

        public IReadOnlyList<string> Failures => _failures;

        /// <summary>True when the chunk was allocated and never written: the first write makes the replicas.</summary>
        public bool IsUntouched => FileLength.MayBeUntouched(chunk) && _missing == chunk.Replicas.Count;

        public async Task<Result<int>> RunAsync()
        {
            using var scope = new AttemptScope(owner.Context.Time, deadline.Remaining, cancellationToken);
            lock (owner._gate)
            {
                _left = [.. owner._balance.Order(chunk.Replicas, owner._random)];
            }

            if (_left.Count == 0)
            {
                return new DfsError(DfsErrorCode.NoReplicaAvailable, $"Meta knows of no usable replica of chunk {chunk.Chunk}.");
            }

            Start(_left[0], scope.Token);
            Attempt? winner = null;
            while (winner is null && _running.Count > 0)
            {
                var ended = await NextEndedAsync().ConfigureAwait(Surroundings.HoldAwaits);
                if (ended is null)
                {
                    StartFastest(scope.Token);
                }
                else if (!Take(ended, out winner) && _left.Count > 0 && !scope.Token.IsCancellationRequested)
                {
                    Start(_left[0], scope.Token);
                }
            }

            // Losers must have let go of their buffers before the caller gets its own back.
            scope.Cancel();
            foreach (var loser in _running)
            {
                await loser.Task.ConfigureAwait(Surroundings.HoldAwaits);
                loser.Release(owner.Context);
            }

            return Outcome(winner);
        }

        private Result<int> Outcome(Attempt? winner)
        {
            if (winner is null)
            {
                return _error!;
            }

            var bytes = winner.Task.Result.Value.BytesRead;
            if (winner.Rented is not null)
            {
                winner.Buffer[..bytes].CopyTo(destination);
            }

            winner.Release(owner.Context);
            return bytes;
        }

        // Null: all who were asked are taking longer than they should, and there is somebody else to ask.
        private async Task<Attempt?> NextEndedAsync()
        {
            if (_left.Count == 0)
            {
                await Task.WhenAny(_running.Select(a => a.Task)).ConfigureAwait(Surroundings.HoldAwaits);
            }
            else
            {
                TimeSpan patience;
                lock (owner._gate)
                {
                    patience = owner._balance.Patience(piece.LengthBytes);
                }

                using var stop = new CancellationTokenSource();
                var timer = Task.Delay(patience, owner.Context.Time, stop.Token);
                await Task.WhenAny([.. _running.Select(a => (Task)a.Task), timer]).ConfigureAwait(Surroundings.HoldAwaits);
                await Surroundings.CancelAsync(stop).ConfigureAwait(Surroundings.HoldAwaits);
            }

            return _running.Find(a => a.Task.IsCompleted);
        }

        // True when it has won.
        private bool Take(Attempt ended, [NotNullWhen(true)] out Attempt? winner)
        {
            _running.Remove(ended);
            var result = ended.Task.Result;
            if (result.IsOk)
            {
                winner = ended;
                return true;
            }

            winner = null;
            _missing += result.Error.Code == DfsErrorCode.ReplicaNotFound ? 1 : 0;
            ended.Release(owner.Context);
            owner.Context.Reports.Report(chunk, ended.Replica.Server, result.Error.Code);
            _failures.Add($"server {ended.Replica.Server} at {ended.Replica.Endpoint}: {result.Error.Code}");

            // An error that another look at meta may cure says more than one that it cannot.
            if (_error is null || _error.Advice == DfsAdvice.Fail)
            {
                _error = result.Error.Code is DfsErrorCode.Timeout or DfsErrorCode.Cancelled
                    ? new DfsError(DfsErrorCode.NoReplicaAvailable, result.Error.Message)
                    : result.Error;
            }

            return false;
        }

        private void StartFastest(CancellationToken token)
        {
            ReplicaLocation? fastest;
            lock (owner._gate)
            {
                fastest = owner._balance.FastestOf(_left);
            }

            if (fastest is not null)
            {
                Start(fastest, token);
            }
        }

        private void Start(ReplicaLocation replica, CancellationToken token)
        {
            _left.Remove(replica);
            byte[]? rented = null;
            var buffer = destination;
            if (_running.Count > 0)
            {
                rented = owner.Context.Buffers.Rent(piece.LengthBytes);
                buffer = rented.AsMemory(0, piece.LengthBytes);
            }

            _running.Add(new Attempt(replica, buffer, rented, AskAsync(replica, buffer, token)));
        }

        private async Task<Result<ReadAck>> AskAsync(ReplicaLocation replica, Memory<byte> buffer, CancellationToken token)
        {
            var time = owner.Context.Time;
            var began = time.GetTimestamp();
            lock (owner._gate)
            {
                owner._balance.Started(replica.Server, buffer.Length);
            }

            var end = RequestEnd.Failed;
            try
            {
                var op = new ReadOp(chunk.Chunk, chunk.Generation, replica.Server, piece.InChunk);
                var result = await owner.Context.Data.ReadAsync(replica.Endpoint, op, buffer, token).ConfigureAwait(Surroundings.HoldAwaits);
                end = result.IsOk ? RequestEnd.Answered : token.IsCancellationRequested ? RequestEnd.Overtaken : RequestEnd.Failed;
                return result;
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                end = RequestEnd.Overtaken;
                return new DfsError(DfsErrorCode.Timeout, "The read was given up.");
            }
            finally
            {
                lock (owner._gate)
                {
                    owner._balance.Finished(replica.Server, buffer.Length, time.GetElapsedTime(began), end);
                }
            }
        }
    }

    private sealed record Attempt(ReplicaLocation Replica, Memory<byte> Buffer, byte[]? Rented, Task<Result<ReadAck>> Task)
    {
        public void Release(ClientContext context)
        {
            if (Rented is not null)
            {
                context.Buffers.Return(Rented);
            }
        }
    }
}
