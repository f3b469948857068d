// The network splits: of two sides of a cluster the majority goes on and the other gives up; a link that is cut and healed keeps its order.
// In virtual time, so that every time-out passes in no time.
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Embedded.Remote;
using Akka.Embedded.Simulation;

namespace Akka.Embedded.Tests.Simulation;

public class PartitionTests
{
    private const int FirstPort = 4001;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 1)]
    public void Of_two_sides_the_majority_goes_on_and_the_minority_ends(long seed, int minority)
    {
        const int nodes = 7;
        var simulation = new SimulationScheduler(seed);
        var network = SimulatedNetwork.In(simulation);
        var systems = new ActorSystem[nodes];
        for (var i = 0; i < nodes; i++)
        {
            var index = i;
            simulation.Inside(() => systems[index] = Start(simulation, network, FirstPort + index, "cluster"));
        }

        var clusters = systems.Select(Akka.Cluster.Cluster.Get).ToList();
        Until("all are up", () => clusters.All(c => c.State.Members.Count(m => m.Status == MemberStatus.Up) == nodes));

        // The seed nodes are among the few: it is numbers that decide.
        var (few, many) = (clusters.Take(minority).ToList(), clusters.Skip(minority).ToList());
        network.Partition(few.Select(c => c.SelfAddress), many.Select(c => c.SelfAddress));
        Until("the few have ended", () => few.All(c => c.IsTerminated));
        Until("the many are alone", () => many.All(c => c.State.Members.Count == many.Count && c.State.Unreachable.Count == 0));
        network.HealAll();
        simulation.RunFor(Minute);
        Assert.All(many, c => Assert.False(c.IsTerminated));
        Assert.All(many, c => Assert.Equal(many.Count, c.State.Members.Count));
        simulation.Run(() => Task.WhenAll(systems.Select(s => s.Terminate())), TimeSpan.FromMinutes(5));

        void Until(string what, Func<bool> condition) =>
            Assert.True(simulation.RunUntil(condition, Minute), $"seed {seed}: not within {Minute} of virtual time: {what}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_link_cut_and_healed_carries_messages_again_and_in_order(long seed)
    {
        var simulation = new SimulationScheduler(seed);
        var network = SimulatedNetwork.In(simulation);
        network.DefaultConditions = new LinkConditions(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(10));
        var heard = new List<int>();
        ActorSystem? here = null, there = null;
        simulation.Inside(() =>
        {
            here = Start(simulation, network, FirstPort, "remote");
            there = Start(simulation, network, FirstPort + 1, "remote");
            there.ActorOf(Props.Create<Listener>(heard), "listener");
        });
        var target = here!.ActorSelection($"akka.tcp://sim@node:{FirstPort + 1}/user/listener");
        Address[] ends = [new("akka.tcp", "sim", "node", FirstPort), new("akka.tcp", "sim", "node", FirstPort + 1)];
        for (var i = 0; i < 300; i++)
        {
            if (i == 100)
                network.Cut(ends[0], ends[1]);
            if (i == 150)
                network.Reset(ends[0], ends[1]);
            if (i == 200)
                network.Heal(ends[0], ends[1]);
            var number = i;
            simulation.Inside(() => target.Tell(number));
            simulation.RunFor(TimeSpan.FromMilliseconds(100));
        }

        Assert.True(simulation.RunUntil(() => heard.Count > 0 && heard[^1] == 299, Minute), $"seed {seed}: the last message did not arrive");
        Assert.Equal(heard.Distinct().Order(), heard);
        Assert.Equal(Enumerable.Range(0, 100), heard.Take(100));
        simulation.Run(() => Task.WhenAll(here!.Terminate(), there!.Terminate()), TimeSpan.FromMinutes(5));
    }

    private static ActorSystem Start(SimulationScheduler simulation, SimulatedNetwork network, int port, string provider)
    {
        var config = ConfigurationFactory.ParseString($$"""
            akka {
              loglevel = OFF, stdout-loglevel = OFF, log-dead-letters = off
              actor.provider = {{provider}}
              remote.dot-netty.tcp { hostname = node, port = {{port}} }
              cluster {
                seed-nodes = ["akka.tcp://sim@node:{{FirstPort}}"]
                downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
                split-brain-resolver { active-strategy = keep-majority, stable-after = 5s }
              }
            }
            """);
        return ActorSystem.Create(
            "sim", BootstrapSetup.Create().WithConfig(config).And(new SimulationSetup(simulation)).And(new SimulatedNetworkSetup(network)));
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(List<int> heard) => Receive<int>(heard.Add);
    }
}
