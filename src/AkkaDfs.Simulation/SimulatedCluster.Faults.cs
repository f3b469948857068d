// What can be done to a simulated cluster from outside. Nodes are named meta, chunk1, chunk2, …, client1, client2, …

using AkkaDfs.Simulation.Disk;
using AkkaDfs.Simulation.Network;
using AkkaDfs.Simulation.Nodes;

namespace AkkaDfs.Simulation;

public sealed partial class SimulatedCluster
{
    /// <summary>Names of all nodes.</summary>
    public IReadOnlyList<string> Nodes => [.. Machines.Select(m => m.Name)];

    /// <summary>Whether a node's process runs, paused or not.</summary>
    public bool IsUp(string node) => Machine(node).IsUp;

    /// <summary>Ends a node's process at once, as kill -9 does.</summary>
    public void Kill(string node) => Do("kill", node, m => m.Kill());

    /// <summary>Cuts a machine's power: what it did not sync may be lost.</summary>
    public void PowerOff(string node) => Do("power off", node, m => m.PowerOff());

    /// <summary>Lets a machine's power go at the n-th change of its disk from now on, half way through a piece of work.</summary>
    public void PowerOffAtChange(string node, int changes) => Do("power off armed", node, m => m.Disk.LosePowerAfter(changes));

    /// <summary>Starts a node's process when it does not run.</summary>
    public void Start(string node) => Do("start", node, m => m.Start());

    /// <summary>Stops a process as SIGSTOP does.</summary>
    public void Pause(string node) => Do("pause", node, m => m.Process?.Pause());

    /// <summary>Lets it go on.</summary>
    public void Resume(string node) => Do("resume", node, m => m.Process?.Resume());

    /// <summary>Moves a machine's wall clock.</summary>
    public void StepClock(string node, TimeSpan by) => Do("clock step", node, m =>
    {
        m.WallClockOffset += by;
        if (m.Process is { } process)
        {
            process.WallClockOffset = m.WallClockOffset;
        }
    });

    /// <summary>Cuts the link from one node to another, in that direction only.</summary>
    public void Cut(string from, string to) => Link("cut", from, to, () => Fabric.Cut(Machine(from).Host, Machine(to).Host, isCut: true));

    /// <summary>Heals it.</summary>
    public void Heal(string from, string to) => Link("heal", from, to, () => Fabric.Cut(Machine(from).Host, Machine(to).Host, isCut: false));

    /// <summary>Sets the speed of a link in one direction.</summary>
    public void SetSpeed(string from, string to, LinkSpeed speed)
        => Link("speed", from, to, () => Fabric.SetSpeed(Machine(from).Host, Machine(to).Host, speed));

    /// <summary>Breaks all connections between two nodes, in mid frame or not.</summary>
    public void Reset(string a, string b) => Link("reset", a, b, () => Fabric.Reset(Machine(a).Host, Machine(b).Host));

    /// <summary>Heals all links and makes them fast.</summary>
    public void HealAll() => Link("heal", "all", string.Empty, Fabric.HealAll);

    /// <summary>Sets what a machine's disk does wrong.</summary>
    public void SetDisk(string node, DiskFaults faults) => Do("disk faults", node, m => m.Disk.Faults = faults);

    /// <summary>Flips a bit in the data of some chunk on a machine's disk.</summary>
    public bool FlipBit(string node)
    {
        var isDone = false;
        Do("bit flip", node, m => isDone = m.Disk.FlipBit());
        return isDone;
    }

    /// <summary>Keeps the content of a machine's disk; calling the result puts it back. The machine must not be up then.</summary>
    public Action Snapshot(string node)
    {
        using var stay = Enter();
        var machine = Machine(node);
        var restore = machine.Disk.Snapshot();
        return () => Do("rollback", node, _ => restore());
    }

    /// <summary>Empties a machine's disk. It must not be up.</summary>
    public void Wipe(string node) => Do("wipe", node, m => m.Disk.Wipe());

    internal IEnumerable<SimulatedMachine> Machines => [_meta, .. _servers, .. _clients];

    internal SimulatedMachine Machine(string name) => Machines.First(m => m.Name == name);

    internal SimulatedMachine? MachineAt(string host) => Machines.FirstOrDefault(m => m.Host == host);

    private void Do(string what, string node, Action<SimulatedMachine> action)
    {
        using var stay = Enter();
        Trace.Note("fault", what, node, string.Empty, 0);
        Scheduler.Inside(() => action(Machine(node)));
    }

    private void Link(string what, string from, string to, Action action)
    {
        using var stay = Enter();
        Trace.Note("fault", what, from, to, 0);
        Scheduler.Inside(action);
    }
}
