// Every crash point of every sequence of up to three operations. Nothing here is random: the same states each time, but for the
// deep run, which goes on with a seed for as long as it is told to:
//
//   DFS_CRASH_SEED=1 DFS_CRASH_MINUTES=60 dotnet test tests/AkkaDfs.Chunk.Tests --filter FullyQualifiedName~Deep_run

using System.Diagnostics;
using System.Globalization;
using AkkaDfs.Testing.Files;
using Xunit.Abstractions;

namespace AkkaDfs.Chunk.Tests.Storage;

public sealed class CrashConsistencyTests(ITestOutputHelper output)
{
    [Fact]
    public void S2_06_A_power_loss_at_any_point_leaves_a_prefix_with_every_synced_operation()
    {
        var states = 0;
        foreach (var letters in Sequences(2))
        {
            using var script = new CrashScript(letters);
            for (var step = script.FirstStep; step <= script.LastStep; step++)
            {
                foreach (var choice in CrashChoices.For(script.PendingAt(step)))
                {
                    script.CheckPowerLoss(step, choice);
                    states++;
                }
            }
        }

        output.WriteLine($"{states} states");
        Assert.True(states >= 10_000, $"{states} states");
    }

    [Fact]
    public void S2_06_A_power_loss_in_three_operations_leaves_a_prefix_with_every_synced_one()
    {
        var states = 0;
        foreach (var letters in Sequences(3).Where(s => s.Length == 3))
        {
            using var script = new CrashScript(letters);
            for (var step = script.FirstStep; step <= script.LastStep; step++)
            {
                script.CheckPowerLoss(step, CrashChoices.Random((states * 31) + step));
                states++;
            }
        }

        output.WriteLine($"{states} states");
        Assert.True(states >= 10_000, $"{states} states");
    }

    // Every crash point of sequences of three to eight operations, each with every choice that matters and one at random.
    [Fact]
    public void S2_06_Deep_run_of_random_sequences_when_asked_for()
    {
        if (Environment.GetEnvironmentVariable("DFS_CRASH_SEED") is not { Length: > 0 } given)
        {
            output.WriteLine("skipped: set DFS_CRASH_SEED (and DFS_CRASH_MINUTES) to run it");
            return;
        }

        var seed = int.Parse(given, CultureInfo.InvariantCulture);
        var minutes = double.Parse(Environment.GetEnvironmentVariable("DFS_CRASH_MINUTES") ?? "1", CultureInfo.InvariantCulture);
        var random = new Random(seed);
        var clock = Stopwatch.StartNew();
        var (states, sequences) = (0L, 0);
        for (; clock.Elapsed < TimeSpan.FromMinutes(minutes); sequences++)
        {
            var letters = string.Concat(Enumerable.Range(0, random.Next(3, 9)).Select(_ => Letters[random.Next(Letters.Length)]));
            using var script = new CrashScript(letters, random.Next(2) == 0 ? 1 << 20 : 4800);
            for (var step = script.FirstStep; step <= script.LastStep; step++)
            {
                script.CheckKill(step);
                states++;
                foreach (var choice in CrashChoices.For(script.PendingAt(step)).Append(CrashChoices.Random(random.Next())))
                {
                    script.CheckPowerLoss(step, choice);
                    states++;
                }
            }
        }

        output.WriteLine($"seed {seed}: {sequences} sequences, {states} states");
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(4800)]
    public void Operations_that_arrive_during_syncs_and_log_segments_that_end_change_nothing_of_that(int logSegmentBytes)
    {
        foreach (var letters in new[] { "c", "Ac", "Ol", "Om", "AQl", "AQm", "Bc", "AOlQl", "AcAc", "TlA", "TcQ", "AQlC", "SAcS", "AOQAOQB", "SSSSCSSSS", "ABABCAB" })
        {
            using var script = new CrashScript(letters, logSegmentBytes);
            for (var step = script.FirstStep; step <= script.LastStep; step++)
            {
                script.CheckKill(step);
                foreach (var choice in CrashChoices.For(script.PendingAt(step)).Append(CrashChoices.Random(step)))
                {
                    script.CheckPowerLoss(step, choice);
                }
            }
        }
    }

    [Fact]
    public void S2_07_A_kill_at_any_point_loses_nothing_that_was_applied()
    {
        foreach (var letters in Sequences(2))
        {
            using var script = new CrashScript(letters);
            for (var step = script.FirstStep; step <= script.LastStep; step++)
            {
                script.CheckKill(step);
            }
        }
    }

    [Fact]
    public void A_power_loss_during_the_restart_after_a_crash_loses_no_more()
    {
        var states = 0;
        foreach (var letters in Restarts)
        {
            using var script = new CrashScript(letters);
            for (var step = script.FirstStep; step <= script.LastStep; step += 2)
            {
                states += script.CheckPowerLossInRestart(step, CrashChoices.Random(step), states);
                states += script.CheckPowerLossInRestart(step, null, states);
            }
        }

        Assert.True(states >= 1000, $"{states} states");
    }

    [Fact]
    public void What_a_restart_found_torn_stays_void_though_its_checkpoint_failed()
    {
        foreach (var letters in Restarts)
        {
            using var script = new CrashScript(letters);
            for (var step = script.FirstStep; step <= script.LastStep; step++)
            {
                foreach (var choice in CrashChoices.For(script.PendingAt(step)))
                {
                    script.CheckPowerLossAfterHalfRestart(step, choice);
                }
            }
        }
    }

    [Fact]
    public void The_log_is_kept_for_a_replica_whose_checkpoint_fails()
    {
        using var harness = new StoreHarness(change: s => s with { LogSegmentBytes = 4800 });
        using var replica = harness.Create();
        using var other = harness.Create(chunk: new Shared.ChunkId(7));
        var twin = new ReplicaTwin(64 * 1024);
        harness.Files.Fault = static (action, path) => action == DiskAction.Write && path == StoreHarness.MetaPath() + ".tmp" ? InMemoryFileSystem.Enospc(path) : null;
        for (ulong i = 1; i <= 30; i++)
        {
            var op = StoreHarness.Write(i, (long)(i - 1) * 100, StoreHarness.Bytes(100, (int)i), sync: true);
            twin.Apply(op);
            Assert.Null(replica.Apply([op]).Error);
            Assert.Null(other.Apply([op]).Error);
            harness.Time.Advance(harness.Settings.CheckpointInterval);
            harness.Lanes.RunAll();
        }

        Assert.Contains(harness.Events, e => e is Chunk.Storage.StoreEvent.Trouble);
        harness.Files.Fault = null;
        using var next = harness.Kill();
        twin.AssertIs(next.Open());
        twin.AssertIs(next.Open(new Shared.ChunkId(7)));
    }

    private static readonly string Letters = CrashScript.Alphabet + "lmc";
    private static readonly string[] Restarts = ["AQ", "AQP", "BQ", "SQ", "TA", "TGA", "BTA", "AOP", "TSL", "QCA", "RTB", "AlA", "AA"];

    private static IEnumerable<string> Sequences(int longest)
    {
        IEnumerable<string> last = [string.Empty];
        for (var length = 1; length <= longest; length++)
        {
            last = last.SelectMany(s => CrashScript.Alphabet.Select(c => s + c)).ToList();
            foreach (var sequence in last)
            {
                yield return sequence;
            }
        }
    }
}
