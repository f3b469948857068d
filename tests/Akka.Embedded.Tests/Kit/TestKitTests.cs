// What the embedded test kit does beyond, or more strictly than, the established one.
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.TestKit.TestActors;

namespace Akka.Embedded.Tests.Kit;

public class TestKitTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public TestKitTests()
        : base("akka.loglevel = OFF")
    {
    }

    [Fact]
    public void A_child_is_treated_by_the_strategy_it_came_with()
    {
        var fragile = ChildActorOf(Props.Create(() => new Fragile()), new OneForOneStrategy(_ => Directive.Stop));
        var lasting = ChildActorOf(Props.Create(() => new Fragile()), new OneForOneStrategy(_ => Directive.Resume));
        Watch(fragile);
        fragile.Tell("fail");
        ExpectTerminated(fragile, Patience);
        lasting.Tell("fail");
        lasting.Tell("alive?");
        ExpectMsg("yes", Patience);
    }

    [Fact]
    public void Silence_at_the_end_of_a_block_does_not_make_it_too_long() =>
        Within(TimeSpan.FromMilliseconds(50), () => ExpectNoMsg());

    [Fact]
    public async Task Cancelled_waits_say_so()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await ExpectMsgAsync<string>(Patience, cancellationToken: stop.Token));
    }

    [Fact]
    public void On_the_calling_thread_a_message_is_processed_when_Tell_returns()
    {
        var echo = Sys.ActorOf(SimpleEchoActor.Props().WithDispatcher("akka.test.calling-thread-dispatcher"));
        for (var i = 0; i < 100; i++)
        {
            echo.Tell(i);
            Assert.True(HasMessages);
            ExpectMsg(i);
        }
    }

    [Fact]
    public void The_kit_leaves_no_implicit_sender_behind()
    {
        var other = new Akka.TestKit.Xunit2.TestKit("akka.loglevel = OFF");
        Assert.Same(((LocalActorRef)other.TestActor).Cell, InternalCurrentActorCellKeeper.Current);
        other.Dispose();
        Assert.Null(InternalCurrentActorCellKeeper.Current);
    }

    public sealed class Fragile : ReceiveActor
    {
        public Fragile()
        {
            Receive<string>(text => text == "fail", _ => throw new InvalidOperationException("boom"));
            Receive<string>(_ => Sender.Tell("yes"));
        }
    }
}
