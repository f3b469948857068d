// dfs truncate PATH --size SIZE

using System.CommandLine;

namespace AkkaDfs.Client.Commands;

/// <summary>Makes a file shorter or longer.</summary>
internal static class TruncateVerb
{
    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("PATH") { Description = "The file; it must exist." };
        var size = new Option<long>("--size")
        {
            Description = "Its new length: 0, 8192, 64KiB. A longer file gets NUL from its old end on.",
            HelpName = "SIZE",
            Required = true,
            CustomParser = CommonOptions.ParseSize,
        };
        var sync = new Option<bool>("--sync") { Description = "Done when it is on disk." };
        var command = new Command("truncate", "Make a file exactly so long.") { path, size, sync };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var call = context.Options.Call(parse) with { Sync = parse.GetValue(sync) };
            var target = context.Remote(parse.GetRequiredValue(path));
            await lease.Client.SetLengthAsync(target, parse.GetValue(size), call, cancellationToken).ConfigureAwait(false);
            return ExitCodes.Ok;
        });
        return command;
    }
}
