// Behaviours on a stack.
using Akka.Actor;

namespace AkkaDfs.Engine.Specs.Actors;

public class BecomeSpec : EngineSpec
{
    public BecomeSpec()
        : base("akka.loggers = []")
    {
    }

    /// <summary>The first behaviour of all stays at the bottom, even below one that replaced it.</summary>
    [Fact]
    public void Become_replaces_and_BecomeStacked_stacks()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Moody()));
        string[] said = ["?", "happy", "?", "push sad", "?", "push happy", "?", "pop", "?", "pop", "?", "pop", "?"];
        foreach (var text in said)
            actor.Tell(text);
        Assert.Equal(["calm", "happy", "sad", "happy", "sad", "happy", "calm"], ReceiveN(7, Patience).Cast<string>());
    }

    [Fact]
    public void A_restart_brings_the_first_behaviour_back()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Moody()));
        actor.Tell("push sad");
        actor.Tell("?");
        actor.Tell(new Fail(new InvalidOperationException("boom")));
        actor.Tell("?");
        Assert.Equal(["sad", "calm"], ReceiveN(2, Patience).Cast<string>());
    }

    [Fact]
    public void Untyped_actors_have_behaviours_too()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Switch()));
        foreach (var text in (string[])["?", "on", "?", "off", "?"])
            actor.Tell(text);
        Assert.Equal(["off", "on", "off"], ReceiveN(3, Patience).Cast<string>());
    }

    [Fact]
    public void The_first_handler_that_fits_gets_the_message()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Picky()));
        actor.Tell(5);
        actor.Tell(50);
        actor.Tell("text");
        actor.Tell(1.5);
        Assert.Equal(["small", "any int", "object String", "object Double"], ReceiveN(4, Patience).Cast<string>());
    }

    [Fact]
    public void What_no_handler_fits_is_published_as_unhandled()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Akka.Event.UnhandledMessage));
        var actor = Sys.ActorOf(Props.Create(() => new Switch()));
        actor.Tell(42);
        ExpectMsg<Akka.Event.UnhandledMessage>(unhandled => Equals(unhandled.Message, 42) && unhandled.Recipient.Equals(actor));
    }

    public sealed class Moody : ReceiveActor
    {
        public Moody() => Mood("calm");

        private void Mood(string mood)
        {
            Receive<string>(text => text == "?", _ => Sender.Tell(mood));
            Receive<string>(text => text == "happy", text => Become(() => Mood(text)));
            Receive<string>(text => text.StartsWith("push "), text => BecomeStacked(() => Mood(text[5..])));
            Receive<string>(text => text == "pop", _ => UnbecomeStacked());
            Receive<Fail>(fail => throw fail.Cause);
        }
    }

    public sealed class Switch : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case "?": Sender.Tell("off"); break;
                case "on": BecomeStacked(On); break;
                default: Unhandled(message); break;
            }
        }

        private void On(object message)
        {
            if (message is "?")
                Sender.Tell("on");
            else if (message is "off")
                UnbecomeStacked();
        }
    }

    public sealed class Picky : ReceiveActor
    {
        public Picky()
        {
            Receive<int>(number => number < 10, _ => Sender.Tell("small"));
            Receive<int>(_ => Sender.Tell("any int"));
            ReceiveAny(message => Sender.Tell($"object {message.GetType().Name}"));
        }
    }
}
