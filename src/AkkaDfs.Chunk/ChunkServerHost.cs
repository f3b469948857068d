// The parts of a chunk server, put together: store, disk workers, data plane, and the actor that ties them. ChunkNode adds the
// cluster around it; tests put several into one actor system.

using Akka.Actor;
using Akka.Event;
using AkkaDfs.Chunk.Actors;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk;

/// <summary>What a chunk server stands on; the defaults are the real ones.</summary>
public sealed record ChunkNodeOptions
{
    /// <summary>The network of the data plane.</summary>
    public IDataTransport Transport { get; init; } = TcpTransport.Instance;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the loops of the data plane run.</summary>
    public TaskScheduler Scheduler { get; init; } = TaskScheduler.Default;

    /// <summary>Memory for bytes on their way.</summary>
    public BlockPool Pool { get; init; } = BlockPool.Shared;

    /// <summary>The disk.</summary>
    public IFileSystem Files { get; init; } = DiskFileSystem.Instance;

    /// <summary>Where the background work of the store runs.</summary>
    public ILanes Lanes { get; init; } = ThreadLanes.Instance;

    /// <summary>Makes the queue of work that blocks on the disk; null for worker actors on threads of their own.</summary>
    public Func<int, IDiskQueue>? OpenDiskQueue { get; init; }

    /// <summary>Opens the store; null for files in the folders of the settings. The node disposes it.</summary>
    public Func<ChunkStoreSettings, IChunkStore>? OpenStore { get; init; }

    /// <summary>Tells one run of the process from another.</summary>
    public Guid Incarnation { get; init; } = Surroundings.NewId();
}

/// <summary>A chunk server without its cluster.</summary>
internal sealed class ChunkServerHost
{
    private static readonly TimeSpan s_drainTime = TimeSpan.FromSeconds(5);

    private readonly ChainPeers _peers;
    private readonly ILoggingAdapter _log;
    private readonly Lazy<Task> _stop;

    private ChunkServerHost(IActorRef actor, IChunkStore store, DataServer data, ChainPeers peers, ILoggingAdapter log)
    {
        (Actor, Store, Data, _peers, _log) = (actor, store, data, peers, log);
        _stop = new Lazy<Task>(StopOnceAsync);
    }

    /// <summary>Its actor.</summary>
    public IActorRef Actor { get; }

    /// <summary>Its replicas.</summary>
    public IChunkStore Store { get; }

    /// <summary>Its data plane.</summary>
    public DataServer Data { get; }

    /// <summary>Its background scrub.</summary>
    public required Scrubber Scrubber { get; init; }

    /// <summary>What its chunks' actors share.</summary>
    public required ChunkEnvironment Environment { get; init; }

    /// <summary>Starts a chunk server.</summary>
    /// <exception cref="DfsException">The store or the data plane's address cannot be opened.</exception>
    public static ChunkServerHost Start(
        ActorSystem system, IActorRef meta, NodeSettings settings, string controlAddress, string name, ChunkNodeOptions options)
    {
        var events = new StoreEvents();
        var store = OpenStore(settings.Chunk, options, events);
        var scrubber = new Scrubber(
            store,
            new ScrubSettings(settings.Chunk.ScrubBytesPerSecond, settings.Chunk.ScrubInterval),
            options.OpenStore is null ? options.Files : null,
            options.Lanes,
            options.Time);
        var log = Logging.GetLogger(system, name);
        var plane = new DataPlaneOptions
        {
            Transport = options.Transport,
            Time = options.Time,
            Scheduler = options.Scheduler,
            Pool = options.Pool,
            ClusterId = store.ClusterId,
            PingAfter = settings.Chunk.ChainTimeout / 4,
            PingTimeout = settings.Chunk.ChainTimeout / 2,
            WindowRequests = 4096,
            WindowBytes = 128 * 1024 * 1024,
            Log = line => log.Warning("{0}", line),
        };
        var directory = new ChunkDirectory();
        DataServer data;
        try
        {
            data = new DataServer(settings.Hostname, settings.Chunk.DataPort, directory, plane) { PublicHost = settings.PublicHostname };
        }
        catch (IOException e)
        {
            scrubber.Dispose();
            store.Dispose();
            throw new DfsException(DfsErrorCode.Unreachable, $"{e.Message}. Choose another --data-port, or stop what uses it.", e);
        }

        var peers = new ChainPeers(plane);
        var environment = new ChunkEnvironment
        {
            Store = store,
            Disk = options.OpenDiskQueue?.Invoke(settings.Chunk.DiskThreads) ?? new DiskQueue(system, settings.Chunk.DiskThreads, name),
            Peers = peers,
            Settings = settings.Chunk,
            Time = options.Time,
            Pool = plane.Pool,
            Serving = new ServingRight(options.Time),
            Epochs = new EpochGate(),
            Directory = directory,
            Scrub = () => scrubber.Progress,
            CopyRate = new RateLimit(settings.Chunk.RepairBandwidthBytesPerSecond, options.Time),
            Self = () => new ChainMember(data.Identity.Server, data.Endpoint),
        };
        var setup = new ChunkServerSetup(meta, environment, data, controlAddress, options.Incarnation);
        var actor = system.ActorOf(ChunkServerActor.PropsFor(setup), name);
        events.Target = actor;
        return new ChunkServerHost(actor, store, data, peers, log) { Environment = environment, Scrubber = scrubber };
    }

    /// <summary>Stops: lets every chunk come to rest, tells meta, closes connections and files. Once; later calls wait for the first.</summary>
    public Task StopAsync() => _stop.Value;

    private static IChunkStore OpenStore(ChunkSettings settings, ChunkNodeOptions options, StoreEvents events)
    {
        var storeSettings = new ChunkStoreSettings
        {
            Folders = settings.Folders,
            FreeSpaceReserveBytes = settings.FreeSpaceReserveBytes,
            MaxOpenFiles = settings.MaxOpenFiles,
            OnEvent = events.Tell,
        };
        return options.OpenStore is { } open
            ? open(storeSettings)
            : FileChunkStore.Open(storeSettings, options.Files, options.Lanes, options.Time).Value;
    }

    private async Task StopOnceAsync()
    {
        try
        {
            await Actor.Ask<ChunkServerActor.Drained>(ChunkServerActor.Drain.Instance, s_drainTime);
        }
        catch (AskTimeoutException)
        {
            _log.Warning("Not every chunk came to rest in {0} s; what was acknowledged is safe", s_drainTime.TotalSeconds);
        }

        await Data.DisposeAsync();
        await Actor.GracefulStop(s_drainTime);
        await _peers.DisposeAsync();
        Scrubber.Dispose();
        Store.Dispose();
    }

    // The store may speak before there is an actor to listen.
    private sealed class StoreEvents
    {
        private readonly Lock _lock = new();
        private readonly Queue<StoreEvent> _early = new();
        private IActorRef? _target;

        public IActorRef Target
        {
            set
            {
                lock (_lock)
                {
                    _target = value;
                    while (_early.TryDequeue(out var happened))
                    {
                        value.Tell(happened, ActorRefs.NoSender);
                    }
                }
            }
        }

        public void Tell(StoreEvent happened)
        {
            lock (_lock)
            {
                if (_target is { } target)
                {
                    target.Tell(happened, ActorRefs.NoSender);
                }
                else
                {
                    _early.Enqueue(happened);
                }
            }
        }
    }
}
