// A client outside the cluster talks to services inside through any of its contact points, and survives the loss of one.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Tools.Client;

namespace AkkaDfs.Engine.Specs.Clustering;

public class ClusterClientSpec : ClusterSpecBase
{
    public ClusterClientSpec()
        : base("remote")
    {
    }

    [Fact]
    public async Task It_outlives_the_loss_of_a_contact_and_is_no_member()
    {
        var (firstProcess, seed) = await StartReceptionist(null);
        var others = await Task.WhenAll(StartReceptionist(seed), StartReceptionist(seed));
        var nodes = others.Append((Process: firstProcess, Address: seed)).ToDictionary(node => node.Address.ToString(), node => node.Process);
        var contacts = nodes.Keys.Select(address => ActorPath.Parse($"{address}/system/receptionist")).ToImmutableHashSet();
        var client = Sys.ActorOf(ClusterClient.Props(ClusterClientSettings.Create(Sys).WithInitialContacts(contacts)), "client");
        AwaitAssert(() => Assert.Equal("3 members", Ask(client, "members")), LongPatience, Often);

        // With local affinity the contact itself answers: it is the one whose loss matters.
        var contact = Ask(client, "where");
        await nodes[contact].KillAsync();
        AwaitAssert(() => Assert.NotEqual(contact, Ask(client, "where")), LongPatience, Often);
    }

    private static string Ask(IActorRef client, string question) =>
        client.Ask<string>(new ClusterClient.Send("/user/service", question, localAffinity: true), TimeSpan.FromSeconds(2)).GetAwaiter().GetResult();

    private Task<(Testing.Nodes.NodeProcess Process, Address Address)> StartReceptionist(Address? seed)
    {
        string[] arguments = ["--name", "inside", "--provider", "cluster", "--receptionist", "--hocon", Quick];
        return StartProcess(seed is null ? arguments : [.. arguments, "--seed", seed.ToString()]);
    }
}
