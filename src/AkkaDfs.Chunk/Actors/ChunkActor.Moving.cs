// How a chunk moves to another generation: as the new primary that runs the procedure (Adoption), as a member that the new primary
// brings to its state (Join), or out of the chain (Retired). One procedure runs at a time; a newer generation makes the one that
// runs give up, and begins when it has ended and the disk is idle.

using Akka.Actor;
using Akka.Event;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Actors;

internal sealed partial class ChunkActor
{
    private readonly List<DescribeRequest> _toDescribe = [];
    private Generation _fence;
    private Generation? _toDelete;
    private ServerProtocol.AdoptGeneration? _toAdopt;
    private JoinRequest? _toJoin;
    private Adoption? _adoption;
    private JoinRequest? _joining;
    private CancellationTokenSource? _joinGivenUp;
    private (ServerId Suspect, DfsError Error) _trouble = (ServerId.None, Recovering());
    private long _troubleToldAt;

    private bool HasProcedure => _adoption is not null || _joining is not null || _toAdopt is not null || _toJoin is not null || _toDescribe.Count > 0 || _toDelete is not null;

    // ---- orders and requests -----------------------------------------------------------------------------------

    private void OnAdopt(ServerProtocol.AdoptGeneration order)
    {
        var place = order.Chain.ToList().FindIndex(r => r.Server == Server);
        if (order.Generation < _role.Generation || order.Generation < _fence)
        {
            TellMeta(new ServerProtocol.OrderFailed(Server, Chunk, order.Generation, nameof(ServerProtocol.AdoptGeneration), Stale(order.Generation, _fence)));
        }
        else if (place < 0)
        {
            Fence(order.Generation, keep: false);
            Retire(order.Generation);
        }
        else if (order.Generation == _role.Generation && _phase is Phase.Serving or Phase.Broken)
        {
            TellAdopted();
        }
        else if (place > 0)
        {
            // The primary brings this member along; it says so when that is done.
            Fence(order.Generation, keep: false);
        }
        else if (IsAdopting(order.Generation))
        {
            if (_adoption is { IsPersisted: true })
            {
                TellAdopted();
            }
        }
        else
        {
            Fence(order.Generation, keep: true);
            _toAdopt = order;
            _adoption?.GiveUp();
            Proceed();
        }
    }

    private void OnDescribe(DescribeRequest request)
    {
        var generation = request.Head.Generation;
        if (generation == Generation.Any)
        {
            Describe(request);
            return;
        }

        if (Refuse(generation, request.Head.Epoch) is { } refused)
        {
            request.Fail(refused);
            return;
        }

        // What is on its way to the disk belongs to the description.
        Fence(generation, keep: IsAdopting(generation));
        _toDescribe.Add(request);
        Proceed();
    }

    private DfsError? Refuse(Generation generation, Epoch epoch)
    {
        var newest = _fence > _role.Generation ? _fence : _role.Generation;
        return !_environment.Epochs.Admit(epoch) ? _environment.Epochs.Stale(epoch)
            : generation < newest ? Stale(generation, newest)
            : null;
    }

    // From here on operations of older generations are refused. What the next primary keeps are the operations of clients.
    private void Fence(Generation generation, bool keep)
    {
        if (generation > _fence)
        {
            _fence = generation;
            GiveUpOlder();
        }

        if (_role.Generation >= generation && _phase is Phase.Serving or Phase.Broken)
        {
            return;
        }

        _line.StopPassing();
        _handle.KnownChain = Generation.Any;
        _chainKnown = false;
        (_rightAskedAt, _firstAsk, _draining) = (null, 0, false);
        _reads.FailAll(Recovering());
        if (_phase is not (Phase.Absent or Phase.Faulted))
        {
            _phase = Phase.Moving;
        }

        if (!keep || _role.Position != 0)
        {
            FailWrites();
        }
    }

    // What runs for an older generation would never come to its end: its members refuse it, or its primary is gone. Whoever asks
    // for the new one must not wait for that.
    private void GiveUpOlder()
    {
        if (_adoption?.Order.Generation < _fence)
        {
            _adoption.GiveUp();
        }

        if (_toAdopt?.Generation < _fence)
        {
            _toAdopt = null;
        }

        if (_joining?.Head.Replica.Generation < _fence)
        {
            _joinGivenUp?.Cancel();
        }
    }

    private void FailWrites()
    {
        var stale = Stale(_role.Generation, _fence);
        var unknown = new DfsError(DfsErrorCode.OutcomeUnknown, $"{stale.Message} The write may have happened: retry it with the same operation id to find out.");
        _line.FailAll(stale, _role.Position == 0 ? unknown : stale);
        FailHeld(stale, unknown);
    }

    private void Retire(Generation generation)
    {
        _toAdopt = null;
        _adoption?.GiveUp();
        if (_phase == Phase.Moving)
        {
            _phase = Phase.Retired;
        }

        var info = _file?.Info;
        TellMeta(new ServerProtocol.GenerationAdopted(Server, Chunk, generation, info?.Sequence ?? 0, info?.LengthBytes ?? 0));
    }

    // ---- procedures --------------------------------------------------------------------------------------------

    // Begins what waits, once nothing of the old generation is on its way to the disk.
    private void Proceed()
    {
        if (_line.IsDiskBusy || _adoption is not null || _joining is not null || _phase == Phase.Opening)
        {
            return;
        }

        if (_phase == Phase.Moving && !IsAdopting(_fence))
        {
            FailWrites();
        }

        _toDescribe.ForEach(Describe);
        _toDescribe.Clear();
        if (_toDelete is { } upTo)
        {
            _toDelete = null;
            OnDelete(upTo);
        }
        else if (_toAdopt is { } order && order.Generation == _fence)
        {
            _toAdopt = null;
            BeginAdoption(order);
        }
        else if (_toJoin is { } join)
        {
            _toJoin = null;
            BeginJoin(join);
        }
    }

    private void Describe(DescribeRequest request)
    {
        if (_file is not { } file || _phase == Phase.Faulted)
        {
            request.Succeed(ReplicaDescription.None, _environment.Pool);
            return;
        }

        _ = DescribeAsync(request, file);
    }

    private async Task DescribeAsync(DescribeRequest request, IReplicaFile file)
    {
        try
        {
            request.Succeed(await _environment.Disk.RunAsync(() => OpenReplica.Describe(file)), _environment.Pool);
        }
        catch (Exception e)
        {
            // Whatever it was, the asking side learns it and tells meta.
            request.Fail(Internal(e));
        }
    }

    private void BeginAdoption(ServerProtocol.AdoptGeneration order)
    {
        foreach (var operation in _line.TakeUnwritten())
        {
            _untilServing.Enqueue(operation);
        }

        _log.Debug("Chunk {0} is about to adopt generation {1} as its primary", Chunk, order.Generation);
        var adoption = new Adoption(order, _environment, Self);
        _adoption = adoption;
        _ = adoption.RunAsync(_phase == Phase.Faulted ? null : _file).PipeTo(Self, failure: e => new AdoptionEnded(adoption, Internal(e)));
        _phase = Phase.Moving;
    }

    private void OnPersisted(AdoptionPersisted persisted)
    {
        if (persisted.Adoption != _adoption)
        {
            return;
        }

        Use(persisted.Adoption.File!);
        _role = _file!.Info.Role;
        if (persisted.TookOver)
        {
            // Another member was ahead: what was under way here may or may not be part of its state.
            var unknown = new DfsError(DfsErrorCode.OutcomeUnknown, "The chunk went on from another replica. Retry the write with the same operation id to find out whether it has it.");
            _line.FailAll(unknown, unknown);
        }

        TellAdopted();
        TellChanged();
    }

    private void OnAdoptionTrouble(AdoptionTrouble trouble)
    {
        // Each at its own pace: two may be gone at once, and meta must hear of both.
        if (trouble.Adoption == _adoption)
        {
            _log.Warning("Server {0} does not come along to generation {1} of chunk {2}: {3}", trouble.Suspect, trouble.Adoption.Order.Generation, Chunk, trouble.Error);
            _trouble = (trouble.Suspect, trouble.Error);
            TellTrouble(trouble.Adoption.Order.Generation);
        }
    }

    private void OnAdoptionEnded(AdoptionEnded ended)
    {
        ended.Adoption.Dispose();
        if (ended.Adoption != _adoption)
        {
            return;
        }

        _log.Debug("Chunk {0}: adoption of generation {1} has ended: {2}", Chunk, ended.Adoption.Order.Generation, ended.Error);
        _adoption = null;
        if (ended.Adoption.File is { } file)
        {
            Use(file);
        }

        var order = ended.Adoption.Order;
        if (ended.Error is null && _fence == order.Generation)
        {
            Serve(_file!);
            _line.SetMembersAfter(order.Chain.Skip(1).Select(r => new ChainMember(r.Server, r.Endpoint)).ToArray());
            _chainKnown = true;
            _handle.KnownChain = order.Generation;
            _line.MayAcknowledge = _reopened == order.Generation;
            _line.CommitAll();
            OnRight();

            // Repeats that were found in the replica, and reads behind them, waited for this and for nothing else.
            _reads.OnCommitted();
        }
        else if (ended.Error is { } error && _fence == order.Generation)
        {
            TellMeta(new ServerProtocol.OrderFailed(Server, Chunk, order.Generation, nameof(ServerProtocol.AdoptGeneration), error));
            FailWrites();
            Reopen();
        }
        else
        {
            FailWritesUnlessPrimary();
            if (!ended.Adoption.IsPersisted)
            {
                // Given up on the way to another member's state: look what is there.
                Reopen();
            }
        }

        Proceed();
    }

    private void FailWritesUnlessPrimary()
    {
        if (_toAdopt is null)
        {
            FailWrites();
        }
    }

    // The pull may have exchanged or dropped the replica before it failed: look what is there.
    private void Reopen()
    {
        _file?.Dispose();
        _file = null;
        Open();
    }

    private void Use(IReplicaFile file)
    {
        if (_file != file)
        {
            _file?.Dispose();
            _file = file;
        }
    }

    private void Serve(IReplicaFile file)
    {
        Use(file);
        var info = file.Info;
        _role = info.Role;
        _chunkSizeBytes = info.ChunkSizeBytes;
        _chainKnown = false;
        _line.Begin(file, _role);
        _line.MayAcknowledge = false;
        _phase = _fence > _role.Generation ? Phase.Moving : Phase.Serving;
        if (_phase == Phase.Moving)
        {
            _line.StopPassing();
        }
    }

    private void Readmit()
    {
        for (var i = _untilServing.Count; i > 0; i--)
        {
            var operation = _untilServing.Dequeue();
            if (_line.Find(operation.Id) is { } live)
            {
                // A repeat came while both were held.
                operation.DropPayload();
                live.Join(operation.Request!);
            }
            else if (operation.Request is { } request && FindOutcome(request.Head) is { } outcome)
            {
                // A repeat of what was under way, or of what a member had that was ahead.
                operation.DropPayload();
                Repeat(request, outcome);
            }
            else
            {
                _line.Add(operation);
            }
        }
    }

    private bool IsAdopting(Generation generation) => _adoption?.Order.Generation == generation || _toAdopt?.Generation == generation;

    private ReplicaStatus Status() => new(_role.Generation, _line.Commits.Sequence, _line.Commits.LengthBytes, _line.IsBusy, _file!.DataPath);

    private void TellAdopted()
    {
        var info = _file!.Info;
        TellMeta(new ServerProtocol.GenerationAdopted(Server, Chunk, _role.Generation, info.Sequence, info.LengthBytes));
    }

    private void FailProcedures(DfsError error)
    {
        _toDescribe.ForEach(d => d.Fail(error));
        _toDescribe.Clear();
        _toJoin?.Fail(error);
        _toJoin = null;
        _joining?.Fail(error);
    }
}
