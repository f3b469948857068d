// dfs corrupt [PATH] [--chunk I] [--replica SERVER] [--block B] [--how flip|zero|truncate|delete] [--choice N]

using System.CommandLine;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Damages a replica on its server's disk, to see that the damage is found and repaired.</summary>
internal static class CorruptVerb
{
    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("PATH") { Description = "A file, or a directory of which one file is chosen.", DefaultValueFactory = _ => "." };
        var chunk = new Option<int?>("--chunk") { Description = "Place of the chunk in its file, 0 and up; any otherwise.", HelpName = "I" };
        var replica = new Option<uint?>("--replica") { Description = "The server whose replica is damaged; any otherwise.", HelpName = "SERVER" };
        var block = new Option<int?>("--block") { Description = "The block of 16 KiB, 0 and up; any otherwise.", HelpName = "B" };
        var how = new Option<DamageKind>("--how")
        {
            Description = "flip a bit, make the block NUL (zero), cut the file at the block (truncate), or delete the file.",
            HelpName = "flip|zero|truncate|delete",
            CustomParser = LayoutOptions.OneOf<DamageKind>,
            DefaultValueFactory = _ => DamageKind.Flip,
        };
        var choice = new Option<long?>("--choice") { Description = "Number that all random choices come from, to repeat them; printed with the damage.", HelpName = "N" };
        var command = new Command("corrupt", "Damage a replica on its server's disk, for a drill; only where the servers permit it.")
        {
            path, chunk, replica, block, how, choice,
        };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var seed = parse.GetValue(choice) ?? Random.Shared.NextInt64(1_000_000_000);
            var target = context.Remote(parse.GetRequiredValue(path));
            var row = await ChooseAsync(
                lease.Client, target, parse.GetValue(chunk), parse.GetValue(replica), seed, context.Options.Call(parse), cancellationToken).ConfigureAwait(false);
            var op = new DamageOp(row.Chunk, row.Server, parse.GetValue(how), parse.GetValue(block), (ulong)seed);
            var report = await lease.Client.DamageAsync(row.Endpoint, op, context.Options.Call(parse), cancellationToken).ConfigureAwait(false);
            if (parse.GetValue(context.Options.Json))
            {
                JsonText.Print(context.Out, new JsonDamage(
                    row.Path, row.Chunk.ToString(), row.Index, row.Server.Value, Names.Kebab(op.How), report.Block, report.Offset, report.LengthBytes, report.Path, seed));
                return ExitCodes.Ok;
            }

            context.Out.WriteLine($"{row.Path} chunk {row.Index} ({row.Chunk}), replica of server {row.Server}: {Text(op.How, report)} (--choice {seed}).");
            return ExitCodes.Ok;
        });
        return command;
    }

    // Each replica that fits is as likely as any other, and not all of them are remembered.
    private static async Task<MetaProtocol.TrackerRow> ChooseAsync(
        IDfsClient client, string path, int? index, uint? server, long seed, CallOptions options, CancellationToken cancellationToken)
    {
        var random = new Random(unchecked((int)(seed ^ (seed >> 32))));
        MetaProtocol.TrackerRow? chosen = null;
        var fitting = 0;
        await foreach (var row in client.TrackAsync(path, options, cancellationToken).ConfigureAwait(false))
        {
            if (row.Alive && row.State == ReplicaState.Live && (index ?? row.Index) == row.Index && (server ?? row.Server.Value) == row.Server.Value
                && random.Next(++fitting) == 0)
            {
                chosen = row;
            }
        }

        return chosen ?? throw new DfsException(
            DfsErrorCode.ReplicaNotFound, $"No live replica below {path} is what was asked for; nothing was damaged. dfs tracker shows what there is.");
    }

    private static string Text(DamageKind how, in DamageReport report)
    {
        var place = $"block {report.Block} of {report.Path}";
        return how switch
        {
            DamageKind.Flip => $"flipped a bit of byte {report.Offset} in {place}",
            DamageKind.Zero => $"overwrote {Amounts.Counted(report.LengthBytes, "byte")} from byte {report.Offset} on with NUL, {place}",
            DamageKind.Truncate => $"cut {Amounts.Counted(report.LengthBytes, "byte")} off from byte {report.Offset} on, {place}",
            _ => $"deleted {report.Path} with {Amounts.Counted(report.LengthBytes, "byte")}",
        };
    }
}
