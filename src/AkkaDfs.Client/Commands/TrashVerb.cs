// dfs trash list | empty   and   dfs undelete PATH [--to PATH] [--id N]

using System.CommandLine;
using System.Globalization;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Shows what was removed, brings it back, or removes it for good.</summary>
internal static class TrashVerb
{
    public static Command Create(CommandContext context)
    {
        var list = new Command("list", "Show what was removed and can be had back.");
        list.SetAction((parse, cancellationToken) => ListAsync(context, parse, cancellationToken));
        var empty = new Command("empty", "Remove for good what you have removed (a superuser: everything in the trash).");
        empty.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var count = await lease.Client.EmptyTrashAsync(context.Options.Call(parse), cancellationToken).ConfigureAwait(false);
            context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} removed for good."));
            return ExitCodes.Ok;
        });
        return new Command("trash", "Show or empty the trash.") { list, empty };
    }

    public static Command CreateUndelete(CommandContext context)
    {
        var path = new Argument<string>("PATH") { Description = "Where it was." };
        var to = new Option<string?>("--to") { Description = "Put it there instead.", HelpName = "PATH" };
        var id = new Option<ulong>("--id") { Description = "Not the last one that was removed from there, but this one, as trash list shows.", HelpName = "N" };
        var command = new Command("undelete", "Bring back what was removed.") { path, to, id };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var target = parse.GetValue(to) is { } other ? context.Remote(other) : null;
            await lease.Client.UndeleteAsync(
                context.Remote(parse.GetRequiredValue(path)), target, new InodeId(parse.GetValue(id)), context.Options.Call(parse), cancellationToken).ConfigureAwait(false);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static async Task<int> ListAsync(CommandContext context, ParseResult parse, CancellationToken cancellationToken)
    {
        await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
        var entries = new List<MetaProtocol.TrashEntry>();
        await foreach (var entry in lease.Client.ListTrashAsync(context.Options.Call(parse), cancellationToken).ConfigureAwait(false))
        {
            entries.Add(entry);
        }

        entries.Sort((a, b) => (a.RemovedUnixNs, a.Path).CompareTo((b.RemovedUnixNs, b.Path)));
        if (parse.GetValue(context.Options.Json))
        {
            JsonText.Print(context.Out, (IReadOnlyList<JsonTrash>)[.. entries.Select(JsonText.Trash)]);
            return ExitCodes.Ok;
        }

        foreach (var entry in entries)
        {
            var size = entry.Status.Kind == NodeKind.File ? Amounts.Bytes(entry.Status.LengthBytes) : Names.Kebab(entry.Status.Kind);
            context.Out.WriteLine(
                $"{JsonText.Time(entry.RemovedUnixNs):yyyy-MM-dd HH:mm:ss}  until {JsonText.Time(entry.ExpiresUnixNs):yyyy-MM-dd HH:mm:ss}  {size,10}  {entry.Status.Inode,8}  {entry.Path}");
        }

        return ExitCodes.Ok;
    }
}
