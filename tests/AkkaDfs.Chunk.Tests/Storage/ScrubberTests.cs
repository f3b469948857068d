using AkkaDfs.Chunk.Core;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using static AkkaDfs.Chunk.Tests.Storage.StoreHarness;

namespace AkkaDfs.Chunk.Tests.Storage;

public sealed class ScrubberTests
{
    private const long Rate = 100_000;

    [Fact]
    public void S2_09_A_bad_block_that_nobody_reads_is_found_and_told()
    {
        using var harness = Filled();
        harness.Files.Damage(DataPath(new ChunkId(4)), bytes => { bytes[20_000] ^= 1; return bytes; });
        using var scrubber = Begin(harness);
        Pass(harness, scrubber, TimeSpan.FromMinutes(1));
        var found = Assert.Single(harness.Events.OfType<StoreEvent.ReplicaDamaged>());
        Assert.Equal((new ChunkId(4), 1), (found.Chunk, found.Blocks.Single()));
        Assert.Equal((1L, 1L, 8L * 40_000), (scrubber.Progress.Passes, scrubber.Progress.LastPassBadBlocks, scrubber.Progress.LastPassBytes));
    }

    [Fact]
    public void The_rate_is_not_exceeded()
    {
        using var harness = Filled();
        using var scrubber = Begin(harness);
        var elapsed = TimeSpan.Zero;
        while (scrubber.Progress.Passes == 0)
        {
            Assert.True(scrubber.Progress.PassBytes <= (Rate * elapsed.TotalSeconds) + (ScrubPlan.StepBlocks * Checksum.BlockBytes), $"{scrubber.Progress.PassBytes} bytes after {elapsed}");
            Tick(harness, TimeSpan.FromMilliseconds(100));
            elapsed += TimeSpan.FromMilliseconds(100);
            Assert.True(elapsed < TimeSpan.FromMinutes(10), "no end");
        }

        Assert.True(elapsed.TotalSeconds >= (7 * 40_000.0 / Rate) - 0.2, $"{elapsed}");
    }

    [Fact]
    public void A_restart_goes_on_where_the_last_run_was()
    {
        using var harness = Filled();
        var scrubber = Begin(harness);
        while (scrubber.Progress.PassReplicas < 5)
        {
            Tick(harness, TimeSpan.FromMilliseconds(50));
        }

        var was = scrubber.Progress;
        scrubber.Dispose();
        using var next = harness.Restart();
        using var again = Begin(next);
        Assert.Equal(was, again.Progress);
        Pass(next, again, TimeSpan.FromMinutes(1));
        Assert.Equal(8 * 40_000, again.Progress.LastPassBytes);
    }

    [Fact]
    public void The_next_pass_waits_for_its_time_and_a_damaged_position_begins_anew()
    {
        using var harness = Filled();
        var scrubber = Begin(harness);
        Pass(harness, scrubber, TimeSpan.FromMinutes(1));
        Tick(harness, TimeSpan.FromHours(1));
        Assert.Equal((1L, 0L), (scrubber.Progress.Passes, scrubber.Progress.PassStartedMs));
        Tick(harness, TimeSpan.FromHours(23));
        Tick(harness, TimeSpan.FromMinutes(1));
        Assert.NotEqual((1L, 0L), (scrubber.Progress.Passes, scrubber.Progress.PassStartedMs));
        scrubber.Dispose();
        harness.Files.Damage("/data/0/scrub", bytes => { bytes[9] ^= 1; return bytes; });
        using var next = harness.Restart();
        using var again = Begin(next);
        Assert.Equal(ScrubProgress.None, again.Progress);
    }

    private static StoreHarness Filled()
    {
        var harness = new StoreHarness();
        for (ulong i = 1; i <= 8; i++)
        {
            using var replica = harness.Create(chunk: new ChunkId(i));
            Assert.Null(replica.Apply([Write(1, 0, Bytes(40_000, (int)i))]).Error);
        }

        harness.Time.Advance(harness.Settings.CheckpointInterval);
        harness.Lanes.RunAll();
        return harness;
    }

    private static Scrubber Begin(StoreHarness harness)
        => new(harness.Store, new ScrubSettings(Rate, TimeSpan.FromDays(1)), harness.Files, harness.Lanes, harness.Time);

    private static void Tick(StoreHarness harness, TimeSpan by)
    {
        harness.Time.Advance(by);
        harness.Lanes.RunAll();
    }

    private static void Pass(StoreHarness harness, Scrubber scrubber, TimeSpan limit)
    {
        var before = scrubber.Progress.Passes;
        for (var elapsed = TimeSpan.Zero; scrubber.Progress.Passes == before; elapsed += TimeSpan.FromMilliseconds(50))
        {
            Assert.True(elapsed < limit, $"no pass within {limit}");
            Tick(harness, TimeSpan.FromMilliseconds(50));
        }
    }
}
