// The operations of one chunk on this member, from order to answer:
//
//   ordered ──▶ written (in batches: what gathered while the disk was busy) ──▶ passed on to the next member
//                  └─▶ durable, if asked (one sync for all that wait)               └─▶ acknowledged from further down
//
// An operation is passed on only when it is written here. So whatever the tail has, everyone before it has, and the tail's
// acknowledgement is the commit. An operation leaves the line when it is acknowledged and everyone who asked has an answer.

using Akka.Actor;
using AkkaDfs.Chunk.Core;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using FramePayload = AkkaDfs.Shared.DataPlane.FramePayload;

namespace AkkaDfs.Chunk.Actors;

/// <summary>The first operations of a batch were applied: all of them, or there is an error for the next one.</summary>
internal sealed record BatchWritten(List<LiveOperation> Batch, ApplyResult Result);

/// <summary>Everything up to an operation is on disk, or the replica is lost.</summary>
internal sealed record BatchSynced(ulong Sequence, DfsError? Error);

/// <summary>What the line asks its actor for.</summary>
internal interface ILineOwner
{
    /// <summary>Operations of this batch could not be written; nothing of it was changed.</summary>
    void OnWriteFailed(DfsError error);

    /// <summary>The next member did not accept an operation.</summary>
    void OnChainTrouble(ServerId suspect, DfsError error);

    /// <summary>An operation could be acknowledged if meta knew the chunk as open.</summary>
    void OnRightNeeded();
}

internal sealed partial class OperationLine(ChunkId chunk, IActorRef self, ChunkEnvironment environment, ILineOwner owner)
{
    private const int MaxBatchOperations = 512;
    private const int MaxBatchBytes = 8 * 1024 * 1024;

    // While two batches are on their way down the chain, small operations gather for the third: each batch costs every member a
    // few wake-ups and with sync a wait for the disk, whatever its size.
    private const int MostOpenBatches = 2;
    private const int WorthABatchBytes = 256 * 1024;

    private readonly Dictionary<OperationId, LiveOperation> _byId = [];
    private readonly Queue<LiveOperation> _toWrite = new();
    private readonly Queue<LiveOperation> _live = new();
    private readonly Queue<ulong> _openBatches = new();
    private readonly WriteBatchJob _job = new(self);
    private LiveOperation? _last;
    private IReplicaFile? _file;
    private WriteOrder _order = new(1, 0, 0);
    private ReplicaRole _role;
    private ReadOnlyMemory<ChainMember> _after;
    private ulong _written;
    private ulong _toSync;
    private long _toWriteBytes;
    private bool _passing;
    private bool _held;

    /// <summary>What readers wait for.</summary>
    public CommitTracker Commits { get; } = new(0, 0);

    /// <summary>True while a batch is being written or synced.</summary>
    public bool IsDiskBusy => _job.IsRunning || IsSyncing;

    /// <summary>True while an operation is anywhere in the line.</summary>
    public bool IsBusy => _live.Count > 0 || _toWrite.Count > 0 || IsDiskBusy;

    /// <summary>True while meta knows the chunk as open under the present generation (primary).</summary>
    public bool MayAcknowledge { get; set; }

    /// <summary>The next member; None for the tail.</summary>
    public ServerId Next => _after.IsEmpty ? ServerId.None : _after.Span[0].Server;

    /// <summary>The members behind this one, the next one first; empty for the tail.</summary>
    public ReadOnlySpan<ChainMember> After => _after.Span;

    private bool IsSyncing { get; set; }

    private bool IsPrimary => _role.Position == 0;

    private bool IsTail => _role.Position == _role.ChainLength - 1;

    /// <summary>Begins with an open replica, or goes on with it in another role. Nothing may be in the line but what is written.</summary>
    public void Begin(IReplicaFile file, ReplicaRole role)
    {
        var info = file.Info;
        _file = file;
        _role = role;
        _after = default;
        _last = null;
        _passing = true;
        _openBatches.Clear();
        _written = info.Sequence;
        _order = new WriteOrder(info.ChunkSizeBytes, info.Sequence, info.LengthBytes);
        Commits.Reset(info.Sequence, info.LengthBytes);
    }

    /// <summary>The members behind this one, the next one first; empty for the tail.</summary>
    public void SetMembersAfter(ReadOnlyMemory<ChainMember> members) => _after = members;

    /// <summary>Finds an operation under way by its id.</summary>
    public LiveOperation? Find(OperationId id) => _byId.GetValueOrDefault(id);

    /// <summary>Orders an operation (primary) or takes one in order (others), and begins to write it.</summary>
    public void Add(LiveOperation operation)
    {
        Order(operation);
        Write();
    }

    /// <summary>Takes operations that came together, so that they are written together.</summary>
    public void Add(IReadOnlyList<LiveOperation> operations)
    {
        Hold();
        foreach (var operation in operations)
        {
            Add(operation);
        }

        GoOn();
    }

    /// <summary>A batch came back from the disk.</summary>
    public void OnWritten(BatchWritten written)
    {
        if (!_job.IsMine(written.Batch))
        {
            // Of an actor that failed and was started again.
            return;
        }

        _job.IsRunning = false;
        if (written.Result.Error is { } error)
        {
            GiveUp(written.Batch, written.Result.Applied, error);
        }

        foreach (var operation in written.Batch)
        {
            operation.Written = true;
            operation.Durable = !operation.Sync;
            operation.PassedOn = IsTail;
            _toSync = operation.Sync ? operation.Place.Sequence : _toSync;
            _written = operation.Place.Sequence;
            _live.Enqueue(operation);
        }

        if (written.Batch.Count > 0)
        {
            _openBatches.Enqueue(_written);
        }

        Write();
        Sync();
        PassOn(written.Batch);

        if (IsTail)
        {
            Commits.Commit(_written);
            Settle();
        }
        else if (IsPrimary)
        {
            written.Batch.ForEach(Answer);
        }

        if (written.Result.Error is { } failed)
        {
            owner.OnWriteFailed(failed);
        }
    }

    /// <summary>A sync came back from the disk; true when it succeeded.</summary>
    public bool OnSynced(BatchSynced synced)
    {
        IsSyncing = false;
        if (synced.Error is not null)
        {
            return false;
        }

        foreach (var operation in _live)
        {
            if (operation.Place.Sequence > synced.Sequence)
            {
                break;
            }

            operation.Durable = true;
        }

        Sync();
        Settle();
        return true;
    }

    /// <summary>Answers what may be answered, and lets go what is done.</summary>
    public void Settle()
    {
        foreach (var operation in _live)
        {
            Answer(operation);
        }

        LetGo();
    }

    private void Answer(LiveOperation operation)
    {
        if (operation.Answered || !_passing || !IsAcknowledged(operation))
        {
            return;
        }

        if (IsPrimary && !MayAcknowledge)
        {
            owner.OnRightNeeded();
        }
        else
        {
            operation.Succeed(_role.Generation);
        }
    }

    private void LetGo()
    {
        while (_live.TryPeek(out var oldest) && oldest is { Answered: true, Durable: true, PassedOn: true })
        {
            Forget(_live.Dequeue());
            while (_openBatches.TryPeek(out var last) && last <= oldest.Place.Sequence)
            {
                _openBatches.Dequeue();
            }
        }

        Write();
    }

    /// <summary>Stops passing operations on: the chain is broken, or about to change.</summary>
    public void StopPassing() => _passing = false;

    /// <summary>Takes back what was ordered but not written, oldest first; call it when the disk is idle.</summary>
    public List<LiveOperation> TakeUnwritten()
    {
        List<LiveOperation> unwritten = [.. _toWrite];
        _toWrite.Clear();
        _toWriteBytes = 0;
        unwritten.ForEach(o => _byId.Remove(o.Id));
        return unwritten;
    }

    /// <summary>Everyone has everything that is written here: answers all (primary, after a change of generation).</summary>
    public void CommitAll()
    {
        foreach (var operation in _live)
        {
            operation.Durable = true;
            operation.PassedOn = true;
        }

        Settle();
    }

    /// <summary>Fails everything in the line.</summary>
    public void FailAll(DfsError unwritten, DfsError written, ServerId suspect = default)
    {
        foreach (var operation in TakeUnwritten())
        {
            operation.DropPayload();
            operation.Fail(unwritten, suspect);
        }

        _openBatches.Clear();
        while (_live.TryDequeue(out var operation))
        {
            Forget(operation);
            operation.PassedOn = true;
            if (!operation.Answered)
            {
                operation.Fail(written, suspect);
            }
        }
    }

    private bool IsAcknowledged(LiveOperation operation)
    {
        // The operation that creates a replica is never acknowledged by the primary alone: nobody else would know of the chunk.
        var alone = (operation.Flags & OperationFlags.AckOne) != 0 && IsPrimary && operation.Place.Sequence > 1;
        return operation is { Written: true, Durable: true } && (operation.PassedOn || alone);
    }

    private void Write()
    {
        if (_job.IsRunning || _held || _toWrite.Count == 0 || !_passing || MayGather())
        {
            return;
        }

        var batch = _job.Take(_file!);
        long bytes = 0;
        while (batch.Count < MaxBatchOperations && _toWrite.TryPeek(out var next) && (batch.Count == 0 || bytes + next.PayloadBytes <= MaxBatchBytes))
        {
            bytes += next.PayloadBytes;
            _toWriteBytes -= next.PayloadBytes;
            batch.Add(_toWrite.Dequeue());
            Commits.Add(next.Place, next.Place.PadToEnd ? 0 : next.PayloadBytes);
        }

        if (bytes <= MaxHereBytes)
        {
            _writesHere = true;
        }
        else
        {
            environment.Disk.Enqueue(_job);
        }
    }

    // Who needs only the primary's acknowledgement does not wait for the chain.
    private bool MayGather() => IsPrimary && _openBatches.Count >= MostOpenBatches && _toWriteBytes < WorthABatchBytes
        && (_toWrite.Peek().Flags & OperationFlags.AckOne) == 0;

    private void Sync()
    {
        if (IsSyncing || _toSync == 0)
        {
            return;
        }

        IsSyncing = true;
        _toSync = 0;
        var file = _file!;
        var sequence = _written;
        _ = SyncAsync(file, sequence).PipeTo(self, failure: e => new BatchSynced(sequence, Broken(e)));
    }

    private static async Task<BatchSynced> SyncAsync(IReplicaFile file, ulong sequence) => new(sequence, await file.SyncAsync());

    private void Forget(LiveOperation operation)
    {
        if (operation.Id != OperationId.None && _byId.GetValueOrDefault(operation.Id) == operation)
        {
            _byId.Remove(operation.Id);
        }
    }

    private static DfsError Broken(Exception exception)
        => new(DfsErrorCode.ReplicaLost, $"The chunk store failed inside: {exception.Message} Look into the log of the chunk server.");
}
