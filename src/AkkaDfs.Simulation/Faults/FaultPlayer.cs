// Carries a plan out, and ends every fault when its time is over. At the end of a round everything is made well at once.

using AkkaDfs.Simulation.Disk;
using AkkaDfs.Simulation.Network;

namespace AkkaDfs.Simulation.Faults;

/// <summary>Plays the faults of a plan.</summary>
internal sealed class FaultPlayer(SimulatedCluster cluster)
{
    // Ends of faults that belong to this round; a later round knows nothing of them.
    private int _round;

    /// <summary>Plays a round: time passes until it is over.</summary>
    public void Play(FaultRound round, IReadOnlySet<int> leftOut)
    {
        var began = cluster.Now;
        foreach (var fault in round.Events.Where(e => !leftOut.Contains(e.Number)))
        {
            Until(began + fault.At);
            cluster.Trace.Say($"fault {fault}");
            Begin(fault);
        }

        Until(began + round.Length);
    }

    /// <summary>Ends all faults and starts what does not run.</summary>
    public void EndAll()
    {
        _round++;
        cluster.HealAll();
        foreach (var machine in cluster.Machines.ToArray())
        {
            var hadDiskFaults = machine.Disk.Faults != DiskFaults.None;
            machine.Disk.Disarm();
            machine.Disk.Faults = DiskFaults.None;
            if (machine.Process is { IsPaused: true })
            {
                cluster.Resume(machine.Name);
            }

            if (hadDiskFaults && machine.IsUp && cluster.ServerMachines.Contains(machine))
            {
                // A disk that has failed is looked at again when its server starts again.
                cluster.Kill(machine.Name);
            }

            if (!IsClient(machine.Name))
            {
                cluster.Start(machine.Name);
            }
        }
    }

    private static bool IsClient(string name) => name.StartsWith("client", StringComparison.Ordinal);

    private void Until(TimeSpan when)
    {
        if (when > cluster.Now)
        {
            cluster.RunFor(when - cluster.Now);
        }
    }

    private void Begin(FaultEvent fault)
    {
        var (node, other) = (fault.Target, fault.Other);
        switch (fault.Kind)
        {
            case FaultKind.Kill:
                Count("kill -9", node, cluster.IsUp(node));
                cluster.Kill(node);
                StartLater(fault);
                break;
            case FaultKind.PowerLoss:
                cluster.PowerOff(node);
                StartLater(fault);
                break;
            case FaultKind.PowerLossAtChange:
                cluster.PowerOffAtChange(node, (int)(fault.Amount * fault.Amount * 40));
                StartLater(fault);
                break;
            case FaultKind.Pause:
                Count("pause", node, cluster.IsUp(node));
                cluster.Pause(node);
                Later(fault, () => cluster.Resume(node));
                break;
            case FaultKind.ClockStep:
                Count("clock step", node, true);
                cluster.StepClock(node, TimeSpan.FromSeconds((fault.Amount - 0.5) * 7200));
                break;
            case FaultKind.Rollback:
                Rollback(fault);
                break;
            case FaultKind.Wipe:
                Count("wiped folder", node, true);
                cluster.Kill(node);
                cluster.Wipe(node);
                StartLater(fault);
                break;
            case FaultKind.BitFlip:
                Count("bit flip at rest", node, cluster.FlipBit(node));
                break;
            case FaultKind.SlowDisk or FaultKind.ReadErrors or FaultKind.WriteErrors or FaultKind.NoSpace or FaultKind.SyncErrors or FaultKind.WrongWrites:
                BeginDisk(fault);
                break;
            default:
                BeginLink(fault, node, other);
                break;
        }
    }

    private void BeginDisk(FaultEvent fault)
    {
        var share = 0.01 + (0.3 * fault.Amount * fault.Amount);
        var faults = fault.Kind switch
        {
            FaultKind.SlowDisk => new DiskFaults { Slowness = 2 + (fault.Amount * 3000) },
            FaultKind.ReadErrors => new DiskFaults { ReadError = share },
            FaultKind.WriteErrors => new DiskFaults { WriteError = share },
            FaultKind.NoSpace => new DiskFaults { NoSpace = share },
            FaultKind.SyncErrors => new DiskFaults { SyncError = share },
            _ => new DiskFaults { LostWrite = share / 2, MisdirectedWrite = share / 2 },
        };
        if (fault.Kind == FaultKind.SlowDisk)
        {
            cluster.Counts.Add("disk: slow");
        }

        cluster.SetDisk(fault.Target, faults);
        Later(fault, () => cluster.SetDisk(fault.Target, DiskFaults.None));
    }

    private void BeginLink(FaultEvent fault, string node, string other)
    {
        switch (fault.Kind)
        {
            case FaultKind.CutOneWay:
                cluster.Counts.Add("partition: one way");
                cluster.Cut(node, other);
                Later(fault, () => cluster.Heal(node, other));
                break;
            case FaultKind.Cut:
                cluster.Counts.Add("partition");
                Both(cluster.Cut);
                Later(fault, () => Both(cluster.Heal));
                break;
            case FaultKind.Isolate:
                cluster.Counts.Add("partition: one node from all");
                All(cluster.Cut);
                Later(fault, () => All(cluster.Heal));
                break;
            case FaultKind.SlowLink:
                cluster.Counts.Add("slow link");
                var slow = new LinkSpeed(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2 + (fault.Amount * 800)), 1e4 + (1e7 * fault.Amount));
                Speed(slow);
                Later(fault, () => Speed(LinkSpeed.Local));
                break;
            case FaultKind.Loss:
                cluster.Counts.Add("lossy link");
                Speed(LinkSpeed.Local with { Longest = TimeSpan.FromMilliseconds(5), Loss = 0.02 + (0.5 * fault.Amount) });
                Later(fault, () => Speed(LinkSpeed.Local));
                break;
            case FaultKind.Reset:
                cluster.Counts.Add("connection reset");
                cluster.Reset(node, other);
                break;
            default:
                throw new System.Diagnostics.UnreachableException(fault.Kind.ToString());
        }

        void Both(Action<string, string> action)
        {
            action(node, other);
            action(other, node);
        }

        void All(Action<string, string> action)
        {
            foreach (var third in cluster.Nodes.Where(n => n != node))
            {
                action(node, third);
                action(third, node);
            }
        }

        void Speed(LinkSpeed speed)
        {
            cluster.SetSpeed(node, other, speed);
            cluster.SetSpeed(other, node, speed);
        }
    }

    private void Rollback(FaultEvent fault)
    {
        var node = fault.Target;
        var restore = cluster.Snapshot(node);
        Later(fault, () =>
        {
            cluster.Counts.Add("folder rolled back");
            cluster.Kill(node);
            restore();
            cluster.Start(node);
        });
    }

    private void Count(string kind, string node, bool isDone)
    {
        if (isDone)
        {
            cluster.Counts.Add(IsClient(node) ? $"{kind} (client)" : kind);
        }
    }

    private void StartLater(FaultEvent fault)
    {
        if (!IsClient(fault.Target))
        {
            Later(fault, () => cluster.Start(fault.Target));
        }
    }

    private void Later(FaultEvent fault, Action action)
    {
        var round = _round;
        cluster.Scheduler.Schedule(
            fault.Length,
            _ =>
            {
                if (round == _round)
                {
                    action();
                }
            },
            null);
    }
}
