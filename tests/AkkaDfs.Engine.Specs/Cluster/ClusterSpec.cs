// Members come up from seed nodes, leave, and are missed when their process is killed.
using Akka.Actor;
using Akka.Cluster;
using AkkaDfs.Engine.Specs.Remote;
using AkkaCluster = Akka.Cluster.Cluster;

namespace AkkaDfs.Engine.Specs.Clustering;

/// <summary>Base: the spec's own system is the first seed node.</summary>
public abstract class ClusterSpecBase : SystemsSpec
{
    /// <summary>Quick to notice and to decide, so that no spec waits for the defaults.</summary>
    protected const string Quick =
        """
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        akka.cluster.client { heartbeat-interval = 500ms, acceptable-heartbeat-pause = 3s }
        akka.cluster {
          gossip-interval = 200ms
          leader-actions-interval = 200ms
          unreachable-nodes-reaper-interval = 200ms
          failure-detector { heartbeat-interval = 300ms, acceptable-heartbeat-pause = 5s }
          downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
          split-brain-resolver { active-strategy = keep-majority, stable-after = 2s }
        }
        """;

    /// <summary>For specs in which nobody is killed: a member that a busy machine keeps waiting is not taken for dead.</summary>
    protected const string Trusting = "akka.cluster.failure-detector.acceptable-heartbeat-pause = 10m";

    private readonly string _settings;

    protected ClusterSpecBase(string provider = "cluster", string hocon = "")
        : base($"{Quick}\n{hocon}", provider) => _settings = $"{Quick}\n{hocon}";

    protected AkkaCluster Cluster => AkkaCluster.Get(Sys);

    /// <summary>Another member in this process; it has been told to join.</summary>
    protected ActorSystem StartMember(string hocon = "")
    {
        var system = StartSystem(Sys.Name, $"{_settings}\n{hocon}", "cluster");
        AkkaCluster.Get(system).JoinSeedNodes([SelfAddress]);
        return system;
    }

    /// <summary>Another member in a process of its own; it is up.</summary>
    protected async Task<(Testing.Nodes.NodeProcess Process, Address Address)> StartMemberProcess(Address seed, params string[] arguments) =>
        await StartProcess(["--name", seed.System, "--provider", "cluster", "--seed", seed.ToString(), "--hocon", Quick, .. arguments]);

    protected static bool IsUp(AkkaCluster cluster, int members) =>
        cluster.State.Members.Count == members && cluster.State.Members.All(member => member.Status == MemberStatus.Up) && cluster.State.Unreachable.Count == 0;
}

public class ClusterSpec : ClusterSpecBase
{
    public ClusterSpec()
        : base(hocon: Trusting)
    {
    }

    [Fact]
    public void Nine_nodes_come_up_from_a_seed_node()
    {
        Cluster.JoinSeedNodes([SelfAddress]);
        var systems = Enumerable.Range(0, 8).Select(i => StartMember($"akka.cluster.roles = [{(i == 0 ? "meta" : "chunk")}]")).Append(Sys).ToList();
        AwaitCondition(() => systems.All(system => IsUp(AkkaCluster.Get(system), 9)), LongPatience, Often);
        Assert.Single(systems.Select(system => AkkaCluster.Get(system).State.Leader).Distinct());
        Assert.Equal(7, Cluster.State.Members.Count(member => member.HasRole("chunk")));
    }

    [Fact]
    public void Who_leaves_is_removed_and_the_others_stay()
    {
        Cluster.JoinSeedNodes([SelfAddress]);
        var (second, third) = (StartMember(), StartMember());
        AwaitCondition(() => new[] { Sys, second, third }.All(system => IsUp(AkkaCluster.Get(system), 3)), LongPatience, Often);
        var probe = CreateTestProbe();
        Cluster.Subscribe(probe.Ref, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.MemberRemoved));
        var leaving = AkkaCluster.Get(third);
        leaving.Leave(leaving.SelfAddress);
        Assert.Equal(AddressOf(third), probe.ExpectMsg<ClusterEvent.MemberRemoved>(LongPatience).Member.Address);
        AwaitCondition(() => leaving.IsTerminated && new[] { Sys, second }.All(system => IsUp(AkkaCluster.Get(system), 2)), LongPatience, Often);
    }
}

public class ClusterLossSpec : ClusterSpecBase
{
    [Fact]
    public async Task A_killed_process_is_noticed_and_removed()
    {
        Cluster.JoinSeedNodes([SelfAddress]);
        var second = StartMember();
        var (process, address) = await StartMemberProcess(SelfAddress);
        AwaitCondition(() => new[] { Sys, second }.All(system => IsUp(AkkaCluster.Get(system), 3)), LongPatience, Often);
        var probe = CreateTestProbe();
        Cluster.Subscribe(
            probe.Ref, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.UnreachableMember), typeof(ClusterEvent.MemberRemoved));
        await process.KillAsync();
        Assert.Equal(address, probe.ExpectMsg<ClusterEvent.UnreachableMember>(LongPatience).Member.Address);
        Assert.Equal(address, probe.FishForMessage<ClusterEvent.MemberRemoved>(_ => true, LongPatience).Member.Address);
        AwaitCondition(() => new[] { Sys, second }.All(system => IsUp(AkkaCluster.Get(system), 2)), LongPatience, Often);
    }
}
