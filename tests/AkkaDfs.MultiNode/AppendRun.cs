// Client processes that append to one file, and what is left when they are done: a history for the checker.

using System.Globalization;
using AkkaDfs.Client;
using AkkaDfs.Shared.Protocol;
using AkkaDfs.Testing.History;
using AkkaDfs.Testing.Nodes;

namespace AkkaDfs.MultiNode;

internal static class AppendRun
{
    /// <summary>Starts one client process; it prints "appending" when it has connected.</summary>
    internal static NodeProcess StartWorker(ProcessCluster cluster, string path, int client, int records, int seed, int window)
        => NodeProcess.StartDotnet(
            $"client-{client}",
            ProcessCluster.Program("AkkaDfs.MultiNode.Worker.dll"),
            cluster.Seed, path, $"{client}", $"{records}", $"{seed + client}", $"{window}", LogOf(cluster, client));

    internal static IEnumerable<AppendEvent> ReadLog(ProcessCluster cluster, int client)
        => File.ReadLines(LogOf(cluster, client)).Select(Parse);

    /// <summary>Everything about the file once nobody writes: what clients saw, what it reads as, and the raw replicas.</summary>
    internal static async Task<FileHistory> CollectAsync(ProcessCluster cluster, DfsClient dfs, string path, int clients)
    {
        var chunks = await dfs.GetChunksAsync(path);
        await using var file = await dfs.OpenAsync(path);
        var bytes = new byte[chunks.Status.LengthBytes];
        var read = await file.ReadAsync(0, bytes);
        return new FileHistory(
            chunks.Status.Layout.ChunkSizeBytes,
            [.. Enumerable.Range(1, clients).SelectMany(c => ReadLog(cluster, c))],
            [],
            bytes.AsMemory(0, read),
            [.. chunks.Chunks.Select(RawReplicas)]);
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> RawReplicas(ChunkLocation chunk)
        => [.. chunk.Replicas.Where(r => r.State == ReplicaState.Live).Select(r => (ReadOnlyMemory<byte>)File.ReadAllBytes(r.Path))];

    private static string LogOf(ProcessCluster cluster, int client) => Path.Combine(cluster.Folder, $"appends-{client}.log");

    private static AppendEvent Parse(string line)
    {
        var parts = line.Split(' ');
        long Number(int i) => long.Parse(parts[i], CultureInfo.InvariantCulture);
        var record = new HistoryRecord((uint)Number(0), (uint)Number(1), (int)Number(2));
        return new AppendEvent(record, Number(3), Number(4), Enum.Parse<Outcome>(parts[5]), Number(6));
    }
}
