// What happens to writes that meet a change of generation in its middle, and to changes that meet a newer one. Disks are held to
// stop a procedure at a chosen point.

using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Tests.Actors;

public sealed class ChainChangeTests
{
    private static readonly ChunkSettings s_quick = new() { ChainTimeout = TimeSpan.FromSeconds(1), PassivateAfter = TimeSpan.FromSeconds(60) };

    // Nothing is found to be stuck within a test.
    private static readonly ChunkSettings s_patient = new() { ChainTimeout = TimeSpan.FromMinutes(10), PassivateAfter = TimeSpan.FromSeconds(60) };

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public async Task S1_17_Two_members_whose_disks_hang_at_once_are_both_left_out(int first, int second)
    {
        await using var chain = await ChainFixture.StartAsync(settings: s_quick);
        var chunk = chain.NewChunk(1 << 20);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 1000))).IsOk);
        await using var one = await HeldDisk.HoldAsync(chain.Servers[first]);
        await using var two = await HeldDisk.HoldAsync(chain.Servers[second]);
        await using var client = chain.NewClient(TcpTransport.Instance);
        Assert.Equal(1000, (await chain.InsistAsync(client, chunk.Chunk, WriteMode.Append, ChainWriteTests.Bytes(2, 1000))).Offset);
        Assert.Equal([chain.Servers[0].Id], chain.Meta.Now(chunk.Chunk).Replicas.Select(r => r.Server));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public async Task S1_17_Two_members_that_go_one_after_the_other_cost_a_delay_and_nothing_else(int first, int second)
    {
        await using var chain = await ChainFixture.StartAsync(settings: s_quick);
        var chunk = chain.NewChunk(1 << 20);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 1000))).IsOk);
        await chain.Servers[first].Host.StopAsync();
        await using var client = chain.NewClient(TcpTransport.Instance);
        var write = chain.InsistAsync(client, chunk.Chunk, WriteMode.Append, ChainWriteTests.Bytes(2, 1000));
        await chain.Servers[second].Host.StopAsync();
        Assert.Equal(1000, (await write).Offset);
        Assert.Equal(2000, (await chain.InsistAsync(client, chunk.Chunk, WriteMode.Append, ChainWriteTests.Bytes(3, 1000))).Offset);
        Assert.Equal([chain.Servers[0].Id], chain.Meta.Now(chunk.Chunk).Replicas.Select(r => r.Server));
    }

    [Fact]
    public async Task S4_08_A_write_that_waits_for_a_repair_until_its_deadline_fails_with_a_typed_timeout_and_has_changed_nothing()
    {
        await using var chain = await ChainFixture.StartAsync(settings: s_quick);
        chain.Meta.Repairs = false;
        var chunk = chain.NewChunk(1 << 20);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 1000))).IsOk);
        await chain.Servers[2].Host.StopAsync();
        using var patience = new CancellationTokenSource(ChainFixture.Patience);
        var breaks = chain.Client.WriteAsync(chain.Op(chunk, WriteMode.Append, ChainWriteTests.Bytes(2, 1000)), patience.Token);
        await ChainFixture.UntilAsync(() => chain.Meta.Told.OfType<ServerProtocol.ChainBroken>().Any(), "the chain is broken");
        var late = await chain.Client.WriteAsync(
            chain.Op(chunk, WriteMode.Append, ChainWriteTests.Bytes(3, 1000)) with { DeadlineMs = 500 }, patience.Token);
        Assert.Equal(DfsErrorCode.Timeout, late.Error!.Code);
        var now = chain.Meta.Move(chunk.Chunk, [chain.At(0), chain.At(1)]);
        Assert.Equal(1000, (await breaks).Value.Offset);
        Assert.Equal(2000, (await chain.InsistAsync(chain.Client, now.Chunk, WriteMode.Append, ChainWriteTests.Bytes(4, 500))).Offset);
        Assert.Equal(ChainWriteTests.Bytes(2, 1000), (await chain.SameEverywhereAsync(now))[1000..2000]);
    }

    [Fact]
    public async Task An_adoption_that_cannot_end_does_not_keep_its_server_from_joining_a_newer_generation()
    {
        await using var chain = await ChainFixture.StartAsync(settings: s_patient);
        chain.Meta.Repairs = false;
        var chunk = chain.NewChunk(1 << 20);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 1000))).IsOk);
        await chain.Servers[0].Host.StopAsync();
        chain.Meta.Move(chunk.Chunk, [chain.At(1), chunk.Replicas[0], chain.At(2)]);
        await ChainFixture.UntilAsync(() => chain.Meta.Told.OfType<ServerProtocol.ChainBroken>().Any(b => b.Server == chain.Servers[1].Id), "server 1 waits for the one that is gone");
        var now = chain.Meta.Move(chunk.Chunk, [chain.At(2), chain.At(1)]);
        Assert.Equal(1000, (await chain.InsistAsync(chain.Client, now.Chunk, WriteMode.Append, ChainWriteTests.Bytes(2, 1000))).Offset);
        Assert.Equal(2000, (await chain.SameEverywhereAsync(now)).Length);
    }

    [Fact]
    public async Task A_repeat_that_is_held_while_a_member_ahead_is_looked_at_is_applied_once()
    {
        await using var chain = await ChainFixture.StartAsync(settings: s_patient);
        chain.Meta.Repairs = false;
        var chunk = chain.NewChunk(1 << 20);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 1000))).IsOk);
        var two = chain.Meta.Move(chunk.Chunk, [chain.At(0), chain.At(1)]);
        var id = chain.NextOperation();
        Assert.Equal(1000, (await RepeatAsync(chain, two, id)).Offset);

        // Meta errs: it names the one that was left out as the source.
        await using var held = await HeldDisk.HoldAsync(chain.Servers[1]);
        var now = chain.Meta.Move(chunk.Chunk, [chain.At(2), chain.At(1), chain.At(0)]);
        var repeat = RepeatAsync(chain, now, id);
        await HeldAsync(chain, 2, chunk.Chunk);
        Assert.False(repeat.IsCompleted);
        await held.DisposeAsync();
        Assert.Equal(1000, (await repeat).Offset);
        Assert.Equal(2000, (await chain.SameEverywhereAsync(now)).Length);
    }

    [Fact]
    public async Task A_repeat_of_what_the_lost_primary_had_passed_on_is_answered_without_another_write()
    {
        await using var chain = await ChainFixture.StartAsync(settings: s_patient);
        chain.Meta.Repairs = false;
        var chunk = chain.NewChunk(1 << 20);
        Assert.True((await chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(1, 1000))).IsOk);
        var id = chain.NextOperation();
        await using var held = await HeldDisk.HoldAsync(chain.Servers[2]);
        var write = chain.WriteAsync(chunk, WriteMode.Append, ChainWriteTests.Bytes(2, 1000), id: id);
        await ChainFixture.UntilAsync(() => chain.Servers[1].Host.Store.TryGet(chunk.Chunk, out var info) && info.Sequence == 2, "server 1 has it, server 2 has not");
        Assert.False(write.IsCompleted);
        var now = chain.Meta.Move(chunk.Chunk, [chain.At(1), chain.At(2)]);
        Assert.False((await write).IsOk);
        var repeat = RepeatAsync(chain, now, id);
        await HeldAsync(chain, 1, chunk.Chunk);
        Assert.False(repeat.IsCompleted);
        await held.DisposeAsync();
        Assert.Equal(1000, (await repeat).Offset);
        Assert.Equal(2000, (await chain.SameEverywhereAsync(now)).Length);
    }

    private static async Task<WriteAck> RepeatAsync(ChainFixture chain, ChunkLocation location, OperationId id)
    {
        using var timeout = new CancellationTokenSource(ChainFixture.Patience);
        while (true)
        {
            var result = await chain.Client.WriteAsync(chain.Op(location, WriteMode.Append, ChainWriteTests.Bytes(2, 1000), id: id), timeout.Token);
            if (result.IsOk)
            {
                return result.Value;
            }

            Assert.Equal(DfsErrorCode.ChunkRecovering, result.Error.Code);
            await Task.Delay(5, timeout.Token);
        }
    }

    // Who comes back without an error while a generation is being adopted has been held.
    private static Task HeldAsync(ChainFixture chain, int server, ChunkId chunk)
        => ChainFixture.UntilAsync(() => chain.Servers[server].Host.Environment.Directory.Find(chunk) is { KnownChain.Value: 0, Requests: > 0 }, "a request is held");
}
