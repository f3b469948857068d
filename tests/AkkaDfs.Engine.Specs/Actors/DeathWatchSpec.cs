// An actor that watches another learns of its end, once, whenever it began to watch; and not after it stopped watching.
using Akka.Actor;
using Akka.TestKit;

namespace AkkaDfs.Engine.Specs.Actors;

public class DeathWatchSpec : EngineSpec
{
    private readonly IActorRef _target;

    public DeathWatchSpec()
        : base("akka.loggers = []") => _target = Sys.ActorOf(Props.Create(() => new Idle()), "target");

    [Fact]
    public void Terminated_comes_once()
    {
        var probe = CreateTestProbe();
        probe.Watch(_target);
        probe.Watch(_target);
        Sys.Stop(_target);
        var terminated = probe.ExpectTerminated(_target);
        Assert.True(terminated.ExistenceConfirmed);
        Assert.False(terminated.AddressTerminated);
        Sys.Stop(_target);
        ExpectNothingBefore(probe);
    }

    [Fact]
    public void Every_watcher_learns_of_it()
    {
        var probes = Enumerable.Range(0, 10).Select(_ => CreateTestProbe()).ToList();
        probes.ForEach(probe => probe.Watch(_target));
        _target.Tell(PoisonPill.Instance);
        probes.ForEach(probe => probe.ExpectTerminated(_target));
    }

    [Fact]
    public void A_dead_actor_is_known_to_be_dead()
    {
        Watch(_target);
        Sys.Stop(_target);
        ExpectTerminated(_target);
        var late = CreateTestProbe();
        late.Watch(_target);
        late.ExpectTerminated(_target);
        ExpectNothingBefore(late);
    }

    [Fact]
    public void After_Unwatch_nothing_comes()
    {
        var (fickle, faithful) = (CreateTestProbe(), CreateTestProbe());
        fickle.Watch(_target);
        faithful.Watch(_target);
        fickle.Unwatch(_target);
        Sys.Stop(_target);
        faithful.ExpectTerminated(_target);
        ExpectNothingBefore(fickle);
    }

    [Fact]
    public void After_Unwatch_not_even_what_is_already_in_the_mailbox_comes()
    {
        using var gate = new ManualResetEventSlim();
        var watcher = Sys.ActorOf(Props.Create(() => new Watcher(TestActor)));
        watcher.Tell(new Watcher.Begin(_target, null));
        ExpectMsg("watching");
        watcher.Tell(gate);
        watcher.Tell(new Watcher.End(_target));
        Watch(_target);
        Sys.Stop(_target);
        ExpectTerminated(_target);
        gate.Set();
        ExpectMsg("ended");
        var other = Sys.ActorOf(Props.Create(() => new Idle()));
        watcher.Tell(new Watcher.Begin(other, null));
        ExpectMsg("watching");
        Sys.Stop(other);
        ExpectMsg($"terminated {other.Path.Name}");
    }

    [Fact]
    public void WatchWith_sends_a_message_of_ones_own()
    {
        var watcher = Sys.ActorOf(Props.Create(() => new Watcher(TestActor)));
        watcher.Tell(new Watcher.Begin(_target, "it is over"));
        ExpectMsg("watching");
        Sys.Stop(_target);
        ExpectMsg("it is over");
    }

    [Fact]
    public void An_unhandled_Terminated_ends_the_watcher()
    {
        var watcher = Sys.ActorOf(Props.Create(() => new Careless(_target)));
        Watch(watcher);
        Sys.Stop(_target);
        ExpectTerminated(watcher);
    }

    [Fact]
    public void Watching_outlives_a_restart_of_the_target()
    {
        var target = Sys.ActorOf(Worker.PropsFor(CreateTestProbe().Ref));
        Watch(target);
        target.Tell(new Fail(new InvalidOperationException("boom")));
        target.Tell("alive");
        ExpectMsg("worker:alive");
        Sys.Stop(target);
        ExpectTerminated(target);
    }

    [Fact]
    public async Task Many_ends_are_all_told()
    {
        var targets = Enumerable.Range(0, 1_000).Select(_ => Sys.ActorOf(Props.Create(() => new Idle()))).ToList();
        var counter = Sys.ActorOf(Props.Create(() => new Counter(targets)));
        var all = counter.Ask<int>("count to 1000", Patience);
        Parallel.ForEach(targets, target => target.Tell(PoisonPill.Instance, ActorRefs.NoSender));
        Assert.Equal(1_000, await all);
    }

    public sealed class Idle : ReceiveActor
    {
        public Idle() => ReceiveAny(_ => { });
    }

    public sealed class Careless : ReceiveActor
    {
        public Careless(IActorRef target)
        {
            Context.Watch(target);
            Receive<string>(_ => { });
        }
    }

    public sealed class Watcher : ReceiveActor
    {
        public Watcher(IActorRef log)
        {
            Receive<ManualResetEventSlim>(gate => gate.Wait(Patience));
            Receive<Begin>(begin =>
            {
                if (begin.Message is null)
                    Context.Watch(begin.Target);
                else
                    Context.WatchWith(begin.Target, begin.Message);
                log.Tell("watching");
            });
            Receive<End>(end =>
            {
                Context.Unwatch(end.Target);
                log.Tell("ended");
            });
            Receive<Terminated>(terminated => log.Tell($"terminated {terminated.ActorRef.Path.Name}"));
            Receive<string>(text => log.Tell(text));
        }

        public sealed record Begin(IActorRef Target, string? Message);

        public sealed record End(IActorRef Target);
    }

    public sealed class Counter : ReceiveActor
    {
        private IActorRef? _asker;
        private int _count;

        public Counter(List<IActorRef> targets)
        {
            targets.ForEach(target => Context.Watch(target));
            Receive<string>(_ => _asker = Sender);
            Receive<Terminated>(_ =>
            {
                if (++_count == targets.Count)
                    _asker!.Tell(_count);
            });
        }
    }
}
