// What the ChunkServerActor and meta tell a chunk's actor.

using Akka.Actor;
using Akka.Event;
using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Actors;

internal sealed partial class ChunkActor
{
    private void OnCommand(ChunkProtocol.Command command)
    {
        _handle.Leave(0);
        switch (command)
        {
            case ChunkProtocol.Adopt adopt:
                OnAdopt(adopt.Order);
                break;
            case ChunkProtocol.Reopened reopened:
                OnReopened(reopened.Answer);
                break;
            case ChunkProtocol.Quiesce quiesce:
                OnQuiesce(quiesce.Generation);
                break;
            case ChunkProtocol.Delete delete:
                OnDelete(delete.Generation);
                break;
            case ChunkProtocol.Withhold:
                Withhold();
                break;
            case ChunkProtocol.Leave:
                _leaving = true;
                OnTick();
                break;
            default:
                throw new System.Diagnostics.UnreachableException(command.GetType().Name);
        }
    }

    private void OnDelete(Generation upTo)
    {
        if (_file is null || _role.Generation > upTo || (_phase == Phase.Moving && _fence > upTo))
        {
            // Nothing here, or it belongs to a newer generation, or is about to.
            return;
        }

        if (_adoption is not null || _joining is not null || _line.IsDiskBusy)
        {
            _toDelete = upTo;
            _toAdopt = null;
            _adoption?.GiveUp();
            return;
        }

        FailEverything(new DfsError(DfsErrorCode.ReplicaNotFound, "This replica was deleted. Ask meta for the locations again."));
        _phase = Phase.Opening;
        _file?.Dispose();
        _file = null;
        _ = DeleteAsync().PipeTo(Self, failure: e => new Deleted(Internal(e)));
    }

    private async Task<Deleted> DeleteAsync() => new(await _environment.Store.DeleteAsync(Chunk, durably: false));

    private void OnDeleted(Deleted deleted)
    {
        if (deleted.Error is { } error && error.Code != DfsErrorCode.ReplicaNotFound)
        {
            _log.Warning("Replica of chunk {0} could not be deleted: {1}", Chunk, error);
        }

        _environment.Withheld.Remove(Chunk);
        TellChanged();
        OnOpened(new Opened(NotHere(), null));
    }

    private sealed record Deleted(DfsError? Error);
}
