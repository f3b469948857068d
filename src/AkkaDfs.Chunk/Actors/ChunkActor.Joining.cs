// A member's side of a move: the new primary brings it to its own state.

using Akka.Actor;
using Akka.Event;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.Actors;

internal sealed partial class ChunkActor
{
    private void OnJoin(JoinRequest request)
    {
        var head = request.Head;
        if (Refuse(head.Replica.Generation, head.Replica.Epoch) is { } refused)
        {
            request.Fail(refused);
            return;
        }

        if (_phase == Phase.Serving && _role.Generation == head.Replica.Generation && _line.Commits.Sequence == head.Target.Sequence && !_line.IsBusy)
        {
            request.Succeed(Status());
            return;
        }

        Fence(head.Replica.Generation, keep: false);
        _toJoin?.Fail(Recovering());
        _toJoin = request;
        _adoption?.GiveUp();
        Proceed();
    }

    private void BeginJoin(JoinRequest request)
    {
        FailWrites();
        _reads.FailAll(Recovering());
        var head = request.Head;
        var usable = _phase == Phase.Faulted ? null : _file;
        var role = new ReplicaRole(head.Replica.Generation, head.Position, head.ChainLength);
        _joining = request;
        _phase = Phase.Moving;
        _joinGivenUp = new CancellationTokenSource();
        _ = JoinAsync(usable, head, role, _joinGivenUp.Token).PipeTo(Self, success: result => new Joined(request, result), failure: e => new Joined(request, Internal(e)));
    }

    private async Task<Result<OpenReplica>> JoinAsync(IReplicaFile? file, JoinHead head, ReplicaRole role, CancellationToken givenUp)
    {
        using var timeout = new CancellationTokenSource(_environment.JoinTimeout, _environment.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, givenUp);
        return await new ReplicaPull(Chunk, _environment).BringToAsync(file, head.Target, head.Source, role, either.Token);
    }

    private void OnJoined(Joined joined)
    {
        _log.Debug("Chunk {0}: join to generation {1} has ended: {2}", Chunk, joined.Request.Head.Replica.Generation, joined.Result.Error);
        _joining = null;
        _joinGivenUp?.Dispose();
        _joinGivenUp = null;
        if (joined.Result.Error is { } error)
        {
            joined.Request.Fail(error);
            Reopen();
        }
        else
        {
            Use(joined.Result.Value.File);
            if (_fence == joined.Request.Head.Replica.Generation)
            {
                Serve(_file!);
                joined.Request.Succeed(Status());
                TellAdopted();
            }
            else
            {
                _role = _file!.Info.Role;
                joined.Request.Fail(Stale(joined.Request.Head.Replica.Generation, _fence));
            }

            TellChanged();
        }

        Proceed();
    }

    private sealed record Joined(JoinRequest Request, Result<OpenReplica> Result);
}
