// Writing: exactly once whatever is lost on the way, in order, and honest about what is not known.

using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;
using static AkkaDfs.Client.Tests.Files.ReadTests;

namespace AkkaDfs.Client.Tests.Files;

public sealed class WriteTests
{
    [Fact]
    public async Task A_primary_that_refuses_is_replaced_and_meta_learns_the_suspect()
    {
        var cluster = new FakeCluster(servers: 5);
        await using var client = cluster.Client();
        await using var file = await client.CreateAsync("/f");
        await file.WriteAsync(0, Content(10, 1));
        var primary = cluster.Chunks.Values.Single().Location.Replicas[0].Server;
        cluster.Server(primary).Mood = ServerMood.Refusing;
        await file.WriteAsync(10, Content(10, 2));
        var open = Assert.Single(cluster.Meta.Requests<MetaProtocol.OpenChunk>());
        Assert.Equal(primary, open.Suspect);
        Assert.Equal(DfsErrorCode.ConnectionRefused, open.Code);
        Assert.Equal(Content(10, 1).Concat(Content(10, 2)), await ReadAllAsync(client, "/f"));
    }

    [Fact]
    public async Task An_acknowledgement_that_is_lost_does_not_write_twice()
    {
        var cluster = new FakeCluster(servers: 5);
        await using var client = cluster.Client();
        await using var file = await client.CreateAsync("/f");
        await file.RecordAppendAsync(Content(10, 1));
        cluster.Server(cluster.Chunks.Values.Single().Location.Replicas[0].Server).Mood = ServerMood.AppliesButIsSilent;
        var offset = await file.RecordAppendAsync(Content(10, 2));
        Assert.Equal(10, offset);
        Assert.Equal(2, cluster.Data.Applied);
        Assert.Equal(20, await file.GetLengthAsync());
    }

    [Fact]
    public async Task What_cannot_be_known_is_said_so_and_the_same_ticket_finds_out()
    {
        var cluster = new FakeCluster(servers: 3);
        await using var client = cluster.Client();
        await using var file = await client.CreateAsync("/f");
        await file.RecordAppendAsync(Content(10, 1));
        foreach (var server in cluster.Servers)
        {
            server.Mood = ServerMood.AppliesButIsSilent;
        }

        var ticket = file.NewTicket();
        var patience = new CallOptions { Timeout = TimeSpan.FromMilliseconds(500) };
        var error = await Assert.ThrowsAsync<DfsException>(() => file.RecordAppendAsync(Content(10, 2), ticket, patience));
        Assert.Equal(DfsErrorCode.OutcomeUnknown, error.Code);
        Assert.Contains(ticket.Operation.ToString(), error.Message, StringComparison.Ordinal);

        foreach (var server in cluster.Servers)
        {
            server.Mood = ServerMood.Well;
        }

        Assert.Equal(10, await file.RecordAppendAsync(Content(10, 2), ticket));
        Assert.Equal(20, await file.GetLengthAsync());
        Assert.Equal(20, await file.RecordAppendAsync(Content(10, 3)));
    }

    [Fact]
    public async Task S1_13_What_certainly_was_not_written_is_not_called_unknown()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        await using var file = await client.CreateAsync("/f");
        await file.RecordAppendAsync(Content(10, 1));
        foreach (var server in cluster.Servers)
        {
            server.Mood = ServerMood.Refusing;
        }

        var patience = new CallOptions { Timeout = TimeSpan.FromMilliseconds(400) };
        var error = await Assert.ThrowsAsync<DfsException>(() => file.RecordAppendAsync(Content(10, 2), null, patience));
        Assert.Equal(DfsErrorCode.NoReplicaAvailable, error.Code);
        Assert.Equal(1, cluster.Data.Applied);
    }

    [Fact]
    public async Task S1_10_A_record_over_a_quarter_of_the_chunk_is_refused_and_nothing_is_written()
    {
        var cluster = new FakeCluster(chunkSizeBytes: 8192);
        await using var client = cluster.Client();
        await using var file = await client.CreateAsync("/f");
        var error = await Assert.ThrowsAsync<DfsException>(() => file.RecordAppendAsync(new byte[2049]));
        Assert.Equal(DfsErrorCode.RecordTooLarge, error.Code);
        Assert.Equal(0, cluster.Data.Applied);
        Assert.Equal(0, await file.RecordAppendAsync(new byte[2048]));
    }

    [Fact]
    public async Task S1_11_A_record_that_does_not_fit_starts_the_next_chunk()
    {
        var cluster = new FakeCluster(chunkSizeBytes: 1000);
        await using var client = cluster.Client();
        await using var file = await client.CreateAsync("/f");
        var offsets = new List<long>();
        for (var i = 0; i < 10; i++)
        {
            offsets.Add(await file.RecordAppendAsync(Content(240, i)));
        }

        Assert.Equal([0, 240, 480, 720, 1000, 1240, 1480, 1720, 2000, 2240], offsets);
        var all = await ReadAllAsync(client, "/f");
        Assert.Equal(2480, all.Length);
        Assert.All(all[960..1000], b => Assert.Equal(0, b));
        Assert.Equal(Content(240, 4), all[1000..1240]);
    }

    [Fact]
    public async Task S1_18_Many_clients_append_records_and_each_is_there_once()
    {
        var cluster = new FakeCluster(chunkSizeBytes: 4096);
        await using var creator = cluster.Client();
        await using var created = await creator.CreateAsync("/f");
        var lost = new Random(77);
        cluster.Data.InterfereWithWrite = _ =>
        {
            lock (lost)
            {
                return lost.Next(10) == 0 ? new DfsError(DfsErrorCode.OutcomeUnknown, "planted") : null;
            }
        };
        var offsets = new System.Collections.Concurrent.ConcurrentDictionary<long, (int Client, int Record)>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 5), async (c, token) =>
        {
            await using var client = cluster.Client(o => o with { RandomSeed = c });
            await using var file = await client.OpenAsync("/f", cancellationToken: token);
            for (var r = 0; r < 100; r++)
            {
                var offset = await file.RecordAppendAsync(Record(c, r), cancellationToken: token);
                Assert.True(offsets.TryAdd(offset, (c, r)));
            }
        });

        var all = await ReadAllAsync(creator, "/f");
        Assert.Equal(500, offsets.Count);
        Assert.Equal(500, cluster.Data.Applied);
        Assert.All(offsets, o => Assert.Equal(Record(o.Value.Client, o.Value.Record), all[(int)o.Key..((int)o.Key + Record(o.Value.Client, o.Value.Record).Length)]));

        static byte[] Record(int client, int record) => Content(1 + ((client * 131) + (record * 37)) % 1024, (client * 1000) + record);
    }

    [Fact]
    public async Task A_stream_append_is_exact_and_fills_chunks()
    {
        var cluster = new FakeCluster(chunkSizeBytes: 100);
        await using var client = cluster.Client();
        var expected = new List<byte>();
        await using (var stream = await client.OpenAppendAsync("/f"))
        {
            for (var i = 1; i < 60; i++)
            {
                await stream.WriteAsync(Content(i, i));
                expected.AddRange(Content(i, i));
                if (i % 7 == 0)
                {
                    await stream.FlushAsync();
                    Assert.Equal(expected.Count, stream.Position);
                }
            }
        }

        Assert.Equal(expected, await ReadAllAsync(client, "/f"));
        Assert.Equal(expected.Count, await client.AppendAsync("/f", new byte[250]));
        Assert.Equal(expected.Count + 250, (await client.StatAsync("/f")).LengthBytes);
    }

    [Fact]
    public async Task Two_appenders_never_lose_or_part_a_byte_of_what_fits()
    {
        var cluster = new FakeCluster(chunkSizeBytes: 1024);
        await using var client = cluster.Client();
        await using var created = await client.CreateAsync("/f");
        await Parallel.ForEachAsync(Enumerable.Range(1, 4), async (c, token) =>
        {
            await using var own = cluster.Client(o => o with { RandomSeed = c });
            await using var file = await own.OpenAsync("/f", cancellationToken: token);
            for (var i = 0; i < 50; i++)
            {
                await file.AppendAsync(Enumerable.Repeat((byte)c, 97).ToArray(), cancellationToken: token);
            }
        });
        var all = await ReadAllAsync(client, "/f");
        Assert.Equal(4 * 50 * 97, all.Length);
        Assert.All(Enumerable.Range(1, 4), c => Assert.Equal(50 * 97, all.Count(b => b == c)));
    }

    [Fact]
    public async Task Overlapping_writes_of_a_stream_are_applied_in_order()
    {
        var cluster = new FakeCluster(chunkSizeBytes: 10_000);
        await using var client = cluster.Client();
        var failed = new HashSet<OperationId>();
        cluster.Data.InterfereWithWrite = op =>
        {
            lock (failed)
            {
                return failed.Add(op.Operation) && failed.Count % 2 == 0 ? new DfsError(DfsErrorCode.Busy, "planted") : null;
            }
        };
        var model = new byte[6000];
        await using (var stream = await client.OpenWriteAsync("/f"))
        {
            var random = new Random(1);
            for (var i = 0; i < 200; i++)
            {
                var offset = random.Next(0, 5000);
                var data = Content(random.Next(1, 1000), i);
                stream.Position = offset;
                await stream.WriteAsync(data);
                data.CopyTo(model, offset);
            }

            stream.Position = 5999;
            await stream.WriteAsync(new byte[] { 1 });
            model[5999] = 1;
        }

        Assert.Equal(model, await ReadAllAsync(client, "/f"));
    }

    [Fact]
    public async Task An_error_comes_out_of_the_stream_and_its_disposal_and_nothing_hangs()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        var stream = await client.OpenWriteAsync("/f");
        cluster.Data.InterfereWithWrite = _ => new DfsError(DfsErrorCode.WrongCluster, "planted");
        await Assert.ThrowsAsync<DfsException>(async () =>
        {
            while (true)
            {
                await stream.WriteAsync(new byte[5000]);
            }
        });
        var error = await Assert.ThrowsAsync<DfsException>(async () => await stream.DisposeAsync());
        Assert.Equal(DfsErrorCode.WrongCluster, error.Code);
        await stream.DisposeAsync();
    }

    [Fact]
    public async Task Disposal_tells_primaries_that_the_writer_is_done_or_meta_how_far_it_got()
    {
        var cluster = new FakeCluster(chunkSizeBytes: 1000);
        await using var client = cluster.Client();
        await WriteAsync(client, "/f", Content(2500, 1));
        Assert.Equal(3, cluster.Data.Quiesced.Distinct().Count());
        Assert.Empty(cluster.Meta.Requests<MetaProtocol.CompleteFile>());

        var stream = await client.OpenWriteAsync("/g");
        await stream.WriteAsync(Content(1500, 1));
        await stream.FlushAsync();
        foreach (var server in cluster.Servers)
        {
            server.Mood = ServerMood.Refusing;
        }

        await stream.DisposeAsync();
        var complete = Assert.Single(cluster.Meta.Requests<MetaProtocol.CompleteFile>());
        Assert.Equal([500, 1000], complete.Lengths.Select(l => l.LengthBytes).Order());
    }

    [Fact]
    public async Task The_caller_chooses_acknowledgement_and_sync_per_call()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        var seen = new List<(AckPolicy Ack, bool Sync)>();
        cluster.Data.InterfereWithWrite = op =>
        {
            seen.Add((op.Ack, op.Sync));
            return null;
        };
        await using var file = await client.CreateAsync("/f");
        await file.RecordAppendAsync(new byte[1]);
        await file.RecordAppendAsync(new byte[1], null, new CallOptions { Ack = AckPolicy.One, Sync = true });
        Assert.Equal([(AckPolicy.All, false), (AckPolicy.One, true)], seen);
    }
}
