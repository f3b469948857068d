// One run: a cluster and clients start, faults happen in an order drawn from the seed, all becomes quiet and whole again, and
// what the clients saw is checked against what is there. Only faults that spare at least one good copy of every acknowledged
// byte: damage begins when all is whole and nothing else is broken until all is whole again.

using System.Diagnostics;
using AkkaDfs.Client;
using AkkaDfs.MultiNode.Cluster;
using AkkaDfs.MultiNode.Workload;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using AkkaDfs.Testing.History;
using AkkaDfs.Testing.Nodes;

namespace AkkaDfs.MultiNode.Nemesis;

internal sealed class NemesisRun : IAsyncDisposable
{
    private const int DiskMegabytes = 256;
    private const int MostAtOnce = 2;

    // Much shorter than a cluster needs, so that there is a lot to go wrong in a few minutes.
    private static readonly string[] ClusterOptions =
    [
        "--profile", "classroom",
        "-D", "dfs.cluster.heartbeat-interval=1s",
        "-D", "dfs.node.meta.orphan-delay=20s",
        "-D", "dfs.node.meta.safe-mode.max-duration=10s",
        "-D", "dfs.node.chunk.passivate-after=3s",
        "-D", "dfs.node.chunk.free-space-reserve=1MiB",
    ];

    private static readonly (string Path, WorkloadUse Use)[] Files =
    [
        ("/records", WorkloadUse.Records), ("/stream", WorkloadUse.Stream), ("/both", WorkloadUse.Both), ("/registers", WorkloadUse.Registers),
    ];

    private readonly NemesisOptions _options;
    private readonly NemesisContext _context;
    private readonly List<NodeProcess> _clients = [];
    private readonly SortedDictionary<string, int> _faults = new(StringComparer.Ordinal);
    private readonly List<string> _violations = [];

    private NemesisRun(NemesisOptions options, ProcessCluster cluster, DfsClient dfs)
    {
        _options = options;
        _context = new NemesisContext(cluster, dfs, options, [.. Files.Select(f => f.Path)]);
    }

    internal static async Task<NemesisReport> RunAsync(NemesisOptions options)
    {
        var why = options.Network == false ? "not asked for" : await ClusterNetwork.WhyNotAsync();
        if (why is not null)
        {
            Console.WriteLine($"skipping faults of the network and of full disks: {why}");
        }

        var plan = new ClusterPlan(options.ChunkServers, ClusterOptions)
        {
            Network = why is null ? new ClusterNetwork() : null, DiskMegabytes = why is null ? DiskMegabytes : 0,
        };
        var cluster = await ProcessCluster.StartAsync(plan);
        await using var run = new NemesisRun(options, cluster, cluster.Connect());
        return await run.RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        await _context.Dfs.DisposeAsync();
        await _context.Cluster.DisposeAsync();
    }

    private async Task<NemesisReport> RunAsync()
    {
        foreach (var path in _context.Files)
        {
            await (await _context.Dfs.CreateAsync(path)).DisposeAsync();
        }

        await StartClientsAsync();
        try
        {
            await BreakAsync();
            await Convergence.WaitAsync(_context, "while clients still work");
        }
        catch (Exception e) when (e is NotConvergedException or InvalidOperationException or DfsException or IOException)
        {
            // A node that does not come back is as wrong as a byte that does not.
            _violations.Add(e.Message);
        }

        _context.Tell("calm");
        await StopClientsAsync();
        var histories = await CollectAsync();
        return await ReportAsync(histories);
    }

    private async Task BreakAsync()
    {
        var random = new Random(_options.Seed);
        var kinds = FaultKind.All.Where(IsPossible).ToList();
        var running = new List<Task>();
        var end = Stopwatch.GetTimestamp() + (long)(_options.Duration.TotalSeconds * Stopwatch.Frequency);
        for (var number = 0; number < _options.MaxFaults && Stopwatch.GetTimestamp() < end; number++)
        {
            await Task.Delay(random.Next(_options.FaultPauseMs));
            running.RemoveAll(t => t.IsCompletedSuccessfully);
            var kind = Draw(kinds, random);
            var ownRandom = new Random(random.Next());
            if (kind.Scope == FaultScope.Nodes)
            {
                running.Add(InflictAsync(kind, ownRandom));
                await (running.Count >= MostAtOnce ? Task.WhenAny(running).Unwrap() : Task.CompletedTask);
                continue;
            }

            await Task.WhenAll(running);
            running.Clear();
            if (kind.Scope == FaultScope.Damage)
            {
                await Convergence.WaitAsync(_context, $"before {kind.Name}");
            }

            await InflictAsync(kind, ownRandom);
            if (kind.Scope == FaultScope.Damage)
            {
                await Convergence.WaitAsync(_context, $"after {kind.Name}");
            }
        }

        await Task.WhenAll(running);
    }

    private bool IsPossible(FaultKind kind)
        => (_options.Faults.Count == 0 || _options.Faults.Contains(kind.Name, StringComparer.Ordinal))
            && (!kind.NeedsNetwork || _context.Cluster.Plan.Network is not null)
            && (!kind.NeedsDisks || _context.Cluster.Plan.DiskMegabytes > 0);

    private static FaultKind Draw(List<FaultKind> kinds, Random random)
    {
        var ticket = random.Next(kinds.Sum(k => k.Weight));
        foreach (var kind in kinds)
        {
            ticket -= kind.Weight;
            if (ticket < 0)
            {
                return kind;
            }
        }

        throw new UnreachableException();
    }

    private async Task InflictAsync(FaultKind kind, Random random)
    {
        if (await kind.RunAsync(_context, random))
        {
            lock (_faults)
            {
                _faults[kind.Name] = _faults.GetValueOrDefault(kind.Name) + 1;
            }
        }
    }

    private async Task StartClientsAsync()
    {
        for (var client = 1; client <= _options.Clients; client++)
        {
            _clients.Add(NodeProcess.StartDotnet(
                $"client-{client}",
                ProcessCluster.Program("AkkaDfs.MultiNode.Worker.dll"),
                [
                    "mixed", _context.Cluster.Seed, $"{client}", $"{_options.Seed + client}", $"{_options.Lanes}", $"{_options.PauseMs}", LogOf(client),
                    .. Files.Select(f => $"{f.Path}:{f.Use}"),
                ]));
        }

        foreach (var client in _clients)
        {
            await client.WaitForLineAsync("working");
        }
    }

    private async Task StopClientsAsync()
    {
        foreach (var client in _clients)
        {
            client.CloseInput();
        }

        foreach (var client in _clients)
        {
            using var limit = new CancellationTokenSource(_options.HealLimit * 2);
            try
            {
                if (await client.WaitForExitAsync(limit.Token) != 0)
                {
                    _violations.Add($"{client.Name} ended with {client.ExitCode}: {string.Join('\n', client.Output.Split('\n').TakeLast(20))}");
                }
            }
            catch (OperationCanceledException)
            {
                _violations.Add($"{client.Name} hangs: its last operations do not end");
            }
        }
    }

    private string LogOf(int client) => Path.Combine(_context.Cluster.Folder, $"client-{client}.jsonl");

    private async Task<IReadOnlyList<FileHistory>> CollectAsync()
    {
        var lines = new List<string>();
        try
        {
            await Convergence.WaitAsync(_context, "once all was quiet");
        }
        catch (NotConvergedException e)
        {
            _violations.Add(e.Message);
        }

        var unreadable = new List<string>();
        foreach (var (path, use) in Files)
        {
            try
            {
                lines.AddRange(await FinalAsync(path, use));
            }
            catch (DfsException e)
            {
                _violations.Add($"{path} cannot be read in the end: {e.Error}");
                unreadable.Add(path);
                lines.Add(HistoryJson.FileLine(path, use == WorkloadUse.Registers ? FileUse.Registers : FileUse.Appends, 1, 0));
            }
        }

        await File.WriteAllLinesAsync(LogOf(0), lines);
        var histories = HistoryJson.Read(Enumerable.Range(0, _options.Clients + 1).SelectMany(c => File.ReadLines(LogOf(c))));
        _violations.AddRange(histories.Where(h => !unreadable.Contains(h.Path, StringComparer.Ordinal)).SelectMany(HistoryChecker.Check));
        return histories;
    }

    private async Task<IEnumerable<string>> FinalAsync(string path, WorkloadUse use)
    {
        var chunks = await _context.Dfs.GetChunksAsync(path);
        var bytes = new byte[chunks.Status.LengthBytes];
        var read = await _context.Dfs.ReadAsync(path, 0, bytes);
        var history = new FileHistory(
            chunks.Status.Layout.ChunkSizeBytes,
            [],
            bytes.AsMemory(0, read),
            [.. chunks.Chunks.Select(Convergence.RawReplicas)],
            use == WorkloadUse.Registers ? FileUse.Registers : FileUse.Appends,
            chunks.Status.Layout.Replicas,
            path);
        return HistoryJson.Lines(history);
    }

    private async Task<NemesisReport> ReportAsync(IReadOnlyList<FileHistory> histories)
    {
        var operations = histories.SelectMany(h => h.Operations).ToList();
        var report = new NemesisReport
        {
            Seed = _options.Seed,
            Acknowledged = operations.Where(o => o.Outcome == Outcome.Acknowledged)
                .GroupBy(o => $"{o.Kind}".ToLowerInvariant(), StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal),
            Faults = _faults,
            Unknown = operations.Count(o => o.Outcome == Outcome.Unknown),
            Violations = _violations,
            ClientErrors = [.. operations.Where(o => o.Error is not null).Select(o => $"{o}: {o.Error}")],
            Longest = TimeSpan.FromSeconds((double)operations.Where(o => o.Completed != long.MaxValue).Select(o => o.Completed - o.Invoked).Append(0).Max() / Stopwatch.Frequency),
        };
        if (report.IsClean && !_options.KeepTranscript)
        {
            return report;
        }

        report = report with { Transcript = Path.GetFullPath(_options.TranscriptFolder) };
        await SaveAsync(report);
        return report;
    }

    private async Task SaveAsync(NemesisReport report)
    {
        Directory.CreateDirectory(report.Transcript);
        foreach (var log in Enumerable.Range(0, _options.Clients + 1).Select(LogOf))
        {
            File.Copy(log, Path.Combine(report.Transcript, Path.GetFileName(log)), overwrite: true);
        }

        foreach (var node in _context.Cluster.Nodes)
        {
            await node.DisposeAsync();
        }

        foreach (var group in _context.Cluster.Outputs.GroupBy(o => o.Node, StringComparer.Ordinal))
        {
            await File.WriteAllTextAsync(Path.Combine(report.Transcript, $"{group.Key}.log"), string.Join("\n---- ended ----\n", group.Select(g => g.Output)));
        }

        foreach (var client in _clients)
        {
            await File.WriteAllTextAsync(Path.Combine(report.Transcript, $"{client.Name}.log"), client.Output);
        }

        await File.WriteAllLinesAsync(Path.Combine(report.Transcript, "faults.log"), _context.Events);
        await File.WriteAllTextAsync(Path.Combine(report.Transcript, "report.txt"), $"{report}\nall violations:\n{string.Join('\n', report.Violations)}");
    }
}
