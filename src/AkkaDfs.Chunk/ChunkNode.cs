// A chunk server as a library: joins meta's cluster and leaves in good order. Program.cs only wires it.

using Akka.Actor;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk;

/// <summary>A running chunk server.</summary>
public sealed class ChunkNode : IAsyncDisposable
{
    /// <summary>Name of the chunk server's actor below /user.</summary>
    public const string ActorName = NodeBootstrap.ChunkServerName;

    private readonly ChunkServerHost _host;
    private readonly bool _ownsSystem;

    private ChunkNode(ActorSystem system, bool ownsSystem, ChunkServerHost host)
    {
        (System, _ownsSystem, _host) = (system, ownsSystem, host);
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceStop, "stop-chunk-server", async () =>
        {
            await _host.StopAsync();
            return Akka.Done.Instance;
        });
    }

    /// <summary>The actor system it lives in.</summary>
    public ActorSystem System { get; }

    /// <summary>The chunk server's actor.</summary>
    public IActorRef Actor => _host.Actor;

    /// <summary>Where its data plane listens.</summary>
    public DataEndpoint Endpoint => _host.Data.Endpoint;

    /// <summary>Its id; None until meta has registered it for the first time.</summary>
    public ServerId Server => _host.Data.Identity.Server;

    /// <summary>Its replicas.</summary>
    public IChunkStore Store => _host.Store;

    /// <summary>Starts a chunk server with an actor system of its own.</summary>
    /// <exception cref="DfsException">InvalidConfiguration; FolderLocked, WrongCluster and other errors of the data folders; Unreachable when the port is taken.</exception>
    public static ChunkNode Start(NodeConfiguration configuration, ChunkNodeOptions? options = null)
    {
        var system = NodeBootstrap.StartSystem(configuration);
        try
        {
            var node = Start(system, NodeBootstrap.StartMetaProxy(system), configuration.Settings, options, ownsSystem: true);
            NodeBootstrap.WatchForMeta(system, configuration.Settings.Chunk.RejoinAfter);
            return node;
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

        await _host.StopAsync();
    }

    private static ChunkNode Start(ActorSystem system, IActorRef meta, NodeSettings settings, ChunkNodeOptions? options, bool ownsSystem)
        => new(system, ownsSystem, ChunkServerHost.Start(system, meta, settings, NodeBootstrap.AddressOf(system), ActorName, options ?? new ChunkNodeOptions()));
}
