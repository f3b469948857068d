// How much of the bandwidth that repair may use it does use: one server of three is killed, an empty one takes its place, and every
// chunk is copied there. All copies have one destination, so its limit is what holds them up.

using System.Diagnostics;
using System.Globalization;
using AkkaDfs.Client;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Benchmarks.Repair;

/// <summary>Runs the repair workload.</summary>
internal static class RepairBenchmark
{
    private const long MiB = 1 << 20;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs it once and prints a table; 1 when less than 77 % of the rate was used.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        int rate = 32, total = 512, chunk = 8;
        for (var i = 0; i < arguments.Length; i += 2)
        {
            if (i + 1 >= arguments.Length || !int.TryParse(arguments[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value == 0)
            {
                return Refuse(arguments[i]);
            }

            switch (arguments[i])
            {
                case "--rate": rate = value; break;
                case "--mib": total = value; break;
                case "--chunk": chunk = value; break;
                default: return Refuse(arguments[i]);
            }
        }

        var data = Directory.CreateTempSubdirectory("dfs-bench-").FullName;
        try
        {
            return await MeasureAsync(data, rate, total, chunk);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static int Refuse(string argument)
    {
        Console.Error.WriteLine($"'{argument}' is not understood. Give --rate, --mib and --chunk with a number of MiB each.");
        return 2;
    }

    private static async Task<int> MeasureAsync(string data, int rate, int total, int chunk)
    {
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions
        {
            ChunkServers = 3,
            DataFolder = data,
            SeparateProcesses = true,
            Node = new NodeOptions { Overrides = [$"dfs.node.chunk.repair-bandwidth={rate} MiB", "dfs.node.chunk.scrub-rate=0", "dfs.cluster.heartbeat-interval=1s"] },
        });
        var piece = new byte[MiB];
        Random.Shared.NextBytes(piece);
        var create = new CreateOptions { Layout = new FileLayout(ChunkSizeBytes: (int)(chunk * MiB)) };
        await using (var stream = await cluster.Client.OpenWriteAsync("/bench", create))
        {
            for (var i = 0; i < total; i++)
            {
                await stream.WriteAsync(piece);
            }
        }

        await UntilAsync(cluster, s => s is { UnderReplicated: 0, Missing: 0 });
        await cluster.KillServerAsync(3);
        await UntilAsync(cluster, s => s.UnderReplicated > 0);
        await cluster.StartServerAsync(4);
        await UntilAsync(cluster, s => s.CopiesInFlight > 0);
        var watch = Stopwatch.StartNew();
        var end = await UntilAsync(cluster, s => s.UnderReplicated == 0);
        var seconds = watch.Elapsed.TotalSeconds;
        var achieved = total / seconds;
        Console.WriteLine("| rate set, MiB/s | rate used, MiB/s | share | MiB copied | seconds | copies | failed |");
        Console.WriteLine("|---:|---:|---:|---:|---:|---:|---:|");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {rate} | {achieved:0.0} | {achieved / rate:0.00} | {total} | {seconds:0.0} | {end.CopiesDone} | {end.CopiesFailed} |"));
        return achieved / rate >= 0.77 ? 0 : 1;
    }

    private static async Task<ClusterStatus> UntilAsync(DfsCluster cluster, Func<ClusterStatus, bool> condition)
    {
        while (true)
        {
            var status = await cluster.Client.GetClusterAsync();
            if (condition(status))
            {
                return status;
            }

            await Task.Delay(s_look);
        }
    }
}
