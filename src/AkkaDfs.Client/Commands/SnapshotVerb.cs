// dfs snapshot create DIR NAME | list DIR | delete DIR NAME

using System.CommandLine;
using System.Globalization;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Takes, shows and removes snapshots of a directory.</summary>
internal static class SnapshotVerb
{
    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("DIR") { Description = "The directory." };
        var name = new Argument<string>("NAME") { Description = "The snapshot's name: it is read as DIR/.snapshot/NAME." };
        var create = new Command("create", "Take a snapshot of a directory with all that is below it.") { path, name };
        create.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var directory = context.Remote(parse.GetRequiredValue(path));
            await lease.Client.CreateSnapshotAsync(directory, parse.GetRequiredValue(name), context.Options.Call(parse), cancellationToken).ConfigureAwait(false);
            if (!parse.GetValue(context.Options.Quiet))
            {
                context.Out.WriteLine($"{directory.TrimEnd('/')}/.snapshot/{parse.GetRequiredValue(name)}");
            }

            return ExitCodes.Ok;
        });
        var delete = new Command("delete", "Remove a snapshot.") { path, name };
        delete.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            await lease.Client.DeleteSnapshotAsync(
                context.Remote(parse.GetRequiredValue(path)), parse.GetRequiredValue(name), context.Options.Call(parse), cancellationToken).ConfigureAwait(false);
            return ExitCodes.Ok;
        });
        var list = new Command("list", "Show a directory's snapshots, oldest first.") { path };
        list.SetAction((parse, cancellationToken) => ListAsync(context, parse, path, cancellationToken));
        return new Command("snapshot", "Take, show and remove snapshots of a directory.") { create, list, delete };
    }

    private static async Task<int> ListAsync(CommandContext context, ParseResult parse, Argument<string> path, CancellationToken cancellationToken)
    {
        await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
        var directory = context.Remote(parse.GetRequiredValue(path));
        var entries = await lease.Client.ListSnapshotsAsync(directory, context.Options.Call(parse), cancellationToken).ConfigureAwait(false);
        if (parse.GetValue(context.Options.Json))
        {
            JsonText.Print(context.Out, (IReadOnlyList<JsonSnapshot>)[.. entries.Select(e => JsonText.Snapshot(directory, e))]);
            return ExitCodes.Ok;
        }

        foreach (var entry in entries)
        {
            context.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{DateTimeOffset.UnixEpoch.AddTicks(entry.AtUnixNs / 100):yyyy-MM-dd HH:mm:ss}  {entry.Uid,6}  {entry.Name}"));
        }

        return ExitCodes.Ok;
    }
}
