// The conversation with meta: repeated until answered, with the same operation id, and honest when nobody answers.

using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using static AkkaDfs.Client.Tests.Files.ReadTests;

namespace AkkaDfs.Client.Tests.Files;

public sealed class MetaTests
{
    [Fact]
    public async Task Lost_answers_are_asked_for_again_and_nothing_is_done_twice()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        var drops = 2;
        cluster.Meta.Interfere = request => (null, request is MetaProtocol.CreateFile && Interlocked.Decrement(ref drops) >= 0);
        await using var file = await client.CreateAsync("/f", new CreateOptions { Disposition = MetaProtocol.Disposition.CreateNew });
        var creations = cluster.Meta.Requests<MetaProtocol.CreateFile>();
        Assert.Equal(3, creations.Count);
        Assert.Single(creations.Select(c => c.Operation).Distinct());
    }

    [Fact]
    public async Task Answers_that_advise_a_retry_are_retried()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        var left = 3;
        cluster.Meta.Interfere = _ => (Interlocked.Decrement(ref left) >= 0 ? new MetaProtocol.Failed(new DfsError(DfsErrorCode.NotActingMeta, "moved")) : null, false);
        await client.MakeDirectoryAsync("/d");
        Assert.Equal(4, cluster.Meta.Count<MetaProtocol.MakeDirectory>());
    }

    [Fact]
    public async Task Without_any_answer_the_error_names_the_seeds_and_what_to_do()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        cluster.Meta.Interfere = _ => (null, true);
        var error = await Assert.ThrowsAsync<DfsException>(
            () => client.StatAsync("/f", new CallOptions { Timeout = TimeSpan.FromMilliseconds(500) }));
        Assert.Equal(DfsErrorCode.NoMetaAvailable, error.Code);
        Assert.Contains("fake:1", error.Message, StringComparison.Ordinal);
        Assert.Contains("dfs up", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Meta_learns_which_answers_it_need_not_keep()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        for (var i = 0; i < 3; i++)
        {
            await client.MakeDirectoryAsync($"/d{i}");
        }

        var requests = cluster.Meta.Requests<MetaProtocol.MakeDirectory>();
        Assert.Equal([1, 2, 3], requests.Select(r => (int)r.Operation.Counter));
        Assert.Equal([1, 2, 3], requests.Select(r => (int)r.AnsweredBelow));
    }

    [Fact]
    public async Task S4_03_06_Create_write_read_delete_and_FILE_NOT_FOUND_where_due()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        await WriteAsync(client, "/a/b/f", Content(100, 1));
        Assert.Equal(Content(100, 1), await ReadAllAsync(client, "/a/b/f"));
        await client.RenameAsync("/a/b/f", "/g");
        Assert.Null(await client.FindAsync("/a/b/f"));
        await client.RemoveAsync("/g");
        foreach (var call in new Func<Task>[]
        {
            () => client.StatAsync("/g"), () => client.OpenReadAsync("/g"), () => client.RemoveAsync("/g"), () => client.RenameAsync("/g", "/h"),
            () => client.AppendAsync("/g", new byte[1]), () => client.RecordAppendAsync("/g", new byte[1]), () => client.GetChunksAsync("/g"),
        })
        {
            Assert.Equal(DfsErrorCode.FileNotFound, (await Assert.ThrowsAsync<DfsException>(call)).Code);
        }
    }

    [Fact]
    public async Task Listings_longer_than_a_page_are_complete_and_in_order()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        await Parallel.ForEachAsync(Enumerable.Range(0, 2500), async (i, token) =>
        {
            await using var file = await client.CreateAsync($"/d/f{i:d5}", new CreateOptions { ExpectsContent = false }, cancellationToken: token);
        });
        var names = new List<string>();
        await foreach (var entry in client.ListAsync("/d"))
        {
            names.Add(entry.Name);
        }

        Assert.Equal(Enumerable.Range(0, 2500).Select(i => $"f{i:d5}"), names);
    }

    [Fact]
    public async Task A_listing_can_have_exact_lengths_of_files_under_write()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        await WriteAsync(client, "/f", Content(700, 1));
        var lengths = new List<long>();
        await foreach (var entry in client.ListAsync("/", exactLengths: true))
        {
            lengths.Add(entry.Status.LengthBytes);
        }

        Assert.Equal([700], lengths);
    }

    [Fact]
    public async Task The_length_of_a_file_under_write_comes_from_another_replica_when_the_primary_is_gone()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        await WriteAsync(client, "/f", Content(700, 1));
        var chain = cluster.Chunks.Values.Single().Location.Replicas;
        cluster.Server(chain[0].Server).Mood = ServerMood.Refusing;
        cluster.Server(chain[2].Server).Mood = ServerMood.Refusing;
        Assert.Equal(700, (await client.StatAsync("/f")).LengthBytes);
    }

    [Fact]
    public async Task S1_04_Chunks_are_listed_with_their_servers_and_exact_lengths()
    {
        var cluster = new FakeCluster(chunkSizeBytes: 100);
        await using var client = cluster.Client();
        await WriteAsync(client, "/f", Content(70_050, 1));
        var chunks = await client.GetChunksAsync("/f");
        Assert.Equal(701, chunks.Chunks.Count);
        Assert.Equal(Enumerable.Range(0, 701), chunks.Chunks.Select(c => c.Index));
        Assert.Equal(50, chunks.Chunks[^1].LengthBytes);
        Assert.All(chunks.Chunks, c => Assert.Equal(3, c.Replicas.Select(r => r.Server).Distinct().Count()));
    }
}
