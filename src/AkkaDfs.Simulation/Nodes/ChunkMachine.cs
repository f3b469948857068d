// A machine with a chunk server.

using Akka.Embedded.Simulation;
using AkkaDfs.Chunk;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Simulation.Disk;

namespace AkkaDfs.Simulation.Nodes;

internal sealed class ChunkMachine(SimulatedCluster cluster, string name, string host, double clockRate, NodeConfiguration configuration)
    : SimulatedMachine(cluster, name, host, clockRate)
{
    /// <summary>Its replicas; null while it is off.</summary>
    public IChunkStore? Store => IsUp ? _node?.Store : null;

    private ChunkNode? _node;

    protected override (Task Ended, IAsyncDisposable Node) StartNode(SimulatedProcess process)
    {
        var plane = PlaneFor(process);
        _node = null;
        _node = ChunkNode.Start(configuration with { Setups = [new SimulationSetup(Cluster.Scheduler, process)] }, new ChunkNodeOptions
        {
            Transport = plane.Transport,
            Time = process.Time,
            Scheduler = plane.Scheduler,
            Pool = plane.Pool,
            Files = Disk,
            Lanes = new SimulatedLanes(process, Disk),
            OpenDiskQueue = workers => new SimulatedDiskQueue(process, Disk, workers),
        });
        return (_node.System.WhenTerminated, _node);
    }
}
