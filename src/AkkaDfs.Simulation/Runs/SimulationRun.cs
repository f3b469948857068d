// One checked run: clients work while faults come, round by round; after each round all faults end, the clients come to rest, and in
// bounded time everything must be whole, and what the clients were told must be true.

using Akka.Embedded.Simulation;
using AkkaDfs.Client;
using AkkaDfs.Simulation.Faults;
using AkkaDfs.Simulation.Runs;
using AkkaDfs.Simulation.Workload;
using AkkaDfs.Testing.History;

namespace AkkaDfs.Simulation;

/// <summary>Makes runs.</summary>
public sealed partial class SimulationRun
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(2);

    private readonly RunOptions _options;
    private readonly SimulatedCluster _cluster;
    private readonly WorkloadLog _log;
    private readonly List<string> _violations = [];
    private readonly List<(string Path, WorkloadUse Use)> _files = [];
    private readonly List<Task<bool>> _work = [];
    private readonly DeterministicRandom _random;
    private bool _isOver;

    private SimulationRun(RunOptions options)
    {
        _options = options;
        _cluster = new SimulatedCluster(new SimulationOptions
        {
            Seed = options.Seed,
            ChunkServers = options.ChunkServers,
            ChunkSizeBytes = options.ChunkSizeBytes,
            ClockDrift = options.ClockDrift,
            Trace = options.Trace,
            Overrides =
            [
                "dfs.node.chunk.scrub-interval=20s", "dfs.node.chunk.passivate-after=3s", "dfs.node.meta.journal-checkpoint-size=64KiB",
                "dfs.node.meta.journal-segment-size=64KiB", "dfs.node.meta.orphan-delay=30s", "dfs.node.chunk.free-space-reserve=1MiB",
            ],
        });
        _log = new WorkloadLog(_cluster);
        _random = new DeterministicRandom(options.Seed ^ 0x2545F491);
    }

    /// <summary>Makes one run, on the calling thread.</summary>
    public static RunReport Do(RunOptions options)
    {
        var run = new SimulationRun(options);
        try
        {
            run.RunAll();
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException or Shared.DfsException)
        {
            run._violations.Add($"at {run._cluster.Now}: {e}");
        }

        run._violations.AddRange(run._cluster.Crashes);
        var report = new RunReport(
            options, run._violations, run._cluster.Hash, run._cluster.Now, run._cluster.Steps, run._cluster.Trace.Events, run._cluster.Counts, run._log.Outcomes);
        if (!report.IsClean && options.Trace is not null)
        {
            run.Explain();
        }

        return report;
    }

    private void RunAll()
    {
        MakeFiles();
        var player = new FaultPlayer(_cluster);
        var plan = FaultPlan.Make(_options);
        for (var round = 0; round < plan.Count && _violations.Count == 0; round++)
        {
            StartWork(round);
            player.Play(plan[round], _options.LeftOut);
            player.EndAll();
            ComeToRest(round);
        }
    }

    private void MakeFiles()
    {
        var uses = Enum.GetValues<WorkloadUse>();
        for (var i = 0; i < _options.Files; i++)
        {
            _files.Add(($"/data/file{i}", uses[_random.Next(uses.Length)]));
        }

        _cluster.Run(
            async (dfs, _) =>
            {
                foreach (var (path, _) in _files)
                {
                    await using var file = await dfs.CreateAsync(path);
                }

                return true;
            },
            s_startLimit);
    }

    private void StartWork(int round)
    {
        _isOver = false;
        for (var i = 0; i < _options.Clients; i++)
        {
            var client = (uint)((round * 100) + i + 1);
            var random = new DeterministicRandom(_options.Seed + (client * 7919));
            _work.Add(_cluster.StartClient(async (dfs, time) =>
            {
                await new FileWork(dfs, time, client, _options, _files, _log, random).RunAsync(() => _isOver);
                return true;
            }));
        }
    }

    private void ComeToRest(int round)
    {
        _isOver = true;
        if (!_cluster.RunUntil(() => _work.TrueForAll(w => w.IsCompleted) || AllLeftAreDead(), _options.CalmLimit))
        {
            _violations.Add($"round {round}: a client's operation did not end within {_options.CalmLimit} of calm");
            return;
        }

        foreach (var failed in _work.Where(w => w.IsFaulted))
        {
            _violations.Add($"round {round}: a client failed: {failed.Exception}");
        }

        _work.Clear();
        var convergence = new Convergence(_cluster, [.. _files.Select(f => f.Path)]);
        var whole = _cluster.StartClient(convergence.WaitAsync);
        if (!_cluster.RunUntil(() => whole.IsCompleted, _options.CalmLimit) || whole.IsFaulted)
        {
            _violations.Add($"round {round}: not whole after {_options.CalmLimit} of calm: {whole.Exception?.ToString() ?? convergence.Missing}");
            return;
        }

        Check(convergence);
    }

    private bool AllLeftAreDead() => _cluster.ClientsWith(_work.Where(w => !w.IsCompleted)).All(m => !m.IsUp);

    private void Check(Convergence convergence)
    {
        foreach (var (path, use) in _files)
        {
            var history = _cluster.Run(
                async (dfs, _) =>
                {
                    var file = await dfs.GetChunksAsync(path);
                    var bytes = new byte[file.Status.LengthBytes];
                    var got = await dfs.ReadAsync(path, 0, bytes);
                    return new FileHistory(
                        file.Status.Layout.ChunkSizeBytes,
                        _log.Files.TryGetValue(path, out var operations) ? operations : [],
                        bytes.AsMemory(0, got),
                        [.. file.Chunks.Select(c => c.Chunk == Shared.ChunkId.None ? [] : convergence.RawReplicas(c))],
                        use == WorkloadUse.Registers ? FileUse.Registers : FileUse.Appends,
                        Path: path);
                },
                s_startLimit);
            _violations.AddRange(HistoryChecker.Check(history));
        }
    }

    // For the trace of a run that has failed: what clients did, what meta did, and where everything is. No part of the run.
    private void Explain()
    {
        foreach (var (path, operations) in _log.Files)
        {
            foreach (var operation in operations)
            {
                _cluster.Trace.Say($"{path}: {operation} {operation.Error}");
            }
        }

        var told = _cluster.StartClient(async (dfs, _) =>
        {
            foreach (var (path, _) in _files)
            {
                foreach (var chunk in (await dfs.GetChunksAsync(path)).Chunks)
                {
                    _cluster.Trace.Say($"{path} chunk {chunk.Index}: {chunk.Chunk} generation {chunk.Generation} on {string.Join(", ", chunk.Replicas.Select(r => $"{r.Endpoint} {r.State}"))}");
                }

                foreach (var entry in (await dfs.GetLogAsync(path)).Entries)
                {
                    _cluster.Trace.Say($"{entry.Position} {DateTimeOffset.UnixEpoch.AddTicks(entry.AtUnixNs / 100) - VirtualTimeProvider.Epoch} {entry.Kind} {entry.Path} {entry.Text}");
                }
            }

            return true;
        });
        if (!_cluster.RunUntil(() => told.IsCompleted, s_startLimit) || told.IsFaulted)
        {
            _cluster.Trace.Say($"no more can be told: {told.Exception}");
        }
    }
}
