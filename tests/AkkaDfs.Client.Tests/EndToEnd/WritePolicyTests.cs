// What a write does while a server is down that no other can stand in for, and when it counts as done: by the policy of the file.

using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;
using static AkkaDfs.Client.Tests.Files.ReadTests;

namespace AkkaDfs.Client.Tests.EndToEnd;

public sealed class WritePolicyTests
{
    private static readonly CallOptions Hurried = new() { Timeout = TimeSpan.FromSeconds(3) };
    private static readonly CallOptions Patient = new() { Timeout = TimeSpan.FromMinutes(2) };

    [Fact]
    public async Task S2_15_18_Policy_block_waits_for_the_server_and_goes_on_when_it_is_back()
    {
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 3, Node = ClusterFixture.Node });
        var content = Content(10_000, 1);
        await using var file = await cluster.Client.CreateAsync("/f", With(ReplicaDownPolicy.Block));
        await file.AppendAsync(content);
        var number = await StopOneOfAsync(cluster, "/f");

        // Longer than the caller waits: an error, and it is said whether the bytes may be there.
        var ticket = file.NewTicket();
        var error = await Assert.ThrowsAsync<DfsException>(() => file.AppendAsync(content, ticket, Hurried));
        Assert.Contains(error.Code, new[] { DfsErrorCode.NoReplicaAvailable, DfsErrorCode.OutcomeUnknown });
        Assert.Equal(content, await ReadAllAsync(cluster.Client, "/f"));
        var write = file.AppendAsync(content, ticket, Patient);

        // Another file's chunks do not wait: two replicas are what it may begin with here.
        await WriteAsync(cluster.Client, "/other", content);
        Assert.Equal(content, await ReadAllAsync(cluster.Client, "/other"));
        Assert.False(write.IsCompleted);
        await cluster.StartServerAsync(number);
        Assert.Equal(content.Length, await write);
        byte[] twice = [.. content, .. content];
        Assert.Equal(twice, await ReadAllAsync(cluster.Client, "/f"));
        await EqualEverywhereAsync(cluster, "/f");
    }

    [Fact]
    public async Task Policy_fail_says_at_once_which_server_is_down_and_goes_on_when_it_is_back()
    {
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 3, Node = ClusterFixture.Node });
        var content = Content(10_000, 2);
        await using var file = await cluster.Client.CreateAsync("/f", With(ReplicaDownPolicy.Fail));
        await file.AppendAsync(content);
        var before = (await cluster.Client.GetChunksAsync("/f")).Chunks[0];
        var number = await StopOneOfAsync(cluster, "/f");
        var ticket = file.NewTicket();
        var first = await Assert.ThrowsAsync<DfsException>(() => file.AppendAsync(content, ticket, Patient));

        // The primary may have it already and keep it: only what certainly was not applied is said to have failed.
        Assert.Contains(first.Code, new[] { DfsErrorCode.ReplicaDown, DfsErrorCode.OutcomeUnknown });
        var second = await Assert.ThrowsAsync<DfsException>(() => file.AppendAsync(Content(10_000, 3), options: Patient));
        Assert.Equal(DfsErrorCode.ReplicaDown, second.Code);
        Assert.Contains($"{before.Replicas[1].Server}", second.Message, StringComparison.Ordinal);
        Assert.Equal(content, await ReadAllAsync(cluster.Client, "/f"));
        await cluster.StartServerAsync(number);
        await Eventually.AssertAsync(() => Assert.Equal(content.Length, file.AppendAsync(content, ticket, Patient).GetAwaiter().GetResult()));
        byte[] twice = [.. content, .. content];
        Assert.Equal(twice, await ReadAllAsync(cluster.Client, "/f"));
        await EqualEverywhereAsync(cluster, "/f");
    }

    [Fact]
    public async Task A_call_may_want_another_policy_than_its_file_has()
    {
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 3, Node = ClusterFixture.Node });
        await using var file = await cluster.Client.CreateAsync("/f", With(ReplicaDownPolicy.Block));
        var content = Content(5_000, 4);
        await file.AppendAsync(content);
        var number = await StopOneOfAsync(cluster, "/f");
        var failing = Patient with { OnReplicaDown = ReplicaDownPolicy.Fail };

        // The first who fails may not know better than that the outcome is open; whoever comes then is refused for certain.
        var first = await Assert.ThrowsAsync<DfsException>(() => file.AppendAsync(content, options: failing));
        Assert.Contains(first.Code, new[] { DfsErrorCode.ReplicaDown, DfsErrorCode.OutcomeUnknown });
        Assert.Equal(DfsErrorCode.ReplicaDown, (await Assert.ThrowsAsync<DfsException>(() => file.AppendAsync(content, options: failing))).Code);
        var blocked = await Assert.ThrowsAsync<DfsException>(() => file.AppendAsync(content, options: Hurried));
        Assert.Contains(blocked.Code, new[] { DfsErrorCode.NoReplicaAvailable, DfsErrorCode.OutcomeUnknown });

        // Whoever does not want to wait makes the chunk whole for all, with the two that are left.
        var offset = await file.AppendAsync(content, options: Patient with { OnReplicaDown = ReplicaDownPolicy.Replace });
        Assert.Equal(offset + content.Length, await file.AppendAsync(content, options: Patient));
        Assert.Equal(offset + (2 * content.Length), (await ReadAllAsync(cluster.Client, "/f")).Length);
        await cluster.StartServerAsync(number);
        await EqualEverywhereAsync(cluster, "/f");
    }

    [Fact]
    public async Task S3_09_10_11_With_ack_one_a_file_is_there_after_one_copy_and_has_three_soon_after()
    {
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 4, Node = ClusterFixture.Node });
        var content = Content(400_000, 3);
        await using (var stream = await cluster.Client.OpenWriteAsync(
            "/video", new CreateOptions { Layout = new FileLayout(ChunkSizeBytes: 65536, Ack: AckPolicy.One) }))
        {
            await stream.WriteAsync(content);
        }

        // Published and readable for everybody from the acknowledgement on.
        Assert.Equal(content.Length, (await cluster.Client.StatAsync("/video")).LengthBytes);
        Assert.Equal(content, await ReadAllAsync(cluster.Client, "/video"));
        await EqualEverywhereAsync(cluster, "/video");
    }

    [Fact]
    public async Task S4_15_16_A_server_fails_under_a_writer_who_sees_no_error_and_fsck_says_when_all_is_whole_again()
    {
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 5, Node = ClusterFixture.Node });
        await using var file = await cluster.Client.CreateAsync("/f", new CreateOptions { Layout = new FileLayout(ChunkSizeBytes: 65536) });
        var expected = new List<byte>();
        var stopped = Task.CompletedTask;
        for (var i = 0; i < 60; i++)
        {
            var part = Content(3000, i);
            Assert.Equal(expected.Count, await file.AppendAsync(part, options: Patient));
            expected.AddRange(part);
            if (i == 20)
            {
                stopped = StopOneOfAsync(cluster, "/f");
            }
        }

        await stopped;
        Assert.Equal(expected.ToArray(), await ReadAllAsync(cluster.Client, "/f"));
        await Eventually.AssertAsync(() => Assert.Equal(0, RealCli.RunAsync(cluster, "fsck").GetAwaiter().GetResult().ExitCode));
        await EqualEverywhereAsync(cluster, "/f");
    }

    private static CreateOptions With(ReplicaDownPolicy policy) => new() { Layout = new FileLayout(ChunkSizeBytes: 1 << 20, OnReplicaDown: policy) };

    // Stops a server that has a replica of the file's first chunk; gives its number in the cluster.
    private static async Task<int> StopOneOfAsync(DfsCluster cluster, string path)
    {
        var path0 = (await cluster.Client.GetChunksAsync(path)).Chunks[0].Replicas[1].Path;
        var number = cluster.RunningServers.Single(n => path0.Contains($"/server-{n}/", StringComparison.Ordinal));
        await cluster.StopServerAsync(number);
        return number;
    }

    private static Task EqualEverywhereAsync(DfsCluster cluster, string path) => Eventually.AssertAsync(() =>
    {
        foreach (var chunk in cluster.Client.GetChunksAsync(path).GetAwaiter().GetResult().Chunks)
        {
            var live = chunk.Replicas.Where(r => r.State == ReplicaState.Live).ToArray();
            Assert.Equal(3, live.Length);
            Assert.Single(live.Select(r => Convert.ToHexString(File.ReadAllBytes(r.Path))).Distinct());
        }
    });
}
