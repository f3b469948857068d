// Repair of damaged blocks as meta orders it.

using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Chunk.Tests.Actors;

public sealed class BlockRepairTests
{
    private static readonly byte[] s_bytes = ChainWriteTests.Bytes(1, 300_000);

    [Fact]
    public async Task S2_12_31_Blocks_come_from_whoever_has_them_and_a_dead_source_is_left_out()
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = await WrittenAsync(chain);
        await DamageAsync(chain, chunk, 1, 2, DamageKind.Flip);
        await DamageAsync(chain, chunk, 1, 3, DamageKind.Zero);
        await DamageAsync(chain, chunk, 1, 17, DamageKind.Truncate);
        await DamageAsync(chain, chunk, 0, 3, DamageKind.Flip);
        var dead = new ReplicaLocation(new ServerId(99), new DataEndpoint("127.0.0.1", 1), ReplicaState.Live);
        chain.Meta.Order(chunk.Replicas[1].Server, new ServerProtocol.RepairBlocks(chunk.Chunk, chunk.Generation, [dead, chunk.Replicas[0], chunk.Replicas[2]]) { Epoch = chain.Meta.Epoch });
        await ChainFixture.UntilAsync(() => chain.Meta.Told.OfType<ServerProtocol.ReplicaRepaired>().Any(), "repaired");

        var told = Assert.Single(chain.Meta.Told.OfType<ServerProtocol.ReplicaRepaired>());
        Assert.Equal((chunk.Replicas[1].Server, s_bytes.Length, (3 * 16384) + (s_bytes.Length % 16384)), (told.Server, (int)told.LengthBytes, (int)told.RepairedBytes));
        Assert.Equal(s_bytes, await File.ReadAllBytesAsync(await PathAsync(chain, chunk, 1)));
        Assert.Equal(s_bytes, (await chain.ReadAsync(chunk, 1, 0, s_bytes.Length)).Value);
        Assert.True(chain.Servers.Single(s => s.Id == chunk.Replicas[1].Server).Host.Store.TryGet(chunk.Chunk, out var info));
        Assert.Equal(ServerProtocol.ReplicaFlags.None, info.Flags);
    }

    [Fact]
    public async Task S2_12_What_no_source_has_right_is_told_as_failed_and_the_rest_is_repaired()
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = await WrittenAsync(chain);
        foreach (var replica in new[] { 0, 1, 2 })
        {
            await DamageAsync(chain, chunk, replica, 5, DamageKind.Flip);
        }

        await DamageAsync(chain, chunk, 1, 9, DamageKind.Zero);
        chain.Meta.Order(chunk.Replicas[1].Server, new ServerProtocol.RepairBlocks(chunk.Chunk, chunk.Generation, [chunk.Replicas[0], chunk.Replicas[2]]) { Epoch = chain.Meta.Epoch });
        await ChainFixture.UntilAsync(() => chain.Meta.Told.OfType<ServerProtocol.OrderFailed>().Any(), "failed");
        Assert.Equal(nameof(ServerProtocol.RepairBlocks), Assert.Single(chain.Meta.Told.OfType<ServerProtocol.OrderFailed>()).Order);
        Assert.Equal(s_bytes[(9 * 16384)..(10 * 16384)], (await chain.ReadAsync(chunk, 1, 9 * 16384, 16384)).Value);
        Assert.Equal(DfsErrorCode.ReplicaCorrupt, (await chain.ReadAsync(chunk, 1, 5 * 16384, 16384)).Error?.Code);
    }

    [Fact]
    public async Task An_order_for_another_generation_touches_nothing()
    {
        await using var chain = await ChainFixture.StartAsync();
        var chunk = await WrittenAsync(chain);
        chain.Meta.Order(chunk.Replicas[1].Server, new ServerProtocol.RepairBlocks(chunk.Chunk, chunk.Generation.Next, [chunk.Replicas[0]]) { Epoch = chain.Meta.Epoch });
        await ChainFixture.UntilAsync(() => chain.Meta.Told.OfType<ServerProtocol.OrderFailed>().Any(), "failed");
        Assert.Equal(DfsErrorCode.StaleGeneration, Assert.Single(chain.Meta.Told.OfType<ServerProtocol.OrderFailed>()).Error.Code);
    }

    private static async Task<ChunkLocation> WrittenAsync(ChainFixture chain)
    {
        var chunk = chain.NewChunk(1 << 20);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, s_bytes, sync: true)).IsOk);
        await chain.SameEverywhereAsync(chunk);
        return chunk;
    }

    private static async Task<string> PathAsync(ChainFixture chain, ChunkLocation chunk, int replica)
        => (await chain.Client.StatAsync(chunk.Replicas[replica].Endpoint, chunk.Chunk, chunk.Replicas[replica].Server, CancellationToken.None)).Value.Path;

    private static async Task DamageAsync(ChainFixture chain, ChunkLocation chunk, int replica, int block, DamageKind how)
    {
        var op = new DamageOp(chunk.Chunk, chunk.Replicas[replica].Server, how, block, 7);
        while (true)
        {
            var damaged = await chain.Client.DamageAsync(chunk.Replicas[replica].Endpoint, op, CancellationToken.None);
            if (damaged.Error is not { Code: DfsErrorCode.Busy })
            {
                Assert.True(damaged.IsOk, damaged.Error?.Message);
                Assert.Equal(block, damaged.Value.Block);
                return;
            }

            await Task.Delay(10);
        }
    }
}
