// A client that does a bit of everything on files that other clients use as well: appends of both kinds, writes at offsets, truncations,
// reads and stats; most with patience, some with a deadline that cannot be kept, some cancelled.

using Akka.Embedded.Simulation;
using AkkaDfs.Client;
using AkkaDfs.Shared;
using AkkaDfs.Testing.History;

namespace AkkaDfs.Simulation.Workload;

/// <summary>How clients use a file.</summary>
internal enum WorkloadUse
{
    /// <summary>Record appends.</summary>
    Records,

    /// <summary>Stream appends.</summary>
    Stream,

    /// <summary>Both kinds of appends.</summary>
    Both,

    /// <summary>Writes at offsets and truncations.</summary>
    Registers,
}

/// <summary>The work of one client.</summary>
internal sealed class FileWork(
    DfsClient dfs, TimeProvider time, uint client, RunOptions options, IReadOnlyList<(string Path, WorkloadUse Use)> files, WorkloadLog log, DeterministicRandom random)
{
    private const int MaxRead = 4096;
    private const int RegisterFileBytes = 32 << 10;

    // Writes begin and end at multiples of this: the fewer different places, the sharper and quicker the check.
    private const int RegisterBytes = 64;

    // Longer than any fault lasts: whoever gets an error within it has found one.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    /// <summary>Works until it is told to stop, and its last operation has ended.</summary>
    public async Task RunAsync(Func<bool> isOver)
    {
        var open = new Dictionary<string, RecordedFile>(StringComparer.Ordinal);
        while (!isOver())
        {
            var (path, use) = files[random.Next(files.Count)];
            if (open.TryGetValue(path, out var file) && random.Next(20) == 0)
            {
                // A new client of the file knows nothing yet.
                open.Remove(path);
                file = null;
            }

            try
            {
                open[path] = file ??= new RecordedFile(await dfs.OpenAsync(path, new CallOptions { Timeout = s_patience }), path, client, log);
            }
            catch (DfsException e)
            {
                log.Count($"open {e.Code}");
                continue;
            }

            await StepAsync(file, use);
            await Task.Delay(options.Pause * 2 * random.NextDouble(), time);
        }
    }

    private async Task StepAsync(RecordedFile file, WorkloadUse use)
    {
        var call = new CallOptions { Timeout = random.Chance(0.9) ? s_patience : random.NextDelay(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(2)), Sync = options.Synced || random.Chance(0.2) };
        using var cancel = random.Chance(0.05) ? new CancellationTokenSource(random.NextDelay(TimeSpan.Zero, TimeSpan.FromMilliseconds(50)), time) : new CancellationTokenSource();
        await (random.Next(10) switch
        {
            < 5 => ChangeAsync(file, use, call, cancel.Token),
            < 6 => file.StatAsync(call, cancel.Token),
            < 8 => ReadTailAsync(file, call, cancel.Token),
            _ => ReadAnywhereAsync(file, use, call, cancel.Token),
        });
    }

    private Task ChangeAsync(RecordedFile file, WorkloadUse use, CallOptions call, CancellationToken stop)
    {
        if (use == WorkloadUse.Registers)
        {
            return random.Next(12) == 0 ? file.TruncateAsync(random.Next(RegisterFileBytes / RegisterBytes) * RegisterBytes, call, stop) : WriteAsync(file, call, stop);
        }

        var asRecord = use == WorkloadUse.Records || (use == WorkloadUse.Both && random.Chance(0.5));
        var most = asRecord ? Math.Min(2048, file.ChunkSizeBytes / 4) : 3000;
        var length = HistoryRecord.HeaderBytes + random.Next((random.Next(4) == 0 ? most : 200) - HistoryRecord.HeaderBytes);
        return asRecord ? file.RecordAsync(length, call, stop) : file.AppendAsync(length, call, stop);
    }

    private Task WriteAsync(RecordedFile file, CallOptions call, CancellationToken stop)
    {
        var registers = random.Next(25) == 0 ? 256 : 1 + random.Next(8);
        var data = new byte[registers * RegisterBytes];
        for (var i = 0; i < data.Length; i += sizeof(ulong))
        {
            BitConverter.TryWriteBytes(data.AsSpan(i), random.NextUInt64());
        }

        return file.WriteAsync((long)random.Next((RegisterFileBytes - data.Length) / RegisterBytes) * RegisterBytes, data, call, stop);
    }

    private async Task ReadTailAsync(RecordedFile file, CallOptions call, CancellationToken stop)
    {
        var length = await file.StatAsync(call, stop);
        if (length > 0)
        {
            await file.ReadAsync(Math.Max(0, length - random.Next(MaxRead)), MaxRead, call, stop);
        }
    }

    private async Task ReadAnywhereAsync(RecordedFile file, WorkloadUse use, CallOptions call, CancellationToken stop)
    {
        if (use == WorkloadUse.Registers)
        {
            await file.ReadAsync((long)random.Next(RegisterFileBytes / RegisterBytes) * RegisterBytes, (1 + random.Next(32)) * RegisterBytes, call, stop);
            return;
        }

        var length = await file.StatAsync(call, stop);
        await file.ReadAsync((long)(random.NextDouble() * Math.Max(1, length)), 1 + random.Next(MaxRead), call, stop);
    }
}
