// failover --seed N --kills 50: how long clients wait when the acting meta is killed, paused or stopped, and whether all is right.

using System.CommandLine;
using AkkaDfs.Testing.Postgres;

namespace AkkaDfs.MultiNode.Failover;

internal static class FailoverCommand
{
    internal static Command Create()
    {
        var seed = new Option<int?>("--seed") { Description = "Decides which faults in which order; drawn and printed unless given." };
        var kills = new Option<int>("--kills") { Description = "Faults.", DefaultValueFactory = _ => 50 };
        var kinds = new Option<string[]>("--fault") { Description = "Only these, repeated: kill, pause, leave." };
        var clients = new Option<int>("--clients") { Description = "Clients.", DefaultValueFactory = _ => 20 };
        var lanes = new Option<int>("--lanes") { Description = "Operations of a client at a time.", DefaultValueFactory = _ => 5 };
        var servers = new Option<int>("--servers") { Description = "Chunk servers.", DefaultValueFactory = _ => 3 };
        var pause = new Option<int>("--pause-seconds") { Description = "How long a paused meta is stopped.", DefaultValueFactory = _ => 30 };
        var rest = new Option<int>("--pause-ms") { Description = "Pause of a lane between two operations.", DefaultValueFactory = _ => 5 };
        var transcript = new Option<string?>("--transcript") { Description = "Folder for what the nodes print." };
        var command = new Command("failover", "Break the acting meta again and again; exit code 1 when that showed in more than a delay.")
        {
            seed, kills, kinds, clients, lanes, servers, pause, rest, transcript,
        };
        command.SetAction(async parse =>
        {
            if (PostgresServer.WhyNot is { } why)
            {
                Console.WriteLine($"skipped: {why}");
                return 0;
            }

            var chosen = parse.GetValue(seed) ?? Random.Shared.Next(1_000_000);
            Console.WriteLine($"seed {chosen}");
            var options = new FailoverOptions(chosen, parse.GetValue(kills), parse.GetValue(clients), parse.GetValue(lanes), parse.GetValue(servers))
            {
                PauseMs = parse.GetValue(rest),
                Transcript = parse.GetValue(transcript),
                Pause = TimeSpan.FromSeconds(parse.GetValue(pause)),
            };
            var report = await FailoverRun.RunAsync(parse.GetValue(kinds) is { Length: > 0 } only ? options with { Kinds = only } : options, Console.WriteLine);
            Console.WriteLine(report);
            return report.Violations.Count == 0 ? 0 : 1;
        });
        return command;
    }
}
