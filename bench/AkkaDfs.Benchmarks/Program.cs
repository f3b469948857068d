// Figures for docs/performance.md: `dotnet run -c Release --project bench/AkkaDfs.Benchmarks -- files [options]`.

using AkkaDfs.Benchmarks.Files;
using AkkaDfs.Shared.Hosting;

ProcessTuning.Apply();
return args switch
{
    ["files", .. var rest] => await FileBenchmark.RunAsync(rest),
    _ => Help(),
};

static int Help()
{
    Console.Error.WriteLine("""
        Benchmarks. Each prints its figures as a table.

          files [--limit FILE] [--data DIR] [--mib N] [--seconds N] [--only NAME] [--in-process]
              The data path on a cluster of one meta and three chunk servers, beside the physical limit.
        """);
    return 2;
}
