using Akka.Actor;

namespace Akka.Embedded.Tests.Actor;

public class SchedulerTests : SystemTest
{
    [Fact]
    public async Task Messages_arrive_after_their_delay_and_repeatedly_until_cancelled()
    {
        var seen = new List<object>();
        var receiver = Sys.ActorOf(Does.With((m, _) =>
        {
            lock (seen)
                seen.Add(m);
        }));
        using var cancelable = new Cancelable(Sys.Scheduler);
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(20), receiver, "once", ActorRefs.NoSender);
        Sys.Scheduler.ScheduleTellRepeatedly(TimeSpan.Zero, TimeSpan.FromMilliseconds(10), receiver, "again", ActorRefs.NoSender, cancelable);
        await Eventually(
            () =>
            {
                lock (seen)
                    return seen.Count(m => m is "again") >= 5 && seen.Contains("once");
            },
            "one single and five repeated messages");
        cancelable.Cancel();
        Assert.True(cancelable.Token.IsCancellationRequested);
        lock (seen)
            Assert.Single(seen, m => m is "once");
    }

    [Fact]
    public void Delays_and_intervals_are_checked()
    {
        Assert.Throws<ArgumentException>(() =>
            Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(-1), ActorRefs.Nobody, 1, ActorRefs.NoSender));
        Assert.Throws<ArgumentException>(() =>
            Sys.Scheduler.ScheduleTellRepeatedly(TimeSpan.Zero, TimeSpan.Zero, ActorRefs.Nobody, 1, ActorRefs.NoSender));
        Assert.Throws<ArgumentException>(() => Sys.Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(-1), () => { }));
    }

    [Fact]
    public async Task An_action_that_throws_is_not_repeated_and_harms_no_other()
    {
        var calls = 0;
        var done = new TaskCompletionSource();
        Sys.Scheduler.Advanced.ScheduleRepeatedly(TimeSpan.Zero, TimeSpan.FromMilliseconds(10), () =>
        {
            Interlocked.Increment(ref calls);
            throw new InvalidOperationException("on purpose");
        });
        Sys.Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(100), done.SetResult);
        await done.Task.WaitAsync(Patience);
        Assert.Equal(1, calls);
    }

    [Fact]
    public void A_cancelable_can_be_linked_and_is_cancelled_once()
    {
        var first = new Cancelable(Sys.Scheduler);
        var second = new Cancelable(Sys.Scheduler);
        var linked = Cancelable.CreateLinkedCancelable(Sys.Scheduler, first, second);
        var calls = 0;
        using var registration = linked.Token.Register(() => calls++);
        second.Cancel();
        first.Cancel();
        Assert.True(linked.IsCancellationRequested);
        Assert.Equal(1, calls);
        Assert.True(Cancelable.CreateCanceled().IsCancellationRequested);
    }

    [Fact]
    public async Task A_cancelable_cancels_itself_after_a_delay()
    {
        var cancelable = new Cancelable(Sys.Scheduler, TimeSpan.FromMilliseconds(10));
        await Eventually(() => cancelable.IsCancellationRequested, "cancelled");
    }

    [Fact]
    public async Task A_system_that_has_ended_schedules_nothing_more()
    {
        await Sys.Terminate();
        Assert.Throws<SchedulerException>(() =>
            Sys.Scheduler.ScheduleTellOnce(TimeSpan.Zero, ActorRefs.Nobody, 1, ActorRefs.NoSender));
        await Assert.ThrowsAsync<AskTimeoutException>(() => Sys.DeadLetters.Ask<string>("hello?", Patience));
    }
}
