// Messages and actions in the future.
using Akka.Actor;
using Akka.TestKit;

namespace AkkaDfs.Engine.Specs.Dispatch;

public class SchedulerSpec : EngineSpec
{
    private static readonly TimeSpan Tiny = TimeSpan.FromMilliseconds(15);

    [Fact]
    public void A_message_comes_once()
    {
        Sys.Scheduler.ScheduleTellOnce(Tiny, TestActor, "once", ActorRefs.NoSender);
        ExpectMsg("once");
        ExpectNoMsg(Glimpse);
    }

    [Fact]
    public void A_message_comes_repeatedly_until_cancelled()
    {
        var cancel = Sys.Scheduler.ScheduleTellRepeatedlyCancelable(TimeSpan.Zero, Tiny, TestActor, "tick", ActorRefs.NoSender);
        for (var i = 0; i < 3; i++)
            ExpectMsg("tick");
        cancel.Cancel();
        Assert.True(cancel.IsCancellationRequested);
        // One may be on its way.
        ReceiveWhile<string>(text => text == "tick", Glimpse, Glimpse);
        ExpectNoMsg(Glimpse);
    }

    [Fact]
    public void A_cancelled_message_does_not_come()
    {
        var cancel = Sys.Scheduler.ScheduleTellOnceCancelable(TimeSpan.FromSeconds(1), TestActor, "never", ActorRefs.NoSender);
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(1.1), TestActor, "always", ActorRefs.NoSender);
        cancel.Cancel();
        ExpectMsg("always");
    }

    [Fact]
    public void The_sender_is_who_is_named()
    {
        var probe = CreateTestProbe();
        Sys.Scheduler.ScheduleTellOnce(Tiny, TestActor, "x", probe.Ref);
        ExpectMsgFrom(probe.Ref, "x");
    }

    [Fact]
    public void Actions_run()
    {
        using var count = new CountdownEvent(3);
        Sys.Scheduler.Advanced.ScheduleOnce(Tiny, () => count.Signal());
        using var stop = new Cancelable(Sys.Scheduler);
        Sys.Scheduler.Advanced.ScheduleRepeatedly(TimeSpan.Zero, Tiny, () =>
        {
            if (!count.IsSet)
                count.Signal();
        }, stop);
        Assert.True(count.Wait(Patience));
        stop.Cancel();
    }

    [Fact]
    public void Delays_are_lower_bounds_and_keep_their_order()
    {
        var start = Sys.Scheduler.MonotonicClock;
        foreach (var delay in (int[])[300, 100, 200])
            Sys.Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(delay), () => TestActor.Tell((delay, Sys.Scheduler.MonotonicClock - start), ActorRefs.NoSender));
        var fired = ReceiveN(3, Patience).Cast<(int Delay, TimeSpan After)>().ToList();
        Assert.Equal([100, 200, 300], fired.Select(f => f.Delay));
        // The wheel's clock may be behind by the tick it is in.
        Assert.All(fired, f => Assert.True(f.After >= TimeSpan.FromMilliseconds(f.Delay - 20), $"{f.Delay} fired after {f.After}"));
    }

    [Fact]
    public void Negative_delays_and_empty_intervals_are_refused()
    {
        Assert.ThrowsAny<ArgumentException>(() => Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(-1), TestActor, "x", ActorRefs.NoSender));
        Assert.ThrowsAny<ArgumentException>(() =>
            Sys.Scheduler.ScheduleTellRepeatedly(TimeSpan.Zero, TimeSpan.Zero, TestActor, "x", ActorRefs.NoSender));
    }
}

/// <summary>The same with a clock that the test moves.</summary>
public class TestSchedulerSpec : EngineSpec
{
    public TestSchedulerSpec()
        : base("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
    {
    }

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void Nothing_happens_before_its_time()
    {
        Time.ScheduleTellOnce(TimeSpan.FromHours(1), TestActor, "hour", ActorRefs.NoSender);
        Time.ScheduleTellOnce(TimeSpan.FromMinutes(1), TestActor, "minute", ActorRefs.NoSender);
        Assert.False(HasMessages);
        Time.Advance(TimeSpan.FromMinutes(59));
        ExpectMsg("minute");
        Assert.False(HasMessages);
        Time.Advance(TimeSpan.FromMinutes(1));
        ExpectMsg("hour");
    }

    [Fact]
    public void Repetitions_run_as_often_as_they_are_due()
    {
        Time.ScheduleTellRepeatedly(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TestActor, "tick", ActorRefs.NoSender);
        for (var i = 0; i < 5; i++)
            Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(5, ReceiveN(5, Patience).Count);
        Assert.False(HasMessages);
    }

    [Fact]
    public void The_clock_is_what_the_test_says()
    {
        var before = Time.Now;
        Time.Advance(TimeSpan.FromDays(3));
        Assert.Equal(TimeSpan.FromDays(3), Time.Now - before);
    }

    [Fact]
    public void Cancelled_is_cancelled()
    {
        var cancel = Time.ScheduleTellOnceCancelable(TimeSpan.FromSeconds(1), TestActor, "never", ActorRefs.NoSender);
        cancel.Cancel();
        Time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(HasMessages);
    }
}
