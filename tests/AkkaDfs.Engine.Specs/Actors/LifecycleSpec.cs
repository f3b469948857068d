// The hooks of an actor's life, in order; parents and children; stopping.
using Akka.Actor;
using Akka.TestKit;

namespace AkkaDfs.Engine.Specs.Actors;

public class LifecycleSpec : EngineSpec
{
    private readonly TestProbe _life;

    public LifecycleSpec()
        : base("akka.loggers = []") => _life = CreateTestProbe();

    [Fact]
    public void Hooks_run_in_order_over_start_restart_and_stop()
    {
        var worker = Sys.ActorOf(Worker.PropsFor(_life.Ref, "w"));
        worker.Tell(new Fail(new InvalidOperationException("boom")));
        worker.Tell(PoisonPill.Instance);
        string[] expected =
        [
            "w constructor", "w PreStart", "w PreRestart boom", "w PostStop", "w constructor", "w PostRestart boom", "w PreStart", "w PostStop",
        ];
        Assert.Equal(expected, _life.ReceiveN(expected.Length, Patience).Cast<string>());
        Watch(worker);
        ExpectTerminated(worker);
        ExpectNothingBefore(_life);
    }

    [Fact]
    public async Task Children_end_before_their_parent()
    {
        var log = _life.Ref;
        var top = Sys.ActorOf(Props.Create(() => new Nested(log, 3)));
        await top.Ask<string>("ready", Patience);
        Sys.Stop(top);
        string[] expected = ["0 PostStop", "1 PostStop", "2 PostStop", "3 PostStop"];
        Assert.Equal(expected, _life.ReceiveN(expected.Length, Patience).Cast<string>());
    }

    [Fact]
    public void PoisonPill_waits_its_turn()
    {
        var worker = Sys.ActorOf(Worker.PropsFor(_life.Ref, "w"));
        Watch(worker);
        worker.Tell("before");
        worker.Tell(PoisonPill.Instance);
        worker.Tell("after");
        ExpectMsg("w:before");
        ExpectTerminated(worker);
    }

    [Fact]
    public void Stop_does_not_wait_for_the_mailbox()
    {
        using var gate = new ManualResetEventSlim();
        var worker = Sys.ActorOf(Worker.PropsFor(_life.Ref, "w"));
        Watch(worker);
        worker.Tell(gate);
        worker.Tell("before");
        var parent = Sys.ActorOf(Props.Create(() => new Stopper()));
        parent.Tell(worker);
        ExpectMsg("asked to stop");
        gate.Set();
        ExpectTerminated(worker);
    }

    [Fact]
    public async Task A_stopping_child_keeps_its_name_until_it_has_ended()
    {
        var parent = Sys.ActorOf(Props.Create(() => new Renamer()));
        Assert.Equal("taken, then free", await parent.Ask<string>("try", Patience));
    }

    [Fact]
    public void Names_are_unique_among_brothers_and_well_formed()
    {
        Sys.ActorOf(Worker.PropsFor(_life.Ref), "unique");
        Assert.Throws<InvalidActorNameException>(() => Sys.ActorOf(Worker.PropsFor(_life.Ref), "unique"));
        Assert.Throws<InvalidActorNameException>(() => Sys.ActorOf(Worker.PropsFor(_life.Ref), "no/slash"));
        Assert.Throws<InvalidActorNameException>(() => Sys.ActorOf(Worker.PropsFor(_life.Ref), "$reserved"));
        Assert.NotEqual(Sys.ActorOf(Worker.PropsFor(_life.Ref)).Path.Name, Sys.ActorOf(Worker.PropsFor(_life.Ref)).Path.Name);
    }

    [Fact]
    public void An_actor_may_stop_itself()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Suicidal()));
        Watch(actor);
        actor.Tell("stop");
        actor.Tell("too late");
        ExpectMsg("stopping");
        ExpectTerminated(actor);
        ExpectNoMsg(Glimpse);
    }

    [Fact]
    public async Task A_new_actor_under_an_old_name_is_somebody_else()
    {
        var first = Sys.ActorOf(Worker.PropsFor(_life.Ref, "first"), "name");
        Watch(first);
        Sys.Stop(first);
        ExpectTerminated(first);

        // The name is free once the parent, too, has heard of the end.
        IActorRef second = ActorRefs.Nobody;
        AwaitAssert(() => second = Sys.ActorOf(Worker.PropsFor(_life.Ref, "second"), "name"), Patience);
        first.Tell("hello");
        second.Tell("hello");
        ExpectMsg("second:hello");
        Assert.NotEqual(first, second);
        Assert.Equal(first.Path, second.Path);
        Assert.NotEqual(first.Path.Uid, second.Path.Uid);
        Assert.Equal(second, await Sys.ActorSelection("/user/name").ResolveOne(Patience));
    }

    [Fact]
    public async Task A_terminated_system_has_ended_all_actors()
    {
        var system = ActorSystem.Create("ending", "akka.loggers = []\nakka.stdout-loglevel = OFF");
        var log = _life.Ref;
        system.ActorOf(Props.Create(() => new Nested(log, 1)));
        await system.Terminate().WaitAsync(Patience);
        Assert.True(system.WhenTerminated.IsCompleted);
        Assert.Equal(["0 PostStop", "1 PostStop"], _life.ReceiveN(2, Patience).Cast<string>());
        await system.Terminate().WaitAsync(Patience);
    }

    public sealed class Nested : ReceiveActor
    {
        private readonly IActorRef _log;
        private readonly int _depth;

        public Nested(IActorRef log, int depth)
        {
            _log = log;
            _depth = depth;
            var child = depth > 0 ? Context.ActorOf(Props.Create(() => new Nested(log, depth - 1))) : ActorRefs.Nobody;
            Receive<string>(text =>
            {
                if (child.IsNobody())
                    Sender.Tell(text);
                else
                    child.Forward(text);
            });
        }

        protected override void PostStop() => _log.Tell($"{_depth} PostStop");
    }

    public sealed class Suicidal : ReceiveActor
    {
        public Suicidal() => Receive<string>(_ =>
        {
            Sender.Tell("stopping");
            Context.Stop(Self);
        });
    }

    public sealed class Stopper : ReceiveActor
    {
        public Stopper() => Receive<IActorRef>(victim =>
        {
            ((IInternalActorRef)victim).Stop();
            Sender.Tell("asked to stop");
        });
    }

    public sealed class Renamer : ReceiveActor
    {
        public Renamer()
        {
            Receive<string>(_ =>
            {
                var asker = Sender;
                var child = Context.ActorOf(Props.Create(() => new Suicidal()), "name");
                Context.Watch(child);
                Context.Stop(child);
                var taken = Record.Exception(() => Context.ActorOf(Props.Create(() => new Suicidal()), "name")) is InvalidActorNameException;
                Become(() => Receive<Terminated>(_ =>
                {
                    Context.ActorOf(Props.Create(() => new Suicidal()), "name");
                    asker.Tell(taken ? "taken, then free" : "never taken");
                }));
            });
        }
    }
}
