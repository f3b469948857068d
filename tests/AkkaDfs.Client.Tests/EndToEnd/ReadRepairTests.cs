// Damage on disk, made by dfs corrupt: readers never see it, and the damaged file is right again without a copy of the whole.

using System.Diagnostics;
using System.Text.Json;
using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared.Protocol;
using static AkkaDfs.Client.Tests.Files.ReadTests;

namespace AkkaDfs.Client.Tests.EndToEnd;

[Collection(ClusterCollection.Name)]
public sealed class ReadRepairTests(ClusterFixture fixture)
{
    [Theory]
    [InlineData("flip")]
    [InlineData("zero")]
    [InlineData("truncate")]
    public async Task S2_10_11_12_13_A_damaged_replica_is_read_around_and_repaired_on_disk(string how)
    {
        var drill = await ReadRepairDrill.BeginAsync(fixture.Cluster, $"/s2-12-{how}", Content(300_000, 12));
        await drill.CorruptAsync(1, "--block", "7", "--how", how);
        await drill.ReadUntilRepairedAsync();
        await drill.AssertRepairedInPlaceAsync();
    }

    [Fact]
    public async Task S2_12_16_Two_of_three_damaged_replicas_are_read_around_and_repaired_on_disk()
    {
        var drill = await ReadRepairDrill.BeginAsync(fixture.Cluster, "/s2-16", Content(300_000, 16));
        await drill.CorruptAsync(0, "--block", "3", "--how", "zero");
        await drill.CorruptAsync(2, "--block", "3");
        await drill.CorruptAsync(2, "--block", "18", "--how", "truncate");
        await drill.ReadUntilRepairedAsync();
        await drill.AssertRepairedInPlaceAsync();
    }

    [Fact]
    public async Task S2_12_Three_replicas_damaged_in_different_blocks_repair_each_other()
    {
        var drill = await ReadRepairDrill.BeginAsync(fixture.Cluster, "/s2-12-three", Content(300_000, 17));
        await drill.CorruptAsync(0, "--block", "1");
        await drill.CorruptAsync(1, "--block", "9", "--how", "zero");
        await drill.CorruptAsync(2, "--block", "17", "--how", "truncate");
        await drill.ReadUntilRepairedAsync();
        await drill.AssertRepairedInPlaceAsync();
    }

    [Fact]
    public async Task S2_13_Without_a_choice_any_block_of_any_replica_is_damaged_and_named()
    {
        var drill = await ReadRepairDrill.BeginAsync(fixture.Cluster, "/s2-13", Content(100_000, 13));
        var result = await RealCli.RunAsync(fixture.Cluster, "corrupt", "/s2-13");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("flipped a bit of byte ", result.Out, StringComparison.Ordinal);
        Assert.Single(drill.Paths, p => !File.ReadAllBytes(p).AsSpan().SequenceEqual(drill.Content) && result.Out.Contains(p, StringComparison.Ordinal));
        await drill.ReadUntilRepairedAsync();
    }

    [Fact]
    public async Task S2_16_A_replica_whose_file_was_deleted_is_made_again()
    {
        var drill = await ReadRepairDrill.BeginAsync(fixture.Cluster, "/s2-16-deleted", Content(100_000, 14));
        await drill.CorruptAsync(0, "--how", "delete");
        Assert.False(File.Exists(drill.Paths[0]));
        await drill.ReadUntilWholeAsync();
    }
}

public sealed class ReadRepairLifeTests
{
    [Fact]
    public async Task S2_31_Repair_does_not_wait_for_a_server_that_is_gone()
    {
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 3, Node = ClusterFixture.Node });
        var drill = await ReadRepairDrill.BeginAsync(cluster, "/s2-31", Content(300_000, 31));
        var stopped = cluster.RunningServers.First();
        await cluster.StopServerAsync(stopped);
        var alive = (await cluster.Client.GetChunksAsync("/s2-31")).Chunks[0].Replicas.Where(r => r.State == ReplicaState.Live).ToArray();
        await drill.CorruptServerAsync(alive[0].Server.Value, "--block", "5");
        await drill.ReadUntilRepairedAsync(alive[0].Path);

        await cluster.StartServerAsync(stopped);
        await drill.ReadUntilWholeAsync();
    }

    [Fact]
    public async Task S2_13_A_server_damages_nothing_unless_it_is_told_to_permit_drills()
    {
        var node = ClusterFixture.Node with { Overrides = [.. ClusterFixture.Node.Overrides, "dfs.node.chunk.allow-drills=off", "dfs.cluster.replicas=1"] };
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 1, Node = node });
        await WriteAsync(cluster.Client, "/f", Content(1000, 1));
        var result = await RealCli.RunAsync(cluster, "corrupt", "/f");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("allow-drills", result.Error, StringComparison.Ordinal);
        Assert.Equal(Content(1000, 1), await ReadAllAsync(cluster.Client, "/f"));
    }
}

/// <summary>A file of one chunk with three replicas, to be damaged.</summary>
internal sealed class ReadRepairDrill
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly DfsCluster _cluster;
    private readonly string _path;
    private readonly ChunkLocation _chunk;

    private ReadRepairDrill(DfsCluster cluster, string path, byte[] content, ChunkLocation chunk)
        => (_cluster, _path, Content, _chunk) = (cluster, path, content, chunk);

    public byte[] Content { get; }

    public string[] Paths => [.. _chunk.Replicas.Select(r => r.Path)];

    public static async Task<ReadRepairDrill> BeginAsync(DfsCluster cluster, string path, byte[] content)
    {
        await using (var stream = await cluster.Client.OpenWriteAsync(path, options: new CallOptions { Sync = true }))
        {
            await stream.WriteAsync(content);
        }

        var chunk = Assert.Single((await cluster.Client.GetChunksAsync(path)).Chunks);
        Assert.Equal(3, chunk.Replicas.Count);
        return new ReadRepairDrill(cluster, path, content, chunk);
    }

    public Task CorruptAsync(int replica, params string[] how) => CorruptServerAsync(_chunk.Replicas[replica].Server.Value, how);

    public async Task CorruptServerAsync(uint server, params string[] how)
    {
        var result = await RealCli.RunAsync(_cluster, ["corrupt", _path, "--replica", $"{server}", "--json", .. how]);
        Assert.True(result.ExitCode == 0, result.Error);
        using var said = JsonDocument.Parse(result.Out);
        var file = said.RootElement.GetProperty("serverPath").GetString()!;
        Assert.Equal(Assert.Single(_chunk.Replicas, r => r.Server.Value == server).Path, file);
        Assert.False(IsRight(file), $"{file} is as it was");
    }

    /// <summary>Reads through the client, rightly each time, until the files on disk are right.</summary>
    public Task ReadUntilRepairedAsync(params string[] paths)
        => ReadUntilAsync(() => Task.FromResult((paths.Length == 0 ? Paths : paths).FirstOrDefault(p => !IsRight(p))));

    /// <summary>Reads through the client, rightly each time, until all replicas are good, wherever they are.</summary>
    public Task ReadUntilWholeAsync() => ReadUntilAsync(async () =>
    {
        var replicas = (await _cluster.Client.GetChunksAsync(_path)).Chunks[0].Replicas.Where(r => r.State == ReplicaState.Live).ToArray();
        return replicas.Length == 3 && replicas.All(r => IsRight(r.Path)) ? null : string.Join("; ", replicas.Select(r => r.ToString()));
    });

    /// <summary>Meta counts every replica as good, and none was copied: that would have begun a new generation.</summary>
    public async Task AssertRepairedInPlaceAsync()
    {
        await ReadUntilWholeAsync();
        var now = Assert.Single((await _cluster.Client.GetChunksAsync(_path)).Chunks);
        Assert.Equal(_chunk.Generation, now.Generation);
        Assert.Equal(Paths.Order(), now.Replicas.Select(r => r.Path).Order());
    }

    private async Task ReadUntilAsync(Func<Task<string?>> whatIsMissing)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            Assert.Equal(Content, await ReadAllAsync(_cluster.Client, _path));
            if (await whatIsMissing() is not { } missing)
            {
                return;
            }

            Assert.True(Stopwatch.GetElapsedTime(began) < s_patience, $"not repaired: {missing}");
            await Task.Delay(20);
        }
    }

    private bool IsRight(string file)
    {
        try
        {
            // A replica that was made a moment ago has told nobody yet where it is.
            return file.Length > 0 && File.ReadAllBytes(file).AsSpan().SequenceEqual(Content);
        }
        catch (IOException)
        {
            // Being replaced, or gone.
            return false;
        }
    }
}
