// A client that does a bit of everything, at a bounded rate, until its standard input ends: appends of both kinds, writes at
// offsets, reads and stats, on files that other clients use as well.
// Arguments: seed client random-seed lanes pause-ms log-file file:use…

using System.Globalization;
using AkkaDfs.Client;
using AkkaDfs.Testing.History;

namespace AkkaDfs.MultiNode.Workload;

internal sealed class MixedWorkload(DfsClient dfs, HistoryLog log, int pauseMs, IReadOnlyList<(string Path, WorkloadUse Use)> files)
{
    private const int MaxRead = 4096;
    private const int RegisterFileBytes = 64 << 10;

    // Writes begin and end at multiples of this: the fewer different places, the sharper and quicker the check.
    private const int RegisterBytes = 64;

    private readonly CancellationTokenSource _stop = new();

    internal static async Task<int> RunAsync(string[] args)
    {
        var client = uint.Parse(args[1], CultureInfo.InvariantCulture);
        var seed = int.Parse(args[2], CultureInfo.InvariantCulture);
        var lanes = int.Parse(args[3], CultureInfo.InvariantCulture);
        var pauseMs = int.Parse(args[4], CultureInfo.InvariantCulture);
        await using var dfs = DfsClient.Start(new DfsClientOptions { Seeds = [args[0]] });
        await using var log = new HistoryLog(args[5], client);
        var files = args[6..].Select(a => a.Split(':')).Select(a => (a[0], Enum.Parse<WorkloadUse>(a[1]))).ToList();
        var workload = new MixedWorkload(dfs, log, pauseMs, files);
        var running = Enumerable.Range(0, lanes).Select(l => workload.LaneAsync(new Random(seed + (l * 7919)))).ToList();
        await Console.Out.WriteLineAsync("working");
        await Console.In.ReadToEndAsync();
        await workload._stop.CancelAsync();
        await Task.WhenAll(running);
        await Console.Out.WriteLineAsync("done");
        return 0;
    }

    private async Task LaneAsync(Random random)
    {
        var open = new Dictionary<string, RecordedFile>(StringComparer.Ordinal);
        while (!_stop.IsCancellationRequested)
        {
            var (path, use) = files[random.Next(files.Count)];
            if (open.TryGetValue(path, out var file) && random.Next(20) == 0)
            {
                // A new client of the file knows nothing yet.
                await file.CloseAsync();
                file = null;
            }

            open[path] = file ??= new RecordedFile(await dfs.OpenAsync(path, new CallOptions { Timeout = TimeSpan.FromMinutes(2) }), path, log);
            await StepAsync(file, use, random);
            try
            {
                await Task.Delay(random.Next(2 * pauseMs), _stop.Token);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
    }

    private static Task StepAsync(RecordedFile file, WorkloadUse use, Random random) => random.Next(10) switch
    {
        < 5 => ChangeAsync(file, use, random),
        < 6 => file.StatAsync(),
        < 8 => ReadTailAsync(file, random),
        _ => ReadAnywhereAsync(file, use, random),
    };

    private static Task ChangeAsync(RecordedFile file, WorkloadUse use, Random random)
    {
        if (use == WorkloadUse.Registers)
        {
            var registers = random.Next(25) == 0 ? 256 : random.Next(1, 9);
            var data = new byte[registers * RegisterBytes];
            random.NextBytes(data);
            return file.WriteAsync(random.Next((RegisterFileBytes - data.Length) / RegisterBytes) * RegisterBytes, data);
        }

        var asRecord = use == WorkloadUse.Records || (use == WorkloadUse.Both && random.Next(2) == 0);
        var most = asRecord ? Math.Min(2048, file.ChunkSizeBytes / 4) : 3000;
        var length = random.Next(HistoryRecord.HeaderBytes, random.Next(4) == 0 ? most : 200);
        return asRecord ? file.RecordAsync(length) : file.AppendAsync(length);
    }

    private static async Task ReadTailAsync(RecordedFile file, Random random)
    {
        var length = await file.StatAsync();
        if (length > 0)
        {
            await file.ReadAsync(Math.Max(0, length - random.Next(MaxRead)), MaxRead);
        }
    }

    private static async Task ReadAnywhereAsync(RecordedFile file, WorkloadUse use, Random random)
    {
        if (use == WorkloadUse.Registers)
        {
            await file.ReadAsync(random.Next(RegisterFileBytes / RegisterBytes) * RegisterBytes, random.Next(1, 33) * RegisterBytes);
        }
        else
        {
            var length = await file.StatAsync();
            await file.ReadAsync(random.NextInt64(Math.Max(1, length)), random.Next(1, MaxRead));
        }
    }
}

/// <summary>What clients do with a file.</summary>
internal enum WorkloadUse
{
    /// <summary>Record appends.</summary>
    Records,

    /// <summary>Stream appends.</summary>
    Stream,

    /// <summary>Both kinds of appends.</summary>
    Both,

    /// <summary>Writes at offsets.</summary>
    Registers,
}
