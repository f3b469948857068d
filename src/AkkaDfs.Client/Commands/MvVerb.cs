// dfs mv [-n] FROM… TO

using System.CommandLine;
using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Moves and renames.</summary>
internal static class MvVerb
{
    public static Command Create(CommandContext context)
    {
        var paths = new Argument<string[]>("PATH") { HelpName = "FROM TO", Description = "What to move, one or more, and where to: a new name, or an existing directory.", Arity = new ArgumentArity(2, 100_000) };
        var keep = new Option<bool>("-n", "--no-clobber") { Description = "Do not replace an existing file." };
        var command = new Command("mv", "Move or rename files and directories.") { paths, keep };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var options = context.Options.Call(parse);
            var given = parse.GetRequiredValue(paths).Select(context.Remote).ToArray();
            var target = given[^1];
            var into = await lease.Client.FindAsync(target, options, cancellationToken).ConfigureAwait(false) is { Kind: NodeKind.Directory };
            if (given.Length > 2 && !into)
            {
                throw new DfsException(DfsErrorCode.NotADirectory, $"{target} is not a directory, so only one thing can be moved there. Make it with dfs mkdir first.");
            }

            foreach (var from in given[..^1])
            {
                var to = into ? RemotePath.Join(target, RemotePath.NameOf(from)) : target;
                var mode = parse.GetValue(keep) ? MetaProtocol.RenameMode.NoReplace : MetaProtocol.RenameMode.Replace;
                await lease.Client.RenameAsync(from, to, mode, options, cancellationToken).ConfigureAwait(false);
            }

            return ExitCodes.Ok;
        });
        return command;
    }
}
