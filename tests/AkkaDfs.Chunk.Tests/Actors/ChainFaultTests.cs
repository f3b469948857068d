// What happens to acknowledged and unacknowledged writes when connections break, servers go, generations change, and disks lie.

using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Tests.Actors;

public sealed class ChainFaultTests
{
    private static readonly ChunkSettings s_quick = new() { ChainTimeout = TimeSpan.FromSeconds(1), PassivateAfter = TimeSpan.FromSeconds(60) };

    [Fact]
    public async Task A_repeated_operation_is_applied_once_and_gets_the_first_answer()
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = chain.NewChunk(1 << 20);
        var id = chain.NextOperation();
        var first = await chain.WriteAsync(chunk, WriteMode.Record, ChainWriteTests.Bytes(1, 500), id: id);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Record, ChainWriteTests.Bytes(2, 500))).IsOk);
        var again = await chain.WriteAsync(chunk, WriteMode.Record, ChainWriteTests.Bytes(1, 500), id: id);
        Assert.Equal(first.Value, again.Value);
        Assert.Equal(1000, (await chain.SameEverywhereAsync(chunk)).Length);
    }

    [Fact]
    public async Task Retries_over_cut_connections_apply_each_record_exactly_once()
    {
        const int Writers = 4;
        const int Records = 150;
        await using var chain = await ChainFixture.StartAsync();
        var chunk = chain.NewChunk(8 * 1024 * 1024);
        var offsets = await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            await using var client = chain.NewClient(new FlakyTransport { CutAfterBytes = 3000 + (writer * 777) });
            var own = new List<long>();
            for (var i = 0; i < Records; i++)
            {
                own.Add((await chain.InsistAsync(client, chunk.Chunk, WriteMode.Record, ChainWriteTests.Record(writer, i))).Offset);
            }

            return own;
        }));

        var bytes = await chain.SameEverywhereAsync(chain.Meta.Now(chunk.Chunk));
        Assert.Equal(Writers * Records * 100, bytes.Length);
        for (var writer = 0; writer < Writers; writer++)
        {
            for (var i = 0; i < Records; i++)
            {
                Assert.Equal(ChainWriteTests.Record(writer, i), bytes.AsSpan((int)offsets[writer][i], 100).ToArray());
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task S1_17_A_server_that_goes_in_the_middle_of_writes_costs_a_delay_and_nothing_else(int victim)
    {
        await using var chain = await ChainFixture.StartAsync(settings: s_quick);
        var chunk = chain.NewChunk(8 * 1024 * 1024);
        var begun = new TaskCompletionSource();
        var isGone = false;
        var writers = Enumerable.Range(0, 4).Select(async writer =>
        {
            await using var client = chain.NewClient(TcpTransport.Instance);
            var own = new List<long>();
            for (var after = 0; after < 50; after += Volatile.Read(ref isGone) ? 1 : 0)
            {
                own.Add((await chain.InsistAsync(client, chunk.Chunk, WriteMode.Record, ChainWriteTests.Record(writer, own.Count))).Offset);
                if (own.Count == 50)
                {
                    begun.TrySetResult();
                }
            }

            return own;
        }).ToList();
        await begun.Task;
        await chain.Servers[victim].Host.StopAsync();
        if (victim == 0)
        {
            // Nobody in the chain can tell that the primary is gone: meta finds out.
            chain.Meta.Move(chunk.Chunk, [.. chunk.Replicas.Skip(1)]);
        }

        Volatile.Write(ref isGone, true);
        var offsets = await Task.WhenAll(writers);
        var now = chain.Meta.Now(chunk.Chunk);
        Assert.Equal(2, now.Replicas.Count);
        var bytes = await chain.SameEverywhereAsync(now);
        Assert.Equal(offsets.Sum(o => o.Count) * 100, bytes.Length);
        for (var writer = 0; writer < 4; writer++)
        {
            for (var i = 0; i < offsets[writer].Count; i++)
            {
                Assert.Equal(ChainWriteTests.Record(writer, i), bytes.AsSpan((int)offsets[writer][i], 100).ToArray());
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_server_that_stops_in_good_order_takes_no_more_writes_and_brings_its_chunks_to_rest(int victim)
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = chain.NewChunk(16 * 1024 * 1024);
        var id = chain.Servers[victim].Id;
        using var enough = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        var writers = Enumerable.Range(0, 4).Select(async writer =>
        {
            await using var client = chain.NewClient(TcpTransport.Instance);
            var own = 0;
            for (; !enough.IsCancellationRequested; own++)
            {
                await chain.InsistAsync(client, chunk.Chunk, WriteMode.Record, ChainWriteTests.Record(writer, own));
                if (own == 20)
                {
                    begun.TrySetResult();
                }
            }

            return own;
        }).ToList();
        await begun.Task;
        var stopping = chain.Servers[victim].Host.StopAsync();
        await ChainFixture.UntilAsync(
            () => chain.Meta.Told.Any(m => m is ServerProtocol.Heartbeat { IsStopping: true } h && h.Server == id), "meta hears of the stop");
        if (victim == 0)
        {
            // Writers go on trying; the chunk comes to rest all the same, because none of them is let in.
            await ChainFixture.UntilAsync(
                () => chain.Meta.Told.Any(m => m is ServerProtocol.ChunkQuiesced q && q.Server == id && q.Chunk == chunk.Chunk), "the chunk is at rest");
        }

        if (chain.Meta.Now(chunk.Chunk).Replicas.Any(r => r.Server == id))
        {
            chain.Meta.Move(chunk.Chunk, [.. chunk.Replicas.Where(r => r.Server != id)]);
        }

        await stopping;
        await enough.CancelAsync();
        var written = (await Task.WhenAll(writers)).Sum();
        var bytes = await chain.SameEverywhereAsync(chain.Meta.Now(chunk.Chunk));
        Assert.Equal(written * 100, bytes.Length);
    }

    [Fact]
    public async Task Operations_of_an_older_generation_are_refused_by_every_member()
    {
        await using var chain = await ChainFixture.StartAsync();
        var old = chain.NewChunk(1 << 20);
        Assert.True((await chain.WriteAsync(old, WriteMode.Append, ChainWriteTests.Bytes(1, 1000))).IsOk);
        var now = chain.Meta.Move(old.Chunk, [.. old.Replicas.Reverse()]);
        await AdoptedAsync(chain, now, 3);
        Assert.Equal(DfsErrorCode.StaleGeneration, (await chain.WriteAsync(old, WriteMode.Append, ChainWriteTests.Bytes(2, 10))).Error?.Code);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(DfsErrorCode.StaleGeneration, (await chain.ReadAsync(old, i, 0, 10)).Error?.Code);
        }

        Assert.True((await chain.WriteAsync(now, WriteMode.Append, ChainWriteTests.Bytes(3, 1000))).IsOk);
        Assert.Equal(2000, (await chain.SameEverywhereAsync(now)).Length);
    }

    [Fact]
    public async Task An_order_of_an_older_term_of_meta_is_refused()
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = chain.NewChunk(1 << 20);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 10))).IsOk);
        chain.Meta.Epoch = new Epoch(5);
        var now = chain.Meta.Move(chunk.Chunk, chunk.Replicas);
        await AdoptedAsync(chain, now, 3);
        chain.Meta.Order(chunk.Replicas[0].Server, new ServerProtocol.AdoptGeneration(chunk.Chunk, now.Generation.Next, now.ChunkSizeBytes, now.Replicas) { Epoch = new Epoch(4) });
        Assert.True((await chain.WriteAsync(now, WriteMode.Append, ChainWriteTests.Bytes(2, 10))).IsOk);
    }

    [Fact]
    public async Task A_member_that_fell_behind_is_brought_to_the_state_of_the_primary()
    {
        await using var chain = await ChainFixture.StartAsync(settings: s_quick);
        var chunk = chain.NewChunk(8 * 1024 * 1024);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 3_000_000))).IsOk);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 3_000_000))).IsOk);
        await chain.Servers[2].Host.StopAsync();
        await using var client = chain.NewClient(TcpTransport.Instance);
        await chain.InsistAsync(client, chunk.Chunk, WriteMode.AtOffset, ChainWriteTests.Bytes(2, 100_000));
        Assert.Equal(2, chain.Meta.Now(chunk.Chunk).Replicas.Count);

        await chain.StartAsync(2);
        var whole = chain.Meta.Move(chunk.Chunk, [.. chain.Meta.Now(chunk.Chunk).Replicas, chain.At(2)]);
        await AdoptedAsync(chain, whole, 3);
        Assert.True((await chain.WriteAsync(whole, WriteMode.Append, ChainWriteTests.Bytes(3, 1000))).IsOk);
        var bytes = await chain.SameEverywhereAsync(whole);
        Assert.Equal(6_001_000, bytes.Length);
        Assert.Equal(ChainWriteTests.Bytes(2, 100_000), bytes[..100_000]);
    }

    [Fact]
    public async Task A_source_that_is_behind_takes_over_the_state_of_the_member_that_is_ahead()
    {
        await using var chain = await ChainFixture.StartAsync(settings: s_quick);
        var chunk = chain.NewChunk(1 << 20);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 50_000))).IsOk);
        await chain.Servers[2].Host.StopAsync();
        await using var client = chain.NewClient(TcpTransport.Instance);
        await chain.InsistAsync(client, chunk.Chunk, WriteMode.Append, ChainWriteTests.Bytes(2, 50_000));
        await chain.StartAsync(2);

        // Meta errs: it names the one that was away as the source.
        var now = chain.Meta.Move(chunk.Chunk, [chain.At(2), chain.At(1), chain.At(0)]);
        await AdoptedAsync(chain, now, 3);
        byte[] expected = [.. ChainWriteTests.Bytes(1, 50_000), .. ChainWriteTests.Bytes(2, 50_000)];
        Assert.Equal(expected, await chain.SameEverywhereAsync(now));
    }

    [Fact]
    public async Task S1_20_A_copy_is_made_on_another_server_and_joins_the_chain()
    {
        await using var chain = await ChainFixture.StartAsync(servers: 4);
        var chunk = chain.NewChunk(64 * 1024 * 1024, 0, 1, 2);
        for (var i = 0; i < 10; i++)
        {
            Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(i, 1_000_000))).IsOk);
        }

        var id = chain.NextOperation();
        var last = await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(77, 123), id: id);
        chain.Meta.Order(chain.Servers[3].Id, new ServerProtocol.CopyReplica(chunk.Chunk, chunk.Generation, chunk.ChunkSizeBytes, chunk.Replicas[1]) { Epoch = chain.Meta.Epoch });
        await ChainFixture.UntilAsync(() => chain.Meta.Told.OfType<ServerProtocol.ReplicaCopied>().Any(), "copied");
        var copied = chain.Meta.Told.OfType<ServerProtocol.ReplicaCopied>().First();
        Assert.Equal((11UL, 10_000_123L, 10_000_123L), (copied.Sequence, copied.LengthBytes, copied.CopiedBytes));
        Assert.Equal(DfsErrorCode.ReplicaNotFound, (await chain.ReadAsync(chunk with { Replicas = [chain.At(3)] }, 0, 0, 10)).Error?.Code);

        var now = chain.Meta.Move(chunk.Chunk, [chain.At(0), chain.At(1), chain.At(3)]);
        await AdoptedAsync(chain, now, 4);

        // Remembered outcomes travel with the copy.
        var elsewhere = chain.Meta.Move(chunk.Chunk, [chain.At(3), chain.At(0), chain.At(1)]);
        await AdoptedAsync(chain, elsewhere, 3);
        var again = await chain.WriteAsync(elsewhere, WriteMode.Append, ChainWriteTests.Bytes(77, 123), id: id);
        Assert.Equal(last.Value.Offset, again.Value.Offset);
        Assert.Equal(10_000_123, (await chain.SameEverywhereAsync(elsewhere)).Length);

        chain.Meta.Order(chain.Servers[2].Id, new ServerProtocol.DeleteReplicas([new ServerProtocol.ReplicaVersion(chunk.Chunk, chunk.Generation)]) { Epoch = chain.Meta.Epoch });
        await ChainFixture.UntilAsync(() => !chain.Servers[2].Host.Store.TryGet(chunk.Chunk, out _), "deleted");
    }

    [Fact]
    public async Task A_copy_of_a_chunk_under_write_is_completed_by_the_join()
    {
        await using var chain = await ChainFixture.StartAsync(servers: 4);
        var chunk = chain.NewChunk(64 * 1024 * 1024, 0, 1, 2);
        using var done = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            await using var client = chain.NewClient(TcpTransport.Instance);
            var total = 0;

            // Not without end: on a busy machine a copy would never catch up.
            while (!done.IsCancellationRequested && total < 16_000_000)
            {
                await chain.InsistAsync(client, chunk.Chunk, WriteMode.Append, ChainWriteTests.Bytes(total, 30_000));
                total += 30_000;
            }

            return total;
        });
        await ChainFixture.UntilAsync(() => chain.Servers[0].Host.Store.TryGet(chunk.Chunk, out var info) && info.LengthBytes > 600_000, "some written");
        var order = new ServerProtocol.CopyReplica(chunk.Chunk, chunk.Generation, chunk.ChunkSizeBytes, chunk.Replicas[2]) { Epoch = chain.Meta.Epoch };
        var orders = 0;
        await ChainFixture.UntilAsync(
            () =>
            {
                // As meta does: a copy that could not catch up with the writer is begun again.
                if (chain.Meta.Told.OfType<ServerProtocol.OrderFailed>().Count() == orders)
                {
                    orders++;
                    chain.Meta.Order(chain.Servers[3].Id, order);
                }

                return chain.Meta.Told.OfType<ServerProtocol.ReplicaCopied>().Any();
            },
            "copied");
        var now = chain.Meta.Move(chunk.Chunk, [chain.At(0), chain.At(1), chain.At(2), chain.At(3)]);
        await AdoptedAsync(chain, now, 4);
        await done.CancelAsync();
        Assert.Equal(await writing, (await chain.SameEverywhereAsync(now)).Length);
    }

    [Fact]
    public async Task S2_09_A_damaged_block_is_noticed_at_the_read_and_told_to_meta_while_the_others_serve()
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = chain.NewChunk(1 << 20);
        var bytes = ChainWriteTests.Bytes(1, 100_000);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, bytes, sync: true)).IsOk);
        await chain.SameEverywhereAsync(chunk);
        var path = (await chain.Client.StatAsync(chunk.Replicas[1].Endpoint, chunk.Chunk, chunk.Replicas[1].Server, CancellationToken.None)).Value.Path;
        await using (var file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = 50_000;
            file.WriteByte((byte)(bytes[50_000] ^ 0x40));
        }

        Assert.Equal(DfsErrorCode.ReplicaCorrupt, (await chain.ReadAsync(chunk, 1, 40_000, 20_000)).Error?.Code);
        Assert.Equal(bytes[..16_000], (await chain.ReadAsync(chunk, 1, 0, 16_000)).Value);
        Assert.Equal(bytes[40_000..60_000], (await chain.ReadAsync(chunk, 0, 40_000, 20_000)).Value);
        Assert.Equal(bytes[40_000..60_000], (await chain.ReadAsync(chunk, 2, 40_000, 20_000)).Value);
        await ChainFixture.UntilAsync(() => chain.Meta.Told.OfType<ServerProtocol.ReplicaFailed>().Any(f => f.Server == chunk.Replicas[1].Server), "told");
    }

    [Fact]
    public async Task S2_32_A_server_whose_folder_was_deleted_says_nothing_any_more_about_what_was_there()
    {
        await using var chain = await ChainFixture.StartAsync();
        chain.Meta.Repairs = false;
        var chunk = chain.NewChunk(1 << 20);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 1000))).IsOk);
        await chain.SameEverywhereAsync(chunk);
        var host = chain.Servers[1].Host;
        Directory.Delete(chain.Servers[1].Folder, recursive: true);
        host.Environment.Store.CheckFolders();

        // Neither its bytes, nor that there are none behind them: meta will not ask this server to stop, it only goes on without it.
        var server = chunk.Replicas[1];
        Assert.False((await chain.ReadAsync(chunk, 1, 0, 1000)).IsOk);
        Assert.False((await chain.ReadAsync(chunk, 1, 1000, 500)).IsOk);
        Assert.False((await chain.Client.StatAsync(server.Endpoint, chunk.Chunk, server.Server, CancellationToken.None)).IsOk);
        Assert.True((await chain.ReadAsync(chunk, 2, 0, 1000)).IsOk);
    }

    [Fact]
    public async Task A_server_that_meta_has_not_answered_for_too_long_serves_nothing()
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = chain.NewChunk(1 << 20);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 10))).IsOk);
        chain.Servers[0].Host.Environment.Serving.Revoke();
        chain.Meta.ServeMs = 0;
        await ChainFixture.UntilAsync(() => !chain.Servers[0].Host.Environment.Serving.IsHeld, "the right has run out");
        chain.Servers[0].Host.Environment.Serving.Revoke();
        Assert.Equal(DfsErrorCode.NotServing, (await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 10))).Error?.Code);
        Assert.Equal(DfsErrorCode.NotServing, (await chain.ReadAsync(chunk, 0, 0, 10)).Error?.Code);
        chain.Meta.ServeMs = 60_000;
        await ChainFixture.UntilAsync(() => chain.Servers[0].Host.Environment.Serving.IsHeld, "the right is back");
        Assert.True((await chain.ReadAsync(chunk, 0, 0, 10)).IsOk);
    }

    [Fact]
    public async Task S2_06_A_restarted_server_serves_what_it_had()
    {
        await using var chain = await ChainFixture.StartAsync(servers: 1);
        var chunk = chain.NewChunk(1 << 20);
        var bytes = ChainWriteTests.Bytes(1, 200_000);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, bytes)).IsOk);
        var id = chain.Servers[0].Id;
        await chain.Servers[0].Host.StopAsync();
        await chain.StartAsync(0);
        Assert.Equal(id, chain.Servers[0].Id);
        Assert.Equal(bytes, (await chain.ReadAsync(chunk with { Replicas = [chain.At(0)] }, 0, 0, 300_000)).Value);
    }

    [Fact]
    public async Task A_chunk_comes_to_rest_and_a_later_write_waits_until_meta_knows_it_as_open_again()
    {
        await using var chain = await ChainFixture.StartAsync(settings: new ChunkSettings { PassivateAfter = TimeSpan.FromMilliseconds(100) });
        var chunk = chain.NewChunk(1 << 20);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 1000))).IsOk);
        await ChainFixture.UntilAsync(() => chain.Meta.Told.OfType<ServerProtocol.ChunkQuiesced>().Any(q => q.LengthBytes == 1000 && q.Sequence == 1), "quiesced");
        await ChainFixture.UntilAsync(() => chain.Servers.TrueForAll(s => s.Host.Environment.Directory.Count == 0), "passivated");

        chain.Meta.Reopens = false;
        var write = chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(2, 1000));
        await ChainFixture.UntilAsync(() => chain.Meta.Told.OfType<ServerProtocol.ReopenChunk>().Any(), "asked");
        Assert.False(write.IsCompleted);
        chain.Meta.Reopens = true;
        Assert.Equal(1000, (await write).Value.Offset);
        Assert.Equal(2000, (await chain.SameEverywhereAsync(chunk)).Length);
    }

    [Fact]
    public async Task A_member_that_hangs_is_left_out_after_the_chain_timeout()
    {
        await using var chain = await ChainFixture.StartAsync(settings: s_quick);
        var chunk = chain.NewChunk(1 << 20);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 1000))).IsOk);
        await using var held = await HeldDisk.HoldAsync(chain.Servers[2]);
        await using var client = chain.NewClient(TcpTransport.Instance);
        await chain.InsistAsync(client, chunk.Chunk, WriteMode.Append, ChainWriteTests.Bytes(2, 1000));
        Assert.DoesNotContain(chain.Servers[2].Id, chain.Meta.Now(chunk.Chunk).Replicas.Select(r => r.Server));
    }

    [Fact]
    public async Task A_repeated_operation_is_answered_only_when_meta_knows_the_chunk_as_open_or_meta_would_tell_readers_an_older_length()
    {
        await using var chain = await ChainFixture.StartAsync(settings: new ChunkSettings { PassivateAfter = TimeSpan.FromMilliseconds(100) });
        var chunk = chain.NewChunk(1 << 20);
        var id = chain.NextOperation();
        var first = await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 1000), id: id);
        await ChainFixture.UntilAsync(() => chain.Meta.Told.OfType<ServerProtocol.ChunkQuiesced>().Any(), "quiesced");

        chain.Meta.Reopens = false;
        var again = chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 1000), id: id);
        await ChainFixture.UntilAsync(() => chain.Meta.Told.OfType<ServerProtocol.ReopenChunk>().Any(), "asked");
        Assert.False(again.IsCompleted);
        chain.Meta.Reopens = true;
        Assert.Equal(first.Value, (await again).Value);
        Assert.Equal(1000, (await chain.SameEverywhereAsync(chunk)).Length);
    }

    private static Task AdoptedAsync(ChainFixture chain, ChunkLocation chunk, int servers) => ChainFixture.UntilAsync(
        () => chain.Meta.Told.OfType<ServerProtocol.GenerationAdopted>().Where(a => a.Chunk == chunk.Chunk && a.Generation == chunk.Generation).Select(a => a.Server).Distinct().Count() == servers,
        $"generation {chunk.Generation} adopted by {servers}");
}
