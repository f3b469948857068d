// A whole cluster on one thread: nodes join through seeds, one leaves, one is cut off and downed, a singleton moves - in
// minutes of virtual time, and the same way for the same seed.
using System.Text;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using Akka.Embedded.Remote;
using Akka.Embedded.Simulation;

namespace Akka.Embedded.Tests.Simulation;

public class SimulatedClusterTests
{
    private const int Nodes = 5;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_cluster_forms_loses_members_and_moves_its_singleton_in_virtual_time(long seed)
    {
        var story = StoryOf(seed);
        Assert.Equal(story, StoryOf(seed));
    }

    private static string StoryOf(long seed)
    {
        var simulation = new SimulationScheduler(seed);
        var network = SimulatedNetwork.In(simulation);
        network.DefaultConditions = new LinkConditions(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(20), 0.02);
        var story = new StringBuilder();
        network.Trace = line => story.Append(simulation.Elapsed.Ticks).Append(' ').AppendLine(line);
        var systems = new ActorSystem[Nodes];
        var clusters = new Akka.Cluster.Cluster[Nodes];
        var holders = new List<string>();
        for (var i = 0; i < Nodes; i++)
        {
            var port = 4001 + i;
            simulation.Inside(() =>
            {
                systems[port - 4001] = Start(simulation, network, port);
                clusters[port - 4001] = Akka.Cluster.Cluster.Get(systems[port - 4001]);
                systems[port - 4001].ActorOf(
                    ClusterSingletonManager.Props(
                        Props.Create<Holder>(holders), PoisonPill.Instance, ClusterSingletonManagerSettings.Create(systems[port - 4001])),
                    "singleton");
            });
        }

        Until("all are up", () => clusters.All(c => c.State.Members.Count(m => m.Status == MemberStatus.Up) == Nodes));
        Until("one singleton", () => holders.Count == 1 && holders[0].EndsWith(":4001", StringComparison.Ordinal));

        simulation.Inside(() => clusters[0].Leave(clusters[0].SelfAddress));
        Until("the first has left", () => clusters.Skip(1).All(c => c.State.Members.Count == Nodes - 1));
        Until("the singleton has moved", () => holders.Count == 2 && !holders[1].EndsWith(":4001", StringComparison.Ordinal));

        network.Isolate(clusters[4].SelfAddress);
        Until("the last is downed by the others", () => clusters.Skip(1).Take(3).All(c => c.State.Members.Count == Nodes - 2));
        Until("the last has given up", () => clusters[4].IsTerminated);
        simulation.Run(() => Task.WhenAll(systems.Select(s => s.Terminate())), TimeSpan.FromMinutes(5));
        return story.ToString();

        void Until(string what, Func<bool> condition) =>
            Assert.True(simulation.RunUntil(condition, Minute), $"seed {seed}: not within {Minute} of virtual time: {what}");
    }

    private static ActorSystem Start(SimulationScheduler simulation, SimulatedNetwork network, int port)
    {
        var config = ConfigurationFactory.ParseString($$"""
            akka {
              loglevel = OFF, stdout-loglevel = OFF, log-dead-letters = off
              actor.provider = cluster
              remote.dot-netty.tcp { hostname = node, port = {{port}} }
              cluster {
                seed-nodes = ["akka.tcp://sim@node:4001", "akka.tcp://sim@node:4002"]
                downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
                split-brain-resolver { active-strategy = keep-majority, stable-after = 5s }
              }
            }
            """);
        return ActorSystem.Create(
            "sim", BootstrapSetup.Create().WithConfig(config).And(new SimulationSetup(simulation)).And(new SimulatedNetworkSetup(network)));
    }

    private sealed class Holder : UntypedActor
    {
        public Holder(List<string> holders) => holders.Add(Akka.Cluster.Cluster.Get(Context.System).SelfAddress.ToString());

        protected override void OnReceive(object message)
        {
        }
    }
}
