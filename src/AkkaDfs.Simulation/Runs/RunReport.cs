// What came of a run.

namespace AkkaDfs.Simulation;

/// <summary>The outcome of one run.</summary>
/// <param name="Options">The run.</param>
/// <param name="Violations">What must not be, one sentence each; empty when all is well.</param>
/// <param name="Hash">Everything that happened, as one number.</param>
/// <param name="Simulated">Virtual time.</param>
/// <param name="Steps">Pieces of work.</param>
/// <param name="Events">Events in the trace.</param>
/// <param name="Faults">Faults by kind.</param>
/// <param name="Operations">Clients' operations by outcome.</param>
public sealed record RunReport(
    RunOptions Options,
    IReadOnlyList<string> Violations,
    string Hash,
    TimeSpan Simulated,
    long Steps,
    long Events,
    FaultCounts Faults,
    IReadOnlyDictionary<string, long> Operations)
{
    /// <summary>True when nothing is wrong.</summary>
    public bool IsClean => Violations.Count == 0;

    /// <summary>The command that does it again.</summary>
    public string Replay
    {
        get
        {
            var without = Options.LeftOut.Count == 0 ? string.Empty : $" --without {string.Join(',', Options.LeftOut.Order())}";
            return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"dfs simulate --seed {Options.Seed} --profile {Options.Profile.ToString().ToLowerInvariant()}{without}");
        }
    }
}
