// One instance in the whole cluster; its proxy keeps what it cannot deliver yet; it moves when its node leaves or is killed.
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using AkkaDfs.Engine.TestHost;
using AkkaCluster = Akka.Cluster.Cluster;

namespace AkkaDfs.Engine.Specs.Clustering;

public class SingletonSpec : ClusterSpecBase
{
    private const string Role = "holder";

    [Fact]
    public void The_proxy_keeps_messages_until_the_singleton_is_there()
    {
        Cluster.JoinSeedNodes([SelfAddress]);
        var proxy = Proxy();
        for (var i = 0; i < 100; i++)
            proxy.Tell(new Numbered { Number = i }, TestActor);
        StartHolder();
        for (var i = 0; i < 100; i++)
            Assert.Equal(i, ExpectMsg<Numbered>(LongPatience).Number);
    }

    [Fact]
    public void It_is_handed_over_when_its_node_leaves_and_the_proxy_follows()
    {
        Cluster.JoinSeedNodes([SelfAddress]);
        var first = StartHolder();
        AwaitCondition(() => IsUp(Cluster, 2), LongPatience, Often);
        var second = StartHolder();
        AwaitCondition(() => IsUp(Cluster, 3), LongPatience, Often);
        var proxy = Proxy();
        AwaitHolder(proxy, AddressOf(first));
        AkkaCluster.Get(first).Leave(AddressOf(first));
        AwaitHolder(proxy, AddressOf(second));
        AwaitCondition(() => IsUp(Cluster, 2), LongPatience, Often);
    }

    [Fact]
    public async Task It_is_taken_over_when_its_process_is_killed()
    {
        Cluster.JoinSeedNodes([SelfAddress]);
        var (first, firstAddress) = await StartMemberProcess(SelfAddress, "--role", Role, "--singleton");
        var second = StartHolder();
        AwaitCondition(() => IsUp(Cluster, 3), LongPatience, Often);
        var proxy = Proxy();
        AwaitHolder(proxy, firstAddress);
        await first.KillAsync();
        AwaitHolder(proxy, AddressOf(second));
    }

    private ActorSystem StartHolder()
    {
        var system = StartMember($"akka.cluster.roles = [{Role}]");
        var where = AddressOf(system).ToString();
        system.ActorOf(
            ClusterSingletonManager.Props(
                Props.Create(() => new Singleton(where)), "end", ClusterSingletonManagerSettings.Create(system).WithRole(Role)), "one");
        return system;
    }

    private IActorRef Proxy() => Sys.ActorOf(
        ClusterSingletonProxy.Props("/user/one", ClusterSingletonProxySettings.Create(Sys).WithRole(Role)), "proxy");

    private void AwaitHolder(IActorRef proxy, Address address) => AwaitAssert(
        () => Assert.Equal(address.ToString(), proxy.Ask<string>("where", TimeSpan.FromSeconds(2)).GetAwaiter().GetResult()), LongPatience, Often);
}
