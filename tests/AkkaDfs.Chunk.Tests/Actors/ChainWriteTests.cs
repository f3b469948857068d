// Writes through a chain of three servers over real sockets.

using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Tests.Actors;

public sealed class ChainWriteTests
{
    [Fact]
    public async Task S2_14_A_write_of_every_kind_is_acknowledged_when_all_replicas_have_it()
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = chain.NewChunk(256 * 1024);
        var model = new List<byte>();

        var append = await chain.WriteAsync(chunk, WriteMode.Append, Bytes(1, 100_000));
        Assert.Equal(0, append.Value.Offset);
        model.AddRange(Bytes(1, 100_000));

        var over = await chain.WriteAsync(chunk, WriteMode.AtOffset, Bytes(2, 40_000), offset: 20_000);
        Assert.Equal((20_000, 100_000), (over.Value.Offset, over.Value.ChunkLengthBytes));
        Put(model, 20_000, Bytes(2, 40_000));

        var gap = await chain.WriteAsync(chunk, WriteMode.AtOffset, Bytes(3, 10), offset: 150_000, sync: true);
        Assert.Equal(150_010, gap.Value.ChunkLengthBytes);
        Put(model, 150_000, Bytes(3, 10));

        var cut = await chain.WriteAsync(chunk, WriteMode.Truncate, [], offset: 33_333);
        Assert.Equal(33_333, cut.Value.ChunkLengthBytes);
        model.RemoveRange(33_333, model.Count - 33_333);

        var grow = await chain.WriteAsync(chunk, WriteMode.Truncate, [], offset: 70_000);
        Assert.Equal(70_000, grow.Value.ChunkLengthBytes);
        Put(model, 70_000, []);

        var record = await chain.WriteAsync(chunk, WriteMode.Record, Bytes(4, 2048));
        Assert.Equal(70_000, record.Value.Offset);
        Assert.Equal(6UL, record.Value.Sequence);
        model.AddRange(Bytes(4, 2048));

        var expected = model.ToArray();
        Assert.Equal(expected, await chain.SameEverywhereAsync(chunk));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Small_writes_that_travel_together_are_each_applied_once_and_answered_alone(int seed)
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = chain.NewChunk(1 << 20);
        var random = new Random(seed);
        var sent = Enumerable.Range(0, 300).Select(i => (Id: chain.NextOperation(), Bytes: Bytes(i, random.Next(1, 6000)), Sync: random.Next(4) == 0)).ToArray();

        // Some are repeated while the first copy may be in the same frame, on its way, or answered.
        var calls = sent.Concat(sent.Where(_ => random.Next(5) == 0))
            .Select(async w => (w.Bytes, Ack: await chain.WriteAsync(chunk, WriteMode.Record, w.Bytes, sync: w.Sync, id: w.Id)));
        var results = await Task.WhenAll(calls);

        var file = await chain.SameEverywhereAsync(chunk);
        var acknowledged = results.Where(r => r.Ack.IsOk).ToArray();
        Assert.All(acknowledged, r => Assert.Equal(r.Bytes, file.AsSpan((int)r.Ack.Value.Offset, r.Bytes.Length).ToArray()));
        Assert.All(results.Where(r => !r.Ack.IsOk), r => Assert.Equal(DfsErrorCode.ChunkFull, r.Ack.Error?.Code));
        var places = acknowledged.Select(r => (r.Ack.Value.Offset, r.Bytes.Length)).Distinct().Order().ToArray();
        Assert.Equal(0, places[0].Offset);
        Assert.All(places.Zip(places.Skip(1)), pair => Assert.Equal(pair.First.Offset + pair.First.Length, pair.Second.Offset));
        var end = places[^1].Offset + places[^1].Length;
        Assert.Equal(results.Length > acknowledged.Length ? 1 << 20 : end, file.Length);
        Assert.All(file[(int)end..], b => Assert.Equal(0, b));
    }

    [Fact]
    public async Task Bytes_damaged_on_their_way_are_refused_alone()
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = chain.NewChunk(1 << 20);
        await using var client = chain.NewClient(new DamagingTransport(Bytes(7, 1777)));
        using var timeout = new CancellationTokenSource(ChainFixture.Patience);
        var writes = Enumerable.Range(0, 60).Select(i => Bytes(i, i == 7 ? 1777 : 1000)).ToArray();
        var acks = await Task.WhenAll(writes.Select(b => client.WriteAsync(chain.Op(chunk, WriteMode.Record, b), timeout.Token).AsTask()));
        Assert.Equal(DfsErrorCode.Unreachable, acks[7].Error?.Code);
        Assert.All(acks.Where((_, i) => i != 7), a => Assert.True(a.IsOk, a.Error?.ToString()));
        Assert.Equal(59_000, (await chain.SameEverywhereAsync(chunk)).Length);
    }

    [Fact]
    public async Task S1_10_A_record_over_a_quarter_of_the_chunk_is_refused_and_nothing_is_written()
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = chain.NewChunk(8192);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Record, Bytes(1, 2048))).IsOk);
        var refused = await chain.WriteAsync(chunk, WriteMode.Record, Bytes(2, 2049));
        Assert.Equal(DfsErrorCode.RecordTooLarge, refused.Error?.Code);
        Assert.Equal(Bytes(1, 2048), await chain.SameEverywhereAsync(chunk));
    }

    [Fact]
    public async Task S1_11_Short_chunk_is_padded_and_append_goes_to_a_new_chunk()
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = chain.NewChunk(8192);
        for (var i = 0; i < 4; i++)
        {
            Assert.True((await chain.WriteAsync(chunk, WriteMode.Record, Bytes(i, 1900))).IsOk);
        }

        var id = chain.NextOperation();
        var full = await chain.WriteAsync(chunk, WriteMode.Record, Bytes(9, 1900), id: id);
        Assert.Equal(DfsErrorCode.ChunkFull, full.Error?.Code);
        var again = await chain.WriteAsync(chunk, WriteMode.Record, Bytes(9, 1900), id: id);
        Assert.Equal(DfsErrorCode.ChunkFull, again.Error?.Code);

        var bytes = await chain.SameEverywhereAsync(chunk);
        Assert.Equal(8192, bytes.Length);
        Assert.All(bytes[7600..], b => Assert.Equal(0, b));

        var next = chain.NewChunk(8192);
        Assert.Equal(0, (await chain.WriteAsync(next, WriteMode.Record, Bytes(9, 1900), id: id)).Value.Offset);
    }

    [Fact]
    public async Task An_append_that_does_not_fit_changes_nothing()
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = chain.NewChunk(1000);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, Bytes(1, 900))).IsOk);
        Assert.Equal(DfsErrorCode.ChunkFull, (await chain.WriteAsync(chunk, WriteMode.Append, Bytes(2, 101))).Error?.Code);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, Bytes(3, 100))).IsOk);
        byte[] expected = [.. Bytes(1, 900), .. Bytes(3, 100)];
        Assert.Equal(expected, await chain.SameEverywhereAsync(chunk));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S1_18_Concurrent_appends_apply_in_the_same_order_on_all_replicas(bool sync)
    {
        const int Writers = 5;
        const int Records = 200;
        await using var chain = await ChainFixture.StartAsync();
        var chunk = chain.NewChunk(8 * 1024 * 1024);
        var offsets = await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            await using var client = chain.NewClient(TcpTransport.Instance);
            var own = new List<long>();
            for (var i = 0; i < Records; i++)
            {
                var ack = await client.WriteAsync(chain.Op(chunk, WriteMode.Record, Record(writer, i), sync: sync), CancellationToken.None);
                Assert.True(ack.IsOk, $"{ack.Error}\n{chain.Meta.Story(chunk.Chunk)}");
                own.Add(ack.Value.Offset);
            }

            return own;
        }));

        var bytes = await chain.SameEverywhereAsync(chunk);
        Assert.Equal(Writers * Records * 100, bytes.Length);
        for (var writer = 0; writer < Writers; writer++)
        {
            Assert.Equal(offsets[writer].Order(), offsets[writer]);
            for (var i = 0; i < Records; i++)
            {
                Assert.Equal(Record(writer, i), bytes.AsSpan((int)offsets[writer][i], 100).ToArray());
            }
        }
    }

    [Fact]
    public async Task A_window_of_large_writes_flows_through()
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = chain.NewChunk(64 * 1024 * 1024);
        var writes = Enumerable.Range(0, 24).Select(i => chain.WriteAsync(chunk, WriteMode.AtOffset, Bytes(i, 1 << 20), offset: i << 20)).ToList();
        foreach (var write in writes)
        {
            var ack = await write;
            Assert.True(ack.IsOk, ack.Error?.ToString());
        }

        var bytes = await chain.SameEverywhereAsync(chunk);
        for (var i = 0; i < 24; i++)
        {
            Assert.True(Bytes(i, 1 << 20).AsSpan().SequenceEqual(bytes.AsSpan(i << 20, 1 << 20)));
        }
    }

    [Fact]
    public async Task S2_02_Chunks_can_be_as_small_as_eight_bytes()
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = chain.NewChunk(8);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.AtOffset, "12345"u8.ToArray())).IsOk);
        Assert.Equal(DfsErrorCode.OutOfRange, (await chain.WriteAsync(chunk, WriteMode.AtOffset, "1234"u8.ToArray(), offset: 5)).Error?.Code);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.AtOffset, "678"u8.ToArray(), offset: 5)).IsOk);
        Assert.Equal("12345678"u8.ToArray(), await chain.SameEverywhereAsync(chunk));
    }

    internal static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    internal static byte[] Record(int writer, int number)
    {
        var record = new byte[100];
        new Random((writer * 1_000_003) + number).NextBytes(record);
        BitConverter.TryWriteBytes(record, writer);
        BitConverter.TryWriteBytes(record.AsSpan(4), number);
        return record;
    }

    private static void Put(List<byte> model, int offset, byte[] bytes)
    {
        while (model.Count < offset + bytes.Length)
        {
            model.Add(0);
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            model[offset + i] = bytes[i];
        }
    }
}
