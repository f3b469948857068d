// Whether all is whole, seen from outside: every chunk server alive, no safe mode, every chunk at as many live replicas as asked, on
// different servers, their data files byte-identical.

using AkkaDfs.Client;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Simulation.Runs;

internal sealed class Convergence(SimulatedCluster cluster, IReadOnlyList<string> files)
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    /// <summary>What was not whole when it was last looked.</summary>
    public string Missing { get; private set; } = "nobody has looked";

    /// <summary>Looks until all is whole; to be run in a client.</summary>
    public async Task<bool> WaitAsync(DfsClient dfs, TimeProvider time)
    {
        while (true)
        {
            if (await WhatIsMissingAsync(dfs) is not { } missing)
            {
                return true;
            }

            if (missing != Missing)
            {
                cluster.Trace.Say($"not whole: {missing}");
            }

            Missing = missing;
            await Task.Delay(s_look, time);
        }
    }

    /// <summary>The raw bytes of a chunk's live replicas; no bytes for one that was never written.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> RawReplicas(ChunkLocation chunk)
        => [.. chunk.Replicas.Where(r => r.State == ReplicaState.Live).Select(Read)];

    private async Task<string?> WhatIsMissingAsync(DfsClient dfs)
    {
        try
        {
            var status = await dfs.GetClusterAsync();
            var alive = status.Servers.Count(s => s.State == ServerState.Alive);
            if (status.InSafeMode || alive != cluster.Servers || status.Missing + status.UnderReplicated + status.CopiesInFlight > 0)
            {
                return $"safe mode {status.InSafeMode} {status.SafeModeReason}, {alive} servers alive, {status.Missing} chunks missing, {status.UnderReplicated} under-replicated, {status.CopiesInFlight} copies under way";
            }

            foreach (var path in files)
            {
                var file = await dfs.GetChunksAsync(path);
                foreach (var chunk in file.Chunks)
                {
                    // A chunk that was allocated and never written is nowhere.
                    var isUnwritten = chunk.Replicas.Count == 0 && file.Status.LengthBytes <= (long)chunk.Index * file.Status.Layout.ChunkSizeBytes;
                    if (!isUnwritten && WhatIsWrong(path, chunk, file.Status.Layout.Replicas) is { } wrong)
                    {
                        return wrong;
                    }
                }
            }

            return null;
        }
        catch (DfsException e)
        {
            return e.Error.ToString();
        }
    }

    private string? WhatIsWrong(string path, ChunkLocation chunk, int wanted)
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

        var bytes = live.ConvertAll(Read);
        return bytes.TrueForAll(b => b.Span.SequenceEqual(bytes[0].Span))
            ? null
            : $"the replicas of chunk {chunk.Index} of {path} ({chunk.Chunk}, generation {chunk.Generation}) differ: {string.Join(", ", live.Zip(bytes, (r, b) => $"{r.Endpoint} {r.Path} {b.Length} bytes {Checksum.Compute(b.Span):x8}"))}";
    }

    private ReadOnlyMemory<byte> Read(ReplicaLocation replica) => cluster.MachineAt(replica.Endpoint.Host)?.Disk.TryRead(replica.Path) ?? default;
}
