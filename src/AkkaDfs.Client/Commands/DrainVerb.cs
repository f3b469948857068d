// dfs drain SERVER [--cancel] [--wait]

using System.CommandLine;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Empties a chunk server, so that it can be taken away.</summary>
internal static class DrainVerb
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    public static Command Create(CommandContext context)
    {
        var server = new Argument<uint>("SERVER") { Description = "Its number, as dfs nodes shows it." };
        var cancel = new Option<bool>("--cancel") { Description = "Let it do its work again; what has moved stays where it is." };
        var wait = new Option<bool>("--wait", "-w") { Description = "Come back only when it is empty." };
        var command = new Command("drain", "Empty a chunk server before it is taken away: its chunks move to others, one good copy after the other.")
        {
            server, cancel, wait,
        };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var (id, options) = (new ServerId(parse.GetValue(server)), context.Options.Call(parse));
            var mode = parse.GetValue(cancel) ? ServerMode.Normal : ServerMode.Draining;
            var status = await lease.Client.SetServerModeAsync(id, mode, default, options, cancellationToken).ConfigureAwait(false);
            while (parse.GetValue(wait) && mode == ServerMode.Draining && ServerText.Find(status, id).State == ServerState.Draining)
            {
                await Task.Delay(LookInterval, context.Time, cancellationToken).ConfigureAwait(false);
                status = await lease.Client.GetClusterAsync(options, cancellationToken).ConfigureAwait(false);
            }

            ServerText.Print(context, status, id, parse.GetValue(context.Options.Json));
            return ExitCodes.Ok;
        });
        return command;
    }
}

/// <summary>One server in words and JSON, for verbs that give it an order.</summary>
internal static class ServerText
{
    /// <summary>The server of a number that is known to be there.</summary>
    public static ServerStatus Find(ClusterStatus status, ServerId server) => status.Servers.First(s => s.Server == server);

    /// <summary>Prints the server.</summary>
    public static void Print(CommandContext context, ClusterStatus status, ServerId server, bool json)
    {
        var found = Find(status, server);
        if (json)
        {
            JsonText.Print(context.Out, JsonText.Server(found));
        }
        else
        {
            context.Out.WriteLine($"Server {server} is {State(found)}.");
        }
    }

    /// <summary>Its state with what belongs to it: "draining, 12 chunks left, done in about 3.0 s".</summary>
    public static string State(ServerStatus server) => server.State switch
    {
        ServerState.Draining => $"draining, {Amounts.Counted(server.LeftChunks, "chunk")} left{InAbout(", done", server.DrainedInMs)}",
        ServerState.Drained => "drained and can be stopped",
        ServerState.Maintenance => $"in maintenance for {Amounts.Time(TimeSpan.FromMilliseconds(server.MaintenanceLeftMs))} more{(server.IsAlive ? string.Empty : ", down")}",
        _ => Names.Kebab(server.State),
    };

    /// <summary>What the whole cluster still has to copy, and about how long that takes; nothing when there is nothing.</summary>
    public static void PrintRecovery(TextWriter output, ClusterStatus status)
    {
        if (status.CopiesQueued > 0)
        {
            output.WriteLine($"Recovery: {Amounts.Counted(status.CopiesQueued, "chunk")} to copy{InAbout(", done", status.RecoveredInMs)}.");
        }
    }

    /// <summary>How far its scrub is: "42 %", with bad blocks if there are any, or when the last pass ended.</summary>
    public static string Scrub(ServerStatus server, DateTimeOffset now)
    {
        var scrub = server.Scrub;
        if (scrub.PassStartedMs != 0)
        {
            var percent = server.UsedBytes <= 0 ? 0 : Math.Min(100, 100 * scrub.PassBytes / server.UsedBytes);
            return $"{percent} %{Bad(scrub.PassBadBlocks)}";
        }

        return scrub.Passes == 0
            ? "-"
            : $"done {Amounts.Time(now - DateTimeOffset.FromUnixTimeMilliseconds(scrub.LastPassEndedMs))} ago{Bad(scrub.LastPassBadBlocks)}";
    }

    private static string Bad(long blocks) => blocks == 0 ? string.Empty : $", {Amounts.Counted(blocks, "bad block")}";

    /// <summary>" in about 3.0 s" after what it is said of; nothing when nothing is known.</summary>
    public static string InAbout(string what, long ms) => ms < 0 ? string.Empty : $"{what} in about {Amounts.Time(TimeSpan.FromMilliseconds(ms))}";
}
