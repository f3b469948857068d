// What a plan of faults consists of.

namespace AkkaDfs.Simulation.Faults;

/// <summary>Kinds of faults.</summary>
internal enum FaultKind
{
    /// <summary>kill -9, and a start later.</summary>
    Kill,

    /// <summary>Power loss between two pieces of work.</summary>
    PowerLoss,

    /// <summary>Power loss at a change of the disk.</summary>
    PowerLossAtChange,

    /// <summary>A process stands still.</summary>
    Pause,

    /// <summary>The wall clock jumps.</summary>
    ClockStep,

    /// <summary>A link is cut in one direction.</summary>
    CutOneWay,

    /// <summary>A link is cut in both directions.</summary>
    Cut,

    /// <summary>A node is cut off from everybody.</summary>
    Isolate,

    /// <summary>A link becomes slow.</summary>
    SlowLink,

    /// <summary>A link loses actor messages.</summary>
    Loss,

    /// <summary>Connections are reset.</summary>
    Reset,

    /// <summary>A disk becomes slow.</summary>
    SlowDisk,

    /// <summary>A bit flips at rest.</summary>
    BitFlip,

    /// <summary>Reads fail.</summary>
    ReadErrors,

    /// <summary>Writes fail.</summary>
    WriteErrors,

    /// <summary>The disk is full.</summary>
    NoSpace,

    /// <summary>Syncs fail.</summary>
    SyncErrors,

    /// <summary>Writes are lost or land elsewhere.</summary>
    WrongWrites,

    /// <summary>The folder is an older one after a restart.</summary>
    Rollback,

    /// <summary>The folder is empty after a restart.</summary>
    Wipe,
}

/// <summary>One fault.</summary>
/// <param name="Number">Its number in the run, by which it can be left out.</param>
/// <param name="Round">The round of chaos.</param>
/// <param name="At">When, since the round began.</param>
/// <param name="Kind">What.</param>
/// <param name="Target">To whom.</param>
/// <param name="Other">The other end of a link; empty otherwise.</param>
/// <param name="Length">How long.</param>
/// <param name="Amount">How much, 0 to 1.</param>
internal sealed record FaultEvent(int Number, int Round, TimeSpan At, FaultKind Kind, string Target, string Other, TimeSpan Length, double Amount)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{Number}: round {Round}, {At.TotalSeconds:0.000} s: {Kind} {Target}{(Other.Length > 0 ? " " + Other : string.Empty)} for {Length.TotalSeconds:0.000} s ({Amount:0.000})");
}
