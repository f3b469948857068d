// Putting messages aside for later, within bounds.
using Akka.Actor;
using Akka.TestKit;

namespace AkkaDfs.Engine.Specs.Actors;

public class StashSpec : EngineSpec
{
    public StashSpec()
        : base("""
            akka.loggers = []
            small-stash {
              mailbox-type = "Akka.Dispatch.UnboundedDequeBasedMailbox"
              stash-capacity = 2
            }
            """)
    {
    }

    [Fact]
    public void Unstashed_messages_come_in_order_before_the_others()
    {
        var door = Sys.ActorOf(Door.PropsFor());
        using var gate = new ManualResetEventSlim();
        foreach (var text in (string[])["a", "b", "c"])
            door.Tell(text);
        door.Tell(gate);
        door.Tell("open");
        door.Tell("d");
        gate.Set();
        Assert.Equal(["a", "b", "c", "d"], ReceiveN(4, Patience).Cast<string>());
    }

    [Fact]
    public void Unstash_takes_one()
    {
        var door = Sys.ActorOf(Door.PropsFor());
        door.Tell("a");
        door.Tell("b");
        door.Tell("peek");
        ExpectMsg("peeked a");
        door.Tell("open");
        ExpectMsg("b");
    }

    [Fact]
    public void Senders_are_kept()
    {
        var (one, two) = (CreateTestProbe(), CreateTestProbe());
        var door = Sys.ActorOf(Door.PropsFor());
        door.Tell("1", one.Ref);
        door.Tell("2", two.Ref);
        door.Tell("open", TestActor);
        one.ExpectMsg("1");
        two.ExpectMsg("2");
    }

    [Fact]
    public void A_message_cannot_be_stashed_twice_in_a_row()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Greedy()));
        actor.Tell("twice");
        ExpectMsg<Exception>(cause => cause is IllegalActorStateException);
    }

    [Fact]
    public void A_restart_unstashes_everything()
    {
        var door = Sys.ActorOf(Door.PropsFor());
        door.Tell("a");
        door.Tell("b");
        door.Tell(new Fail(new InvalidOperationException("boom")));
        door.Tell("open");
        Assert.Equal(["a", "b"], ReceiveN(2, Patience).Cast<string>());
    }

    [Fact]
    public void What_is_stashed_when_the_actor_ends_becomes_dead_letters()
    {
        var dead = CreateTestProbe();
        Sys.EventStream.Subscribe(dead.Ref, typeof(Akka.Event.DeadLetter));
        var door = Sys.ActorOf(Door.PropsFor());
        Watch(door);
        door.Tell("a");
        door.Tell(PoisonPill.Instance);
        ExpectTerminated(door);
        dead.ExpectMsg<Akka.Event.DeadLetter>(letter => Equals(letter.Message, "a"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_full_stash_refuses(bool byMailbox)
    {
        var props = Props.Create(() => new Hoarder());
        var hoarder = Sys.ActorOf(byMailbox ? props.WithMailbox("small-stash") : props.WithStashCapacity(2));
        foreach (var number in Enumerable.Range(0, 4))
            hoarder.Tell(number);
        Assert.Equal(["kept 0", "kept 1", "full at 2", "full at 3"], ReceiveN(4, Patience).Cast<string>());
    }

    public sealed class Door : ReceiveActor, IWithUnboundedStash
    {
        public Door()
        {
            Receive<Fail>(fail => throw fail.Cause);
            Receive<ManualResetEventSlim>(gate => gate.Wait(Patience));
            Receive<string>(text => text == "open", _ =>
            {
                Become(Open);
                Stash.UnstashAll();
            });
            Receive<string>(text => text == "peek", _ =>
            {
                BecomeStacked(() => Receive<string>(text =>
                {
                    Sender.Tell($"peeked {text}");
                    UnbecomeStacked();
                }));
                Stash.Unstash();
            });
            ReceiveAny(_ => Stash.Stash());
        }

        public IStash Stash { get; set; } = null!;

        public static Props PropsFor() => Props.Create(() => new Door());

        private void Open() => Receive<string>(text => Sender.Tell(text));
    }

    public sealed class Hoarder : ReceiveActor, IWithStash
    {
        public Hoarder() => ReceiveAny(message =>
        {
            var full = Record.Exception(Stash.Stash) is StashOverflowException;
            Sender.Tell(full ? $"full at {message}" : $"kept {message}");
        });

        public IStash Stash { get; set; } = null!;
    }

    public sealed class Greedy : ReceiveActor, IWithUnboundedStash
    {
        public Greedy() => Receive<string>(_ =>
        {
            Stash.Stash();
            Sender.Tell(Record.Exception(Stash.Stash) ?? (object)"no exception");
        });

        public IStash Stash { get; set; } = null!;
    }
}
