// How long a singleton is away, as its proxy sees it: its process leaves, or is killed with -9.

using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.Singleton;

namespace AkkaDfs.Benchmarks.Engine;

/// <summary>How fast a singleton moves.</summary>
internal static class SingletonMove
{
    private const string Role = "holder";

    /// <summary>Seconds from the leave or the kill to the first answer of the new instance.</summary>
    public static async Task<EngineFigure> RunAsync(string name, bool kill)
    {
        var system = Systems.Start("move", "cluster", Systems.NodeSettings);
        var cluster = Cluster.Get(system);
        cluster.JoinSeedNodes([cluster.SelfAddress]);
        await using var first = await StartAsync(cluster.SelfAddress);
        await using var second = await StartAsync(cluster.SelfAddress);
        var proxy = system.ActorOf(ClusterSingletonProxy.Props("/user/one", ClusterSingletonProxySettings.Create(system).WithRole(Role)));
        await Systems.UntilAsync(() => AnswersAsync(proxy, first.Address));
        if (kill)
            first.Kill();
        else
            first.Stop();
        var seconds = await Systems.UntilAsync(() => AnswersAsync(proxy, second.Address));
        await system.Terminate();
        return new EngineFigure(name, "s", seconds, 0);
    }

    private static Task<HostProcess> StartAsync(Address seed) => HostProcess.StartAsync(
        "--name", seed.System, "--provider", "cluster", "--seed", seed.ToString(), "--role", Role, "--singleton", "--hocon", Systems.NodeSettings);

    private static async Task<bool> AnswersAsync(IActorRef proxy, Address address)
    {
        try
        {
            return await proxy.Ask<string>("where", TimeSpan.FromMilliseconds(200)) == address.ToString();
        }
        catch (AskTimeoutException)
        {
            // Nobody holds it just now.
            return false;
        }
    }
}
