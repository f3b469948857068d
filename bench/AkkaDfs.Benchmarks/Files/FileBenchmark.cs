// The data path: streams and records of 2,048 bytes on three replicas, beside what the same machine gives at best (a chain of
// three processes that do nothing but receive, verify, write and pass on). Reference and workload alternate, since machines are noisy.

using System.Globalization;
using AkkaDfs.Client;

namespace AkkaDfs.Benchmarks.Files;

/// <summary>What to run and against what.</summary>
/// <param name="LimitSource">C source of the reference program; null for none.</param>
/// <param name="Data">Folder for cluster and reference; null for a temporary one.</param>
/// <param name="MiB">Size of the streamed file.</param>
/// <param name="Seconds">Length of each run of appends.</param>
/// <param name="Only">Name of the only workload to run, or empty.</param>
/// <param name="WarmSeconds">Length of the warm-up before anything is measured.</param>
/// <param name="InProcess">All nodes in this process: then the allocations of all of them are counted.</param>
internal sealed record FileOptions(string? LimitSource, string? Data, int MiB, int Seconds, string Only, bool InProcess, int WarmSeconds);

/// <summary>Runs the file workloads.</summary>
internal static class FileBenchmark
{
    private const int RecordBytes = 2048;
    private const int PieceBytes = 1 << 20;

    /// <summary>Runs them and prints a table.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (ParseOptions(arguments) is not { } options)
        {
            return 2;
        }

        var data = options.Data ?? Directory.CreateTempSubdirectory("dfs-bench-").FullName;
        try
        {
            using var limit = options.LimitSource is null ? null : await LimitProgram.BuildAsync(options.LimitSource, Path.Combine(data, "limit"));
            await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions
            {
                ChunkServers = 3,
                DataFolder = Path.Combine(data, "cluster"),
                SeparateProcesses = !options.InProcess,
            });
            using var large = new LargeAllocations();
            await WarmUpAsync(cluster, options);
            var table = new FigureTable();
            foreach (var workload in Workloads(options).Where(w => options.Only.Length == 0 || w.Name.StartsWith(options.Only, StringComparison.Ordinal)))
            {
                var reference = limit is null || workload.Limit.Length == 0 ? default : await limit.RunAsync(workload.Limit);
                var watch = ProcessorTime.Start();
                var result = await workload.Run(cluster);
                table.Add(workload, result, watch.Stop(result.Operations), reference);
            }

            table.Print(Console.Out);
            return 0;
        }
        finally
        {
            if (options.Data is null)
            {
                Directory.Delete(data, recursive: true);
            }
        }
    }

    // The first seconds of a new process go into compiling what runs often.
    private static async Task WarmUpAsync(DfsCluster cluster, FileOptions options)
    {
        if (options.WarmSeconds > 0)
        {
            await AppendAsync(cluster, options.WarmSeconds / 2, 1, 64, sync: false);
            await AppendAsync(cluster, options.WarmSeconds / 2, 2, 8, sync: true);
            await WriteAsync(cluster, 4 * options.WarmSeconds, sync: false);
            await ReadAsync(cluster, 4 * options.WarmSeconds, 4);
        }
    }

    private static IEnumerable<Workload> Workloads(FileOptions o)
    {
        var mib = o.MiB.ToString(CultureInfo.InvariantCulture);
        var seconds = o.Seconds.ToString(CultureInfo.InvariantCulture);
        yield return new("write", "MB/s", $"write DIR {mib} 8 0", c => WriteAsync(c, o.MiB, sync: false));
        yield return new("write-sync", "MB/s", $"write DIR {mib} 8 1", c => WriteAsync(c, o.MiB, sync: true));
        yield return new("read", "MB/s", $"read DIR {mib} 4", c => ReadAsync(c, o.MiB, o.Seconds));
        yield return new("append-1", "records/s", $"append DIR {seconds} 1 0", c => AppendAsync(c, o.Seconds, 1, 1, sync: false));
        yield return new("append-64", "records/s", $"append DIR {seconds} 64 0", c => AppendAsync(c, o.Seconds, 1, 64, sync: false));
        yield return new("append-1-sync", "records/s", $"append DIR {seconds} 1 1", c => AppendAsync(c, o.Seconds, 1, 1, sync: true));
        yield return new("append-64-sync", "records/s", $"append DIR {seconds} 64 1", c => AppendAsync(c, o.Seconds, 1, 64, sync: true));
        yield return new("append-16-clients", "records/s", string.Empty, c => AppendAsync(c, o.Seconds, 16, 4, sync: false));
    }

    private static async Task<Measured> WriteAsync(DfsCluster cluster, int mib, bool sync)
    {
        var piece = new byte[PieceBytes];
        Random.Shared.NextBytes(piece);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await using (var stream = await cluster.Client.OpenWriteAsync("/bench/stream", options: new CallOptions { Sync = sync }))
        {
            for (var i = 0; i < mib; i++)
            {
                await stream.WriteAsync(piece);
            }
        }

        return new Measured(mib * (PieceBytes / 1e6) / clock.Elapsed.TotalSeconds, mib);
    }

    private static async Task<Measured> ReadAsync(DfsCluster cluster, int mib, int seconds)
    {
        if (await cluster.Client.FindAsync("/bench/stream") is null)
        {
            await WriteAsync(cluster, mib, sync: false);
        }

        var piece = new byte[PieceBytes];
        var clock = System.Diagnostics.Stopwatch.StartNew();
        long total = 0;
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            await using var stream = await cluster.Client.OpenReadAsync("/bench/stream");
            int read;
            while ((read = await stream.ReadAsync(piece)) > 0)
            {
                total += read;
            }
        }

        return new Measured(total / 1e6 / clock.Elapsed.TotalSeconds, (int)(total / PieceBytes));
    }

    private static async Task<Measured> AppendAsync(DfsCluster cluster, int seconds, int clients, int outstanding, bool sync)
    {
        var path = $"/bench/records-{Guid.NewGuid():N}";
        await using (await cluster.Client.CreateAsync(path))
        {
            // Made, empty.
        }

        var options = new CallOptions { Sync = sync };
        var connections = new List<IDfsClient>();
        try
        {
            for (var i = 0; i < clients; i++)
            {
                connections.Add(await cluster.ConnectAsync());
            }

            var files = await Task.WhenAll(connections.Select(c => c.OpenAsync(path)));
            await Task.WhenAll(files.Select(f => f.RecordAppendAsync(new byte[RecordBytes], options: options)));
            var clock = System.Diagnostics.Stopwatch.StartNew();
            var counts = await Task.WhenAll(files.SelectMany(file => Enumerable.Range(0, outstanding).Select(async _ =>
            {
                var record = new byte[RecordBytes];
                Random.Shared.NextBytes(record);
                var count = 0;
                while (clock.Elapsed.TotalSeconds < seconds)
                {
                    await file.RecordAppendAsync(record, options: options);
                    count++;
                }

                return count;
            })));
            var total = counts.Sum();
            return new Measured(total / clock.Elapsed.TotalSeconds, total);
        }
        finally
        {
            foreach (var connection in connections)
            {
                await connection.DisposeAsync();
            }
        }
    }

    private static FileOptions? ParseOptions(string[] arguments)
    {
        var options = new FileOptions(null, null, 1024, 5, string.Empty, false, 30);
        for (var i = 0; i < arguments.Length; i++)
        {
            string Value() => ++i < arguments.Length ? arguments[i] : string.Empty;
            switch (arguments[i])
            {
                case "--limit":
                    options = options with { LimitSource = Value() };
                    break;
                case "--data":
                    options = options with { Data = Value() };
                    break;
                case "--mib" when int.TryParse(Value(), CultureInfo.InvariantCulture, out var mib):
                    options = options with { MiB = mib };
                    break;
                case "--seconds" when int.TryParse(Value(), CultureInfo.InvariantCulture, out var seconds):
                    options = options with { Seconds = seconds };
                    break;
                case "--warm" when int.TryParse(Value(), CultureInfo.InvariantCulture, out var warm):
                    options = options with { WarmSeconds = warm };
                    break;
                case "--only":
                    options = options with { Only = Value() };
                    break;
                case "--in-process":
                    options = options with { InProcess = true };
                    break;
                default:
                    Console.Error.WriteLine($"Unknown option or value: {arguments[Math.Min(i, arguments.Length - 1)]}");
                    return null;
            }
        }

        return options;
    }
}

/// <summary>One workload.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Unit">Of the figure.</param>
/// <param name="Limit">Arguments of the reference program, with DIR for the folder; empty for none.</param>
/// <param name="Run">Does it.</param>
internal sealed record Workload(string Name, string Unit, string Limit, Func<DfsCluster, Task<Measured>> Run);

/// <summary>What came of one.</summary>
/// <param name="Rate">In the workload's unit.</param>
/// <param name="Operations">Operations in all.</param>
internal readonly record struct Measured(double Rate, int Operations);
