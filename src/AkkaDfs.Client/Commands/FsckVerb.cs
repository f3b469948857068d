// dfs fsck [PATH] [--repair]

using System.CommandLine;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Counts chunks by condition and names the files of those that are not healthy.</summary>
internal static class FsckVerb
{
    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("PATH") { Description = "A file, or a directory with everything below it.", DefaultValueFactory = _ => "." };
        var repair = new Option<bool>("--repair") { Description = "Begin at once what can be repaired, and say what that is. No last copy is ever deleted." };
        var command = new Command("fsck", "Check how well files are stored: counts by condition, and the paths of what is not healthy.") { path, repair };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var orders = parse.GetValue(repair)
                ? await RepairAsync(lease.Client, context.Remote(parse.GetRequiredValue(path)), context.Options.Call(parse), cancellationToken).ConfigureAwait(false)
                : null;
            var counts = default(ChunkCounts);
            var rows = new List<ChunkInspection>();
            var pages = lease.Client.InspectAsync(context.Remote(parse.GetRequiredValue(path)), true, context.Options.Call(parse), cancellationToken);
            await foreach (var page in pages.ConfigureAwait(false))
            {
                counts += page.Counts;
                rows.AddRange(page.Rows);
            }

            var cluster = await lease.Client.GetClusterAsync(context.Options.Call(parse), cancellationToken).ConfigureAwait(false);
            if (parse.GetValue(context.Options.Json))
            {
                JsonText.Print(context.Out, InspectionText.Json(counts, rows) with
                {
                    Orders = orders?.ConvertAll(InspectionText.Json),
                    CopiesQueued = cluster.CopiesQueued,
                    RecoveredInMs = cluster.RecoveredInMs < 0 ? null : cluster.RecoveredInMs,
                });
            }
            else
            {
                PrintOrders(context.Out, orders);
                Print(context.Out, counts, rows);
                ServerText.PrintRecovery(context.Out, cluster);
            }

            return counts.Healthy == counts.Chunks ? ExitCodes.Ok : ExitCodes.Unhealthy;
        });
        return command;
    }

    private static async Task<List<ChunkRepair>> RepairAsync(IDfsClient client, string path, CallOptions options, CancellationToken cancellationToken)
    {
        var orders = new List<ChunkRepair>();
        await foreach (var page in client.RepairAsync(path, options, cancellationToken).ConfigureAwait(false))
        {
            orders.AddRange(page.Rows);
        }

        return orders;
    }

    private static void PrintOrders(TextWriter output, List<ChunkRepair>? orders)
    {
        if (orders is null)
        {
            return;
        }

        foreach (var order in orders)
        {
            output.WriteLine($"{order.Path} chunk {order.Index} ({order.Chunk}), {order.Live} of {order.Wanted} good: {InspectionText.Orders(order)}");
        }

        output.WriteLine($"{Amounts.Counted(orders.Count(o => o.Orders != RepairOrders.None), "repair")} begun.");
        output.WriteLine();
    }

    private static void Print(TextWriter output, in ChunkCounts counts, List<ChunkInspection> rows)
    {
        if (rows.Count > 0)
        {
            var table = new TextTable("file", ">index", "chunk", ">good", ">wanted", "condition", "repair");
            foreach (var row in rows)
            {
                table.Add(
                    row.Path, Amounts.Count(row.Location.Index), row.Location.Chunk.ToString(), Amounts.Count(row.Live), Amounts.Count(row.Wanted),
                    string.Join(",", InspectionText.Conditions(row.Conditions)), Names.Kebab(row.Stage));
            }

            table.Print(output);
            output.WriteLine();
        }

        output.WriteLine(
            $"{Amounts.Counted(counts.Files, "file")}, {Amounts.Counted(counts.Chunks, "chunk")}: {Amounts.Count(counts.Healthy)} healthy, {Amounts.Count(counts.UnderReplicated)} under-replicated, {Amounts.Count(counts.OverReplicated)} over-replicated, {Amounts.Count(counts.Corrupt)} corrupt, {Amounts.Count(counts.Missing)} missing, {Amounts.Count(counts.Unwritable)} unwritable; {Amounts.Count(counts.Open)} open.");
    }
}
