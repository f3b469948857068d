// Actor systems inside a simulation: 20 actors on 4 systems send each other messages over remoting whose network delays and
// drops, with timers, asks, asynchronous handlers, stashes, restarts and death watch in between. One seed must give one trace.
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.Embedded.Remote;
using Akka.Embedded.Simulation;

namespace Akka.Embedded.Tests.Simulation;

public class SimulatedSystemTests
{
    private static readonly Config Quiet = ConfigurationFactory.ParseString("akka.loglevel = OFF\nakka.stdout-loglevel = OFF\nakka.log-dead-letters = off");
    private static readonly Config Remoting = ConfigurationFactory.ParseString("akka.actor.provider = remote\nakka.remote.dot-netty.tcp.hostname = node");

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

    private static ActorSystem CreateNode(SimulationScheduler simulation, string name, int port)
    {
        var config = ConfigurationFactory.ParseString($"akka.remote.dot-netty.tcp.port = {port}").WithFallback(Remoting).WithFallback(Quiet);
        ActorSystem? system = null;
        simulation.Inside(() => system = ActorSystem.Create(
            name, BootstrapSetup.Create().WithConfig(config).And(new SimulationSetup(simulation)).And(new SimulatedNetworkSetup(SimulatedNetwork.In(simulation)))));
        return system!;
    }

    private static string TraceOf(long seed)
    {
        var simulation = new SimulationScheduler(seed);
        var network = SimulatedNetwork.In(simulation);
        network.DefaultConditions = new LinkConditions(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(50), 0.1);
        var trace = new Trace(simulation);
        network.Trace = trace.Write;
        var systems = Enumerable.Range(0, 4).Select(i => CreateNode(simulation, "sys" + i, 4001 + i)).ToArray();
        var paths = Enumerable.Range(0, 20).Select(i => $"akka.tcp://sys{i % 4}@node:{4001 + (i % 4)}/user/actor{i}").ToArray();
        simulation.Inside(() =>
        {
            for (var i = 0; i < 20; i++)
                systems[i % 4].ActorOf(Props.Create<Gossip>("actor" + i, paths, trace, simulation), "actor" + i);
        });
        simulation.RunFor(TimeSpan.FromSeconds(2));
        simulation.Run(() => Task.WhenAll(systems.Select(s => s.Terminate())), TimeSpan.FromMinutes(1));
        Assert.True(trace.Heard > 100, $"seed {seed}: only {trace.Heard} messages were heard");
        return trace.Hash();
    }

    private sealed class Trace(SimulationScheduler simulation)
    {
        private readonly StringBuilder _text = new();

        public int Heard { get; private set; }

        public void Write(string line)
        {
            if (line.Contains("heard", StringComparison.Ordinal))
                Heard++;
            _text.Append(simulation.Elapsed.Ticks).Append(' ').AppendLine(line);
        }

        public string Hash() => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(_text.ToString())));
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
        private readonly string _name;
        private readonly string[] _paths;
        private readonly Trace _trace;
        private int _heard;

        public Gossip(string name, string[] paths, Trace trace, SimulationScheduler simulation)
        {
            (_name, _paths, _trace) = (name, paths, trace);
            _random = new DeterministicRandom(Self.Path.Uid);
            trace.Write($"{name} born {Self.Path.Uid}");
            Receive<string>(s => s == "tick", _ => Tick());
            Receive<int>(n => n % 11 == 10, _ => throw new InvalidOperationException("on purpose"));
            Receive<int>(n => n % 7 == 6, _ => Stash.Stash());
            ReceiveAsync<int>(n => n % 5 == 4, async n =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(3), simulation.Time);
                trace.Write($"{name} slept over {n} from {Sender.Path}");
            });
            Receive<int>(n => n % 3 == 2, n => _ = Ask().PipeTo(Self));
            Receive<int>(n =>
            {
                trace.Write($"{name} heard {n} from {Sender.Path}");
                Context.Watch(Sender);
                Stash.UnstashAll();
            });
            Receive<Status.Failure>(f => trace.Write($"{name}: {f.Cause.GetType().Name}"));
            Receive<ActorIdentity>(i => trace.Write($"{name} knows {i.Subject?.Path}"));
            Receive<Terminated>(t => trace.Write($"{name} saw the end of {t.ActorRef.Path}"));
        }

        public ITimerScheduler Timers { get; set; } = null!;

        public IStash Stash { get; set; } = null!;

        protected override void PreStart() =>
            Timers.StartPeriodicTimer("tick", "tick", _random.NextDelay(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(50)));

        private void Tick()
        {
            var to = _paths[_random.Next(_paths.Length)];
            Context.ActorSelection(to).Tell(_heard++);
            _trace.Write($"{_name} to {to}");
            if (_heard == 40)
                Context.Stop(Self);
        }

        private async Task<ActorIdentity> Ask()
        {
            var other = Context.ActorSelection(_paths[_random.Next(_paths.Length)]);
            return await other.Ask<ActorIdentity>(new Identify("who"), TimeSpan.FromMilliseconds(60));
        }
    }
}
