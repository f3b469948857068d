// dfs explain PATH

using System.CommandLine;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Says of each chunk why it is not whole, who could take a copy and who not, and when it will be better.</summary>
internal static class ExplainVerb
{
    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("PATH") { Description = "A file, or a directory with everything below it." };
        var command = new Command("explain", "Say why chunks are under-replicated or unwritable, and what is done about it.") { path };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var counts = default(ChunkCounts);
            var rows = new List<ChunkInspection>();
            var pages = lease.Client.InspectAsync(context.Remote(parse.GetRequiredValue(path)), false, context.Options.Call(parse), cancellationToken);
            await foreach (var page in pages.ConfigureAwait(false))
            {
                counts += page.Counts;
                rows.AddRange(page.Rows);
            }

            if (parse.GetValue(context.Options.Json))
            {
                JsonText.Print(context.Out, InspectionText.Json(counts, rows));
                return ExitCodes.Ok;
            }

            foreach (var row in rows)
            {
                Print(context.Out, row);
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static void Print(TextWriter output, ChunkInspection row)
    {
        output.WriteLine($"{row.Path} chunk {row.Location.Index} ({row.Location.Chunk}): {string.Join(", ", InspectionText.Conditions(row.Conditions))}; {row.Live} of {row.Wanted} replicas are good.");
        foreach (var replica in row.Location.Replicas)
        {
            output.WriteLine($"  server {replica.Server} at {replica.Endpoint}: {Names.Kebab(replica.State)}");
        }

        if (row.Stage == RepairStage.NotNeeded)
        {
            return;
        }

        output.WriteLine($"  repair: {InspectionText.Stage(row)}");
        foreach (var candidate in row.Candidates)
        {
            output.WriteLine($"    target server {candidate.Server}: {InspectionText.Refusal(candidate.Refusal)}");
        }
    }
}
