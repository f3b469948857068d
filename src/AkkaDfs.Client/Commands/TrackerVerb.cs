// dfs tracker [PATH]

using System.CommandLine;
using System.Globalization;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;

namespace AkkaDfs.Client.Commands;

/// <summary>Shows the look-up table: which server has which part of which file, where on its disk, and whether it is alive.</summary>
internal static class TrackerVerb
{
    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("PATH") { Description = "A file, or a directory with everything below it.", DefaultValueFactory = _ => "." };
        var command = new Command("tracker", "Show the look-up table: file, chunk, server, is it alive, path on that server.") { path };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var rows = lease.Client.TrackAsync(context.Remote(parse.GetRequiredValue(path)), context.Options.Call(parse), cancellationToken);
            if (parse.GetValue(context.Options.Json))
            {
                var all = new List<JsonTrackerRow>();
                await foreach (var row in rows.ConfigureAwait(false))
                {
                    all.Add(JsonText.Row(row));
                }

                JsonText.Print(context.Out, all);
                return ExitCodes.Ok;
            }

            var table = new TextTable("file", ">index", "chunk", "server", "alive", "state", "address", "path on the server");
            await foreach (var r in rows.ConfigureAwait(false))
            {
                table.Add(
                    r.Path, r.Index.ToString(CultureInfo.InvariantCulture), r.Chunk.ToString(), r.Server.ToString(), r.Alive ? "yes" : "NO",
                    Names.Kebab(r.State), r.Endpoint.ToString(), r.ServerPath);
            }

            table.Print(context.Out);
            return ExitCodes.Ok;
        });
        return command;
    }
}
