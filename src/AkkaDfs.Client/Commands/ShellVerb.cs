// dfs shell

using System.CommandLine;
using AkkaDfs.Client.Hosting;
using AkkaDfs.Client.Shell;

namespace AkkaDfs.Client.Commands;

/// <summary>Starts the interactive shell.</summary>
internal static class ShellVerb
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("shell", "Work interactively: all verbs, history, completion. Also reads commands from a pipe.");
        command.SetAction(async (parse, cancellationToken) =>
        {
            var options = context.ClientOptions(parse);
            var history = new History(context.InputIsTerminal ? UserState.PathOf("history") : null);
            var session = new ShellSession(context, token => context.Connect(options, token), history);
            try
            {
                if (context.InputIsTerminal && context.OutIsTerminal)
                {
                    return await session.RunInteractiveAsync(new ConsoleTerminal(), cancellationToken).ConfigureAwait(false);
                }

                using var input = new StreamReader(context.OpenInput());
                return await session.RunScriptAsync(input, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                if (context.SharedClient is { } client)
                {
                    context.SharedClient = null;
                    await client.DisposeAsync().ConfigureAwait(false);
                }
            }
        });
        return command;
    }
}
