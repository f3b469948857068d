// When the client tries again, how long it waits, and when it gives up.

using AkkaDfs.Client.Core;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Tests.Core;

public sealed class RetryPolicyTests
{
    private static readonly RetryPolicy Policy = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1));
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(DfsErrorCode.Busy, RetryAction.Again)]
    [InlineData(DfsErrorCode.ConnectionRefused, RetryAction.Again)]
    [InlineData(DfsErrorCode.StaleGeneration, RetryAction.RefreshThenAgain)]
    [InlineData(DfsErrorCode.OutcomeUnknown, RetryAction.RefreshThenAgain)]
    [InlineData(DfsErrorCode.FileNotFound, RetryAction.GiveUp)]
    [InlineData(DfsErrorCode.RecordTooLarge, RetryAction.GiveUp)]
    public void The_advice_of_the_error_decides(DfsErrorCode code, RetryAction expected)
        => Assert.Equal(expected, Policy.Next(1, new DfsError(code, "x"), Long, 0.5).Action);

    [Fact]
    public void Waits_double_up_to_the_longest_and_always_have_a_random_half()
    {
        var busy = new DfsError(DfsErrorCode.Busy, "x");
        Assert.Equal(TimeSpan.FromMilliseconds(10), Policy.Next(1, busy, Long, 0).Delay);
        Assert.Equal(TimeSpan.FromMilliseconds(40), Policy.Next(3, busy, Long, 0).Delay);
        for (var attempt = 1; attempt < 60; attempt++)
        {
            var least = Policy.Next(attempt, busy, Long, 0).Delay;
            var most = Policy.Next(attempt, busy, Long, 0.9999).Delay;
            Assert.True(least > TimeSpan.Zero && least < most && most <= TimeSpan.FromSeconds(1), $"{attempt}: {least} {most}");
        }
    }

    [Fact]
    public void The_first_refresh_does_not_wait_and_the_next_does()
    {
        var stale = new DfsError(DfsErrorCode.StaleGeneration, "x");
        Assert.Equal(TimeSpan.Zero, Policy.Next(1, stale, Long, 0.5).Delay);
        Assert.True(Policy.Next(2, stale, Long, 0.5).Delay > TimeSpan.Zero);
    }

    [Fact]
    public void A_hint_of_the_other_side_is_heeded()
        => Assert.True(Policy.Next(1, new DfsError(DfsErrorCode.ChunkRecovering, "x", 300), Long, 0).Delay >= TimeSpan.FromMilliseconds(300));

    [Fact]
    public void Nothing_is_tried_that_would_begin_after_the_deadline()
    {
        var busy = new DfsError(DfsErrorCode.Busy, "x", 300);
        Assert.Equal(RetryAction.GiveUp, Policy.Next(1, busy, TimeSpan.FromMilliseconds(200), 0).Action);
        Assert.Equal(RetryAction.GiveUp, Policy.Next(1, new DfsError(DfsErrorCode.StaleGeneration, "x"), TimeSpan.Zero, 0).Action);
    }
}
