// A machine of a simulation: a host in the network, a disk, and the process on it, which is killed and started again as a supervisor
// outside would do it. The parts that a node takes from outside are put together here; the node itself is the real one.

using Akka.Embedded.Simulation;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Simulation.Disk;
using AkkaDfs.Simulation.Network;

namespace AkkaDfs.Simulation.Nodes;

/// <summary>A machine with one process.</summary>
internal abstract class SimulatedMachine
{
    private static readonly TimeSpan s_rejoinDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_startAgain = TimeSpan.FromSeconds(5);

    private readonly double _clockRate;
    private int _starts;

    protected SimulatedMachine(SimulatedCluster cluster, string name, string host, double clockRate)
    {
        (Cluster, Name, Host, _clockRate) = (cluster, name, host, clockRate);
        Disk = new SimulatedDisk(name, cluster.Scheduler.Random.Fork(name), cluster.Trace)
        {
            Faulted = cluster.Counts.Add,
            PowerLost = () => PowerOff(),
        };
    }

    public string Name { get; }

    public string Host { get; }

    public SimulatedDisk Disk { get; }

    /// <summary>The process as of now; null while the machine is off.</summary>
    public SimulatedProcess? Process { get; private set; }

    public bool IsUp => Process is not null;

    /// <summary>Whether it is started again when it has ended by itself, or could not start.</summary>
    public bool IsWanted { get; private set; }

    /// <summary>Seconds that its wall clock is ahead from its next start on.</summary>
    public TimeSpan WallClockOffset { get; set; }

    protected SimulatedCluster Cluster { get; }

    /// <summary>Starts the process.</summary>
    public void Start()
    {
        if (IsUp)
        {
            return;
        }

        IsWanted = true;
        Cluster.Fabric.LightUp(Host);
        Disk.PowerUp();
        var process = new SimulatedProcess(Cluster.Scheduler, $"{Name}#{++_starts}") { ClockRate = _clockRate, WallClockOffset = WallClockOffset };
        process.Crashed = e => Crashed(process, e);
        Process = process;
        Cluster.Trace.Note("start", process.Name, string.Empty, string.Empty, 0);
        process.Inside(() => _ = KeepAsync(process));
    }

    /// <summary>Ends the process as kill -9 does: what it wrote to the disk's cache stays.</summary>
    public void Kill() => Stop(silently: false);

    /// <summary>Cuts the power: what was not synced may be lost.</summary>
    public void PowerOff()
    {
        if (IsUp)
        {
            Stop(silently: true);
        }

        Disk.LosePower();
    }

    /// <summary>Starts the node in the process; the task ends when it has stopped by itself.</summary>
    protected abstract (Task Ended, IAsyncDisposable Node) StartNode(SimulatedProcess process);

    protected DataPlaneOptions PlaneFor(SimulatedProcess process) => new()
    {
        Transport = new SimulatedDataTransport(Cluster.Fabric, process, Host),
        Time = process.Time,
        Scheduler = TaskScheduler.FromCurrentSynchronizationContext(),
        Pool = Cluster.Pool,
    };

    private void Stop(bool silently)
    {
        IsWanted = false;
        if (Process is not { } process)
        {
            return;
        }

        Cluster.Trace.Note("kill", process.Name, silently ? "power" : "process", string.Empty, 0);
        Process = null;
        process.Kill();
        Cluster.Fabric.Kill(process, Host, silently);
        Disk.EndProcesses();
    }

    // As NodeProgram does it: a node that was removed from its cluster starts again, and so does one that could not start.
    private async Task KeepAsync(SimulatedProcess process)
    {
        var delay = s_rejoinDelay;
        try
        {
            var (ended, node) = StartNode(process);
            await ended;
            await node.DisposeAsync();
            Cluster.Trace.Say($"{process} was removed from its cluster and has stopped");
        }
        catch (DfsException e)
        {
            Cluster.Trace.Say($"{process} could not start: {e.Error}");
            delay = s_startAgain;
        }
        catch (IOException e)
        {
            Cluster.Trace.Say($"{process} could not start: {e.Message}");
            delay = s_startAgain;
        }

        StartAgainAfter(process, delay);
    }

    private void StartAgainAfter(SimulatedProcess process, TimeSpan delay)
    {
        if (process.IsDead)
        {
            return;
        }

        Stop(silently: false);
        IsWanted = true;
        Cluster.Scheduler.Schedule(delay, _ => StartIfWanted(), null);
    }

    private void StartIfWanted()
    {
        if (IsWanted)
        {
            Start();
        }
    }

    private void Crashed(SimulatedProcess process, Exception e)
    {
        Cluster.NoteCrash(process, e);
        StartAgainAfter(process, s_rejoinDelay);
    }
}
