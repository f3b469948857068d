// The test kit itself: what its expectations accept, and that they fail when they should.
using System.Collections;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.TestActors;

namespace AkkaDfs.Engine.Specs.Kit;

public class ExpectationsSpec : EngineSpec
{
    private static readonly TimeSpan Blink = TimeSpan.FromMilliseconds(30);

    [Fact]
    public void The_next_message_must_fit()
    {
        Send("a", "b", "c", 1, "x");
        ExpectMsg("a");
        Assert.Equal("b", ExpectMsg<string>());
        ExpectMsg<string>(text => text == "c");
        ExpectMsg<int>(number => Assert.Equal(1, number));
        ExpectMsg("X", (expected, actual) => string.Equals(expected, actual, StringComparison.OrdinalIgnoreCase));
        Assert.Equal("x", LastMessage);
        Assert.Equal(TestActor, LastSender);
    }

    [Fact]
    public void A_message_that_does_not_fit_fails_at_once()
    {
        Send("a", "a", "a", 1);
        Fails(() => ExpectMsg("b"));
        Fails(() => ExpectMsg<string>(text => text == "b"));
        Fails(() => ExpectMsg<string>((text, sender) => false));
        Fails(() => ExpectMsg<string>());
        Assert.False(HasMessages);
        Fails(() => ExpectMsg<string>(Blink));
        Fails(() => ExpectMsg("b", Blink, "hint"));
    }

    [Fact]
    public void Senders_can_be_expected_too()
    {
        var probe = CreateTestProbe();
        probe.Send(TestActor, "a");
        ExpectMsgFrom(probe.Ref, "a");
        probe.Send(TestActor, "b");
        ExpectMsgFrom<string>(probe.Ref, text => text == "b");
        probe.Send(TestActor, "c");
        Fails(() => ExpectMsgFrom<string>(TestActor, "c"));
        probe.Send(TestActor, "d");
        ExpectMsg<string>((text, sender) => text == "d" && sender.Equals(probe.Ref));
    }

    [Fact]
    public void Silence_can_be_expected()
    {
        ExpectNoMsg(Blink);
        ExpectNoMsg(30);
        Send("noise");
        Fails(() => ExpectNoMsg(Blink));
    }

    [Fact]
    public void Several_messages_in_any_order()
    {
        Send("a", "b", "c");
        Assert.Equal(["a", "b", "c"], ExpectMsgAllOf("c", "b", "a"));
        Send("a", "x");
        Fails(() => ExpectMsgAllOf("a", "b"));
        Send("c");
        Assert.Equal("c", ExpectMsgAnyOf(["a", "b", "c"]));
        Send("d");
        Fails(() => ExpectMsgAnyOf(["a", "b", "c"]));
        Send("word", 7);
        ExpectMsgAllOfMatchingPredicates(PredicateInfo.Create<int>(n => n == 7), PredicateInfo.Create<string>(s => s.Length == 4));
    }

    [Fact]
    public void Several_messages_in_order()
    {
        Send(1, 2, 3);
        Assert.Equal([1, 2, 3], ReceiveN(3).Cast<int>());
        Send(1);
        Fails(() => ReceiveN(2, Blink));
        Assert.Null(ReceiveOne(Blink));
        Assert.Null(ReceiveOne(TimeSpan.Zero));
        Assert.False(TryReceiveOne(out _, Blink));
        Send(4);
        Assert.True(TryReceiveOne(out var envelope, Blink));
        Assert.Equal(4, envelope.Message);
    }

    [Fact]
    public void Messages_as_long_as_a_condition_holds()
    {
        Send("a", "b", 1, "c");
        Assert.Equal(["a", "b"], ReceiveWhile(Patience, message => message as string));
        ExpectMsg(1);
        Send("d", "stop", "e");
        Assert.Equal(["c", "d"], ReceiveWhile<string>(text => text != "stop", Patience));
        ExpectMsg("stop");
        Assert.Equal(["e"], ReceiveWhile<string>(_ => true, Patience, Blink));
        Send("f", "g", "h");
        Assert.Equal(["f", "g"], ReceiveWhile<string>(_ => true, Patience, Blink, msgs: 2));
    }

    [Fact]
    public void One_message_among_others()
    {
        Send("a", 1, "b", 2, "c");
        Assert.Equal(1, FishForMessage(message => message is int));
        var passed = new ArrayList();
        Assert.Equal(2, FishForMessage<int>(number => number == 2, passed));
        Assert.Equal(["b"], passed.Cast<string>());
        Fails(() => FishForMessage(message => message is double, Blink));
    }

    [Fact]
    public async Task A_message_can_be_looked_at_and_left()
    {
        Send("a");
        Assert.Equal("a", PeekOne(Patience));
        Assert.Equal("a", await PeekOneAsync(Patience));
        ExpectMsg("a");
        Send("b");
        await FishUntilMessageAsync<int>(Blink);
        Send(1);
        await Assert.ThrowsAnyAsync<Exception>(() => FishUntilMessageAsync<int>(Blink));
        ReceiveWhile<object>(_ => true, Blink);
        Send(1, 2, 3);
        Assert.Equal([1, 2, 3], (await WaitForRadioSilenceAsync(Blink)).Cast<int>());
    }

    [Fact]
    public async Task Everything_has_an_asynchronous_twin()
    {
        Send("a", "b", "c", "d", "e", "f", "g", "h");
        Assert.Equal("a", await ExpectMsgAsync<string>());
        await ExpectMsgAsync("b");
        await ExpectMsgAsync<string>(text => text == "c");
        await ExpectMsgFromAsync<string>(TestActor);
        Assert.Equal("e", await ReceiveOneAsync(Patience));
        Assert.Equal("f", await FishForMessageAsync<string>(text => text == "f"));
        var rest = new List<object>();
        await foreach (var message in ReceiveNAsync(2, Patience))
            rest.Add(message);
        Assert.Equal(["g", "h"], rest);
        await ExpectNoMsgAsync(Blink);
        await Assert.ThrowsAnyAsync<Exception>(async () => await ExpectMsgAsync<string>(Blink));
        var actor = Sys.ActorOf(BlackHoleActor.Props);
        await WatchAsync(actor);
        Sys.Stop(actor);
        await ExpectTerminatedAsync(actor);
    }

    [Fact]
    public void Ignored_messages_are_not_seen()
    {
        IgnoreMessages<string>(text => text == "noise");
        Send("noise", "a", "noise", "b");
        Assert.Equal(["a", "b"], ReceiveN(2).Cast<string>());
        IgnoreNoMessages();
        Send("noise");
        ExpectMsg("noise");
    }

    [Fact]
    public void The_end_of_an_actor_can_be_expected()
    {
        var actor = Sys.ActorOf(BlackHoleActor.Props);
        Watch(actor);
        Fails(() => ExpectTerminated(actor, Blink));
        Sys.Stop(actor);
        Assert.Equal(actor, ExpectTerminated(actor).ActorRef);
    }

    [Fact]
    public async Task Waiting_ends_when_it_is_cancelled()
    {
        using var stop = new CancellationTokenSource(Blink);
        Assert.ThrowsAny<Exception>(() => ExpectMsg<string>(Patience, cancellationToken: stop.Token));
        using var again = new CancellationTokenSource(Blink);
        await Assert.ThrowsAnyAsync<Exception>(async () => await ExpectMsgAsync<string>(Patience, cancellationToken: again.Token));
    }

    private static void Fails(Action expectation) => Assert.ThrowsAny<Exception>(expectation);

    private void Send(params object[] messages)
    {
        foreach (var message in messages)
            TestActor.Tell(message);
    }
}
