// Figures for docs/performance.md: `dotnet run -c Release --project bench/AkkaDfs.Benchmarks -- files [options]`, `meta`,
// `repair` or `engine`.

using AkkaDfs.Benchmarks.Engine;
using AkkaDfs.Benchmarks.Files;
using AkkaDfs.Benchmarks.Names;
using AkkaDfs.Benchmarks.Repair;
using AkkaDfs.Shared.Hosting;

ProcessTuning.Apply();
return args switch
{
    ["engine", .. var rest] => await EngineBenchmark.RunAsync(rest),
    ["files", .. var rest] => await FileBenchmark.RunAsync(rest),
    ["meta", .. var rest] => await NameBenchmark.RunAsync(rest),
    ["meta-client", .. var rest] => await NameClients.ClientAsync(rest),
    ["repair", .. var rest] => await RepairBenchmark.RunAsync(rest),
    _ => Help(),
};

static int Help()
{
    Console.Error.WriteLine("""
        Benchmarks. Each prints its figures as a table.

          engine [--seconds N] [--only NAME] [--against OTHER.dll [--rounds N]]
              The actor engine. OTHER is this program built with the other engine (-p:AkkaEngine=nuget): both run in alternating
              rounds, and the table has medians and ratios.

          files [--limit FILE] [--data DIR] [--mib N] [--seconds N] [--only NAME] [--in-process]
              The data path on a cluster of one meta and three chunk servers, beside the physical limit.

          meta [--files N] [--seconds N] [--only create|stat|rename|mixed|million] [--postgres CONNECTION]
              Requests a second by 1, 16 and 64 clients, synced before each reply; memory, start and checkpoint pause with a million files.

          repair [--rate MIB] [--mib N] [--chunk MIB]
              How much of dfs.node.chunk.repair-bandwidth is used when a killed server's chunks go to one new server.
        """);
    return 2;
}
