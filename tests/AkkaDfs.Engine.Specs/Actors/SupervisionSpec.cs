// What becomes of an actor that fails, of its messages, and of its brothers.
using Akka.Actor;
using Akka.TestKit;

namespace AkkaDfs.Engine.Specs.Actors;

public class SupervisionSpec : EngineSpec
{
    private readonly TestProbe _life;

    public SupervisionSpec()
        : base("akka.loggers = []") => _life = CreateTestProbe();

    [Fact]
    public async Task Restart_keeps_the_mailbox_and_drops_only_the_failed_message()
    {
        var worker = await Start(Directive.Restart);
        using var gate = new ManualResetEventSlim();
        worker.Tell(gate);
        worker.Tell(new Fail(new InvalidOperationException("boom")));
        for (var i = 0; i < 100; i++)
            worker.Tell($"m{i}", TestActor);
        gate.Set();
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"worker:m{i}"), ReceiveN(100, Patience).Cast<string>());
    }

    [Fact]
    public async Task Restart_makes_a_new_instance_behind_the_same_reference()
    {
        var worker = await Start(Directive.Restart);
        worker.Tell("count");
        worker.Tell("count");
        worker.Tell(new Fail(new InvalidOperationException("boom")));
        worker.Tell("count");
        Assert.Equal([1, 2, 1], ReceiveN(3, Patience).Cast<int>());
        Assert.Equal(worker, await Sys.ActorSelection(worker.Path).ResolveOne(Patience));
    }

    [Fact]
    public async Task Resume_keeps_the_instance()
    {
        var worker = await Start(Directive.Resume);
        worker.Tell("count");
        worker.Tell(new Fail(new InvalidOperationException("boom")));
        worker.Tell("count");
        Assert.Equal([1, 2], ReceiveN(2, Patience).Cast<int>());
    }

    [Fact]
    public async Task Stop_ends_the_actor_and_sends_its_messages_to_dead_letters()
    {
        var worker = await Start(Directive.Stop);
        var dead = CreateTestProbe();
        Sys.EventStream.Subscribe(dead.Ref, typeof(Akka.Event.DeadLetter));
        Watch(worker);
        using var gate = new ManualResetEventSlim();
        worker.Tell(gate);
        worker.Tell(new Fail(new InvalidOperationException("boom")));
        worker.Tell("left over");
        gate.Set();
        ExpectTerminated(worker);
        dead.ExpectMsg<Akka.Event.DeadLetter>(letter => Equals(letter.Message, "left over") && letter.Recipient.Equals(worker));
    }

    [Fact]
    public async Task Escalate_makes_the_failure_the_parents_own()
    {
        var grandparent = Sys.ActorOf(Parent.PropsFor(new OneForOneStrategy(_ => Directive.Stop)));
        var parent = await Make(grandparent, Parent.PropsFor(new OneForOneStrategy(_ => Directive.Escalate)), "parent");
        var worker = await Make(parent, Worker.PropsFor(_life.Ref), "worker");
        Watch(worker);
        Watch(parent);
        worker.Tell(new Fail(new InvalidOperationException("boom")));
        var ended = ReceiveN(2, Patience).Cast<Terminated>().Select(t => t.ActorRef);
        Assert.Equal([worker, parent], ended.OrderByDescending(r => r.Path.Name));
    }

    [Fact]
    public async Task Restarting_parent_stops_its_children()
    {
        var grandparent = Sys.ActorOf(Parent.PropsFor(new OneForOneStrategy(_ => Directive.Restart)));
        var parent = await Make(grandparent, Parent.PropsFor(null), "parent");
        var worker = await Make(parent, Worker.PropsFor(_life.Ref), "worker");
        Watch(worker);
        parent.Tell(new Fail(new InvalidOperationException("boom")));
        ExpectTerminated(worker);
        Assert.Empty(await parent.Ask<string[]>("children", Patience));
        var again = await Make(parent, Worker.PropsFor(_life.Ref), "worker");
        Assert.Equal(worker.Path, again.Path);
        Assert.NotEqual(worker, again);
    }

    [Fact]
    public async Task AllForOne_restarts_the_brothers_too()
    {
        var parent = Sys.ActorOf(Parent.PropsFor(new AllForOneStrategy(_ => Directive.Restart)));
        var one = await Make(parent, Worker.PropsFor(_life.Ref, "one"), "one");
        var two = await Make(parent, Worker.PropsFor(_life.Ref, "two"), "two");
        two.Tell("count");
        ExpectMsg(1);
        one.Tell(new Fail(new InvalidOperationException("boom")));
        var seen = new List<string>();
        _life.FishForMessage<string>(text =>
        {
            seen.Add(text);
            return seen.Contains("one PostRestart boom") && seen.Contains("two PostRestart boom");
        }, Patience);
        two.Tell("count");
        ExpectMsg(1);
    }

    [Fact]
    public async Task OneForOne_leaves_the_brothers_alone()
    {
        var parent = Sys.ActorOf(Parent.PropsFor(new OneForOneStrategy(_ => Directive.Restart)));
        var one = await Make(parent, Worker.PropsFor(_life.Ref, "one"), "one");
        var two = await Make(parent, Worker.PropsFor(_life.Ref, "two"), "two");
        two.Tell("count");
        ExpectMsg(1);
        one.Tell(new Fail(new InvalidOperationException("boom")));
        _life.FishForMessage<string>(text => text == "one PostRestart boom", Patience);
        two.Tell("count");
        ExpectMsg(2);
    }

    [Fact]
    public async Task More_failures_than_allowed_stop_the_actor()
    {
        var worker = await Start(new OneForOneStrategy(2, TimeSpan.FromMinutes(1), _ => Directive.Restart));
        Watch(worker);
        for (var i = 0; i < 2; i++)
        {
            worker.Tell(new Fail(new InvalidOperationException("boom")));
            worker.Tell("alive");
            ExpectMsg("worker:alive");
        }

        worker.Tell(new Fail(new InvalidOperationException("boom")));
        ExpectTerminated(worker);
    }

    [Fact]
    public async Task Decider_chooses_by_type_of_exception()
    {
        var decider = Decider.From(
            Directive.Restart,
            Directive.Resume.When<ArithmeticException>(),
            Directive.Stop.When<NotSupportedException>());
        var worker = await Start(new OneForOneStrategy(decider));
        worker.Tell("count");
        worker.Tell(new Fail(new ArithmeticException("resume")));
        worker.Tell("count");
        worker.Tell(new Fail(new InvalidOperationException("restart")));
        worker.Tell("count");
        Assert.Equal([1, 2, 1], ReceiveN(3, Patience).Cast<int>());
        Watch(worker);
        worker.Tell(new Fail(new NotSupportedException("stop")));
        ExpectTerminated(worker);
    }

    [Fact]
    public async Task By_default_exceptions_restart_and_failed_starts_stop()
    {
        var worker = await Start((SupervisorStrategy?)null);
        worker.Tell("count");
        worker.Tell(new Fail(new InvalidOperationException("boom")));
        worker.Tell("count");
        Assert.Equal([1, 1], ReceiveN(2, Patience).Cast<int>());
        var broken = Sys.ActorOf(Props.Create(() => new Broken()));
        Watch(broken);
        ExpectTerminated(broken);
    }

    [Fact]
    public async Task Kill_stops_by_default()
    {
        var worker = await Start((SupervisorStrategy?)null);
        Watch(worker);
        worker.Tell(Kill.Instance);
        ExpectTerminated(worker);
    }

    [Fact]
    public async Task The_strategy_sees_which_child_failed_and_why()
    {
        var seen = CreateTestProbe();
        var parent = Sys.ActorOf(Props.Create(() => new Curious(seen.Ref)));
        var worker = await Make(parent, Worker.PropsFor(_life.Ref), "worker");
        worker.Tell(new Fail(new InvalidOperationException("boom")));
        seen.ExpectMsg("InvalidOperationException boom from worker");
    }

    [Fact]
    public async Task A_failing_child_does_not_process_messages_before_the_decision()
    {
        using var decide = new ManualResetEventSlim();
        var parent = Sys.ActorOf(Parent.PropsFor(new OneForOneStrategy(_ =>
        {
            decide.Wait(Patience);
            return Directive.Resume;
        })));
        var worker = await Make(parent, Worker.PropsFor(_life.Ref), "worker");
        worker.Tell(new Fail(new InvalidOperationException("boom")));
        worker.Tell("held");
        ExpectNoMsg(Glimpse);
        decide.Set();
        ExpectMsg("worker:held");
    }

    private Task<IActorRef> Start(Directive directive) => Start(new OneForOneStrategy(_ => directive));

    private Task<IActorRef> Start(SupervisorStrategy? strategy) =>
        Make(Sys.ActorOf(Parent.PropsFor(strategy)), Worker.PropsFor(_life.Ref), "worker");

    private static Task<IActorRef> Make(IActorRef parent, Props props, string name) =>
        parent.Ask<IActorRef>(new StartChild(props, name), Patience);

    public sealed class Broken : ReceiveActor
    {
        public Broken() => throw new InvalidOperationException("cannot start");
    }

    public sealed class Curious : ReceiveActor
    {
        private readonly IActorRef _seen;

        public Curious(IActorRef seen)
        {
            _seen = seen;
            Receive<StartChild>(start => Sender.Tell(Context.ActorOf(start.Props, start.Name)));
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(cause =>
        {
            _seen.Tell($"{cause.GetType().Name} {cause.Message} from {Sender.Path.Name}");
            return Directive.Stop;
        });
    }
}
