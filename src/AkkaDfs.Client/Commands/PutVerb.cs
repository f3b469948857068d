// dfs put [-r] LOCAL… REMOTE

using System.CommandLine;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Transfer;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Stores local files and folders.</summary>
internal static class PutVerb
{
    public static Command Create(CommandContext context)
    {
        var paths = new Argument<string[]>("PATH")
        {
            HelpName = "LOCAL REMOTE",
            Description = "Local files or folders, one or more (- is standard input), and where they go: a name, or an existing directory.",
            Arity = new ArgumentArity(2, 100_000),
        };
        var recursive = new Option<bool>("-r", "-R", "--recursive") { Description = "Also folders, with all that is in them." };
        var keep = new Option<bool>("-n", "--no-clobber") { Description = "Fail rather than replace an existing file." };
        var verify = new Option<bool>("--verify") { Description = "Read everything back and compare SHA-256; exit code 5 when it differs." };
        var layout = new LayoutOptions();
        var command = new Command("put", "Store local files and folders.") { paths, recursive, keep, verify };
        command.Aliases.Add("upload");
        layout.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var given = parse.GetRequiredValue(paths);
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var options = new UploadOptions(
                layout.ParallelFiles(parse, lease.Client),
                layout.Layout(parse),
                parse.GetValue(keep) ? MetaProtocol.Disposition.CreateNew : MetaProtocol.Disposition.Replace,
                layout.Call(parse, context.Options.Call(parse)),
                parse.GetValue(verify));
            return given[0] == "-"
                ? await StoreInputAsync(context, lease.Client, given, options, cancellationToken).ConfigureAwait(false)
                : await StoreFilesAsync(context, parse, lease.Client, given, parse.GetValue(recursive), options, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> StoreFilesAsync(
        CommandContext context, ParseResult parse, IDfsClient client, string[] given, bool recursive, UploadOptions options, CancellationToken cancellationToken)
    {
        var target = context.Remote(given[^1]);
        var into = await client.FindAsync(target, options.Call, cancellationToken).ConfigureAwait(false) is { Kind: NodeKind.Directory };
        if (!into && (given.Length > 2 || given[^1].EndsWith('/')))
        {
            throw new DfsException(DfsErrorCode.FileNotFound, $"{target} is not an existing directory. Make it with dfs mkdir -p {target}, or give a name.");
        }

        var tree = new LocalTree();
        foreach (var local in given[..^1])
        {
            tree.Add(local, into ? RemotePath.Join(target, NameOf(local)) : target, recursive);
        }

        await using var progress = TransferReport.Start(context, parse, tree.TotalBytes, tree.Files.Count);
        await new Upload(client, options, progress).RunAsync(tree, cancellationToken).ConfigureAwait(false);
        return await TransferReport.EndAsync(context, parse, "stored", progress, tree.Directories.Count, tree.Skipped, options.Verify).ConfigureAwait(false);
    }

    private static async Task<int> StoreInputAsync(
        CommandContext context, IDfsClient client, string[] given, UploadOptions options, CancellationToken cancellationToken)
    {
        if (given.Length != 2)
        {
            throw new DfsException(DfsErrorCode.InvalidArgument, "Standard input makes one file: dfs put - REMOTE.");
        }

        var create = new CreateOptions { Layout = options.Layout, Disposition = options.Disposition };
        await using var input = context.OpenInput();
        var remote = await client.OpenWriteAsync(context.Remote(given[1]), create, options.Call, cancellationToken).ConfigureAwait(false);
        await using (remote.ConfigureAwait(false))
        {
            await input.CopyToAsync(remote, 1024 * 1024, cancellationToken).ConfigureAwait(false);
        }

        return ExitCodes.Ok;
    }

    // "dir/", "dir/." and ".." have a name as well.
    private static string NameOf(string local) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(local)));
}
