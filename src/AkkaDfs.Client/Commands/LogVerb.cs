// dfs log [PATH] [--since TIME|DATE] [-n N]

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Shows the operation log: what happened to which path, and when.</summary>
internal static class LogVerb
{
    private const int DefaultLimit = 100;

    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("PATH") { Description = "A file, or a directory with everything below it, as it was called then.", DefaultValueFactory = _ => "/" };
        var since = new Option<DateTimeOffset?>("--since")
        {
            Description = "Only what is newer: a time ago (10m, 2h, 7d) or a date (2026-11-27, 2026-11-27T20:15).",
            HelpName = "TIME",
            CustomParser = result => ParseSince(result, context.Time.GetUtcNow()),
        };
        var limit = new Option<int>("--limit", "-n")
        {
            Description = $"Most entries, 1 to {MetaProtocol.MaxPage}: the newest.", HelpName = "N", DefaultValueFactory = _ => DefaultLimit,
        };
        limit.Validators.Add(result =>
        {
            if (result.GetValue(limit) is < 1 or > MetaProtocol.MaxPage)
            {
                result.AddError($"--limit must be between 1 and {MetaProtocol.MaxPage}.");
            }
        });
        var command = new Command("log", "Show the operation log: what happened to which file, and when.") { path, since, limit };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var page = await lease.Client.GetLogAsync(
                context.Remote(parse.GetRequiredValue(path)), parse.GetValue(since), parse.GetValue(limit), context.Options.Call(parse), cancellationToken)
                .ConfigureAwait(false);
            if (parse.GetValue(context.Options.Json))
            {
                JsonText.Print(context.Out, new JsonLog(page.HasEarlier, [.. page.Entries.Select(JsonText.Entry)]));
                return ExitCodes.Ok;
            }

            Print(context.Out, page);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void Print(TextWriter output, MetaProtocol.LogPage page)
    {
        if (page.HasEarlier)
        {
            output.WriteLine($"(older entries are left out: --limit shows up to {MetaProtocol.MaxPage})");
        }

        foreach (var entry in page.Entries)
        {
            var to = entry.OtherPath.Length > 0 ? $" -> {entry.OtherPath}" : string.Empty;
            var text = entry.Text.Length > 0 ? $"  {entry.Text}" : string.Empty;
            output.WriteLine($"{entry.Position,8}  {JsonText.Time(entry.AtUnixNs):yyyy-MM-dd HH:mm:ss.fff}  {entry.Kind,-11} {entry.Path}{to}{text}");
        }
    }

    private static DateTimeOffset? ParseSince(ArgumentResult result, DateTimeOffset now)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : string.Empty;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) && text.Contains('-', StringComparison.Ordinal))
        {
            return date;
        }

        if (CommonOptions.ParseTime(result) is { } ago && ago != Timeout.InfiniteTimeSpan)
        {
            return now - ago;
        }

        result.AddError("--since takes a time ago such as 10m, 2h or 7d, or a date such as 2026-11-27 or 2026-11-27T20:15.");
        return null;
    }
}
