// Asynchronous handlers: the actor takes no other message until the handler has ended, and is itself after every await.
using Akka.Actor;

namespace AkkaDfs.Engine.Specs.Actors;

public class ReceiveAsyncSpec : EngineSpec
{
    public ReceiveAsyncSpec()
        : base("akka.loggers = []")
    {
    }

    [Fact]
    public void Messages_wait_until_the_handler_has_ended()
    {
        var gate = new TaskCompletionSource();
        var actor = Sys.ActorOf(Props.Create(() => new Slow()));
        actor.Tell(new Slow.Wait(gate.Task));
        actor.Tell("next");
        ExpectMsg("waiting");
        ExpectNoMsg(Glimpse);
        gate.SetResult();
        ExpectMsg("waited");
        ExpectMsg("next");
    }

    [Fact]
    public void Sender_and_Self_are_right_after_an_await()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (one, two) = (CreateTestProbe(), CreateTestProbe());
        var actor = Sys.ActorOf(Props.Create(() => new Slow()));
        actor.Tell(new Slow.Wait(gate.Task), one.Ref);
        actor.Tell(new Slow.Wait(gate.Task), two.Ref);
        one.ExpectMsg("waiting");
        gate.SetResult();
        one.ExpectMsgFrom(actor, "waited");
        two.ExpectMsg("waiting");
        two.ExpectMsgFrom(actor, "waited");
    }

    [Fact]
    public void A_failure_after_an_await_is_supervised()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Slow()));
        actor.Tell("count");
        actor.Tell("count");
        actor.Tell("fail later");
        actor.Tell("count");
        Assert.Equal([1, 2, 1], ReceiveN(3, Patience).Cast<int>());
    }

    [Fact]
    public void An_actor_can_be_stopped_while_a_handler_waits()
    {
        var gate = new TaskCompletionSource();
        var actor = Sys.ActorOf(Props.Create(() => new Slow()));
        Watch(actor);
        actor.Tell(new Slow.Wait(gate.Task));
        ExpectMsg("waiting");
        Sys.Stop(actor);
        gate.SetResult();
        FishForMessage(message => message is Terminated, Patience);
    }

    [Fact]
    public void Order_holds_over_many_asynchronous_handlers()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Slow()));
        for (var i = 0; i < 500; i++)
            actor.Tell(i);
        Assert.Equal(Enumerable.Range(0, 500), ReceiveN(500, Patience).Cast<int>());
    }

    [Fact]
    public void Asynchronous_handlers_of_anything()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Anything()));
        actor.Tell(1);
        actor.Tell("two");
        Assert.Equal(["Int32", "String"], ReceiveN(2, Patience).Cast<string>());
    }

    public sealed class Slow : ReceiveActor
    {
        private int _count;

        public Slow()
        {
            ReceiveAsync<Wait>(async wait =>
            {
                Sender.Tell("waiting");
                await wait.For;
                Sender.Tell("waited");
            });
            ReceiveAsync<int>(async number =>
            {
                await Task.Yield();
                Sender.Tell(number);
            });
            ReceiveAsync<string>(text => text == "fail later", async _ =>
            {
                await Task.Yield();
                throw new InvalidOperationException("boom");
            });
            Receive<string>(text => text == "count", _ => Sender.Tell(++_count));
            Receive<string>(text => Sender.Tell(text));
        }

        public sealed record Wait(Task For);
    }

    public sealed class Anything : ReceiveActor
    {
        public Anything() => ReceiveAnyAsync(async message =>
        {
            await Task.Yield();
            Sender.Tell(message.GetType().Name);
        });
    }
}
