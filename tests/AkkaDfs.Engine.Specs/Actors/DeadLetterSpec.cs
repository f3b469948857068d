// What cannot be delivered is published, not lost without a trace.
using Akka.Actor;
using Akka.Event;

namespace AkkaDfs.Engine.Specs.Actors;

public class DeadLetterSpec : EngineSpec
{
    private readonly IActorRef _dead;

    public DeadLetterSpec()
    {
        _dead = Sys.ActorOf(Worker.PropsFor(CreateTestProbe().Ref));
        Watch(_dead);
        Sys.Stop(_dead);
        ExpectTerminated(_dead);
    }

    [Fact]
    public void A_message_to_an_ended_actor_is_a_dead_letter()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        var sender = CreateTestProbe();
        _dead.Tell("hello?", sender.Ref);
        var letter = ExpectMsg<DeadLetter>();
        Assert.Equal(("hello?", sender.Ref, _dead), (letter.Message, letter.Sender, letter.Recipient));
    }

    [Fact]
    public void The_dead_letter_office_takes_messages_itself()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        Sys.DeadLetters.Tell("to nobody");
        Assert.Equal("to nobody", ExpectMsg<DeadLetter>().Message);
    }

    [Fact]
    public void Some_messages_are_not_worth_a_dead_letter()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        _dead.Tell(new Unimportant());
        _dead.Tell("important");
        Assert.Equal("important", ExpectMsg<DeadLetter>().Message);
        var all = CreateTestProbe();
        Sys.EventStream.Subscribe(all.Ref, typeof(AllDeadLetters));
        _dead.Tell(new Unimportant());
        Assert.IsType<Unimportant>(all.ExpectMsg<SuppressedDeadLetter>().Message);
    }

    [Fact]
    public void The_event_filter_sees_them() =>
        EventFilter.DeadLetter<string>(text => text == "hello?").ExpectOne(() => _dead.Tell("hello?"));

    [Fact]
    public async Task Terminated_systems_refuse_new_actors()
    {
        var system = ActorSystem.Create("ended", "akka.loggers = []\nakka.stdout-loglevel = OFF");
        var actor = system.ActorOf(Worker.PropsFor(ActorRefs.Nobody));
        await system.Terminate().WaitAsync(Patience);
        actor.Tell("nobody hears");
        Assert.ThrowsAny<Exception>(() => system.ActorOf(Worker.PropsFor(ActorRefs.Nobody)));
    }

    public sealed class Unimportant : IDeadLetterSuppression
    {
    }
}
