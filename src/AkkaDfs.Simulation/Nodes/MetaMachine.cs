// A machine with a meta node.

using Akka.Embedded.Simulation;
using AkkaDfs.Meta;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Simulation.Network;

namespace AkkaDfs.Simulation.Nodes;

internal sealed class MetaMachine(SimulatedCluster cluster, string name, string host, double clockRate, NodeConfiguration configuration)
    : SimulatedMachine(cluster, name, host, clockRate)
{
    protected override (Task Ended, IAsyncDisposable Node) StartNode(SimulatedProcess process)
    {
        var transport = new SimulatedDataTransport(Cluster.Fabric, process, Host);
        var parts = new MetaNodeParts
        {
            Files = Disk,
            Time = process.Time,
            KeepGoing = journal => new SteppedJournal(journal, process, Disk),
            IsRefusedAsync = transport.IsRefusedAsync,
        };
        var node = MetaNode.Start(configuration with { Setups = [new SimulationSetup(Cluster.Scheduler, process)] }, parts);
        return (node.System.WhenTerminated, node);
    }
}
