// A node inside this process, with an actor system of its own. A node that its cluster has removed, because it was paused or cut
// off for long, starts again by itself: an actor system cannot come back from that, and nobody is there to do it at 3 a.m.

using System.Globalization;
using Akka.Actor;
using AkkaDfs.Chunk;
using AkkaDfs.Meta;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Hosting;

namespace AkkaDfs.Client.Hosting;

/// <summary>A meta node or a chunk server in this process.</summary>
internal sealed class InProcessNode : IHostedNode
{
    private static readonly TimeSpan s_rejoinDelay = TimeSpan.FromSeconds(1);

    private readonly NodeRole _role;
    private readonly NodeOptions _options;
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Running _running;

    private InProcessNode(NodeRole role, string name, NodeOptions options)
    {
        (_role, Name) = (role, name);
        _running = Start(role, options);
        Address = NodeBootstrap.AddressOf(_running.System);

        // Whoever knows its address finds it there again.
        _options = options with { Port = int.Parse(Address[(Address.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture) };
        Ended = KeepAsync();
    }

    public string Name { get; }

    public string Address { get; }

    /// <summary>Completes when the node has stopped because it was asked to; fails when it could not start again.</summary>
    /// <exception cref="DfsException">Why.</exception>
    public Task Ended { get; }

    public int ProcessId => Environment.ProcessId;

    /// <summary>Its actor system as of now.</summary>
    internal ActorSystem System => _running.System;

    /// <summary>Starts a node.</summary>
    public static Task<InProcessNode> StartAsync(NodeRole role, string name, NodeOptions options, CancellationToken cancellationToken)
        => Task.Run(() => new InProcessNode(role, name, options), cancellationToken);

    public Task KillAsync()
        => throw new DfsException(DfsErrorCode.NotSupported, $"{Name} runs inside this process and cannot be killed alone. Start the cluster with separate processes.");

    public async ValueTask DisposeAsync()
    {
        _asked.TrySetResult();
        await Task.WhenAny(Ended).ConfigureAwait(false);
    }

    private async Task KeepAsync()
    {
        while (true)
        {
            await Task.WhenAny(_asked.Task, _running.System.WhenTerminated).ConfigureAwait(false);
            await _running.Node.DisposeAsync().ConfigureAwait(false);
            if (!_asked.Task.IsCompleted)
            {
                await Console.Error.WriteLineAsync($"Node {Name} was removed from its cluster and has stopped. Its log says why; it starts again and rejoins.").ConfigureAwait(false);
                await Task.WhenAny(_asked.Task, Task.Delay(s_rejoinDelay)).ConfigureAwait(false);
            }

            if (_asked.Task.IsCompleted)
            {
                return;
            }

            _running = await Task.Run(() => Start(_role, _options)).ConfigureAwait(false);
        }
    }

    private static Running Start(NodeRole role, NodeOptions options)
    {
        var configuration = NodeConfiguration.Load(role, options);
        if (role == NodeRole.Meta)
        {
            var meta = MetaNode.Start(configuration);
            return new Running(meta.System, meta);
        }

        var chunk = ChunkNode.Start(configuration);
        return new Running(chunk.System, chunk);
    }

    private sealed record Running(ActorSystem System, IAsyncDisposable Node);
}
