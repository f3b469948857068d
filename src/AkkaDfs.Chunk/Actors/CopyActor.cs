// One copy of a replica from another server, ordered by meta: fetched, verified, durable, and then waiting to be adopted into a
// generation. It tells its parent the end and stops.

using Akka.Actor;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Actors;

/// <summary>The actor of one copy.</summary>
internal sealed class CopyActor : ReceiveActor, IWithTimers
{
    // Often enough for the shortest patience that meta can have with a copy (1 s).
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromMilliseconds(400);

    private readonly ServerProtocol.CopyReplica _order;
    private readonly ChunkEnvironment _environment;
    private readonly CancellationTokenSource _stopped = new();
    private readonly ReplicaPull _pull;
    private long _toldBytes;

    /// <summary>Made by <see cref="PropsFor"/>.</summary>
    public CopyActor(ServerProtocol.CopyReplica order, ChunkEnvironment environment)
    {
        _order = order;
        _environment = environment;
        _pull = new ReplicaPull(order.Chunk, environment);
        Receive<Copied>(OnCopied);
        Receive<ProgressTick>(_ => TellProgress());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Recipe.</summary>
    public static Props PropsFor(ServerProtocol.CopyReplica order, ChunkEnvironment environment) => Props.Create(() => new CopyActor(order, environment));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(ProgressTick.Instance, ProgressTick.Instance, s_progressInterval);
        var source = new ChainMember(_order.Source.Server, _order.Source.Endpoint);
        _ = _pull.CopyMovingAsync(source, _order.ChunkSizeBytes, _stopped.Token).PipeTo(
            Self,
            success: result => new Copied(result),
            failure: e => new Copied(new DfsError(DfsErrorCode.CopyFailed, $"The copy failed inside: {e.Message} Look into the log of the chunk server.")));
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stopped.Cancel();
        _stopped.Dispose();
    }

    private void TellProgress()
    {
        var bytes = _pull.FetchedBytes;
        if (bytes > _toldBytes)
        {
            _toldBytes = bytes;
            Context.Parent.Tell(new ChunkProtocol.Tell(new ServerProtocol.CopyProgress(_environment.Self().Server, _order.Chunk, _order.Generation, bytes)));
        }
    }

    private void OnCopied(Copied copied)
    {
        var server = _environment.Self().Server;
        ServerProtocol.ToMeta message = copied.Result.Error is { } error
            ? new ServerProtocol.OrderFailed(
                server,
                _order.Chunk,
                _order.Generation,
                nameof(ServerProtocol.CopyReplica),
                new DfsError(DfsErrorCode.CopyFailed, $"Chunk {_order.Chunk} could not be copied from server {_order.Source.Server}: {error.Message}"))
            : new ServerProtocol.ReplicaCopied(
                server, _order.Chunk, _order.Generation, copied.Result.Value.Sequence, copied.Result.Value.LengthBytes, _pull.FetchedBytes);
        Context.Parent.Tell(new ChunkProtocol.Tell(message));
        Context.Stop(Self);
    }

    private sealed class ProgressTick
    {
        public static readonly ProgressTick Instance = new();
    }

    private sealed record Copied(Result<ReplicaDescription> Result);
}
