// Actor systems inside a simulation: 20 actors on 4 systems send each other messages over links that delay and drop, with
// timers, asks, asynchronous handlers, restarts and death watch in between. One seed must give one trace, always.
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.Embedded.Simulation;

namespace Akka.Embedded.Tests.Simulation;

public class SimulatedSystemTests
{
    private static readonly Config Quiet = ConfigurationFactory.ParseString("akka.loglevel = OFF\nakka.stdout-loglevel = OFF\nakka.log-dead-letters = off");

    [Fact]
    public void One_seed_gives_one_trace_a_hundred_times_and_other_seeds_give_others()
    {
        var first = TraceOf(12345);
        for (var i = 1; i < 100; i++)
            Assert.Equal(first, TraceOf(12345));
        var others = Enumerable.Range(0, 10).Select(seed => TraceOf(seed)).ToArray();
        Assert.Equal(others.Length, others.Distinct().Count());
        Assert.DoesNotContain(first, others);
    }

    [Fact]
    public void Days_of_timers_pass_in_no_time()
    {
        var simulation = new SimulationScheduler(3);
        var system = Create(simulation, "sys");
        var ticks = 0;
        simulation.Inside(() => system.ActorOf(Props.Create<Ticker>(TimeSpan.FromMinutes(1), (Action)(() => ticks++))));
        simulation.RunFor(TimeSpan.FromDays(3) + TimeSpan.FromSeconds(1));
        Assert.Equal(3 * 24 * 60, ticks);
    }

    [Fact]
    public void A_system_ends_inside_the_simulation()
    {
        var simulation = new SimulationScheduler(3);
        var system = Create(simulation, "sys");
        simulation.Inside(() => system.ActorOf(Props.Create<Ticker>(TimeSpan.FromSeconds(1), (Action)(() => { }))));
        simulation.RunFor(TimeSpan.FromSeconds(10));
        simulation.Run(system.Terminate, TimeSpan.FromMinutes(1));
        Assert.True(system.WhenTerminated.IsCompletedSuccessfully);
    }

    private static ActorSystem Create(SimulationScheduler simulation, string name)
    {
        ActorSystem? system = null;
        simulation.Inside(() => system = ActorSystem.Create(
            name, BootstrapSetup.Create().WithConfig(Quiet).And(new SimulationSetup(simulation))));
        return system!;
    }

    private static string TraceOf(long seed)
    {
        var simulation = new SimulationScheduler(seed);
        var trace = new Trace(simulation);
        var links = new Links(simulation);
        var systems = Enumerable.Range(0, 4).Select(i => Create(simulation, "sys" + i)).ToArray();
        var actors = new List<IActorRef>();
        simulation.Inside(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                var name = "actor" + i;
                actors.Add(systems[i % 4].ActorOf(Props.Create(() => new Gossip(name, actors, links, trace, simulation)), name));
            }
        });
        simulation.RunFor(TimeSpan.FromSeconds(5));
        simulation.Run(() => Task.WhenAll(systems.Select(s => s.Terminate())), TimeSpan.FromMinutes(1));
        Assert.True(trace.Lines > 500, $"only {trace.Lines} lines");
        return trace.Hash();
    }

    private sealed class Trace(SimulationScheduler simulation)
    {
        private readonly StringBuilder _text = new();

        public int Lines { get; private set; }

        public void Write(string line)
        {
            Lines++;
            _text.Append(simulation.Elapsed.Ticks).Append(' ').AppendLine(line);
        }

        public string Hash() => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(_text.ToString())));
    }

    private sealed class Links(SimulationScheduler simulation)
    {
        private readonly DeterministicRandom _random = simulation.Random.Fork("links");

        public void Send(IActorRef to, object message, IActorRef from)
        {
            if (_random.Chance(0.1))
                return;
            simulation.Schedule(
                _random.NextDelay(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(50)), _ => to.Tell(message, from), null);
        }
    }

    private sealed class Ticker : ReceiveActor, IWithTimers
    {
        public Ticker(TimeSpan interval, Action tick)
        {
            Timers.StartPeriodicTimer("tick", "tick", interval);
            Receive<string>(_ => tick());
        }

        public ITimerScheduler Timers { get; set; } = null!;
    }

    private sealed class Gossip : ReceiveActor, IWithTimers, IWithStash
    {
        private readonly DeterministicRandom _random;
        private int _heard;

        public Gossip(string name, IReadOnlyList<IActorRef> actors, Links links, Trace trace, SimulationScheduler simulation)
        {
            _random = new DeterministicRandom(Self.Path.Uid);
            trace.Write($"{name} born {Self.Path.Uid}");
            Receive<string>(s => s == "tick", _ =>
            {
                var to = actors[_random.Next(actors.Count)];
                links.Send(to, _heard++, Self);
                trace.Write($"{name} to {to.Path.Name}");
            });
            Receive<int>(n => n % 11 == 10, _ => throw new InvalidOperationException("on purpose"));
            Receive<int>(n => n % 7 == 6, _ => Stash.Stash());
            ReceiveAsync<int>(n => n % 5 == 4, async n =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(3), simulation.Time);
                trace.Write($"{name} slept over {n} from {Sender.Path.Name}");
            });
            Receive<int>(n => n % 3 == 2, n => _ = Ask(actors[_random.Next(actors.Count)]).PipeTo(Self));
            Receive<int>(n =>
            {
                trace.Write($"{name} heard {n} from {Sender.Path.Name}");
                Stash.UnstashAll();
            });
            Receive<Status.Failure>(f => trace.Write($"{name}: {f.Cause.GetType().Name}"));
            Receive<ActorIdentity>(i => trace.Write($"{name} knows {i.Subject?.Path.Name}"));
        }

        public ITimerScheduler Timers { get; set; } = null!;

        public IStash Stash { get; set; } = null!;

        protected override void PreStart() =>
            Timers.StartPeriodicTimer("tick", "tick", _random.NextDelay(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(50)));

        private static async Task<ActorIdentity> Ask(IActorRef other) =>
            await other.Ask<ActorIdentity>(new Identify("who"), TimeSpan.FromMilliseconds(5));
    }
}
