// dfs nodes [--watch [SECONDS]]

using System.CommandLine;
using System.Globalization;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Shows the nodes of the cluster: the acting meta, those that stand by, and all chunk servers, once or again and again.</summary>
internal static class NodesVerb
{
    public static Command Create(CommandContext context)
    {
        var watch = new Option<double?>("--watch", "-w")
        {
            Description = "Show again every so many seconds (6 when none are given) until Ctrl+C.",
            HelpName = "SECONDS",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result => result.Tokens.Count == 0
                ? 6
                : double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0.1 and <= 86_400
                    ? seconds
                    : Refuse(result),
        };
        var command = new Command("nodes", "Show the cluster's nodes: state, age of the last heartbeat, chunks, space.") { watch };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var options = context.Options.Call(parse);
            while (true)
            {
                var status = await lease.Client.GetClusterAsync(options, cancellationToken).ConfigureAwait(false);
                Show(context, status, parse.GetValue(context.Options.Json), clear: parse.GetResult(watch) is not null);
                if (parse.GetResult(watch) is null)
                {
                    return ExitCodes.Ok;
                }

                await Task.Delay(TimeSpan.FromSeconds(parse.GetValue(watch) ?? 6), context.Time, cancellationToken).ConfigureAwait(false);
            }
        });
        return command;
    }

    private static double? Refuse(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError($"'{result.Tokens[0].Value}' is not a number of seconds from 0.1 to 86400.");
        return null;
    }

    private static void Show(CommandContext context, ClusterStatus status, bool json, bool clear)
    {
        if (json)
        {
            JsonText.Print(context.Out, JsonText.Cluster(status));
            return;
        }

        if (clear && context.OutIsTerminal)
        {
            context.Out.Write("\u001b[H\u001b[2J");
        }

        Print(context.Out, status, context.Time.GetUtcNow());
        context.Out.Flush();
    }

    private static void Print(TextWriter output, ClusterStatus status, DateTimeOffset now)
    {
        var table = new TextTable("node", "state", ">heartbeat", ">chunks", ">used", ">free", "scrub", "data address", "control address");
        table.Add("meta", status.InSafeMode ? "safe mode" : "acting", $"epoch {status.Epoch}", Amounts.Count(status.Chunks), "-", "-", "-", "-", status.MetaAddress);
        foreach (var other in status.MetaNodes.Where(m => m.Address != status.MetaAddress))
        {
            table.Add("meta", other.IsReachable ? "standby" : "unreachable", "-", "-", "-", "-", "-", "-", other.Address);
        }

        foreach (var s in status.Servers)
        {
            table.Add(
                $"server {s.Server}",
                ServerText.State(s),
                Amounts.Time(TimeSpan.FromMilliseconds(s.SinceHeartbeatMs)) + " ago",
                Amounts.Count(s.ChunkCount),
                Amounts.Bytes(s.UsedBytes),
                Amounts.Bytes(s.FreeBytes),
                ServerText.Scrub(s, now),
                s.Endpoint.ToString(),
                s.ControlAddress);
        }

        table.Print(output);
        output.WriteLine();
        var alive = status.Servers.Count(s => s.IsAlive);
        output.WriteLine(
            $"{alive} of {Amounts.Counted(status.Servers.Count, "chunk server")} alive; {Amounts.Counted(status.Files, "file")}, {Amounts.Counted(status.Directories, "directory", "directories")}, {Amounts.Counted(status.Chunks, "chunk")}: {Amounts.Count(status.FullyReplicated)} fully replicated, {Amounts.Count(status.UnderReplicated)} under-replicated, {Amounts.Count(status.Missing)} missing; copies: {status.CopiesInFlight} under way, {Amounts.Count(status.CopiesDone)} done, {Amounts.Count(status.CopiesFailed)} failed.");
        ServerText.PrintRecovery(output, status);

        if (status.InSafeMode)
        {
            output.WriteLine($"Safe mode: {status.SafeModeReason}");
        }
    }
}
