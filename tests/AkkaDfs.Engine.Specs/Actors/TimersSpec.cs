// Timers of an actor: named, replaced, cancelled, and gone with the instance that started them.
using Akka.Actor;
using Akka.TestKit;

namespace AkkaDfs.Engine.Specs.Actors;

public class TimersSpec : EngineSpec
{
    private readonly IActorRef _clock;

    public TimersSpec()
        : base("akka.loggers = []\nakka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"") =>
        _clock = Sys.ActorOf(Props.Create(() => new Clock(TestActor)));

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void A_single_timer_fires_once_in_time()
    {
        Do(timers => timers.StartSingleTimer("k", "ring", TimeSpan.FromSeconds(10)));
        Time.Advance(TimeSpan.FromSeconds(9.9));
        Do(timers => Assert.True(timers.IsTimerActive("k")));
        Time.Advance(TimeSpan.FromSeconds(0.2));
        ExpectMsg("ring");
        Do(timers => Assert.False(timers.IsTimerActive("k")));
        Time.Advance(TimeSpan.FromSeconds(100));
        Do(_ => { });
    }

    [Fact]
    public void A_periodic_timer_fires_until_cancelled()
    {
        Do(timers => timers.StartPeriodicTimer("k", "tick", TimeSpan.FromSeconds(1)));
        for (var i = 0; i < 5; i++)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            ExpectMsg("tick");
        }

        Do(timers => timers.Cancel("k"));
        Time.Advance(TimeSpan.FromSeconds(100));
        Do(_ => { });
    }

    [Fact]
    public void A_periodic_timer_may_have_a_first_delay()
    {
        Do(timers => timers.StartPeriodicTimer("k", "tick", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1)));
        Time.Advance(TimeSpan.FromSeconds(9));
        Do(_ => { });
        Time.Advance(TimeSpan.FromSeconds(1));
        ExpectMsg("tick");
        Time.Advance(TimeSpan.FromSeconds(1));
        ExpectMsg("tick");
    }

    [Fact]
    public void A_timer_of_the_same_name_replaces_the_old_one()
    {
        Do(timers =>
        {
            timers.StartSingleTimer("k", "old", TimeSpan.FromSeconds(1));
            timers.StartSingleTimer("k", "new", TimeSpan.FromSeconds(2));
        });
        Time.Advance(TimeSpan.FromSeconds(5));
        ExpectMsg("new");
        Do(_ => { });
    }

    [Fact]
    public void A_cancelled_timers_message_does_not_come_even_if_it_is_in_the_mailbox()
    {
        using var gate = new ManualResetEventSlim();
        Do(timers => timers.StartSingleTimer("k", "late", TimeSpan.FromSeconds(1)));
        _clock.Tell(new Clock.Act(timers =>
        {
            gate.Wait(Patience);
            timers.Cancel("k");
        }));
        Time.Advance(TimeSpan.FromSeconds(5));
        gate.Set();
        ExpectMsg("did");
        Do(_ => { });
    }

    [Fact]
    public void CancelAll_cancels_all()
    {
        Do(timers =>
        {
            timers.StartSingleTimer("a", "a", TimeSpan.FromSeconds(1));
            timers.StartPeriodicTimer("b", "b", TimeSpan.FromSeconds(1));
            timers.CancelAll();
            Assert.False(timers.IsTimerActive("a") || timers.IsTimerActive("b"));
        });
        Time.Advance(TimeSpan.FromSeconds(100));
        Do(_ => { });
    }

    [Fact]
    public void No_timer_survives_a_restart()
    {
        Do(timers => timers.StartPeriodicTimer("k", "before", TimeSpan.FromSeconds(1)));
        _clock.Tell(new Fail(new InvalidOperationException("boom")));
        Do(timers => Assert.False(timers.IsTimerActive("k")));
        Time.Advance(TimeSpan.FromSeconds(100));
        Do(timers => timers.StartSingleTimer("k", "after", TimeSpan.FromSeconds(1)));
        Time.Advance(TimeSpan.FromSeconds(2));
        ExpectMsg("after");
    }

    [Fact]
    public void No_timer_survives_the_actor()
    {
        Do(timers => timers.StartPeriodicTimer("k", "tick", TimeSpan.FromSeconds(1)));
        var dead = CreateTestProbe();
        Sys.EventStream.Subscribe(dead.Ref, typeof(Akka.Event.DeadLetter));
        Watch(_clock);
        Sys.Stop(_clock);
        ExpectTerminated(_clock);
        Time.Advance(TimeSpan.FromSeconds(100));
        ExpectNothingBefore(dead);
    }

    /// <summary>Acts in the actor's turn and waits until it is done; nothing else may have come before.</summary>
    private void Do(Action<ITimerScheduler> action)
    {
        _clock.Tell(new Clock.Act(action));
        ExpectMsg<object>(message => Assert.Equal("did", message));
    }

    public sealed class Clock : ReceiveActor, IWithTimers
    {
        public Clock(IActorRef log)
        {
            Receive<Act>(act =>
            {
                var failure = Record.Exception(() => act.What(Timers));
                log.Tell(failure ?? (object)"did");
            });
            Receive<Fail>(fail => throw fail.Cause);
            Receive<string>(text => log.Tell(text));
        }

        public ITimerScheduler Timers { get; set; } = null!;

        public sealed record Act(Action<ITimerScheduler> What);
    }
}
