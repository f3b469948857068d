// One copy of a replica from another server, ordered by meta: fetched, verified, durable, and then waiting to be adopted into a
// generation. It tells its parent the end and stops.

using Akka.Actor;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
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
        _pull = new ReplicaPull(order.Chunk, environment, order.Of?.Chunk);
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
        _ = CopyAsync(source).PipeTo(
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

    private async Task<Result<ReplicaDescription>> CopyAsync(ChainMember source)
    {
        var copied = await _pull.CopyMovingAsync(source, _order.ChunkSizeBytes, _stopped.Token);
        return copied.IsOk && _order.Of is { } of ? await FoundAsync(of, copied.Value) : copied;
    }

    // A new chunk begins with what was copied, if that is what meta knows the other chunk to be.
    private async Task<Result<ReplicaDescription>> FoundAsync(ServerProtocol.CopiedChunk of, ReplicaDescription copied)
    {
        if (copied.Sequence != of.Sequence || copied.LengthBytes != of.LengthBytes)
        {
            _environment.Store.DropIncoming(_order.Chunk);
            return new DfsError(
                DfsErrorCode.CopyFailed,
                $"The replica of chunk {of.Chunk} is at operation {copied.Sequence} with {copied.LengthBytes} bytes instead of {of.Sequence} with {of.LengthBytes}. Try again.");
        }

        var adopted = await _environment.Store.AdoptIncomingAsync(_order.Chunk, new ReplicaRole(_order.Generation, of.Position, of.ChainLength));
        if (adopted.Error is { } error)
        {
            return error;
        }

        adopted.Value.Dispose();
        return copied;
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
        if (_order.Of is not null)
        {
            Context.Parent.Tell(new ChunkProtocol.Changed(_order.Chunk, false));
        }

        Context.Parent.Tell(new ChunkProtocol.Tell(message));
        Context.Stop(Self);
    }

    private sealed class ProgressTick
    {
        public static readonly ProgressTick Instance = new();
    }

    private sealed record Copied(Result<ReplicaDescription> Result);
}
