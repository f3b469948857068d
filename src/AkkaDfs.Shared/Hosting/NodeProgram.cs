// The command line of a node's own program: options, one ready line on standard output, a stop in order on Ctrl+C or SIGTERM.

using System.CommandLine;
using System.Runtime.InteropServices;
using Akka.Actor;

namespace AkkaDfs.Shared.Hosting;

/// <summary>A node that a program has started.</summary>
/// <param name="Ready">What to print once it is up, after "ready: ".</param>
/// <param name="System">Its actor system.</param>
/// <param name="Node">Stops it in order.</param>
public sealed record RunningNode(string Ready, ActorSystem System, IAsyncDisposable Node)
{
    /// <summary>Why the node, which has stopped by itself, must not be started again; null when it may.</summary>
    public Func<DfsError?> Refusal { get; init; } = () => null;
}

/// <summary>Runs one node as a program.</summary>
public static class NodeProgram
{
    private static readonly TimeSpan RejoinDelay = TimeSpan.FromSeconds(1);

    /// <summary>Parses the arguments, starts the node, and waits for its end.</summary>
    /// <returns>0 after a stop that was asked for; 1 when it could not start; 2 for wrong arguments.</returns>
    public static Task<int> RunAsync(NodeRole role, string description, string[] arguments, Func<NodeConfiguration, RunningNode> start)
    {
        var port = new Option<int?>("--port") { Description = "Port of the actor system; 0 takes any free one.", HelpName = "PORT" };
        var dataPort = new Option<int?>("--data-port") { Description = "Port of the data plane; 0 takes any free one.", HelpName = "PORT" };
        var hostname = new Option<string?>("--hostname") { Description = "Address to listen on and to tell others.", HelpName = "HOST" };
        var seed = new Option<string[]>("--seed", "-s") { Description = "host:port of nodes of the cluster, meta nodes first; separated by commas or repeated.", HelpName = "HOST:PORT" };
        var data = new Option<string?>("--data") { Description = "Folder for everything the node stores.", HelpName = "DIR" };
        var config = new Option<string?>("--config") { Description = "A HOCON file laid over the defaults.", HelpName = "FILE" };
        var profile = new Option<string?>("--profile") { Description = $"A ready-made set of settings: {string.Join(", ", NodeConfiguration.Profiles)}.", HelpName = "NAME" };
        var define = new Option<string[]>("-D") { Description = "One setting, which wins over files: -D dfs.cluster.replicas=2.", HelpName = "KEY=VALUE" };
        var root = new RootCommand(description) { port, hostname, seed, data, config, profile, define };
        if (role == NodeRole.Chunk)
        {
            root.Options.Add(dataPort);
        }

        root.SetAction((parse, _) => RunAsync(
            role,
            new NodeOptions
            {
                Port = parse.GetValue(port),
                DataPort = role == NodeRole.Chunk ? parse.GetValue(dataPort) : null,
                Hostname = parse.GetValue(hostname),
                Seeds = [.. (parse.GetValue(seed) ?? []).SelectMany(s => s.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
                DataFolder = parse.GetValue(data),
                ConfigFile = parse.GetValue(config),
                Profile = parse.GetValue(profile),
                Overrides = parse.GetValue(define) ?? [],
            },
            start));
        var parsed = root.Parse(arguments);
        
        // A stop in order takes as long as it takes; the library's own handler of signals would cut it off after two seconds.
        return parsed.Errors.Count > 0 ? UsageAsync(parsed) : parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static async Task<int> UsageAsync(ParseResult parsed)
    {
        await parsed.InvokeAsync().ConfigureAwait(false);
        return 2;
    }

    private static async Task<int> RunAsync(NodeRole role, NodeOptions options, Func<NodeConfiguration, RunningNode> start)
    {
        try
        {
            var asked = WhenAskedToStop(out var signals);
            using (signals)
            {
                while (true)
                {
                    var running = start(NodeConfiguration.Load(role, options));

                    // Whoever was told "any free port" is known by the one that it took.
                    options = options with { Port = NodeBootstrap.PortOf(running.System) };
                    if (await RunOnceAsync(running, asked).ConfigureAwait(false))
                    {
                        return 0;
                    }

                    // Paused or cut off for long, it was taken for dead and removed; an actor system cannot come back from that.
                    Console.Error.WriteLine("The node was removed from its cluster and has stopped. Its log says why; it starts again and rejoins.");
                    await Task.WhenAny(asked, Task.Delay(RejoinDelay)).ConfigureAwait(false);
                }
            }
        }
        catch (DfsException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    // True when it was asked to stop.
    private static async Task<bool> RunOnceAsync(RunningNode running, Task asked)
    {
        await using var node = running.Node.ConfigureAwait(false);
        Console.WriteLine($"ready: {running.Ready}");
        if (await Task.WhenAny(asked, running.System.WhenTerminated).ConfigureAwait(false) == asked)
        {
            return true;
        }

        return running.Refusal() is { } refusal ? throw refusal.ToException() : false;
    }

    private static Task WhenAskedToStop(out IDisposable signals)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        signals = new Signals(
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle));
        return asked.Task;

        void Handle(PosixSignalContext context)
        {
            // The first asks for a stop in order; a second one ends the process at once.
            context.Cancel = asked.TrySetResult();
        }
    }

    private sealed class Signals(params PosixSignalRegistration[] registrations) : IDisposable
    {
        public void Dispose()
        {
            foreach (var registration in registrations)
            {
                registration.Dispose();
            }
        }
    }
}
