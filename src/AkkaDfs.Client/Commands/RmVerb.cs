// dfs rm [-r] [-f] [--skip-trash] PATH…

using System.CommandLine;
using AkkaDfs.Client.Core;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Commands;

/// <summary>Removes files and directories.</summary>
internal static class RmVerb
{
    public static Command Create(CommandContext context)
    {
        var paths = new Argument<string[]>("PATH") { Description = "Files or empty directories; with -r any directory.", Arity = ArgumentArity.OneOrMore };
        var recursive = new Option<bool>("-r", "-R", "--recursive") { Description = "Also everything below." };
        var force = new Option<bool>("-f", "--force") { Description = "What is not there is fine." };
        var skipTrash = new Option<bool>("--skip-trash") { Description = "For good at once: dfs undelete cannot bring it back." };
        var command = new Command("rm", "Remove files and directories.") { paths, recursive, force, skipTrash };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            foreach (var path in parse.GetRequiredValue(paths).Select(context.Remote))
            {
                if (path == RemotePath.Root)
                {
                    throw new DfsException(DfsErrorCode.InvalidArgument, "The root directory cannot be removed. Name what is in it.");
                }

                try
                {
                    await lease.Client.RemoveAsync(path, parse.GetValue(recursive), context.Options.Call(parse), cancellationToken, parse.GetValue(skipTrash)).ConfigureAwait(false);
                }
                catch (DfsException e) when (e.Code == DfsErrorCode.FileNotFound && parse.GetValue(force))
                {
                    continue;
                }
            }

            return ExitCodes.Ok;
        });
        return command;
    }
}
