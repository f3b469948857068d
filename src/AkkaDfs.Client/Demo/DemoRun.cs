// The demonstration, step by step. Every step is timed and told as it happens, and the whole is a table at the end.

using System.Collections.Concurrent;
using System.Security.Cryptography;
using AkkaDfs.Client.Commands;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Files;
using AkkaDfs.Client.Transfer;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Demo;

/// <summary>One step that is over.</summary>
internal sealed record DemoStep(string What, TimeSpan Time, string Result, bool Good = true);

/// <summary>One demonstration.</summary>
internal sealed class DemoRun(CommandContext context, string folder, bool limited, int chunkServers, NodeOptions node)
{
    private const string Remote = "/demo";
    private const string LogFile = "/demo.log";
    private static readonly TimeSpan RepairPatience = TimeSpan.FromMinutes(3);
    private static readonly CallOptions Patient = new() { Timeout = TimeSpan.FromMinutes(2) };

    private readonly List<DemoStep> _steps = [];
    private readonly ConcurrentDictionary<string, byte[]> _hashes = new(StringComparer.Ordinal);

    /// <summary>What happened.</summary>
    public IReadOnlyList<DemoStep> Steps => _steps;

    /// <summary>Runs all steps on a cluster of its own, which is gone afterwards.</summary>
    /// <returns>True when everything that was read back is what was stored.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var (tree, isPart) = DemoFolder.Read(folder, Remote, limited);
        var cluster = await StepAsync(
            $"start 1 meta and {chunkServers} chunk servers",
            () => StartAsync(cancellationToken),
            c => $"a process each; files in {c.DataFolder}").ConfigureAwait(false);
        await using (cluster.ConfigureAwait(false))
        {
            await StoreAsync(cluster, tree, isPart, cancellationToken).ConfigureAwait(false);
            var records = await AppendAsync(cluster, cancellationToken).ConfigureAwait(false);
            await KillAsync(cluster, cancellationToken).ConfigureAwait(false);
            return await ReadBackAsync(cluster, tree, records, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<DfsCluster> StartAsync(CancellationToken cancellationToken)
        => DfsCluster.StartAsync(
            new DfsClusterOptions { ChunkServers = chunkServers, SeparateProcesses = true, Node = node with { Overrides = [.. Defaults, .. node.Overrides] } },
            cancellationToken);

    // Quicker than a real cluster in noticing a death, so that nobody has to wait for a quarter of a minute.
    private static string[] Defaults => ["dfs.cluster.heartbeat-interval=1s", "dfs.cluster.replication-check-interval=1s", "dfs.node.chunk.allow-drills=on"];

    private async Task StoreAsync(DfsCluster cluster, LocalTree tree, bool isPart, CancellationToken cancellationToken)
    {
        var bytes = tree.TotalBytes;
        var what = $"store {Amounts.Counted(tree.Files.Count, "file")} of {folder}{(isPart ? " (a part of it)" : string.Empty)}";
        var status = await StepAsync(
            what,
            async () =>
            {
                await HashAsync(tree, cancellationToken).ConfigureAwait(false);
                await using var progress = new TransferProgress(bytes, tree.Files.Count, context.Time, context.ErrorIsTerminal ? context.Progress : null);
                var options = new UploadOptions(8, FileLayout.Default, MetaProtocol.Disposition.CreateNew, Patient, Verify: false);
                await new Upload(cluster.Client, options, progress).RunAsync(tree, cancellationToken).ConfigureAwait(false);
                context.EndProgress();
                return (Status: await cluster.Client.GetClusterAsync(Patient, cancellationToken).ConfigureAwait(false), progress.Elapsed);
            },
            s => $"{Amounts.Bytes(bytes)} × 3 replicas in {Amounts.Counted(s.Status.Chunks, "chunk")}, {Amounts.Rate(bytes, s.Elapsed)}").ConfigureAwait(false);
        var most = status.Status.Servers.Max(s => s.ChunkCount);
        var least = status.Status.Servers.Min(s => s.ChunkCount);
        context.Out.WriteLine($"  each server holds {Amounts.Count(least)} to {Amounts.Count(most)} replicas");
    }

    private Task HashAsync(LocalTree tree, CancellationToken cancellationToken)
        => Bounded.ForEachAsync(
            tree.Files,
            Environment.ProcessorCount,
            async (file, token) =>
            {
                var local = new FileStream(file.Local, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
                await using (local.ConfigureAwait(false))
                {
                    _hashes[file.Remote] = await SHA256.HashDataAsync(local, token).ConfigureAwait(false);
                }
            },
            cancellationToken);

    private async Task<IReadOnlyList<AppendedRecord>> AppendAsync(DfsCluster cluster, CancellationToken cancellationToken)
    {
        var create = new CreateOptions { Layout = new FileLayout(ChunkSizeBytes: 64 * 1024), ExpectsContent = false };
        await using var file = await cluster.Client.CreateAsync(LogFile, create, Patient, cancellationToken).ConfigureAwait(false);
        return await StepAsync(
            $"append records to one file from {DemoAppenders.Clients} processes at once",
            () => DemoAppenders.RunAsync(LogFile, cluster.Seeds[0], cancellationToken),
            r => $"{Amounts.Count(r.Count)} records acknowledged").ConfigureAwait(false);
    }

    private async Task KillAsync(DfsCluster cluster, CancellationToken cancellationToken)
    {
        // The fullest one, so that there is something to repair.
        var before = await cluster.Client.GetClusterAsync(Patient, cancellationToken).ConfigureAwait(false);
        var victim = before.Servers.OrderByDescending(s => s.ChunkCount).First();
        var number = cluster.RunningServers.First(n => cluster.AddressOf(n) == victim.ControlAddress);
        await StepAsync(
            $"kill -9 chunk server {victim.Server}",
            async () =>
            {
                await cluster.KillServerAsync(number).ConfigureAwait(false);
                return true;
            },
            _ => $"{Amounts.Counted(victim.ChunkCount, "replica")} lost with it").ConfigureAwait(false);
        await StepAsync(
            "wait until every chunk has three replicas again",
            () => RepairAsync(cluster, victim.Server, cancellationToken),
            s => $"{Amounts.Counted(s.CopiesDone - before.CopiesDone, "copy", "copies")} on {Amounts.Counted(s.Servers.Count(x => x.State == ServerState.Alive), "server")}").ConfigureAwait(false);
    }

    private async Task<ClusterStatus> RepairAsync(DfsCluster cluster, ServerId victim, CancellationToken cancellationToken)
    {
        var deadline = Deadline.After(context.Time, RepairPatience);
        while (true)
        {
            var status = await cluster.Client.GetClusterAsync(Patient, cancellationToken).ConfigureAwait(false);
            var noticed = status.Servers.Any(s => s.Server == victim && s.State == ServerState.Dead);
            context.Progress(noticed
                ? $"{Amounts.Count(status.FullyReplicated)} of {Amounts.Count(status.Chunks)} chunks have three replicas; {status.CopiesInFlight} copies under way"
                : "nobody has noticed yet");
            if (noticed && status is { UnderReplicated: 0, Missing: 0, CopiesInFlight: 0 } && status.FullyReplicated == status.Chunks)
            {
                context.EndProgress();
                return status;
            }

            if (deadline.IsOver)
            {
                throw new DfsException(
                    DfsErrorCode.Timeout,
                    $"After {RepairPatience.TotalMinutes:0} minutes {status.UnderReplicated} chunks still lack replicas and {status.Missing} have none. Look into the logs in {cluster.DataFolder}.");
            }

            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> ReadBackAsync(
        DfsCluster cluster, LocalTree tree, IReadOnlyList<AppendedRecord> records, CancellationToken cancellationToken)
    {
        var differing = new ConcurrentQueue<string>();
        await StepAsync(
            "read every file back from the survivors and compare SHA-256",
            async () =>
            {
                await using var progress = new TransferProgress(tree.TotalBytes, tree.Files.Count, context.Time, context.ErrorIsTerminal ? context.Progress : null);
                await Bounded.ForEachAsync(tree.Files, 8, (f, token) => CompareAsync(cluster, f, progress, differing, token), cancellationToken).ConfigureAwait(false);
                context.EndProgress();
                return progress.Elapsed;
            },
            elapsed => differing.IsEmpty
                ? $"all {Amounts.Count(tree.Files.Count)} equal, {Amounts.Rate(tree.TotalBytes, elapsed)}"
                : $"{Amounts.Count(differing.Count)} DIFFER: {string.Join(", ", differing.Take(3))}",
            _ => differing.IsEmpty).ConfigureAwait(false);
        var wrong = await StepAsync(
            "check the appended records",
            async () => DemoAppenders.Check(await ReadAsync(cluster, LogFile, cancellationToken).ConfigureAwait(false), records),
            problem => problem ?? "each there once, at its offset, in its client's order",
            problem => problem is null).ConfigureAwait(false);
        return differing.IsEmpty && wrong is null;
    }

    private async Task CompareAsync(
        DfsCluster cluster, UploadFile file, TransferProgress progress, ConcurrentQueue<string> differing, CancellationToken cancellationToken)
    {
        var stream = await cluster.Client.OpenReadAsync(file.Remote, Patient, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var hash = await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false);
            if (!hash.AsSpan().SequenceEqual(_hashes[file.Remote]))
            {
                differing.Enqueue(file.Remote);
            }
        }

        progress.AddBytes(file.LengthBytes);
        progress.AddFile();
    }

    private static async Task<byte[]> ReadAsync(DfsCluster cluster, string path, CancellationToken cancellationToken)
    {
        var stream = await cluster.Client.OpenReadAsync(path, Patient, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var all = new MemoryStream();
            await stream.CopyToAsync(all, cancellationToken).ConfigureAwait(false);
            return all.ToArray();
        }
    }

    private async Task<T> StepAsync<T>(string what, Func<Task<T>> run, Func<T, string> describe, Func<T, bool>? isGood = null)
    {
        context.Out.WriteLine($"{what} …");
        await context.Out.FlushAsync().ConfigureAwait(false);
        var began = context.Time.GetTimestamp();
        var result = await run().ConfigureAwait(false);
        var step = new DemoStep(what, context.Time.GetElapsedTime(began), describe(result), isGood?.Invoke(result) ?? true);
        _steps.Add(step);
        context.Out.WriteLine($"  {step.Result} ({Amounts.Time(step.Time)})");
        return result;
    }
}
