// Messages of one sender to one receiver arrive in order, each once, and none is lost.
using Akka.Actor;

namespace AkkaDfs.Engine.Specs.Actors;

public class MessageOrderSpec : EngineSpec
{
    private const int Senders = 4;
    private const int MessagesEach = 5_000;

    [Fact]
    public async Task Order_holds_per_sender_and_nothing_is_lost_or_doubled()
    {
        var collector = Sys.ActorOf(Props.Create(() => new Collector(Senders * MessagesEach)));
        var all = collector.Ask<IReadOnlyList<Numbered>>(Collector.TellWhenComplete, Patience);
        var threads = Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < MessagesEach; i++)
                collector.Tell(new Numbered(sender, i));
        }));
        await Task.WhenAll(threads);
        var received = await all;
        foreach (var sender in Enumerable.Range(0, Senders))
            Assert.Equal(Enumerable.Range(0, MessagesEach), received.Where(m => m.Sender == sender).Select(m => m.Number));
    }

    [Fact]
    public async Task Order_holds_along_a_chain_of_actors()
    {
        var collector = Sys.ActorOf(Props.Create(() => new Collector(MessagesEach)));
        var all = collector.Ask<IReadOnlyList<Numbered>>(Collector.TellWhenComplete, Patience);
        var chain = collector;
        for (var i = 0; i < 10; i++)
        {
            var next = chain;
            chain = Sys.ActorOf(Props.Create(() => new Relay(next)));
        }

        for (var i = 0; i < MessagesEach; i++)
            chain.Tell(new Numbered(0, i));
        Assert.Equal(Enumerable.Range(0, MessagesEach), (await all).Select(m => m.Number));
    }

    [Fact]
    public void An_actor_processes_one_message_at_a_time()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Exclusive()));
        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 500; i++)
                actor.Tell("work", ActorRefs.NoSender);
        });
        actor.Tell("overlaps", TestActor);
        ExpectMsg(0);
    }

    [Fact]
    public void A_message_to_itself_comes_after_those_already_there()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Requeue()));
        actor.Tell("first");
        actor.Tell("second");
        Assert.Equal(["first", "second", "again"], ReceiveN(3, Patience).Cast<string>());
    }

    public sealed record Numbered(int Sender, int Number);

    public sealed class Collector : ReceiveActor
    {
        public const string TellWhenComplete = "tell when complete";

        private readonly List<Numbered> _received = [];
        private IActorRef? _asker;

        public Collector(int expected)
        {
            Receive<string>(_ => _asker = Sender);
            Receive<Numbered>(message =>
            {
                _received.Add(message);
                if (_received.Count == expected)
                    _asker!.Tell(_received);
            });
        }
    }

    public sealed class Relay : ReceiveActor
    {
        public Relay(IActorRef next) => ReceiveAny(message => next.Forward(message));
    }

    public sealed class Exclusive : ReceiveActor
    {
        private int _inside;
        private int _overlaps;

        public Exclusive()
        {
            Receive<string>(text => text == "overlaps", _ => Sender.Tell(_overlaps));
            Receive<string>(_ =>
            {
                if (Interlocked.Increment(ref _inside) != 1)
                    _overlaps++;
                Thread.SpinWait(20);
                Interlocked.Decrement(ref _inside);
            });
        }
    }

    public sealed class Requeue : ReceiveActor
    {
        public Requeue()
        {
            Receive<string>(text => text == "first", text =>
            {
                Sender.Tell(text);
                SpinWait.SpinUntil(() => ((ActorCell)Context).HasMessages, Patience);
                Self.Tell("again", Sender);
            });
            Receive<string>(text => Sender.Tell(text));
        }
    }
}
