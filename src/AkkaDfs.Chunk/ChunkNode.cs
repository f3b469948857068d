// A chunk server as a library: opens the store, listens, joins meta's cluster, and leaves in good order. Program.cs only wires it.

using Akka.Actor;
using Akka.Event;
using AkkaDfs.Chunk.Actors;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Hosting;

namespace AkkaDfs.Chunk;

/// <summary>What a chunk server stands on; the defaults are the real ones.</summary>
public sealed record ChunkNodeOptions
{
    /// <summary>The network of the data plane.</summary>
    public IDataTransport Transport { get; init; } = TcpTransport.Instance;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Opens the store; null for files in the folders of the settings. The node disposes it.</summary>
    public Func<ChunkStoreSettings, IChunkStore>? OpenStore { get; init; }

    /// <summary>Tells one run of the process from another.</summary>
    public Guid Incarnation { get; init; } = Guid.NewGuid();
}

/// <summary>A running chunk server.</summary>
public sealed class ChunkNode : IAsyncDisposable
{
    /// <summary>Name of the chunk server's actor below /user.</summary>
    public const string ActorName = "chunk-server";

    private static readonly TimeSpan s_drainTime = TimeSpan.FromSeconds(5);

    private readonly IChunkStore _store;
    private readonly DataServer _data;
    private readonly ChainPeers _peers;
    private readonly bool _ownsSystem;
    private readonly Lazy<Task> _stop;

    private ChunkNode(ActorSystem system, bool ownsSystem, IActorRef actor, IChunkStore store, DataServer data, ChainPeers peers)
    {
        (System, _ownsSystem, Actor, _store, _data, _peers) = (system, ownsSystem, actor, store, data, peers);
        _stop = new Lazy<Task>(StopOnceAsync);
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceStop, "stop-chunk-server", async () =>
        {
            await _stop.Value;
            return Akka.Done.Instance;
        });
    }

    /// <summary>The actor system it lives in.</summary>
    public ActorSystem System { get; }

    /// <summary>The chunk server's actor.</summary>
    public IActorRef Actor { get; }

    /// <summary>Where its data plane listens.</summary>
    public Shared.Protocol.DataEndpoint Endpoint => _data.Endpoint;

    /// <summary>Its id; None until meta has registered it for the first time.</summary>
    public ServerId Server => _data.Identity.Server;

    /// <summary>Its replicas.</summary>
    public IChunkStore Store => _store;

    /// <summary>Starts a chunk server with an actor system of its own.</summary>
    /// <exception cref="DfsException">InvalidConfiguration; FolderLocked, WrongCluster and other errors of the data folders; Unreachable when the port is taken.</exception>
    public static ChunkNode Start(NodeConfiguration configuration, ChunkNodeOptions? options = null)
    {
        var system = NodeBootstrap.StartSystem(configuration);
        try
        {
            return Start(system, NodeBootstrap.StartMetaProxy(system), configuration.Settings, options, ownsSystem: true);
        }
        catch (DfsException)
        {
            _ = system.Terminate();
            throw;
        }
    }

    /// <summary>Starts a chunk server in an actor system that lives on when it stops.</summary>
    /// <param name="system">The system.</param>
    /// <param name="meta">The way to the acting meta.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="options">What it stands on.</param>
    /// <exception cref="DfsException">As for a system of its own.</exception>
    public static ChunkNode Start(ActorSystem system, IActorRef meta, NodeSettings settings, ChunkNodeOptions? options = null)
        => Start(system, meta, settings, options, ownsSystem: false);

    /// <summary>Stops: lets every chunk come to rest, tells meta, closes connections and files, leaves the cluster.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ownsSystem)
        {
            await CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
            await System.WhenTerminated;
        }

        await _stop.Value;
    }

    private static ChunkNode Start(ActorSystem system, IActorRef meta, NodeSettings settings, ChunkNodeOptions? options, bool ownsSystem)
    {
        options ??= new ChunkNodeOptions();
        var events = new StoreEvents();
        var store = OpenStore(settings.Chunk, options, events);
        var log = Logging.GetLogger(system, ActorName);
        var plane = new DataPlaneOptions
        {
            Transport = options.Transport,
            Time = options.Time,
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
            store.Dispose();
            throw new DfsException(DfsErrorCode.Unreachable, $"{e.Message}. Choose another --data-port, or stop what uses it.", e);
        }

        var peers = new ChainPeers(plane);
        var environment = new ChunkEnvironment
        {
            Store = store,
            Disk = new DiskQueue(system, settings.Chunk.DiskThreads),
            Peers = peers,
            Settings = settings.Chunk,
            Time = options.Time,
            Pool = plane.Pool,
            Serving = new ServingRight(options.Time),
            Epochs = new EpochGate(),
            Directory = directory,
            CopyRate = new RateLimit(settings.Chunk.RepairBandwidthBytesPerSecond, options.Time),
            Self = () => new ChainMember(data.Identity.Server, data.Endpoint),
        };
        var setup = new ChunkServerSetup(meta, environment, data, NodeBootstrap.AddressOf(system), options.Incarnation);
        var actor = system.ActorOf(ChunkServerActor.PropsFor(setup), ActorName);
        events.Target = actor;
        return new ChunkNode(system, ownsSystem, actor, store, data, peers);
    }

    private static IChunkStore OpenStore(ChunkSettings settings, ChunkNodeOptions options, StoreEvents events)
    {
        var storeSettings = new ChunkStoreSettings
        {
            Folders = settings.Folders,
            FreeSpaceReserveBytes = settings.FreeSpaceReserveBytes,
            OnEvent = events.Tell,
        };
        return options.OpenStore is { } open
            ? open(storeSettings)
            : FileChunkStore.Open(storeSettings, DiskFileSystem.Instance, ThreadLanes.Instance, options.Time).Value;
    }

    private async Task StopOnceAsync()
    {
        try
        {
            await Actor.Ask<ChunkServerActor.Drained>(ChunkServerActor.Drain.Instance, s_drainTime);
        }
        catch (AskTimeoutException)
        {
            Logging.GetLogger(System, ActorName).Warning("Not every chunk came to rest in {0} s; what was acknowledged is safe", s_drainTime.TotalSeconds);
        }

        await _data.DisposeAsync();
        await _peers.DisposeAsync();
        await Actor.GracefulStop(s_drainTime);
        _store.Dispose();
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
