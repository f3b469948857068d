// dfs mkdir [-p] PATH…

using System.CommandLine;

namespace AkkaDfs.Client.Commands;

/// <summary>Makes directories.</summary>
internal static class MkdirVerb
{
    public static Command Create(CommandContext context)
    {
        var paths = new Argument<string[]>("PATH") { Description = "Directories to make.", Arity = ArgumentArity.OneOrMore };
        var parents = new Option<bool>("-p", "--parents") { Description = "Also those above; an existing one is fine." };
        var command = new Command("mkdir", "Make directories.") { paths, parents };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            foreach (var path in parse.GetRequiredValue(paths))
            {
                await lease.Client.MakeDirectoryAsync(
                    context.Remote(path), parse.GetValue(parents), options: context.Options.Call(parse), cancellationToken: cancellationToken)
                    .ConfigureAwait(false);
            }

            return ExitCodes.Ok;
        });
        return command;
    }
}
