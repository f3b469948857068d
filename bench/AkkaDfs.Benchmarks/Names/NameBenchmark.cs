// Meta: requests a second with the log synced before each reply, and what a million files cost. One command, one table for
// docs/performance.md.

using System.Globalization;
using AkkaDfs.Client;
using AkkaDfs.Shared.Hosting;

namespace AkkaDfs.Benchmarks.Names;

/// <summary>Runs the workloads of meta.</summary>
internal static class NameBenchmark
{
    private static readonly string[] Kinds = ["create", "stat", "rename", "mixed"];
    private static readonly int[] Clients = [1, 16, 64];

    /// <summary>Runs them and prints a table.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var (files, seconds, only, postgres) = (1_000_000, 5, string.Empty, string.Empty);
        for (var i = 0; i + 1 < arguments.Length; i += 2)
        {
            switch (arguments[i])
            {
                case "--files": files = int.Parse(arguments[i + 1], CultureInfo.InvariantCulture); break;
                case "--seconds": seconds = int.Parse(arguments[i + 1], CultureInfo.InvariantCulture); break;
                case "--only": only = arguments[i + 1]; break;
                case "--postgres": postgres = arguments[i + 1]; break;
                default: Console.Error.WriteLine($"Unknown option: {arguments[i]}"); return 2;
            }
        }

        var data = Directory.CreateTempSubdirectory("dfs-bench-").FullName;
        try
        {
            Console.Out.WriteLine("| workload | clients | per second | meta CPU us/op | client CPU us/op |");
            Console.Out.WriteLine("|---|---|---|---|---|");
            await RatesAsync(Path.Combine(data, "rates"), Kinds.Where(k => only.Length == 0 || only == k), seconds, string.Empty);
            if (postgres.Length > 0)
            {
                await RatesAsync(Path.Combine(data, "postgres"), ["create"], seconds, postgres);
            }

            if (only.Length == 0 || only == "million")
            {
                await MillionAsync(Path.Combine(data, "million"), files);
            }

            return 0;
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task RatesAsync(string data, IEnumerable<string> kinds, int seconds, string postgres)
    {
        string[] journal = postgres.Length == 0 ? [] : ["dfs.node.meta.journal=postgres", $"dfs.node.meta.postgres.connection=\"{postgres}\""];
        foreach (var kind in kinds)
        {
            await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions
            {
                ChunkServers = 0, DataFolder = Path.Combine(data, kind), SeparateProcesses = true, Node = new NodeOptions { Overrides = journal },
            });
            foreach (var clients in Clients)
            {
                var (rate, operations, client, meta) = await NameClients.RunAsync(cluster.Seeds[0], kind, clients, seconds);
                var each = client * 1e6 / operations;
                Console.Out.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"| {kind}{(postgres.Length > 0 ? " (postgres)" : string.Empty)} | {clients} | {rate:0} | {meta * 1e6 / operations:0.0} | {each:0.0} |"));
            }
        }
    }

    private static async Task MillionAsync(string data, int files)
    {
        var (file, chunk, name) = MillionFiles.Memory(files);
        var (log, checkpoint, open) = MillionFiles.Load(Path.Combine(data, "meta", "journal"), files);
        var (quiet, during, seconds) = await MillionFiles.PauseAsync(data);
        Console.Out.WriteLine();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| with {files} files | |"));
        Console.Out.WriteLine("|---|---|");
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| memory of a file with one chunk, its name of {name:0} bytes apart | {file - name:0} bytes |"));
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| memory of a further chunk | {chunk:0} bytes |"));
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| writing the log, synced every 1,000 events | {log:0.0} s |"));
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| making a checkpoint | {checkpoint:0.0} s |"));
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| start from the checkpoint | {open:0.0} s |"));
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| longest time without an answer, no checkpoint | {quiet:0} ms |"));
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| longest time without an answer while a checkpoint is made ({seconds:0.0} s) | {during:0} ms |"));
    }
}
