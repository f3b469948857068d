// What a simulated disk does wrong, as chances per call; all zero is a good disk. Whoever sets them keeps the budget: damage to
// data on so few servers that a good copy of everything is left.

namespace AkkaDfs.Simulation.Disk;

/// <summary>Misbehaviour of a disk.</summary>
public sealed record DiskFaults
{
    /// <summary>A good disk.</summary>
    public static readonly DiskFaults None = new();

    /// <summary>Reads that fail with EIO.</summary>
    public double ReadError { get; init; }

    /// <summary>Writes that fail with EIO, half done.</summary>
    public double WriteError { get; init; }

    /// <summary>Writes that fail with ENOSPC, half done.</summary>
    public double NoSpace { get; init; }

    /// <summary>Syncs that fail; what was not synced before is lost, as on Linux.</summary>
    public double SyncError { get; init; }

    /// <summary>Writes to data files that are confirmed and never happen.</summary>
    public double LostWrite { get; init; }

    /// <summary>Writes to data files that land elsewhere in the same file.</summary>
    public double MisdirectedWrite { get; init; }

    /// <summary>How many times slower than usual it is, at least 1.</summary>
    public double Slowness { get; init; } = 1;

    /// <summary>True when bytes on it may be wrong without anybody having been told.</summary>
    public bool Damages => LostWrite > 0 || MisdirectedWrite > 0;
}
