// One repair of a replica's damaged blocks, ordered by meta. It tells its parent the end and stops.

using Akka.Actor;
using Akka.Event;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Actors;

/// <summary>The actor of one repair.</summary>
internal sealed class RepairActor : ReceiveActor
{
    private readonly ServerProtocol.RepairBlocks _order;
    private readonly ChunkEnvironment _environment;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stopped = new();

    /// <summary>Made by <see cref="PropsFor"/>.</summary>
    public RepairActor(ServerProtocol.RepairBlocks order, ChunkEnvironment environment)
    {
        _order = order;
        _environment = environment;
        Receive<Ended>(OnEnded);
    }

    /// <summary>Recipe.</summary>
    public static Props PropsFor(ServerProtocol.RepairBlocks order, ChunkEnvironment environment) => Props.Create(() => new RepairActor(order, environment));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        var sources = _order.Sources.Select(s => new ChainMember(s.Server, s.Endpoint));
        _ = new BlockRepair(_order.Chunk, _environment).RunAsync(_order.Generation, sources, _stopped.Token).PipeTo(
            Self,
            success: result => new Ended(result),
            failure: e => new Ended(new DfsError(DfsErrorCode.Internal, $"The repair failed inside: {e.Message} Look into the log of the chunk server.")));
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stopped.Cancel();
        _stopped.Dispose();
    }

    private void OnEnded(Ended ended)
    {
        var server = _environment.Self().Server;
        ServerProtocol.ToMeta message;
        if (ended.Result.Error is { } error)
        {
            _log.Warning("Damaged blocks of chunk {0} could not be repaired: {1}", _order.Chunk, error);
            message = new ServerProtocol.OrderFailed(server, _order.Chunk, _order.Generation, nameof(ServerProtocol.RepairBlocks), error);
        }
        else
        {
            var (info, blocks, bytes) = ended.Result.Value;
            _log.Info("Repaired {0} damaged blocks of chunk {1} with the bytes of another member; all of its blocks are right", blocks, _order.Chunk);
            message = new ServerProtocol.ReplicaRepaired(server, _order.Chunk, info.Role.Generation, info.Sequence, info.LengthBytes, bytes);
        }

        Context.Parent.Tell(new ChunkProtocol.RepairEnded(_order.Chunk, message));
        Context.Stop(Self);
    }

    private sealed record Ended(Result<Repaired> Result);
}
