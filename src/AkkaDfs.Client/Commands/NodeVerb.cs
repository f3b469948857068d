// dfs node meta|chunk: one node in this process. Hidden: `dfs up --processes` and `dfs demo` start it, so that the single dfs
// file is enough to run a whole cluster of processes.

using System.CommandLine;
using AkkaDfs.Client.Hosting;
using AkkaDfs.Shared.Hosting;

namespace AkkaDfs.Client.Commands;

/// <summary>Runs one node until its standard input closes or a signal comes.</summary>
internal static class NodeVerb
{
    public static Command Create(CommandContext context)
        => new("node", "Run one node of a cluster.") { Hidden = true, Subcommands = { Create(context, NodeRole.Meta), Create(context, NodeRole.Chunk) } };

    private static Command Create(CommandContext context, NodeRole role)
    {
        var port = new Option<int?>("--port") { Description = "Port of the actor system; 0 takes any free one." };
        var dataPort = new Option<int?>("--data-port") { Description = "Port of the data plane; 0 takes any free one." };
        var hostname = new Option<string?>("--hostname") { Description = "Address to listen on." };
        var data = new Option<string?>("--data") { Description = "Folder for everything the node stores." };
        var log = new Option<string?>("--log") { Description = "File that takes everything the node prints." };
        var name = role.ToString().ToLowerInvariant();
        var command = new Command(name, $"Run a {name} node.") { port, dataPort, hostname, data, log };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var options = context.Options.Node(parse) with
            {
                Port = parse.GetValue(port),
                DataPort = parse.GetValue(dataPort),
                Hostname = parse.GetValue(hostname),
                DataFolder = parse.GetValue(data),
                Seeds = context.Options.Seeds(parse),
            };
            // Ctrl+C at a terminal reaches the parent and its children alike: the parent decides.
            using var ignored = context.InputIsTerminal ? null : context.Signals?.Redirect(() => { });
            if (parse.GetValue(log) is { } file)
            {
                NodeLog.RedirectTo(file);
            }

            await using var node = await InProcessNode.StartAsync(role, name, options, cancellationToken).ConfigureAwait(false);
            context.Out.WriteLine($"{ChildNode.ReadyWord} {node.Address}");
            await context.Out.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (await UntilToldAsync(context, node, cancellationToken).ConfigureAwait(false))
            {
                return ExitCodes.Ok;
            }

            // It says why it could not start again.
            await node.Ended.ConfigureAwait(false);
            return ExitCodes.Failed;
        });
        return command;
    }

    // The end of the parent, of whatever kind, closes the pipe. A person at a terminal uses Ctrl+C. False: the node ended by itself.
    private static async Task<bool> UntilToldAsync(CommandContext context, InProcessNode node, CancellationToken cancellationToken)
    {
        var stopped = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(stopped.SetResult);
        var parent = context.InputIsTerminal ? stopped.Task : Task.Run(() => DrainAsync(context), CancellationToken.None);
        return await Task.WhenAny(stopped.Task, parent, node.Ended).ConfigureAwait(false) != node.Ended;
    }

    private static async Task DrainAsync(CommandContext context)
    {
        var input = context.OpenInput();
        var buffer = new byte[256];
        int read;
        do
        {
            read = await input.ReadAsync(buffer).ConfigureAwait(false);
        }
        while (read > 0);
    }
}
