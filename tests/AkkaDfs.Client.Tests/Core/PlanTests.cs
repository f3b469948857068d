// Pieces cover their range exactly, in order, within chunks; caches and balances keep their promises.

using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Tests.Core;

public sealed class PlanTests
{
    [Fact]
    public void Pieces_cover_any_range_in_order_and_never_cross_a_chunk_or_a_request_boundary()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 2000; round++)
        {
            var chunkSize = random.Next(8, 5000);
            var request = random.Next(1, 3000);
            var range = new ByteRange(random.Next(0, 20_000), random.Next(0, 20_000));
            var next = range.Offset;
            foreach (var piece in ReadPlan.Split(range, chunkSize, request))
            {
                var where = $"seed {seed}: {range} chunk {chunkSize} request {request}: {piece}";
                Assert.True(piece.FileOffset == next && piece.LengthBytes > 0, where);
                Assert.True(((long)piece.ChunkIndex * chunkSize) + piece.InChunk.Offset == piece.FileOffset, where);
                Assert.True(piece.InChunk.End <= chunkSize, where);
                Assert.True(piece.InChunk.Offset / request == (piece.InChunk.End - 1) / request, where);
                next += piece.LengthBytes;
            }

            Assert.Equal(range.End, next);
        }
    }

    [Theory]
    [InlineData(8, 1 << 20, 64 << 20, 8)]
    [InlineData(8, 1 << 20, 8192, 128)]
    [InlineData(8, 1 << 20, 8, 128)]
    [InlineData(200, 1 << 20, 8, 200)]
    public void Small_chunks_have_more_pieces_in_flight_but_not_without_bound(int window, int request, int chunk, int expected)
        => Assert.Equal(expected, ReadPlan.PiecesInFlight(window, request, chunk));

    [Fact]
    public void What_is_appended_first_fills_the_chunk()
    {
        Assert.Equal(24, WritePlan.AppendPart(1000, 1024, 500, 4096));
        Assert.Equal(0, WritePlan.AppendPart(1024, 1024, 500, 4096));
        Assert.Equal(100, WritePlan.AppendPart(0, 1024, 500, 100));
        Assert.Equal(2048, WritePlan.MaxRecordBytes(8192, 1 << 22));
    }

    [Fact]
    public void Ranges_in_flight_know_overlaps_and_nothing_else()
    {
        var ranges = new RangesInFlight();
        ranges.Add(new ByteRange(10, 10));
        ranges.Add(new ByteRange(30, 10));
        Assert.False(ranges.Overlaps(new ByteRange(20, 10)));
        Assert.True(ranges.Overlaps(new ByteRange(19, 2)));
        ranges.Remove(new ByteRange(10, 10));
        Assert.False(ranges.Overlaps(new ByteRange(19, 2)));
        Assert.Throws<InvalidOperationException>(() => ranges.Remove(new ByteRange(10, 10)));
    }

    [Fact]
    public void The_cache_keeps_the_newest_generation_and_forgets_the_least_used()
    {
        var cache = new LocationCache(2);
        cache.Put(Chunk(0, 2), openForWriting: true);
        cache.Put(Chunk(0, 1), openForWriting: false);
        Assert.True(cache.TryGet(0, out var kept) && kept.Chunk.Generation.Value == 2 && kept.OpenForWriting);
        cache.Put(Chunk(0, 2), openForWriting: false);
        Assert.True(cache.TryGet(0, out kept) && kept.OpenForWriting);
        cache.Put(Chunk(0, 3), openForWriting: false);
        Assert.True(cache.TryGet(0, out kept) && !kept.OpenForWriting);
        Assert.False(cache.Forget(0, new Generation(2)));

        cache.Put(Chunk(1, 1), openForWriting: false);
        Assert.True(cache.TryGet(0, out _));
        cache.Put(Chunk(2, 1), openForWriting: false);
        Assert.False(cache.TryGet(1, out _));
        Assert.True(cache.TryGet(0, out _));
        Assert.True(cache.Forget(0, new Generation(3)));
        Assert.Equal(1, cache.Count);
    }

    [Theory]
    [InlineData("/", "a", "/a")]
    [InlineData("/a/b", "c/../d", "/a/b/d")]
    [InlineData("/a/b", "../../../x", "/x")]
    [InlineData("/a", "/b//c/./", "/b/c")]
    [InlineData("/a", "", "/a")]
    [InlineData("/", "..", "/")]
    public void Remote_paths_resolve_as_people_expect(string directory, string path, string expected)
        => Assert.Equal(expected, RemotePath.Resolve(directory, path));

    private static ChunkLocation Chunk(int index, uint generation) => new()
    {
        Chunk = new ChunkId((ulong)index + 100), File = new InodeId(2), Index = index, Generation = new Generation(generation), ChunkSizeBytes = 1024,
    };
}
