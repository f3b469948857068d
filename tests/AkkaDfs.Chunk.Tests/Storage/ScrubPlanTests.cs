using AkkaDfs.Chunk.Core;
using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Tests.Storage;

public sealed class ScrubPlanTests
{
    [Fact]
    public void Chunks_come_in_order_of_their_ids_and_go_on_behind_the_position()
    {
        var chunks = new ulong[] { 9, 3, 7, 1, 5 }.Select(c => new ChunkId(c)).ToList();
        Assert.Equal([1UL, 3UL, 5UL], ScrubPlan.Next(ScrubProgress.None, chunks, 3).Select(c => c.Value));
        Assert.Equal([7UL, 9UL], ScrubPlan.Next(ScrubProgress.None with { After = new ChunkId(5) }, chunks, 3).Select(c => c.Value));
        Assert.Empty(ScrubPlan.Next(ScrubProgress.None with { After = new ChunkId(9) }, chunks, 3));
    }

    [Fact]
    public void A_pass_adds_up_and_the_next_one_begins_anew()
    {
        var at = ScrubPlan.Begin(ScrubProgress.None, 1000);
        at = ScrubPlan.Visited(at, new ChunkId(1), 500, 1, wasThere: true);
        at = ScrubPlan.Visited(at, new ChunkId(2), 0, 0, wasThere: false);
        Assert.Equal((new ChunkId(2), 1000L, 500L, 1L, 1L), (at.After, at.PassStartedMs, at.PassBytes, at.PassReplicas, at.PassBadBlocks));
        Assert.Equal(at, ScrubPlan.Begin(at, 9000));
        at = ScrubPlan.End(at, 2000);
        Assert.Equal(new ScrubProgress(ChunkId.None, 0, 0, 0, 0, 1000, 2000, 500, 1, 1), at);
    }

    [Fact]
    public void The_rate_and_the_interval_are_kept()
    {
        Assert.Equal(TimeSpan.FromSeconds(2), ScrubPlan.Pause(2_000_000, 1_000_000));
        var at = ScrubProgress.None with { LastPassStartedMs = 10_000, LastPassEndedMs = 15_000, Passes = 1 };
        Assert.Equal(TimeSpan.FromSeconds(55), ScrubPlan.UntilNextPass(at, 15_000, TimeSpan.FromSeconds(60)));
        Assert.Equal(TimeSpan.Zero, ScrubPlan.UntilNextPass(at, 90_000, TimeSpan.FromSeconds(60)));
        Assert.Equal(TimeSpan.Zero, ScrubPlan.UntilNextPass(ScrubProgress.None, 5, TimeSpan.FromSeconds(60)));

        // A wall clock that was set back must not hold the scrub up: whoever waits, and looks again, would wait until it has caught up.
        Assert.Equal(TimeSpan.Zero, ScrubPlan.UntilNextPass(at, -1_000_000, TimeSpan.FromSeconds(60)));
    }
}
