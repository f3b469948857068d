// The command line: run the nemesis, or check a history that somebody recorded.

using System.CommandLine;
using AkkaDfs.MultiNode.Failover;
using AkkaDfs.Testing.History;

namespace AkkaDfs.MultiNode.Nemesis;

internal static class NemesisCommand
{
    internal static Task<int> RunAsync(string[] arguments)
    {
        var root = new RootCommand("Breaks a cluster of real processes on purpose, and checks what clients saw.") { Nemesis(), Check(), FailoverCommand.Create() };
        return root.Parse(arguments).InvokeAsync();
    }

    private static Command Nemesis()
    {
        var seed = new Option<int?>("--seed") { Description = "Decides which faults, on what, when; drawn and printed unless given." };
        var minutes = new Option<double>("--minutes") { Description = "How long to break things.", DefaultValueFactory = _ => 5 };
        var servers = new Option<int>("--servers") { Description = "Chunk servers.", DefaultValueFactory = _ => 7 };
        var clients = new Option<int>("--clients") { Description = "Client processes.", DefaultValueFactory = _ => 3 };
        var pause = new Option<int>("--pause-ms") { Description = "Average pause between two operations of one of a client's four lanes.", DefaultValueFactory = _ => 150 };
        var faults = new Option<string[]>("--fault") { Description = $"Only these, repeated or separated by commas: {string.Join(", ", FaultKind.All.Select(k => k.Name))}." };
        var heal = new Option<int>("--heal-seconds") { Description = "Longest time until all is whole again once nothing is broken.", DefaultValueFactory = _ => 240 };
        var transcript = new Option<string>("--transcript") { Description = "Where everything that was seen goes when something is wrong.", DefaultValueFactory = _ => "nemesis" };
        var keep = new Option<bool>("--keep") { Description = "Keep the transcript also when nothing is wrong." };
        var network = new Option<bool?>("--network") { Description = "A network namespace and a disk for each node: needed to cut links and to fill disks. Needs root; tried unless said." };
        var command = new Command("nemesis", "Break things for a while; exit code 1 when that showed.")
        {
            seed, minutes, servers, clients, pause, faults, heal, transcript, keep, network,
        };
        command.SetAction(async parse =>
        {
            var chosen = parse.GetValue(seed) ?? Random.Shared.Next();
            Console.WriteLine($"seed {chosen}");
            var report = await NemesisRun.RunAsync(new NemesisOptions
            {
                Seed = chosen,
                Duration = TimeSpan.FromMinutes(parse.GetValue(minutes)),
                ChunkServers = parse.GetValue(servers),
                Clients = parse.GetValue(clients),
                PauseMs = parse.GetValue(pause),
                Faults = [.. (parse.GetValue(faults) ?? []).SelectMany(f => f.Split(',', StringSplitOptions.RemoveEmptyEntries))],
                HealLimit = TimeSpan.FromSeconds(parse.GetValue(heal)),
                TranscriptFolder = Path.Combine(parse.GetRequiredValue(transcript), $"seed-{chosen}"),
                KeepTranscript = parse.GetValue(keep),
                Network = parse.GetValue(network),
            });
            Console.Write(report);
            return report.IsClean ? 0 : 1;
        });
        return command;
    }

    private static Command Check()
    {
        var files = new Argument<string[]>("FILE") { Description = "Histories as JSON lines, all parts of one.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("check", "Check a recorded history; exit code 1 when it has violations.") { files };
        command.SetAction(parse =>
        {
            var violations = HistoryJson.Read(parse.GetRequiredValue(files).SelectMany(File.ReadLines)).SelectMany(HistoryChecker.Check).ToList();
            violations.ForEach(Console.WriteLine);
            Console.WriteLine($"violations {violations.Count}");
            return violations.Count == 0 ? 0 : 1;
        });
        return command;
    }
}
