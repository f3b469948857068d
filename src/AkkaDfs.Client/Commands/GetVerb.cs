// dfs get [-r] [-f] REMOTE… LOCAL

using System.CommandLine;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Transfer;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Commands;

/// <summary>Fetches files and folders.</summary>
internal static class GetVerb
{
    public static Command Create(CommandContext context)
    {
        var paths = new Argument<string[]>("PATH")
        {
            HelpName = "REMOTE LOCAL",
            Description = "Files or directories in the file system, one or more, and where they go: a local name, or an existing folder.",
            Arity = new ArgumentArity(1, 100_000),
        };
        var recursive = new Option<bool>("-r", "-R", "--recursive") { Description = "Also directories, with all that is in them." };
        var force = new Option<bool>("-f", "--force") { Description = "Replace local files that are there already." };
        var parallel = new Option<int>("--parallel", "-j") { Description = "Files at once, 1 to 256.", HelpName = "N" };
        LayoutOptions.InRange(parallel, 1, 256);
        var command = new Command("get", "Fetch files and folders. With one path, into the current folder.") { paths, recursive, force, parallel };
        command.Aliases.Add("download");
        command.SetAction(async (parse, cancellationToken) =>
        {
            var given = parse.GetRequiredValue(paths);
            var (sources, target) = given.Length == 1 ? (given, ".") : (given[..^1], given[^1]);
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var options = context.Options.Call(parse);
            var plan = new DownloadPlan();
            var into = Directory.Exists(target);
            if (!into && (sources.Length > 1 || target.EndsWith('/')))
            {
                throw new DfsException(DfsErrorCode.LocalFileError, $"{target} is not an existing folder. Make it first, or give a name.");
            }

            foreach (var source in sources.Select(context.Remote))
            {
                var name = RemotePath.NameOf(source);
                var local = into && name.Length > 0 ? Path.Combine(target, name) : target;
                await plan.AddAsync(lease.Client, source, Path.GetFullPath(local), parse.GetValue(recursive), options, cancellationToken).ConfigureAwait(false);
            }

            await using var progress = TransferReport.Start(context, parse, plan.TotalBytes, plan.Files.Count);
            var atOnce = parse.GetValue(parallel) is > 0 and var n ? n : (lease.Client as DfsClient)?.Settings.ParallelFiles ?? 8;
            await new Download(lease.Client, atOnce, parse.GetValue(force), options, progress).RunAsync(plan, cancellationToken).ConfigureAwait(false);
            return await TransferReport.EndAsync(context, parse, "fetched", progress, plan.Directories.Count, plan.Skipped, verified: false).ConfigureAwait(false);
        });
        return command;
    }
}
