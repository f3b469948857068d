// Storms of failures in a tree of actors, under every mix of directives, in an order that the seed decides. When the storm is
// over nobody may be left suspended: whoever is alive answers, and whoever is not has been told of to those who watch.
using Akka.Actor;
using Akka.Configuration;
using Akka.Embedded.Simulation;

namespace Akka.Embedded.Tests.Simulation;

public class SupervisionStormTests
{
    private const int Seeds = 60;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    public void After_a_storm_of_failures_everybody_alive_answers_and_every_end_has_been_told_once()
    {
        var survivors = 0;
        for (var seed = 1; seed <= Seeds; seed++)
            survivors += RunOne(seed);
        Assert.True(survivors > Seeds * 3, $"only {survivors} survivors in {Seeds} storms: too little was tested");
    }

    private static int RunOne(long seed)
    {
        var simulation = new SimulationScheduler(seed);
        var random = simulation.Random.Fork("storm");
        var config = ConfigurationFactory.ParseString("akka.loglevel = OFF\nakka.stdout-loglevel = OFF\nakka.log-dead-letters = off");
        var alive = new HashSet<IActorRef>();
        var told = new Dictionary<IActorRef, int>();
        ActorSystem system = null!;
        simulation.Inside(() =>
        {
            system = ActorSystem.Create("storm", BootstrapSetup.Create().WithConfig(config).And(new SimulationSetup(simulation)));
            var watcher = system.ActorOf(Props.Create<Watcher>(told));
            system.ActorOf(Props.Create<Node>(3, random, alive, watcher), "root");
        });
        for (var i = 0; i < 60; i++)
        {
            simulation.RunFor(random.NextDelay(TimeSpan.Zero, TimeSpan.FromMilliseconds(1)));
            simulation.Inside(() => Strike(system, random));
        }

        // Nothing fails any more; what is under way may end.
        simulation.RunFor(Limit);
        var survivors = alive.ToArray();
        foreach (var actor in survivors)
        {
            var answer = simulation.Run(() => actor.Ask<string>("still there?", TimeSpan.FromSeconds(10)), Limit);
            Assert.True(answer == "yes", $"seed {seed}: {actor} answered {answer}");
        }

        Assert.All(told.Values, times => Assert.Equal(1, times));
        Assert.DoesNotContain(survivors, told.ContainsKey);
        simulation.Run(system.Terminate, Limit);
        Assert.Empty(alive);
        return survivors.Length;
    }

    private static void Strike(ActorSystem system, DeterministicRandom random)
    {
        string[] targets = ["/user/root", "/user/root/c2", "/user/root/*", "/user/root/c0/*", "/user/root/c1/c1", "/user/root/*/c0/c2"];
        object[] blows = ["fail", "fail", "fail", "fail later", "fail later", "stop child", Kill.Instance];
        var blow = blows[random.Next(blows.Length)];
        var target = targets[random.Next(targets.Length)];

        // The root's own supervisor stops what is killed, and the storm would be over.
        system.ActorSelection(target).Tell(blow is Kill && target == "/user/root" ? "fail" : blow);
    }

    private sealed class Watcher : ReceiveActor
    {
        public Watcher(Dictionary<IActorRef, int> told)
        {
            Receive<IActorRef>(actor => Context.Watch(actor));
            Receive<Terminated>(t => told[t.ActorRef] = told.GetValueOrDefault(t.ActorRef) + 1);
        }
    }

    private sealed class Node : ReceiveActor
    {
        private readonly DeterministicRandom _random;
        private readonly HashSet<IActorRef> _alive;
        private readonly bool _allForOne;
        private readonly bool _isRoot;

        public Node(int depth, DeterministicRandom random, HashSet<IActorRef> alive, IActorRef watcher)
        {
            (_random, _alive) = (random, alive);
            _allForOne = random.Chance(0.4);
            _isRoot = depth == 3;
            if (!_isRoot && random.Chance(0.03))
                throw new InvalidOperationException("a start that fails");
            for (var i = 0; depth > 0 && i < 3; i++)
            {
                // After a restart that kept the children they are still there.
                if (Context.Child("c" + i).IsNobody())
                    Context.ActorOf(Props.Create<Node>(depth - 1, random, alive, watcher), "c" + i);
            }

            watcher.Tell(Self);
            Receive<string>(s => s == "fail", _ => throw new InvalidOperationException("on purpose"));
            ReceiveAsync<string>(s => s == "fail later", async _ =>
            {
                await Task.Yield();
                throw new InvalidOperationException("on purpose, later");
            });
            Receive<string>(s => s == "stop child", _ => Context.Stop(Context.GetChildren().FirstOrDefault() ?? Self));
            Receive<string>(s => s == "still there?", _ => Sender.Tell("yes"));
        }

        protected override SupervisorStrategy SupervisorStrategy() => _allForOne
            ? new AllForOneStrategy(Decide)
            : new OneForOneStrategy(Decide);

        protected override void PreStart() => _alive.Add(Self);

        protected override void PostStop() => _alive.Remove(Self);

        protected override void PreRestart(Exception reason, object message)
        {
            // Half of the restarts keep the children.
            if (_random.Chance(0.5))
                base.PreRestart(reason, message);
            else
                PostStop();
        }

        protected override void PostRestart(Exception reason)
        {
            if (!_isRoot && _random.Chance(0.05))
                throw new InvalidOperationException("a restart that fails");
            base.PostRestart(reason);
        }

        private Directive Decide(Exception cause) => _random.Next(20) switch
        {
            < 9 => Directive.Restart,
            < 15 => Directive.Resume,
            < 19 => _isRoot ? Directive.Restart : Directive.Escalate,
            _ => Directive.Stop,
        };
    }
}
