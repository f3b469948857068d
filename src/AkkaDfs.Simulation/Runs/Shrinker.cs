// Makes a failing run short: leaves faults out, many at first, then fewer, as long as the run still fails. The plan of faults does not
// depend on what happens, so what is left is what it was.

using AkkaDfs.Simulation.Faults;

namespace AkkaDfs.Simulation;

/// <summary>A failing run with as few faults as were found to be enough.</summary>
/// <param name="Report">What came of it.</param>
/// <param name="Left">The faults that are left, for people.</param>
/// <param name="Runs">How many runs it took.</param>
internal sealed record ShrunkRun(RunReport Report, IReadOnlyList<string> Left, int Runs);

/// <summary>Shrinks runs.</summary>
internal static class Shrinker
{
    private const int MostRuns = 60;

    /// <summary>Shrinks a run that has failed.</summary>
    public static ShrunkRun Shrink(RunReport failed)
    {
        var best = failed;
        var left = FaultPlan.Make(failed.Options).SelectMany(r => r.Events).Where(e => !failed.Options.LeftOut.Contains(e.Number)).ToList();
        var runs = 0;
        for (var size = (left.Count + 1) / 2; size > 0 && runs < MostRuns; size = size == 1 ? 0 : (size + 1) / 2)
        {
            for (var at = 0; at < left.Count && runs < MostRuns;)
            {
                var part = left.Skip(at).Take(size).ToList();
                runs++;
                var tried = SimulationRun.Do(best.Options with { LeftOut = best.Options.LeftOut.Concat(part.Select(e => e.Number)).ToHashSet(), Trace = null });
                if (tried.IsClean)
                {
                    at += size;
                    continue;
                }

                best = tried;
                left.RemoveRange(at, part.Count);
            }
        }

        return new ShrunkRun(best, [.. left.Select(e => e.ToString())], runs);
    }
}
