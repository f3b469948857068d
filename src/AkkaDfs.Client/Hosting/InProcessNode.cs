// A node inside this process, with an actor system of its own.

using Akka.Actor;
using AkkaDfs.Chunk;
using AkkaDfs.Meta;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Hosting;

namespace AkkaDfs.Client.Hosting;

/// <summary>A meta node or a chunk server in this process.</summary>
internal sealed class InProcessNode(string name, ActorSystem system, IAsyncDisposable node) : IHostedNode
{
    public string Name => name;

    public string Address { get; } = NodeBootstrap.AddressOf(system);

    /// <summary>Completes when the node has ended, asked or not.</summary>
    public Task Ended => system.WhenTerminated;

    public int ProcessId => Environment.ProcessId;

    /// <summary>Starts a node.</summary>
    public static Task<InProcessNode> StartAsync(NodeRole role, string name, NodeOptions options, CancellationToken cancellationToken)
        => Task.Run(() => Start(role, name, options), cancellationToken);

    public Task KillAsync()
        => throw new DfsException(DfsErrorCode.NotSupported, $"{name} runs inside this process and cannot be killed alone. Start the cluster with separate processes.");

    public ValueTask DisposeAsync() => node.DisposeAsync();

    private static InProcessNode Start(NodeRole role, string name, NodeOptions options)
    {
        var configuration = NodeConfiguration.Load(role, options);
        if (role == NodeRole.Meta)
        {
            var meta = MetaNode.Start(configuration);
            return new InProcessNode(name, meta.System, meta);
        }

        var chunk = ChunkNode.Start(configuration);
        return new InProcessNode(name, chunk.System, chunk);
    }
}
