// A machine with a client: the library, and the user's code on top of it.

using Akka.Embedded.Simulation;
using AkkaDfs.Client;
using AkkaDfs.Shared.Hosting;

namespace AkkaDfs.Simulation.Nodes;

internal sealed class ClientMachine(SimulatedCluster cluster, string name, string host, double clockRate, NodeConfiguration configuration, IReadOnlyList<string> seeds)
    : SimulatedMachine(cluster, name, host, clockRate)
{
    /// <summary>The library; null while the machine is off.</summary>
    public DfsClient? Dfs { get; private set; }

    /// <summary>The user's code that runs on it.</summary>
    public Task? Work { get; set; }

    protected override (Task Ended, IAsyncDisposable Node) StartNode(SimulatedProcess process)
    {
        var options = new DfsClientOptions
        {
            Seeds = seeds,
            RandomSeed = (int)(Shared.Surroundings.NewSeed() >> 33),
            Caller = Shared.Protocol.Caller.Superuser,
            Umask = 0x12,
        };
        Dfs = DfsClient.Start(
            options, configuration with { Setups = [new SimulationSetup(Cluster.Scheduler, process)] }, PlaneFor(process));
        return (new TaskCompletionSource().Task, Dfs);
    }
}
