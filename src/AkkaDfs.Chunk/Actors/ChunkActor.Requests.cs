// Requests of the data plane as the chunk's actor takes them: refused, held, or put into a line.

using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Actors;

internal sealed partial class ChunkActor
{
    private DfsError _fault = NotHere();
    private int _chunkSizeBytes;
    private readonly Queue<WriteRequest> _untilRight = new();

    // ---- writes ------------------------------------------------------------------------------------------------

    private void OnWrite(WriteRequest request)
    {
        var head = request.Head;
        if (!_environment.Serving.MayWrite)
        {
            request.Fail(_environment.Serving.WriteRefusal());
        }
        else if (_phase == Phase.Absent)
        {
            OnFirstWrite(request);
        }
        else if (RefuseOperation(head.Generation, head.ChunkSizeBytes, position: 0) is { } refused)
        {
            request.Fail(refused);
        }
        else if (_line.Find(head.Operation) is { } live)
        {
            live.Join(request);
        }
        else if (_phase != Phase.Moving && FindOutcome(head) is { } outcome)
        {
            // While moving, what is here may be committed nowhere else, and what is committed may not be here yet.
            Repeat(request, outcome);
        }
        else if (!LearnChain(head.Chain))
        {
            request.Fail(Recovering());
        }
        else
        {
            EnterWrite(new LiveOperation(Self)
            {
                Id = head.Operation,
                Mode = head.Mode,
                Flags = head.Flags,
                AskedOffset = head.Offset,
                PayloadBytes = request.Payload.Length,
                Phase = request.Phase,
                Checksums = request.Checksums,
                Payload = request.TakePayload(),
                Request = request,
            });
        }
    }

    private void OnWriteBatch(WriteBatch batch)
    {
        _line.Hold();
        foreach (var request in batch.Requests)
        {
            WhenOpen(request, OnWrite);
        }

        _line.GoOn();
    }

    private void OnFirstWrite(WriteRequest request)
    {
        var head = request.Head;
        if (head.Generation != Generation.First || _fence > head.Generation)
        {
            request.Fail(NotHere());
        }
        else if (head.Chain.Length == 0 || head.Chain.Span[0].Server != Server)
        {
            request.Fail(NotPrimary());
        }
        else
        {
            Create(request, new ReplicaRole(head.Generation, 0, (byte)head.Chain.Length), head.ChunkSizeBytes);
        }
    }

    // A repeat is looked up; whoever says that it is none is believed.
    private Result<OperationOutcome>? FindOutcome(in WriteHead head)
    {
        if ((head.Flags & OperationFlags.FirstAttempt) != 0 || head.Operation == OperationId.None || _file is null)
        {
            return null;
        }

        if (_file.TryGetOutcome(head.Operation, out var outcome))
        {
            return outcome;
        }

        if (!_file.MayHaveForgotten(head.Operation))
        {
            return null;
        }

        return new DfsError(DfsErrorCode.OutcomeUnknown, "What became of this operation was forgotten: too many others have come since. Read the file to find out.");
    }

    // An old answer counts as much as a new one: meta must know the chunk as open before, or it goes on answering for the length
    // that the chunk had without this operation. That is so when the operation was applied here, but not committed, under the
    // generation before.
    private void Repeat(WriteRequest request, Result<OperationOutcome> outcome)
    {
        if (outcome.Error is { } error)
        {
            request.Fail(error);
        }
        else if (!_line.MayAcknowledge)
        {
            _untilRight.Enqueue(request);
            if (_phase == Phase.Serving)
            {
                OnRightNeeded();
            }
        }
        else
        {
            Answer(request, outcome);
        }
    }

    private void Answer(WriteRequest request, Result<OperationOutcome> outcome)
    {

        var found = outcome.Value;
        var ack = new WriteAck(found.Offset, _role.Generation, found.Sequence, found.LengthBytes);
        _reads.WhenCommitted(
            request.DeadlineAt,
            () =>
            {
                if (found.Code == DfsErrorCode.ChunkFull)
                {
                    request.Fail(Core.WriteOrder.Full());
                }
                else
                {
                    request.Succeed(ack);
                }
            },
            late => request.Fail(late.Code == DfsErrorCode.Timeout ? late with { Code = DfsErrorCode.OutcomeUnknown } : late));
    }

    // Why an operation cannot be taken now; null when it can, or can be held.
    private DfsError? RefuseOperation(Generation generation, int chunkSizeBytes, int position)
    {
        if (_phase == Phase.Faulted)
        {
            return _fault;
        }

        var newest = _fence > _role.Generation ? _fence : _role.Generation;
        if (_phase == Phase.Retired || generation < newest)
        {
            return Stale(generation, newest);
        }

        if (generation > newest)
        {
            return Recovering();
        }

        if (_phase == Phase.Moving)
        {
            // The primary of the coming generation holds writes until everyone is there.
            return position == 0 && IsAdopting(generation) ? null : Recovering();
        }

        if (position != _role.Position)
        {
            return position == 0 ? NotPrimary() : new DfsError(DfsErrorCode.NotPrimary, $"This replica has place {_role.Position} in its chain, not {position}.");
        }

        return _chunkSizeBytes != chunkSizeBytes
            ? new DfsError(DfsErrorCode.InvalidArgument, $"The chunk has {_chunkSizeBytes} bytes, not {chunkSizeBytes}. Ask meta for the locations again.")
            : null;
    }

    // Learns who comes behind this replica from the first operation that says it. False when nobody has said it yet.
    private bool LearnChain(ReadOnlyMemory<ChainMember> chain)
    {
        if (!_chainKnown && _phase == Phase.Serving && chain.Length == _role.ChainLength - _role.Position)
        {
            _line.SetMembersAfter(chain[1..]);
            _chainKnown = true;
            _handle.KnownChain = _role.Generation;
        }

        return _chainKnown || _phase == Phase.Moving;
    }

    private void Enter(LiveOperation operation)
    {
        if (_phase == Phase.Serving)
        {
            _line.Add(operation);
        }
        else
        {
            _untilServing.Enqueue(operation);
        }
    }

    private void OnWritten(BatchWritten written)
    {
        _line.OnWritten(written);
        _reads.OnCommitted();
        TryDrain();
        Proceed();
    }

    private void OnSynced(BatchSynced synced)
    {
        if (!_line.OnSynced(synced))
        {
            Fault(synced.Error!);
        }

        TryDrain();
        Proceed();
    }

    private void OnRight()
    {
        for (var i = _untilRight.Count; i > 0; i--)
        {
            OnWrite(_untilRight.Dequeue());
        }

        AdmitHeld();
    }

    private void ExpireHeld(long now)
    {
        for (var i = _untilRight.Count; i > 0; i--)
        {
            var request = _untilRight.Dequeue();
            if (request.DeadlineAt > now)
            {
                _untilRight.Enqueue(request);
            }
            else
            {
                request.Fail(new DfsError(DfsErrorCode.OutcomeUnknown, "Meta did not give leave to acknowledge until the deadline. Repeat the write with the same operation id."));
            }
        }

        for (var i = _untilServing.Count; i > 0; i--)
        {
            var operation = _untilServing.Dequeue();
            if (operation.Request!.DeadlineAt > now)
            {
                _untilServing.Enqueue(operation);
                continue;
            }

            operation.DropPayload();
            operation.Fail(new DfsError(DfsErrorCode.Timeout, "The chunk's replicas were being repaired until the deadline; nothing was changed. Try again, with more time."));
        }
    }

    private void FailHeld(DfsError error, DfsError unknown)
    {
        while (_untilRight.TryDequeue(out var request))
        {
            request.Fail(unknown);
        }

        while (_untilServing.TryDequeue(out var operation))
        {
            operation.DropPayload();
            operation.Fail(error);
        }
    }

    // ---- reads -------------------------------------------------------------------------------------------------

    private void OnRead(ReadRequest request)
    {
        var op = request.Head.Op;
        if (_phase == Phase.Absent)
        {
            request.Fail(NotHere());
        }
        else if (_phase == Phase.Faulted)
        {
            request.Fail(_fault);
        }
        else if (request.Head.Raw)
        {
            _adoption?.Heard();
            _reads.AddRaw(request, _file!, _role.Generation);
        }
        else if (!_environment.Serving.IsHeld)
        {
            request.Fail(ServingRight.NotServing());
        }
        else if (RefuseRead(op.Generation) is { } refused)
        {
            request.Fail(refused);
        }
        else
        {
            _reads.Add(request, _file!, _role.Generation);
        }
    }

    private DfsError? RefuseRead(Generation generation)
    {
        if (_phase == Phase.Retired || (generation != Generation.Any && generation < _role.Generation))
        {
            return Stale(generation, _role.Generation);
        }

        return _phase == Phase.Moving || generation > _role.Generation ? Recovering() : null;
    }

    private void OnBytesRead(BytesRead read)
    {
        var error = _reads.OnRead(read);
        if (error?.Code == DfsErrorCode.ReplicaLost && _phase != Phase.Faulted)
        {
            Fault(error);
        }
        else if (error?.Code is DfsErrorCode.ReplicaCorrupt or DfsErrorCode.DiskError)
        {
            TellMeta(new ServerProtocol.ReplicaFailed(Server, Chunk, _role.Generation, error));
            TellChanged();
        }
    }

    private void OnStat(StatRequest request)
    {
        if (_phase is Phase.Absent or Phase.Faulted)
        {
            request.Fail(_phase == Phase.Absent ? NotHere() : _fault);
        }
        else if (!_environment.Serving.IsHeld)
        {
            request.Fail(ServingRight.NotServing());
        }
        else if (RefuseRead(Generation.Any) is { } refused)
        {
            request.Fail(refused);
        }
        else
        {
            _reads.WhenCommitted(request.DeadlineAt, () => AnswerStat(request), error => request.Fail(error));
        }
    }

    private void AnswerStat(StatRequest request)
    {
        if (!_environment.Serving.IsHeld || _file?.Fault is not null)
        {
            // It ran out, or the replica was lost, while the answer waited for a commit.
            request.Fail(ServingRight.NotServing());
            return;
        }

        if (request.IsQuiesce)
        {
            Quiesce();
        }

        var commits = _line.Commits;
        request.Succeed(new ReplicaStatus(_role.Generation, commits.Sequence, commits.LengthBytes, _line.MayAcknowledge || _line.IsBusy, _file!.DataPath));
    }

    private static DfsError Stale(Generation theirs, Generation ours)
        => new(DfsErrorCode.StaleGeneration, $"The request is of generation {theirs}, the replica of generation {ours}. Ask meta for the locations again.");

    internal static DfsError Recovering()
        => new(DfsErrorCode.ChunkRecovering, "The chunk is being moved to a new generation. Try again shortly.", RetryAfterMs: 50);

    private static DfsError NotPrimary()
        => new(DfsErrorCode.NotPrimary, "This chunk server is not the primary of the chunk. Ask meta for the locations again.");
}
