// One active chunk on this server. It decides the order of the chunk's operations, and is the only one to touch its state.
//
//   Opening ──▶ Absent ──first operation──▶ Serving ◀──────────────┐
//      │                                     │    │ chain trouble   │ everyone is at one state
//      │                                     │    ▼                 │
//      ├──▶ Serving                          │  Broken ──▶ Moving ──┘
//      └──▶ Faulted (files lost)             └──newer generation──▶┘ └──▶ Retired (not in the chain any more)
//
// Invariants: operations of an older generation are refused from the moment a newer one is heard of; nothing is acknowledged in
// Broken or Moving; whoever asked gets exactly one answer, also when the actor stops.

using Akka.Actor;
using Akka.Event;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Actors;

/// <summary>The actor of one active chunk.</summary>
internal sealed partial class ChunkActor : ReceiveActor, IWithTimers, ILineOwner
{
    private static readonly TimeSpan s_slowestTick = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_fastestTick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_repeat = TimeSpan.FromSeconds(1);

    private readonly ChunkHandle _handle;
    private readonly ChunkEnvironment _environment;
    private readonly IActorRef _parent = Context.Parent;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly OperationLine _line;
    private readonly ReadLine _reads;
    private readonly Queue<object> _untilOpen = new();
    private readonly Queue<LiveOperation> _untilServing = new();
    private ChunkRequest? _creator;
    private Phase _phase = Phase.Opening;
    private IReplicaFile? _file;
    private ReplicaRole _role;
    private bool _chainKnown;
    private bool _leaving;
    private long _activeAt;

    /// <summary>Made by <see cref="PropsFor"/>.</summary>
    public ChunkActor(ChunkHandle handle, ChunkEnvironment environment)
    {
        _handle = handle;
        _handle.KnownChain = Generation.Any;
        _environment = environment;
        _line = new OperationLine(handle.Chunk, Self, environment, this);
        _reads = new ReadLine(Self, environment, _line.Commits);
        Receive<WriteRequest>(r => WhenOpen(r, OnWrite));
        Receive<WriteBatch>(OnWriteBatch);
        Receive<ForwardRequest>(r => WhenOpen(r, OnForward));
        Receive<ForwardBatchRequest>(r => WhenOpen(r, OnForwardBatch));
        Receive<ReadRequest>(r => WhenOpen(r, OnRead));
        Receive<StatRequest>(r => WhenOpen(r, OnStat));
        Receive<DescribeRequest>(r => WhenOpen(r, OnDescribe));
        Receive<JoinRequest>(r => WhenOpen(r, OnJoin));
        Receive<DamageRequest>(r => WhenOpen(r, OnDamage));
        Receive<ChunkProtocol.Command>(c => WhenOpen(c, OnCommand));
        Receive<Opened>(OnOpened);
        Receive<BatchWritten>(OnWritten);
        Receive<BatchSynced>(OnSynced);
        Receive<LiveOperation>(OnPassedOn);
        Receive<ForwardBatchCall>(OnPassedOn);
        Receive<BytesRead>(OnBytesRead);
        Receive<AdoptionPersisted>(OnPersisted);
        Receive<AdoptionTrouble>(OnAdoptionTrouble);
        Receive<AdoptionEnded>(OnAdoptionEnded);
        Receive<Joined>(OnJoined);
        Receive<Deleted>(OnDeleted);
        Receive<Probed>(OnProbed);
        Receive<Tick>(_ => OnTick());
    }

    private enum Phase
    {
        Opening,
        Absent,
        Serving,
        Broken,
        Moving,
        Retired,
        Faulted,
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private ChunkId Chunk => _handle.Chunk;

    private long Now => _environment.Time.GetTimestamp();

    private ServerId Server => _environment.Self().Server;

    /// <summary>Recipe for the actor behind a door.</summary>
    public static Props PropsFor(ChunkHandle handle, ChunkEnvironment environment) => Props.Create(() => new ChunkActor(handle, environment));

    /// <inheritdoc/>
    public void OnWriteFailed(DfsError error)
    {
        if (error.Code == DfsErrorCode.ReplicaLost)
        {
            Fault(error);
        }
        else if (error.Code is DfsErrorCode.ReplicaCorrupt or DfsErrorCode.DiskError)
        {
            TellMeta(new ServerProtocol.ReplicaFailed(Server, Chunk, _role.Generation, error));
        }
    }

    /// <inheritdoc/>
    protected override bool AroundReceive(Receive receive, object message)
    {
        var isOutermost = SendTurn.Begin();
        try
        {
            var handled = base.AroundReceive(receive, message);
            while (_line.WriteHere() is { } written)
            {
                OnWritten(written);
            }

            return handled;
        }
        finally
        {
            if (isOutermost)
            {
                SendTurn.End();
            }
        }
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        // Fine enough to tell the patience of one member from that of the next.
        var tick = _environment.Settings.ChainTimeout / 16;
        tick = tick < s_fastestTick ? s_fastestTick : tick > s_slowestTick ? s_slowestTick : tick;
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, tick);
        _activeAt = Now;
        Open();
    }

    /// <inheritdoc/>
    protected override void PreRestart(Exception reason, object message)
    {
        (message as ChunkRequest)?.Fail(Internal(reason));
        FailEverything(Internal(reason));

        // Those that were in the line have their answer already.
        (message as WriteBatch)?.Requests.ToList().ForEach(r => r.Fail(Internal(reason)));
        base.PreRestart(reason, message);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        FailEverything(new DfsError(DfsErrorCode.ShuttingDown, "The chunk server stops. Another replica may serve."));
        _adoption?.GiveUp();
        _joinGivenUp?.Cancel();
        _file?.Dispose();
    }

    // ---- opening -----------------------------------------------------------------------------------------------

    private void WhenOpen<T>(T message, Action<T> handle)
        where T : notnull
    {
        _activeAt = Now;
        if (_phase == Phase.Opening)
        {
            _untilOpen.Enqueue(message);
        }
        else
        {
            NoticeLoss();
            handle(message);
        }
    }

    private void Open()
    {
        _phase = Phase.Opening;
        var store = _environment.Store;
        OpenWith(() => store.TryGet(Chunk, out _) ? store.Open(Chunk) : NotHere());
    }

    private void Create(ChunkRequest first, ReplicaRole role, int chunkSizeBytes)
    {
        _phase = Phase.Opening;
        _creator = first;
        OpenWith(() => _environment.Store.Create(Chunk, role, chunkSizeBytes), role);
    }

    private void OpenWith(Func<Result<IReplicaFile>> open, ReplicaRole? created = null)
        => _ = _environment.Disk.RunAsync(open).PipeTo(
            Self,
            success: result => new Opened(result, created),
            failure: e => new Opened(Internal(e), created));

    private void OnOpened(Opened opened)
    {
        if (opened.Result.IsOk)
        {
            Serve(opened.Result.Value);

            // A replica that a write of the first generation has made needs no leave of meta, unless the chunk is an old one.
            _line.MayAcknowledge = opened.Created is { Position: 0 } && _role.Generation == Generation.First && _environment.Fresh.Contains(Chunk);
            if (opened.Created is not null)
            {
                TellChanged();
            }
            else if (_environment.Withheld.Contains(Chunk))
            {
                Withhold();
            }
        }
        else if (opened.Created is not null || opened.Result.Error.Code == DfsErrorCode.ReplicaNotFound)
        {
            _phase = Phase.Absent;
            if (opened.Created is not null)
            {
                _creator?.Fail(opened.Result.Error);
                _creator = null;
            }
        }
        else
        {
            Fault(opened.Result.Error);
        }

        if (_creator is { } creator)
        {
            _creator = null;
            Replay(creator);
        }

        while (_phase != Phase.Opening && _untilOpen.TryDequeue(out var message))
        {
            Replay(message);
        }

        // What came while a procedure ended with another look at the disk.
        Proceed();
    }

    private void Replay(object message)
    {
        switch (message)
        {
            case WriteRequest write:
                OnWrite(write);
                break;
            case ForwardRequest forward:
                OnForward(forward);
                break;
            case ForwardBatchRequest batch:
                OnForwardBatch(batch);
                break;
            case ReadRequest read:
                OnRead(read);
                break;
            case StatRequest stat:
                OnStat(stat);
                break;
            case DescribeRequest describe:
                OnDescribe(describe);
                break;
            case JoinRequest join:
                OnJoin(join);
                break;
            case DamageRequest damage:
                OnDamage(damage);
                break;
            case ChunkProtocol.Command command:
                OnCommand(command);
                break;
            default:
                throw new InvalidOperationException($"{message.GetType().Name} does not wait for the opening");
        }
    }

    // ---- ends --------------------------------------------------------------------------------------------------

    private void OnTick()
    {
        var now = Now;
        _reads.OnTick(now);
        ExpireHeld(now);
        WatchChain(now);
        RepeatToMeta(now);
        TryDrain();
        var idle = _leaving || _environment.Time.GetElapsedTime(_activeAt, now) >= _environment.Settings.PassivateAfter;
        if (idle && IsIdle())
        {
            Quiesce();
            if (_handle.TryClose())
            {
                TellChanged();
                _parent.Tell(new ChunkProtocol.Left(_handle));
                Context.Stop(Self);
            }
        }
    }

    private bool IsIdle() => _phase switch
    {
        Phase.Serving or Phase.Absent or Phase.Faulted => !_line.IsBusy && !_reads.IsBusy && _untilServing.Count + _untilRight.Count == 0 && !HasProcedure,
        Phase.Retired => _leaving && !_line.IsBusy && !_reads.IsBusy,
        _ => false,
    };

    private void Fault(DfsError error)
    {
        _log.Error("Replica of chunk {0} is out of use: {1}", Chunk, error);
        TellMeta(new ServerProtocol.ReplicaFailed(Server, Chunk, _role.Generation, error));
        FailEverything(error);
        _phase = Phase.Faulted;
        _fault = error;
        _handle.KnownChain = Generation.Any;
        TellChanged();
    }

    private void FailEverything(DfsError error)
    {
        var unknown = new DfsError(DfsErrorCode.OutcomeUnknown, $"{error.Message} The write may have happened: retry it with the same operation id to find out.");
        _line.FailAll(error, _role.Position == 0 ? unknown : error);
        _reads.FailAll(error);
        FailHeld(error, unknown);
        FailProcedures(error);
        _creator?.Fail(error);
        _creator = null;
        while (_untilOpen.TryDequeue(out var message))
        {
            (message as ChunkRequest)?.Fail(error);
        }
    }

    private void TellMeta(ServerProtocol.ToMeta message) => _parent.Tell(new ChunkProtocol.Tell(message));

    private void TellChanged() => _parent.Tell(new ChunkProtocol.Changed(Chunk, _line.MayAcknowledge));

    private static DfsError NotHere() => new(DfsErrorCode.ReplicaNotFound, "This chunk server has no replica of the chunk. Ask meta for the locations again.");

    private static DfsError Internal(Exception e)
        => new(DfsErrorCode.Internal, $"The chunk server failed inside: {e.Message} Look into its log.");

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }

    private sealed record Opened(Result<IReplicaFile> Result, ReplicaRole? Created);
}
