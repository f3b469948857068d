// A chunk server is killed with -9 while nobody writes: what it held is made again on the others, spread, never twice on one.

using AkkaDfs.Client;
using AkkaDfs.MultiNode.Cluster;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.MultiNode;

public sealed class LostServerSpec
{
    private const int Files = 60;
    private const int FileBytes = 20_000;

    [Fact]
    public async Task S1_20_21_22_A_killed_server_is_replaced_chunk_by_chunk_on_many_others_and_its_return_brings_nothing_stale()
    {
        await using var cluster = await ProcessCluster.StartAsync(7, "--profile", "classroom", "-D", "dfs.cluster.heartbeat-interval=1s");
        await using var dfs = cluster.Connect();
        var contents = await WriteFilesAsync(dfs);
        var before = await ProcessCluster.WaitAsync(dfs, s => s.Chunks > 0 && s.FullyReplicated == s.Chunks);

        var victim = cluster.ChunkServers[2];
        var victimId = before.Servers.Single(s => s.ControlAddress == victim.Address).Server;
        var held = (await AllChunksAsync(dfs)).Where(c => c.Replicas.Any(r => r.Server == victimId)).Select(c => c.Chunk).ToHashSet();
        Assert.NotEmpty(held);
        await victim.KillAsync();

        await ProcessCluster.WaitAsync(dfs, s => s.Servers.Single(x => x.Server == victimId).State == ServerState.Dead);
        await ProcessCluster.WaitAsync(dfs, s => s.FullyReplicated == s.Chunks && s.CopiesInFlight == 0);
        var after = await AllChunksAsync(dfs);
        Assert.All(after, chunk =>
        {
            var live = chunk.Replicas.Where(r => r.State == ReplicaState.Live).ToList();
            Assert.Equal(3, live.Count);
            Assert.Equal(3, live.Select(r => r.Server).Distinct().Count());
            Assert.DoesNotContain(live, r => r.Server == victimId);
            Assert.Single(live.Select(r => Convert.ToHexString(File.ReadAllBytes(r.Path))).Distinct());
        });
        var targets = NewHolders(before: held, after);
        Assert.True(targets.Count >= 4, $"{held.Count} copies went to {targets.Count} servers only");
        await CheckFilesAsync(dfs, contents);

        await victim.StartAsync();
        await ProcessCluster.WaitAsync(dfs, s => s.Servers.Single(x => x.Server == victimId).State == ServerState.Alive);
        await ProcessCluster.WaitAsync(dfs, s => s.FullyReplicated == s.Chunks);
        Assert.All(await AllChunksAsync(dfs), c => Assert.Equal(3, c.Replicas.Count(r => r.State == ReplicaState.Live)));
        await CheckFilesAsync(dfs, contents);
    }

    private static async Task<Dictionary<string, byte[]>> WriteFilesAsync(DfsClient dfs)
    {
        var random = new Random(11);
        var contents = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (var i = 0; i < Files; i++)
        {
            var bytes = new byte[FileBytes];
            random.NextBytes(bytes);
            contents[$"/f{i}"] = bytes;
            await using var stream = await dfs.OpenWriteAsync($"/f{i}");
            await stream.WriteAsync(bytes);
        }

        return contents;
    }

    private static async Task CheckFilesAsync(DfsClient dfs, Dictionary<string, byte[]> contents)
    {
        foreach (var (path, expected) in contents)
        {
            var bytes = new byte[expected.Length + 1];
            Assert.Equal(expected.Length, await dfs.ReadAsync(path, 0, bytes));
            Assert.True(bytes.AsSpan(0, expected.Length).SequenceEqual(expected), path);
        }
    }

    private static async Task<List<ChunkLocation>> AllChunksAsync(DfsClient dfs)
    {
        var chunks = new List<ChunkLocation>();
        for (var i = 0; i < Files; i++)
        {
            chunks.AddRange((await dfs.GetChunksAsync($"/f{i}")).Chunks);
        }

        return chunks;
    }

    // The last of a chain is the one that was added.
    private static HashSet<AkkaDfs.Shared.ServerId> NewHolders(HashSet<AkkaDfs.Shared.ChunkId> before, List<ChunkLocation> after)
        => [.. after.Where(c => before.Contains(c.Chunk)).Select(c => c.Replicas.Last(r => r.State == ReplicaState.Live).Server)];
}
