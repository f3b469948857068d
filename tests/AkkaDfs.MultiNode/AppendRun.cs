// Client processes that append to one file, and what is left when they are done: a history for the checker.

using AkkaDfs.Client;
using AkkaDfs.MultiNode.Cluster;
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
            "append", cluster.Seed, path, $"{client}", $"{records}", $"{seed + client}", $"{window}", LogOf(cluster, client));

    /// <summary>What one client saw.</summary>
    internal static IReadOnlyList<ClientOperation> ReadLog(ProcessCluster cluster, int client)
        => HistoryJson.Read(File.ReadLines(LogOf(cluster, client)).Append(HistoryJson.FileLine("/log", FileUse.Appends, 1, 0)))[0].Operations;

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
            bytes.AsMemory(0, read),
            [.. chunks.Chunks.Select(RawReplicas)]);
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> RawReplicas(ChunkLocation chunk)
        => [.. chunk.Replicas.Where(r => r.State == ReplicaState.Live).Select(r => (ReadOnlyMemory<byte>)File.ReadAllBytes(r.Path))];

    private static string LogOf(ProcessCluster cluster, int client) => Path.Combine(cluster.Folder, $"appends-{client}.log");
}
