// dfs ls [-l] [-R] [PATH…]

using System.CommandLine;
using System.Globalization;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Lists directories.</summary>
internal sealed class LsVerb(CommandContext context, CallOptions options, bool details, bool recursive, bool json)
{
    private readonly List<JsonNode> _found = [];

    public static Command Create(CommandContext context)
    {
        var paths = new Argument<string[]>("PATH") { Description = "Files or directories; the working directory when there is none.", Arity = ArgumentArity.ZeroOrMore };
        var details = new Option<bool>("-l") { Description = "With mode, links, owner, length and time." };
        var recursive = new Option<bool>("-R") { Description = "Also everything below." };
        var command = new Command("ls", "List directories.") { paths, details, recursive };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var verb = new LsVerb(
                context, context.Options.Call(parse), parse.GetValue(details), parse.GetValue(recursive), parse.GetValue(context.Options.Json));
            return await verb.RunAsync(lease.Client, parse.GetValue(paths) is { Length: > 0 } given ? given : ["."], cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private async Task<int> RunAsync(IDfsClient client, string[] paths, CancellationToken cancellationToken)
    {
        foreach (var (path, number) in paths.Select((p, i) => (context.Remote(p), i)))
        {
            var status = await client.StatAsync(path, options, cancellationToken).ConfigureAwait(false);
            if (status.Kind != NodeKind.Directory)
            {
                Print(path, [new MetaProtocol.DirectoryEntry(path, status)]);
                continue;
            }

            await ListAsync(client, path, withTitle: recursive || paths.Length > 1, first: number == 0, cancellationToken).ConfigureAwait(false);
        }

        if (json)
        {
            JsonText.Print(context.Out, _found);
        }

        return ExitCodes.Ok;
    }

    private async Task ListAsync(IDfsClient client, string directory, bool withTitle, bool first, CancellationToken cancellationToken)
    {
        if (withTitle && !json)
        {
            context.Out.WriteLine((first ? string.Empty : Environment.NewLine) + directory + ":");
        }

        var below = new List<string>();
        var page = new List<MetaProtocol.DirectoryEntry>();
        await foreach (var entry in client.ListAsync(directory, details || json, options, cancellationToken).ConfigureAwait(false))
        {
            page.Add(entry);
            if (recursive && entry.Status.Kind == NodeKind.Directory)
            {
                below.Add(RemotePath.Join(directory, entry.Name));
            }
        }

        Print(directory, page);
        foreach (var path in below)
        {
            await ListAsync(client, path, withTitle, first: false, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Print(string directory, List<MetaProtocol.DirectoryEntry> entries)
    {
        if (json)
        {
            _found.AddRange(entries.Select(e => JsonText.Node(RemotePath.Resolve(directory, e.Name), e.Status)));
            return;
        }

        if (!details)
        {
            foreach (var entry in entries)
            {
                context.Out.WriteLine(Shown(entry));
            }

            return;
        }

        var links = entries.Select(e => e.Status.LinkCount.ToString(CultureInfo.InvariantCulture)).ToArray();
        var owners = entries.Select(e => $"{e.Status.Uid} {e.Status.Gid}").ToArray();
        var lengths = entries.Select(e => (e.Status.LengthIsExact ? string.Empty : "≥") + e.Status.LengthBytes.ToString(CultureInfo.InvariantCulture)).ToArray();
        for (var i = 0; i < entries.Count; i++)
        {
            var status = entries[i].Status;
            var time = JsonText.Time(status.ModifiedUnixNs).ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            context.Out.WriteLine(
                $"{ModeText.Of(status.Kind, status.Mode)} {Pad(links, i)} {owners[i].PadRight(owners.Max(o => o.Length))} {Pad(lengths, i)} {time} {Shown(entries[i])}");
        }
    }

    // A slash tells a person which names are directories; a program gets the bare name.
    private string Shown(MetaProtocol.DirectoryEntry entry) => entry.Status.Kind switch
    {
        NodeKind.Directory when context.OutIsTerminal => entry.Name + "/",
        NodeKind.SymbolicLink when details => $"{entry.Name} -> {entry.Status.LinkTarget}",
        _ => entry.Name,
    };

    private static string Pad(string[] column, int row) => column[row].PadLeft(column.Max(c => c.Length));
}
