// dfs maintenance SERVER --for TIME | --end

using System.CommandLine;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Lets a chunk server be down for a while without its replicas being made again.</summary>
internal static class MaintenanceVerb
{
    public static Command Create(CommandContext context)
    {
        var server = new Argument<uint>("SERVER") { Description = "Its number, as dfs nodes shows it." };
        var length = new Option<TimeSpan?>("--for")
        {
            Description = "How long it may be down: 90s, 10m, 2h; at most 7 days. It is over by itself after that.", HelpName = "TIME", CustomParser = CommonOptions.ParseTime,
        };
        var end = new Option<bool>("--end") { Description = "It is over now." };
        var command = new Command("maintenance", "Let a chunk server be down for a while: only what has one copy left is made again meanwhile.") { server, length, end };
        command.Validators.Add(result =>
        {
            if ((result.GetResult(length) is not null) == (result.GetResult(end) is not null))
            {
                result.AddError("Give either --for TIME or --end.");
            }
        });
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var id = new ServerId(parse.GetValue(server));
            var time = parse.GetValue(length) is { } given && given != Timeout.InfiniteTimeSpan ? given : TimeSpan.Zero;
            var status = await lease.Client.SetServerModeAsync(
                id, parse.GetValue(end) ? ServerMode.Normal : ServerMode.Maintenance, time, context.Options.Call(parse), cancellationToken).ConfigureAwait(false);
            ServerText.Print(context, status, id, parse.GetValue(context.Options.Json));
            return ExitCodes.Ok;
        });
        return command;
    }
}
