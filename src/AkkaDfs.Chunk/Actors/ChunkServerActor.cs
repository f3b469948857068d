// The chunk server towards meta: registers, reports, carries out orders, and makes ChunkActors for chunks that are asked for.
//
//   Registering ──Registered──▶ stamping the folders ──▶ Reporting (pages) ──▶ Serving: heartbeats, orders
//        ▲                                                                       │
//        └──────────────────────────── meta does not know this run ──────────────┘
//
// All facts of this server go to meta through this actor, in the order in which they became true. Orders of an older term are
// refused. What is asked for a chunk that is not active makes its actor, up to a bound; nothing here blocks.

using Akka.Actor;
using Akka.Event;
using AkkaDfs.Chunk.Core;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Actors;

/// <summary>What a ChunkServerActor needs.</summary>
/// <param name="Meta">The way to the acting meta.</param>
/// <param name="Environment">What the chunks' actors share.</param>
/// <param name="Data">The data plane.</param>
/// <param name="ControlAddress">host:port of this actor system.</param>
/// <param name="Incarnation">Random, new with each start.</param>
internal sealed record ChunkServerSetup(IActorRef Meta, ChunkEnvironment Environment, DataServer Data, string ControlAddress, Guid Incarnation);

/// <summary>The actor of a chunk server.</summary>
internal sealed partial class ChunkServerActor : ReceiveActor, IWithTimers
{
    /// <summary>Most chunks active at once; requests for further ones get Busy.</summary>
    public const int MaxActiveChunks = 32_768;

    /// <summary>Most copies received at once, and most repairs.</summary>
    public const int MaxCopies = 32;

    private readonly ChunkServerSetup _setup;
    private readonly ChunkEnvironment _environment;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<ChunkId> _open = [];
    private readonly Dictionary<ChunkId, IActorRef> _copies = [];
    private readonly HashSet<ChunkId> _repairs = [];
    private long _actorsMade;
    private IActorRef? _drainAsker;

    /// <summary>Made by <see cref="PropsFor"/>.</summary>
    public ChunkServerActor(ChunkServerSetup setup)
    {
        _setup = setup;
        _environment = setup.Environment;
        Receive<ChunkRequest>(OnRequest);
        Receive<ChunkProtocol.Tell>(t => _setup.Meta.Tell(t.Message));
        Receive<ChunkProtocol.RepairEnded>(OnRepairEnded);
        Receive<ChunkProtocol.Changed>(OnChanged);
        Receive<ChunkProtocol.Left>(OnLeft);
        Receive<Terminated>(OnTerminated);
        Receive<StoreEvent>(OnStoreEvent);
        Receive<Drain>(_ => OnDrain());
        ReceiveMeta();
        Receive<ServerProtocol.ToServer>(OnOrder);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private IChunkStore Store => _environment.Store;

    /// <summary>Recipe.</summary>
    public static Props PropsFor(ChunkServerSetup setup) => Props.Create(() => new ChunkServerActor(setup));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _setup.Data.Start(Self);
        if (Store.Server != ServerId.None)
        {
            _setup.Data.Identity = new ServerIdentity(Store.ClusterId, Store.Server);
        }

        Register();
    }

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(
        maxNrOfRetries: -1,
        withinTimeRange: Timeout.InfiniteTimeSpan,
        localOnlyDecider: e => e is ActorInitializationException ? Directive.Stop : Directive.Restart);

    // ---- requests for chunks that are not active ---------------------------------------------------------------

    private void OnRequest(ChunkRequest request)
    {
        Pass(request);
        request.Delivered();
    }

    private void Pass(ChunkRequest request)
    {
        if (_setup.Data.Identity.Server == ServerId.None || _drainAsker is not null)
        {
            request.Fail(request is WriteRequest ? _environment.Serving.WriteRefusal() : ServingRight.NotServing());
            return;
        }

        if (_environment.Directory.Find(request.Chunk) is null && AnswerAbsent(request))
        {
            return;
        }

        var door = Activate(request.Chunk);
        if (door is null || door.Tell(request, IsBounded(request)) != ChunkHandle.Entry.Entered)
        {
            request.Fail(DataServer.Busy());
        }
    }

    // What other chunk servers ask is bounded by their windows; a change of generation must not wait behind the writes that wait
    // for its end.
    private static bool IsBounded(ChunkRequest request)
        => request is not (ForwardRequest or ForwardBatchRequest or JoinRequest or DescribeRequest or ReadRequest { Head.Raw: true });

    // Asking for what is not there needs no actor.
    private bool AnswerAbsent(ChunkRequest request)
    {
        if (request is not (ReadRequest or StatRequest or DamageRequest or DescribeRequest { Head.Generation.Value: 0 }) || Store.TryGet(request.Chunk, out _))
        {
            return false;
        }

        if (request is DescribeRequest describe)
        {
            describe.Succeed(ReplicaDescription.None, _environment.Pool);
        }
        else
        {
            request.Fail(new DfsError(DfsErrorCode.ReplicaNotFound, "This chunk server has no replica of the chunk. Ask meta for the locations again."));
        }

        return true;
    }

    private ChunkHandle? Activate(ChunkId chunk)
    {
        if (_environment.Directory.Find(chunk) is { } active)
        {
            if (!active.IsClosed)
            {
                return active;
            }

            _environment.Directory.Remove(active);
        }

        if (_environment.Directory.Count >= MaxActiveChunks)
        {
            return null;
        }

        var settings = _environment.Settings;
        var door = new ChunkHandle(chunk, settings.MaxPendingPerChunk, settings.MaxPendingBytesPerChunk);
        door.Actor = Context.ActorOf(ChunkActor.PropsFor(door, _environment), $"{chunk}-{++_actorsMade}");
        Context.WatchWith(door.Actor, new ChunkProtocol.Left(door));
        _environment.Directory.Add(door);
        return door;
    }

    private void Command(ChunkId chunk, ChunkProtocol.Command command)
    {
        var door = Activate(chunk);
        if (door is null || door.TryEnter(0, bounded: false) != ChunkHandle.Entry.Entered)
        {
            // Meta repeats its orders until they are answered.
            _log.Warning("An order for chunk {0} has to wait: {1} chunks are active", chunk, _environment.Directory.Count);
            return;
        }

        door.Actor.Tell(command);
        if (_drainAsker is not null)
        {
            AskToLeave(door);
        }
    }

    private void OnLeft(ChunkProtocol.Left left)
    {
        _environment.Directory.Remove(left.Handle);
        _open.Remove(left.Handle.Chunk);
        AnswerDrain();
    }

    private void OnChanged(ChunkProtocol.Changed changed)
    {
        _report.Mark(changed.Chunk);
        if (changed.IsOpen)
        {
            _open.Add(changed.Chunk);
        }
        else
        {
            _open.Remove(changed.Chunk);
        }
    }

    // ---- store and stop ----------------------------------------------------------------------------------------

    private void OnStoreEvent(StoreEvent happened)
    {
        switch (happened)
        {
            case StoreEvent.ReplicaDamaged e:
                TellFailed(e.Chunk, e.Generation, e.Error);
                break;
            case StoreEvent.ReplicaLost e:
                TellFailed(e.Chunk, e.Generation, e.Error);
                break;
            case StoreEvent.FolderFailed e:
                _log.Error("Data folder {0} is out of use: {1}", e.Folder, e.Error);
                BeginReport();
                break;
            case StoreEvent.LogDamaged e:
                _log.Error("The write-ahead log of data folder {0} was damaged: {1}", e.Folder, e.Error);
                break;
            case StoreEvent.FolderRestored e:
                _log.Warning("Data folder {0} is in use again", e.Folder);
                BeginReport();
                break;
            case StoreEvent.Trouble e:
                _log.Warning("Data folder {0}: {1}", e.Folder, e.Error);
                break;
            default:
                throw new System.Diagnostics.UnreachableException(happened.GetType().Name);
        }
    }

    private void TellFailed(ChunkId chunk, Generation generation, DfsError error)
    {
        _report.Mark(chunk);
        _setup.Meta.Tell(new ServerProtocol.ReplicaFailed(_setup.Data.Identity.Server, chunk, generation, error));
    }

    // No new writes from now on; every chunk comes to rest, and meta learns its length, before the process goes. Meta hears of it at
    // once, and again, so that it takes this server out of the chains that others lead.
    private void OnDrain()
    {
        _drainAsker = Sender;
        _environment.Serving.StopWrites();
        foreach (var door in _environment.Directory.All)
        {
            AskToLeave(door);
        }

        if (_isRegistered)
        {
            Heartbeat();
            Timers.StartPeriodicTimer(HeartbeatTick.Instance, HeartbeatTick.Instance, s_stoppingBeat);
        }

        AnswerDrain();
    }

    private static void AskToLeave(ChunkHandle door)
    {
        if (door.TryEnter(0, bounded: false) == ChunkHandle.Entry.Entered)
        {
            door.Actor.Tell(new ChunkProtocol.Leave());
        }
    }

    private void AnswerDrain()
    {
        if (_drainAsker is { } asker && _environment.Directory.Count == 0)
        {
            asker.Tell(Drained.Instance);
        }
    }

    /// <summary>Lets every chunk come to rest. Answer: <see cref="Drained"/>.</summary>
    public sealed class Drain
    {
        /// <summary>The only one.</summary>
        public static readonly Drain Instance = new();
    }

    /// <summary>No chunk is active any more.</summary>
    public sealed class Drained
    {
        /// <summary>The only one.</summary>
        public static readonly Drained Instance = new();
    }
}
