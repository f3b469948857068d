// dfs simulate: makes checked runs, seed after seed, and says what came of them. A seed that fails is told with the command that does
// it again and with the fewest faults that still make it fail.

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace AkkaDfs.Simulation.Commands;

/// <summary>The command.</summary>
internal static class SimulateCommand
{
    private const int Failed = 1;

    /// <summary>Makes the command.</summary>
    public static RootCommand Create(TextWriter output)
    {
        var seed = new Option<long>("--seed") { Description = "The first seed.", DefaultValueFactory = _ => 1 };
        var seeds = new Option<int>("--seeds") { Description = "How many seeds, one after the other.", DefaultValueFactory = _ => 1 };
        var hours = new Option<double>("--hours") { Description = "Goes on with further seeds until so many hours were simulated." };
        var profile = new Option<Profile>("--profile") { Description = "swarm (some of all kinds of faults), calm (none), disk, or net.", DefaultValueFactory = _ => Profile.Swarm };
        var trace = new Option<string?>("--trace") { Description = "Writes every event and the nodes' logs to a file; for one seed." };
        var without = new Option<string>("--without") { Description = "Numbers of faults to leave out, separated by commas.", DefaultValueFactory = _ => string.Empty };
        var threads = new Option<int>("--threads") { Description = "Seeds at a time.", DefaultValueFactory = _ => 1 };
        var noShrink = new Option<bool>("--no-shrink") { Description = "Does not look for the fewest faults that make a seed fail." };
        var command = new RootCommand("Runs a whole cluster on one thread in virtual time, with faults from a seed, and checks what its clients were told.")
        {
            seed, seeds, hours, profile, trace, without, threads, noShrink,
        };
        command.SetAction(parsed =>
        {
            using var file = parsed.GetValue(trace) is { } path ? new StreamWriter(path) : null;
            var work = new Work(output, parsed.GetValue(profile), ParseNumbers(parsed.GetValue(without)!), file, !parsed.GetValue(noShrink));
            return work.Do(parsed.GetValue(seed), parsed.GetValue(seeds), TimeSpan.FromHours(parsed.GetValue(hours)), Math.Max(1, parsed.GetValue(threads)));
        });
        return command;
    }

    private static HashSet<int> ParseNumbers(string list)
        => [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(n => int.Parse(n, CultureInfo.InvariantCulture))];

    private sealed class Work(TextWriter output, Profile profile, HashSet<int> leftOut, StreamWriter? trace, bool shrinks)
    {
        private readonly Lock _gate = new();
        private readonly FaultCounts _faults = new();
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private TimeSpan _simulated;
        private long _next;
        private long _steps;
        private int _runs;
        private int _failed;

        public int Do(long first, int count, TimeSpan hours, int threads)
        {
            _next = first;
            var workers = Enumerable.Range(0, threads).Select(n => new Thread(() => DoSome(first + count, hours)) { Name = $"simulation {n}" }).ToList();
            workers.ForEach(w => w.Start());
            workers.ForEach(w => w.Join());
            foreach (var (kind, times) in _faults.ByKind)
            {
                output.WriteLine($"  {kind}: {times}");
            }

            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{_runs} runs, {_failed} failed; {_faults.Total} faults; {_simulated.TotalHours:0.00} hours simulated in {_clock.Elapsed.TotalSeconds:0} s, {_simulated / _clock.Elapsed:0} times as fast as real time, {_steps / _clock.Elapsed.TotalSeconds:0} steps per second"));
            return _failed == 0 ? 0 : Failed;
        }

        private void DoSome(long end, TimeSpan hours)
        {
            while (TryTake(end, hours, out var seed))
            {
                var began = _clock.Elapsed;
                var report = SimulationRun.Do(RunOptions.For(seed, profile) with { LeftOut = leftOut, Trace = trace is null ? null : trace.WriteLine });
                lock (_gate)
                {
                    Tell(report, _clock.Elapsed - began);
                }

                if (!report.IsClean && shrinks)
                {
                    var shrunk = Shrinker.Shrink(report);
                    lock (_gate)
                    {
                        Tell(shrunk);
                    }
                }
            }
        }

        private bool TryTake(long end, TimeSpan hours, out long seed)
        {
            lock (_gate)
            {
                seed = _next;
                if (seed >= end && _simulated >= hours)
                {
                    return false;
                }

                _next++;
                return true;
            }
        }

        private void Tell(RunReport report, TimeSpan time)
        {
            _runs++;
            _failed += report.IsClean ? 0 : 1;
            _simulated += report.Simulated;
            _steps += report.Steps;
            _faults.Add(report.Faults);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"seed {report.Options.Seed}: {report.Hash}, {report.Simulated.TotalSeconds:0} s in {time.TotalSeconds:0.00} s, {report.Steps} steps, {report.Faults.Total} faults, {report.Operations.Values.Sum()} operations: {(report.IsClean ? "clean" : "FAILED")}"));
            foreach (var violation in report.Violations)
            {
                output.WriteLine($"  {violation}");
            }

            if (!report.IsClean)
            {
                output.WriteLine($"  again: {report.Replay}");
            }

            output.Flush();
        }

        private void Tell(ShrunkRun shrunk)
        {
            output.WriteLine($"  with {shrunk.Left.Count} faults it still fails after {shrunk.Runs} attempts to leave out more: {shrunk.Report.Replay}");
            foreach (var fault in shrunk.Left)
            {
                output.WriteLine($"    {fault}");
            }

            output.Flush();
        }
    }
}
