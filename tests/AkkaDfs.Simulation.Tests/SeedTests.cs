// Many seeds: chaos, then calm, then converged, and what the clients were told is true. A seed that fails is told with the command that
// does it again; dfs simulate finds the fewest faults that make it fail.

using Xunit;
using Xunit.Abstractions;

namespace AkkaDfs.Simulation.Tests;

public sealed class SeedTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(Profile.Calm, 1, 5)]
    [InlineData(Profile.Net, 100, 10)]
    [InlineData(Profile.Swarm, 1, 25)]
    public void Chaos_then_calm_then_whole(Profile profile, long first, int count)
    {
        var faults = new FaultCounts();
        for (var seed = first; seed < first + count; seed++)
        {
            faults.Add(Check(seed, profile).Faults);
        }

        Assert.Equal(profile == Profile.Calm, faults.Total == 0);
        output.WriteLine($"{faults.Total} faults: {string.Join(", ", faults.ByKind.Select(f => $"{f.Key} {f.Value}"))}");
    }

    /// <summary>Seeds that have found a defect; what it was stands with each.</summary>
    [Theory]
    [InlineData(13)] // A chunk server that was killed several times while meta stood still was quarantined for good.
    [InlineData(30)] // The same.
    [InlineData(2014)] // A wall clock that was set back stopped the scrub: damage at rest stayed.
    [InlineData(2020)] // The same.
    [InlineData(3101)] // The next chunk could be read before the end of the one before was everywhere: the end read as NUL.
    [InlineData(3106)] // The same.
    [InlineData(2059)] // After a start of all, the replica of the first server to report was the source, though it lacked operations.
    [InlineData(59)] // A replica that was lost with a restart before it was listed was missed only by the next writer.
    public void What_was_found_once_stays_mended(long seed) => Check(seed, Profile.Swarm);

    private RunReport Check(long seed, Profile profile)
    {
        var report = SimulationRun.Do(RunOptions.For(seed, profile));
        Assert.True(report.IsClean, $"{report.Replay}\n{string.Join('\n', report.Violations)}");
        output.WriteLine($"seed {seed}: {report.Simulated.TotalSeconds:0} s, {report.Steps} steps, {report.Faults.Total} faults, {report.Operations.Values.Sum()} operations");
        return report;
    }
}
