// Waits until all is whole: every server alive, every chunk at as many live replicas as asked, on different servers, and their
// raw files byte-identical. While clients write, each chunk must be seen whole once; at the end, all of them at rest.

using System.Diagnostics;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.MultiNode.Nemesis;

internal static class Convergence
{
    private static readonly TimeSpan DamageFound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    /// <summary>Waits; throws with what is not whole when it takes too long.</summary>
    internal static async Task WaitAsync(NemesisContext context, string when)
    {
        var started = Stopwatch.GetTimestamp();
        var whole = new HashSet<(string, int)>();
        string? told = null;
        while (true)
        {
            var missing = await WhatIsMissingAsync(context, whole);
            if (missing is null)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(started) > context.Options.HealLimit)
            {
                throw new NotConvergedException($"not whole {when}, after {context.Options.HealLimit}: {missing}");
            }

            if (missing != told && Stopwatch.GetElapsedTime(started) > DamageFound / 3)
            {
                context.Tell($"not whole {when}: {told = missing}");
            }

            await Task.Delay(Pause);
        }
    }

    /// <summary>Reads a chunk again and again, so that damage is found, until its replicas are equal; false when it takes too long.</summary>
    internal static async Task<bool> ReadUntilEqualAsync(NemesisContext context, string path, int index)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < DamageFound)
        {
            var file = await context.Dfs.GetChunksAsync(path);
            var size = file.Status.Layout.ChunkSizeBytes;
            var buffer = new byte[size];
            await context.Dfs.ReadAsync(path, (long)index * size, buffer);
            if (index < file.Chunks.Count && WhatIsWrong(path, file.Chunks[index], file.Status.Layout.Replicas) is null)
            {
                return true;
            }

            await Task.Delay(Pause);
        }

        return false;
    }

    /// <summary>The raw bytes of a chunk's live replicas; no bytes for one that was never written.</summary>
    internal static IReadOnlyList<ReadOnlyMemory<byte>> RawReplicas(ChunkLocation chunk)
        => [.. chunk.Replicas.Where(r => r.State == ReplicaState.Live).Select(r => (ReadOnlyMemory<byte>)Read(r.Path))];

    private static async Task<string?> WhatIsMissingAsync(NemesisContext context, HashSet<(string, int)> whole)
    {
        try
        {
            var status = await context.Dfs.GetClusterAsync();
            var alive = status.Servers.Count(s => s.State == ServerState.Alive);
            if (status.InSafeMode || alive != context.Cluster.ChunkServers.Count || status.Missing + status.UnderReplicated + status.CopiesInFlight > 0)
            {
                whole.Clear();
                return $"safe mode {status.InSafeMode} {status.SafeModeReason}, {alive} servers alive, {status.Missing} chunks missing, {status.UnderReplicated} under-replicated, {status.CopiesInFlight} copies under way";
            }

            string? missing = null;
            foreach (var path in context.Files)
            {
                var file = await context.Dfs.GetChunksAsync(path);
                foreach (var chunk in file.Chunks.Where(c => !whole.Contains((path, c.Index))))
                {
                    if (WhatIsWrong(path, chunk, file.Status.Layout.Replicas) is { } wrong)
                    {
                        missing = wrong;
                    }
                    else
                    {
                        whole.Add((path, chunk.Index));
                    }
                }
            }

            return missing;
        }
        catch (DfsException e)
        {
            return e.Error.ToString();
        }
    }

    private static string? WhatIsWrong(string path, ChunkLocation chunk, int wanted)
    {
        if (chunk.Chunk == ChunkId.None)
        {
            return null;
        }

        var live = chunk.Replicas.Where(r => r.State == ReplicaState.Live).ToList();
        if (live.Count != wanted || live.Select(r => r.Server).Distinct().Count() != wanted)
        {
            return $"chunk {chunk.Index} of {path} ({chunk.Chunk}) has {live.Count} live replicas on {string.Join(", ", chunk.Replicas.Select(r => $"{r.Server} {r.State}"))}";
        }

        var bytes = live.Select(r => Read(r.Path)).ToList();
        return bytes.TrueForAll(b => b.AsSpan().SequenceEqual(bytes[0]))
            ? null
            : $"the replicas of chunk {chunk.Index} of {path} ({chunk.Chunk}) differ: {string.Join(", ", live.Zip(bytes, (r, b) => $"{r.Path} {b.Length} bytes {Checksum.Compute(b):x8}"))}";
    }

    private static byte[] Read(string path)
    {
        try
        {
            return path.Length == 0 ? [] : File.ReadAllBytes(path);
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }
}

/// <summary>The cluster did not become whole.</summary>
internal sealed class NotConvergedException(string message) : Exception(message);
