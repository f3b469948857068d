// Orders of meta: each is passed to the chunk's actor, or begun here, and answered by whoever carries it out.

using Akka.Actor;
using Akka.Event;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Actors;

internal sealed partial class ChunkServerActor
{
    private void OnOrder(ServerProtocol.ToServer order)
    {
        if (!_environment.Epochs.Admit(order.Epoch))
        {
            _log.Warning("{0}", _environment.Epochs.Stale(order.Epoch));
            return;
        }

        switch (order)
        {
            case ServerProtocol.AdoptGeneration adopt:
                if (adopt.Chain.Count == 0)
                {
                    _environment.Fresh.GivenUp(adopt.Chunk);
                }

                Command(adopt.Chunk, new ChunkProtocol.Adopt(adopt));
                break;
            case ServerProtocol.QuiesceChunk quiesce:
                _environment.Fresh.GivenUp(quiesce.Chunk);
                Command(quiesce.Chunk, new ChunkProtocol.Quiesce(quiesce.Generation));
                break;
            case ServerProtocol.ChunkReopened reopened:
                Command(reopened.Chunk, new ChunkProtocol.Reopened(reopened));
                break;
            case ServerProtocol.GetReplica get:
                OnGetReplica(get.Chunk);
                break;
            case ServerProtocol.CopyReplica copy:
                OnCopy(copy);
                break;
            case ServerProtocol.RepairBlocks repair:
                OnRepair(repair);
                break;
            case ServerProtocol.ServeCopy serve:
                // Any replica here can be read for a copy, and none is deleted but by meta's order.
                _log.Debug("Server {0} will copy chunk {1} from here", serve.Destination.Server, serve.Chunk);
                break;
            case ServerProtocol.DeleteReplicas delete:
                OnDelete(delete);
                break;
            case ServerProtocol.WithholdReplicas withhold:
                OnWithhold(withhold);
                break;
            default:
                throw new System.Diagnostics.UnreachableException(order.GetType().Name);
        }
    }

    private void OnGetReplica(ChunkId chunk)
    {
        var found = Store.TryGet(chunk, out var info);
        _setup.Meta.Tell(new ServerProtocol.ReplicaAnswer(
            _setup.Data.Identity.Server, chunk, found ? info.Role.Generation : Generation.Any, found ? info.Sequence : 0, found ? info.LengthBytes : 0, found));
    }

    private void OnCopy(ServerProtocol.CopyReplica order)
    {
        if (_copies.ContainsKey(order.Chunk))
        {
            return;
        }

        if (_copies.Count >= MaxCopies)
        {
            RefuseOrder(order.Chunk, order.Generation, nameof(ServerProtocol.CopyReplica));
            return;
        }

        var copy = Context.ActorOf(CopyActor.PropsFor(order, _environment), $"copy-{order.Chunk}-{++_actorsMade}");
        _copies.Add(order.Chunk, copy);
        Context.Watch(copy);
    }

    private void OnRepair(ServerProtocol.RepairBlocks order)
    {
        if (_repairs.Count >= MaxCopies)
        {
            RefuseOrder(order.Chunk, order.Generation, nameof(ServerProtocol.RepairBlocks));
        }
        else if (_repairs.Add(order.Chunk))
        {
            Context.ActorOf(RepairActor.PropsFor(order, _environment), $"repair-{order.Chunk}-{++_actorsMade}");
        }
    }

    private void OnRepairEnded(ChunkProtocol.RepairEnded ended)
    {
        _repairs.Remove(ended.Chunk);
        _report.Mark(ended.Chunk);
        _setup.Meta.Tell(ended.Message);
    }

    private void RefuseOrder(ChunkId chunk, Generation generation, string order)
        => _setup.Meta.Tell(new ServerProtocol.OrderFailed(
            _setup.Data.Identity.Server,
            chunk,
            generation,
            order,
            new DfsError(DfsErrorCode.Busy, $"{MaxCopies} of these are under way already. Try again later.", RetryAfterMs: 1000)));

    private void OnTerminated(Terminated terminated)
    {
        foreach (var (chunk, copy) in _copies)
        {
            if (copy.Equals(terminated.ActorRef))
            {
                _copies.Remove(chunk);
                break;
            }
        }
    }

    private void OnDelete(ServerProtocol.DeleteReplicas order)
    {
        foreach (var replica in order.Replicas)
        {
            _environment.Fresh.GivenUp(replica.Chunk);
            if (Store.TryGet(replica.Chunk, out var info) && info.Role.Generation <= replica.Generation)
            {
                Command(replica.Chunk, new ChunkProtocol.Delete(replica.Generation));
            }
            else if (!Store.TryGet(replica.Chunk, out _))
            {
                _report.Mark(replica.Chunk);
            }
        }
    }

    private void OnWithhold(ServerProtocol.WithholdReplicas order)
    {
        foreach (var chunk in order.Chunks)
        {
            _environment.Fresh.GivenUp(chunk);
            _environment.Withheld.Add(chunk);
            if (_environment.Directory.Find(chunk) is not null)
            {
                Command(chunk, new ChunkProtocol.Withhold());
            }
        }

        _setup.Meta.Tell(new ServerProtocol.ReplicasWithheld(_setup.Data.Identity.Server, _setup.Incarnation, order.Chunks));
    }
}
