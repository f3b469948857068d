// What a client remembers of where chunks are.

using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Tests.Core;

public sealed class LocationCacheTests
{
    private readonly LocationCache _cache = new(10);

    [Fact]
    public void A_look_while_members_are_away_takes_neither_the_right_to_write_nor_a_member_from_the_chain()
    {
        _cache.Put(Chunk(generation: 1, servers: 3), openForWriting: true);
        _cache.Put(Chunk(generation: 1, servers: 1), openForWriting: false);
        _cache.Put(Chunk(generation: 1, servers: 0), openForWriting: false);
        Assert.True(_cache.TryGet(0, out var cached));
        Assert.True(cached.OpenForWriting);
        Assert.Equal(3, cached.Chunk.Replicas.Count);
    }

    [Fact]
    public void A_newer_generation_replaces_both_and_an_older_one_neither()
    {
        _cache.Put(Chunk(generation: 2, servers: 3), openForWriting: true);
        _cache.Put(Chunk(generation: 1, servers: 1), openForWriting: true);
        Assert.True(_cache.TryGet(0, out var cached));
        Assert.Equal(3, cached.Chunk.Replicas.Count);
        _cache.Put(Chunk(generation: 3, servers: 2), openForWriting: false);
        Assert.True(_cache.TryGet(0, out cached));
        Assert.False(cached.OpenForWriting);
        Assert.Equal(2, cached.Chunk.Replicas.Count);
    }

    [Fact]
    public void A_later_leave_to_write_brings_the_chain_as_it_is_now()
    {
        _cache.Put(Chunk(generation: 1, servers: 1), openForWriting: false);
        _cache.Put(Chunk(generation: 1, servers: 3), openForWriting: true);
        Assert.True(_cache.TryGet(0, out var cached));
        Assert.True(cached.OpenForWriting);
        Assert.Equal(3, cached.Chunk.Replicas.Count);
    }

    private static ChunkLocation Chunk(uint generation, int servers) => new()
    {
        Chunk = new ChunkId(5),
        File = new InodeId(1),
        Index = 0,
        Generation = new Generation(generation),
        ChunkSizeBytes = 1 << 20,
        IsOpen = true,
        Replicas = [.. Enumerable.Range(1, servers).Select(i => new ReplicaLocation(new ServerId((uint)i), new DataEndpoint("host", i)))],
    };
}
