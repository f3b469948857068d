// Brings one operation through to a chunk's primary: the same operation id until it is acknowledged, refused for good, or
// the deadline passes. Only an operation that certainly was not applied fails with anything but OutcomeUnknown.

using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Files;

/// <summary>One operation on one chunk.</summary>
/// <param name="Index">Which chunk of the file.</param>
/// <param name="Mode">What kind.</param>
/// <param name="Offset">Where in the chunk, for kinds that say.</param>
/// <param name="Operation">Its id.</param>
/// <param name="Payload">The bytes; the caller keeps them unchanged until the answer.</param>
/// <param name="IsRepeat">True when this operation id may have been sent before.</param>
/// <param name="After">For appends: the chunk that was full and after which this one is to come; null for others.</param>
internal readonly record struct ChunkOperation(
    int Index, WriteMode Mode, long Offset, OperationId Operation, ReadOnlyMemory<byte> Payload, bool IsRepeat = false, ChunkId? After = null);

/// <summary>A chunk that was written to.</summary>
/// <param name="Location">Where.</param>
/// <param name="Length">What the last acknowledgement said.</param>
internal sealed record WrittenChunk(ChunkLocation Location, MetaProtocol.ChunkLength Length);

/// <summary>Writes to chunks of one file. Thread-safe.</summary>
internal sealed class ChunkWriter(ClientContext context, FileLocations locations, FileLayout layout, string name)
{
    // Meta learns lengths from the chunk servers in any case; what is remembered here only spares everybody the wait.
    private const int MostWritten = 64;

    // The server gives up a little earlier than this side: its answer says whether anything was changed, silence does not.
    private const double ServersShare = 0.9;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, WrittenChunk> _written = [];
    private readonly HashSet<int> _unsynced = [];

    /// <summary>Carries an operation out.</summary>
    /// <returns>The ack, or ChunkFull and other final refusals, or OutcomeUnknown.</returns>
    public async Task<Result<WriteAck>> WriteAsync(
        ChunkOperation operation, CallOptions options, Deadline deadline, CancellationToken cancellationToken)
    {
        if (!options.Sync || !TakeUnsynced(operation.Index))
        {
            return await CarryOutAsync(operation, options, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }

        // Replicas apply in order: a synced operation brings along whatever was acknowledged before it was sent.
        var isSynced = false;
        try
        {
            var result = await CarryOutAsync(operation, options, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            isSynced = result.IsOk;
            return result;
        }
        finally
        {
            if (!isSynced)
            {
                AddUnsynced([operation.Index]);
            }
        }
    }

    private bool TakeUnsynced(int index)
    {
        lock (_gate)
        {
            return _unsynced.Remove(index);
        }
    }

    private async Task<Result<WriteAck>> CarryOutAsync(
        ChunkOperation operation, CallOptions options, Deadline deadline, CancellationToken cancellationToken)
    {
        var maybeApplied = operation.IsRepeat;
        var sent = false;
        DfsError? error = null;
        ChunkLocation? chunk = null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                chunk = await LocateAsync(operation, chunk, error, options, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
                var isRepeat = sent || operation.IsRepeat;
                var result = operation.After is not null && !isRepeat && operation.Index < locations.LastIndex
                    ? NotTheEnd(operation)
                    : await AttemptAsync(chunk, operation, isRepeat, options, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
                sent = true;
                if (result.IsOk)
                {
                    Learn(chunk, result.Value, options.Sync);
                    return result;
                }

                error = result.Error;
                if (IsFinal(error.Code) || IsOffTheEnd(error, operation))
                {
                    return error;
                }

                maybeApplied |= MayHaveBeenApplied(error.Code);
            }
            catch (DfsException e)
            {
                // Meta has no place to write to (now). A next attempt asks from scratch.
                error = e.Error;
                chunk = null;
                if (IsOffTheEnd(error, operation))
                {
                    return error;
                }
            }
            catch (OperationCanceledException) when (maybeApplied)
            {
                return Unknown(operation, "the call was cancelled");
            }

            var step = context.Retry.Next(attempt, error, deadline.Remaining, context.Entropy.NextDouble());
            if (step.Action == RetryAction.GiveUp)
            {
                return GaveUp(operation, error, maybeApplied);
            }

            try
            {
                await Task.Delay(step.Delay, context.Time, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            }
            catch (OperationCanceledException) when (maybeApplied)
            {
                return Unknown(operation, "the call was cancelled");
            }
        }
    }

    private ValueTask<ChunkLocation> LocateAsync(
        ChunkOperation operation, ChunkLocation? failed, DfsError? error, CallOptions options, Deadline deadline, CancellationToken cancellationToken)
        => error is null || failed is null
            ? locations.ForWriteAsync(operation.Index, operation.After, options.OnReplicaDown, deadline, cancellationToken)
            : error.Code == DfsErrorCode.Busy
                ? ValueTask.FromResult(failed)
                : locations.ReopenAsync(failed, SuspectIn(failed, error), error.Code, options.OnReplicaDown, deadline, cancellationToken);

    /// <summary>The chunks written since the last call, the last ones if they are many.</summary>
    public IReadOnlyList<WrittenChunk> TakeWritten()
    {
        lock (_gate)
        {
            var written = _written.Values.ToArray();
            _written.Clear();
            return written;
        }
    }

    /// <summary>The same without forgetting them.</summary>
    public IReadOnlyList<WrittenChunk> Written()
    {
        lock (_gate)
        {
            return [.. _written.Values];
        }
    }

    /// <summary>True when there are chunks that have taken writes which need not be on disk yet.</summary>
    public bool HasUnsynced
    {
        get
        {
            lock (_gate)
            {
                return _unsynced.Count > 0;
            }
        }
    }

    /// <summary>Indexes of the chunks that have taken writes which need not be on disk yet, since the last call.</summary>
    public IReadOnlyList<int> TakeUnsynced()
    {
        lock (_gate)
        {
            var unsynced = _unsynced.Order().ToArray();
            _unsynced.Clear();
            return unsynced;
        }
    }

    /// <summary>Chunks of which it is not known after all that everything is on disk.</summary>
    public void AddUnsynced(IEnumerable<int> indexes)
    {
        lock (_gate)
        {
            _unsynced.UnionWith(indexes);
        }
    }

    private async Task<Result<WriteAck>> AttemptAsync(
        ChunkLocation chunk, ChunkOperation operation, bool isRepeat, CallOptions options, Deadline deadline, CancellationToken cancellationToken)
    {
        if (chunk.Replicas.Count == 0)
        {
            // Learned while every server that has it was away: meta is asked again.
            return new DfsError(DfsErrorCode.NoReplicaAvailable, $"Chunk {operation.Index} of {name} has no replica at the moment.");
        }

        var time = deadline.Attempt(context.Options.WriteAttemptTimeout);
        using var scope = new AttemptScope(context.Time, time, cancellationToken);
        var op = new WriteOp
        {
            Location = chunk,
            Operation = operation.Operation,
            Mode = operation.Mode,
            Offset = operation.Offset,
            Sync = options.Sync,
            Ack = options.Ack != AckPolicy.Default ? options.Ack : layout.Ack != AckPolicy.Default ? layout.Ack : AckPolicy.All,
            Payload = operation.Payload,
            FirstAttempt = !isRepeat,
            DeadlineMs = (int)Math.Max(1, time.TotalMilliseconds * ServersShare),
        };
        try
        {
            var result = await context.Data.WriteAsync(op, scope.Token).ConfigureAwait(Surroundings.HoldAwaits);

            // One attempt's time being up is no reason to stop: another primary may be quicker.
            return result.Error?.Code == DfsErrorCode.Timeout ? new DfsError(DfsErrorCode.Unreachable, result.Error.Message) : result;
        }
        catch (OperationCanceledException) when (scope.Token.IsCancellationRequested)
        {
            return new DfsError(DfsErrorCode.OutcomeUnknown, "The primary did not answer in time.");
        }
    }

    private void Learn(ChunkLocation chunk, WriteAck ack, bool isSynced)
    {
        if (ack.Generation > chunk.Generation)
        {
            // The chain changed while the operation was under way; the next one asks for the new one.
            locations.Forget(chunk);
        }

        lock (_gate)
        {
            if (!isSynced)
            {
                _unsynced.Add(chunk.Index);
            }

            if (_written.TryGetValue(chunk.Index, out var known) && ack.Sequence <= known.Length.Sequence)
            {
                return;
            }

            if (known is null && _written.Count == MostWritten)
            {
                _written.Remove(_written.Keys.First());
            }

            _written[chunk.Index] = new WrittenChunk(
                chunk, new MetaProtocol.ChunkLength(chunk.Chunk, ack.Generation, ack.Sequence, ack.ChunkLengthBytes));
        }
    }

    private DfsError GaveUp(ChunkOperation operation, DfsError last, bool maybeApplied)
    {
        if (maybeApplied)
        {
            return Unknown(operation, last.Message);
        }

        return last.Code switch
        {
            DfsErrorCode.Unreachable or DfsErrorCode.ConnectionRefused or DfsErrorCode.ReplicaNotFound or DfsErrorCode.ReplicaLost
                or DfsErrorCode.NotServing
                or DfsErrorCode.ChunkRecovering => new DfsError(
                DfsErrorCode.NoReplicaAvailable,
                $"Nothing was written to {name}: no replica of its chunk {operation.Index} could take the write in time ({last.Code}: {last.Message}). See dfs nodes for servers that are down, start them, and try again."),
            _ => last,
        };
    }

    // Cut off the file, or not its last chunk any more: where its end is now is for the caller to find out.
    private static bool IsOffTheEnd(DfsError error, in ChunkOperation operation)
        => error.Code == DfsErrorCode.ChunkNotFound && operation.After is not null;

    private DfsError NotTheEnd(in ChunkOperation operation) => new(
        DfsErrorCode.ChunkNotFound, $"The chunk {operation.Index} of {name} is not its last one any more. Ask for the last chunk again.");

    private DfsError Unknown(ChunkOperation operation, string why) => new(
        DfsErrorCode.OutcomeUnknown,
        $"It is not known whether the write to {name} (chunk {operation.Index}, operation {operation.Operation}) was applied: {why}. Repeat it with the same operation id to find out; it is applied at most once.");

    // The server that a new chain should do without: only when the error is about the server itself.
    private static ServerId SuspectIn(ChunkLocation chunk, DfsError error)
        => chunk.Replicas.Count > 0 && error.Code is DfsErrorCode.Unreachable or DfsErrorCode.ConnectionRefused or DfsErrorCode.OutcomeUnknown
            or DfsErrorCode.Timeout or DfsErrorCode.DiskError or DfsErrorCode.DiskFull or DfsErrorCode.ReplicaLost or DfsErrorCode.ReplicaNotFound
            or DfsErrorCode.ShuttingDown
            ? chunk.Replicas[0].Server
            : ServerId.None;

    // A primary that had applied this operation would have answered with its first answer: such a refusal is certain.
    private static bool IsFinal(DfsErrorCode code) => code is DfsErrorCode.ChunkFull or DfsErrorCode.RecordTooLarge
        or DfsErrorCode.InvalidArgument or DfsErrorCode.OutOfRange;

    // These refusals come from before anything is done; Unreachable means that no connection could be made.
    private static bool MayHaveBeenApplied(DfsErrorCode code) => code is not (
        DfsErrorCode.Busy or DfsErrorCode.Unreachable or DfsErrorCode.ConnectionRefused or DfsErrorCode.StaleGeneration or DfsErrorCode.NotPrimary
        or DfsErrorCode.ReplicaNotFound or DfsErrorCode.ChunkFull or DfsErrorCode.RecordTooLarge or DfsErrorCode.InvalidArgument
        or DfsErrorCode.OutOfRange or DfsErrorCode.ChunkRecovering or DfsErrorCode.NotServing or DfsErrorCode.DiskFull
        or DfsErrorCode.ProtocolViolation or DfsErrorCode.VersionMismatch or DfsErrorCode.WrongCluster or DfsErrorCode.ShuttingDown);
}
