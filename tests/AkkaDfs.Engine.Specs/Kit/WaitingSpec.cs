// The test kit itself: waiting for conditions, blocks with time bounds, probes, latches.
using Akka.Actor;
using Akka.Event;
using Akka.TestKit;
using Akka.TestKit.TestActors;

namespace AkkaDfs.Engine.Specs.Kit;

public class WaitingSpec : EngineSpec
{
    private static readonly TimeSpan Blink = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task Conditions_are_looked_at_until_they_hold()
    {
        var looks = 0;
        AwaitCondition(() => ++looks >= 3, Patience, Often);
        Assert.Equal(3, looks);
        await AwaitConditionAsync(() => ++looks >= 6, Patience, Often);
        await AwaitConditionAsync(() => Task.FromResult(++looks >= 9), Patience, Often);
        Assert.Equal(9, looks);
        Assert.ThrowsAny<Exception>(() => AwaitCondition(() => false, Blink, Often));
        Assert.False(AwaitConditionNoThrow(() => false, Blink, Often));
        Assert.True(AwaitConditionNoThrow(() => true, Blink, Often));
    }

    [Fact]
    public async Task Assertions_are_tried_until_they_pass()
    {
        var tries = 0;
        AwaitAssert(() => Assert.Equal(3, ++tries), Patience, Often);
        await AwaitAssertAsync(() => Assert.Equal(6, ++tries), Patience, Often);
        await AwaitAssertAsync(() =>
        {
            Assert.Equal(9, ++tries);
            return Task.CompletedTask;
        }, Patience, Often);
        var failure = Assert.Throws<InvalidOperationException>(() =>
            AwaitAssert(() => throw new InvalidOperationException("the last one"), Blink, Often));
        Assert.Equal("the last one", failure.Message);
    }

    [Fact]
    public async Task Blocks_have_time_bounds()
    {
        Assert.Equal(7, Within(Patience, () => 7));
        Within(Patience, () =>
        {
            Assert.True(Remaining <= Patience);
            TestActor.Tell("x");
            ExpectMsg("x");
        });
        await WithinAsync(Patience, async () => await Task.Yield());
        Assert.Equal(8, await WithinAsync(Patience, () => Task.FromResult(8)));
        Assert.Throws<InvalidOperationException>(() => Remaining);
        Assert.ThrowsAny<Exception>(() => Within(Patience, Patience + Patience, () => { }));
        Assert.ThrowsAny<Exception>(() => Within(Blink, () => ExpectMsg<string>()));
    }

    [Fact]
    public void Times_are_dilated()
    {
        Assert.Equal(Patience, TestKitSettings.SingleExpectDefault);
        Assert.Equal(TimeSpan.FromSeconds(2), Dilated(TimeSpan.FromSeconds(2)));
        Assert.Equal(Patience, RemainingOrDefault);
    }

    [Fact]
    public void A_probe_is_an_actor_and_a_kit()
    {
        var probe = CreateTestProbe("my-probe");
        Assert.Equal("my-probe", probe.Ref.Path.Name);
        probe.Tell("a");
        probe.ExpectMsg("a");
        Assert.Equal(TestActor, probe.Sender);
        probe.Reply("b");
        ExpectMsgFrom(probe.Ref, "b");
        var echo = Sys.ActorOf(SimpleEchoActor.Props());
        probe.Send(echo, "c");
        probe.ExpectMsgFrom(echo, "c");
        var other = CreateTestProbe();
        probe.Tell("d");
        probe.ExpectMsg("d");
        probe.Forward(other.Ref);
        other.ExpectMsgFrom(TestActor, "d");
    }

    [Fact]
    public void An_auto_pilot_answers_by_itself()
    {
        var probe = CreateTestProbe();
        probe.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            sender.Tell($"auto {message}");
            return message is "last" ? AutoPilot.NoAutoPilot : AutoPilot.KeepRunning;
        }));
        foreach (var text in (string[])["a", "last", "silence"])
            probe.Tell(text);
        Assert.Equal(["auto a", "auto last"], ReceiveN(2).Cast<string>());
        Assert.Equal(["a", "last", "silence"], probe.ReceiveN(3).Cast<string>());
    }

    [Fact]
    public void A_probe_can_have_children()
    {
        var probe = CreateTestProbe();
        var child = probe.ChildActorOf<SimpleEchoActor>("child");
        Assert.Equal(probe.Ref.Path, child.Path.Parent);
        child.Tell("x");
        ExpectMsg("x");
        Assert.Equal(TestActor.Path, ChildActorOf(SimpleEchoActor.Props()).Path.Parent);
    }

    [Fact]
    public async Task The_test_actor_is_the_sender_also_after_an_await()
    {
        var echo = Sys.ActorOf(SimpleEchoActor.Props());
        echo.Tell("before");
        ExpectMsg("before");
        await Task.Yield();
        echo.Tell("after");
        ExpectMsg("after");
        await Task.Delay(1);
        echo.Tell("later");
        await ExpectMsgAsync("later");
        echo.Tell("last");
        await ExpectMsgAsync("last");
    }

    [Fact]
    public void Latches_open()
    {
        var latch = CreateTestLatch(2);
        Assert.False(latch.IsOpen);
        Assert.Throws<TimeoutException>(() => latch.Ready(Blink));
        latch.CountDown();
        latch.CountDown();
        latch.Ready(Patience);
        latch.Reset();
        Assert.False(latch.IsOpen);
        latch.Open();
        Assert.True(latch.IsOpen);
    }

    [Fact]
    public void A_test_actor_reference_shows_the_actor()
    {
        var reference = ActorOfAsTestActorRef<Fragile>();
        reference.Tell("count");
        reference.Tell("count");
        Assert.Equal(2, reference.UnderlyingActor.Count);
        Assert.Throws<InvalidOperationException>(() => reference.Receive("fail"));
        reference.Receive("count");
        Assert.Equal(3, reference.UnderlyingActor.Count);
    }

    [Fact]
    public void Another_system_can_be_looked_into()
    {
        var other = ActorSystem.Create("other", Akka.Configuration.ConfigurationFactory.ParseString("akka.stdout-loglevel = OFF")
            .WithFallback(DefaultConfig));
        CreateEventFilter(other).Warning(message: "careful").ExpectOne(() => other.Log.Warning("careful"));
        Shutdown(other, verifySystemShutdown: true);
        Assert.True(other.WhenTerminated.IsCompleted);
    }

    public sealed class Fragile : ReceiveActor
    {
        public Fragile()
        {
            Receive<string>(text => text == "count", _ => Count++);
            Receive<string>(_ => throw new InvalidOperationException("boom"));
        }

        public int Count { get; private set; }
    }
}
