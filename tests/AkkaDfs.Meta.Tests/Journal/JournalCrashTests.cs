// Power loss at every step of a journal's life, with every choice of what the disk had written by then.

using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Testing.Files;
using Xunit;

namespace AkkaDfs.Meta.Tests.Journal;

public sealed class JournalCrashTests
{
    private const int SegmentBytes = 700;

    [Fact]
    public void Whatever_a_power_loss_leaves_nothing_confirmed_is_lost_and_nothing_is_half_there()
    {
        var disk = JournalHarness.NewDisk();
        var confirmedAt = new SortedDictionary<int, long> { [0] = 0 };
        Live(disk, confirmedAt, first: 1);
        Live(disk, confirmedAt, first: 31);
        var states = 0;
        for (var step = 0; step <= disk.StepCount; step++)
        {
            var confirmed = confirmedAt.Last(c => c.Key <= step).Value;
            foreach (var choice in CrashChoices.For(disk.PendingAfter(step)).Concat(Enumerable.Range(0, 80).Select(CrashChoices.Random)))
            {
                states++;
                Check(disk.AfterPowerLoss(choice, step), confirmed, $"step {step}, {choice}");
            }
        }

        Assert.True(states >= 10_000, $"only {states} states");
    }

    [Fact]
    public void A_second_power_loss_during_recovery_loses_nothing_either()
    {
        var disk = JournalHarness.NewDisk();
        var confirmedAt = new SortedDictionary<int, long> { [0] = 0 };
        Live(disk, confirmedAt, first: 1);
        for (var step = 0; step <= disk.StepCount; step += 3)
        {
            var confirmed = confirmedAt.Last(c => c.Key <= step).Value;
            var once = disk.AfterPowerLoss(CrashChoices.Random(step), step);
            using (JournalHarness.OpenGood(once, SegmentBytes))
            {
                for (var again = 0; again <= once.StepCount; again++)
                {
                    Check(once.AfterPowerLoss(CrashChoices.Random(again), again), confirmed, $"step {step}, then {again}");
                }
            }
        }
    }

    [Fact]
    public void S5_11_After_any_power_loss_meta_is_as_after_some_operation_not_before_the_last_confirmed_one()
        => Seeds.ForEach(6, random =>
        {
            var disk = JournalHarness.NewDisk();
            var images = new List<byte[]>();
            var confirmedAt = new SortedDictionary<int, long> { [0] = 0 };
            using (var journal = JournalHarness.OpenGood(disk, 4_096))
            {
                var meta = new MetaHarness(journal: journal.Read);
                Act(meta, journal, images, confirmedAt, random);
            }

            for (var i = 0; i < 200; i++)
            {
                var step = random.Next(disk.StepCount + 1);
                using var again = JournalHarness.OpenGood(disk.AfterPowerLoss(CrashChoices.Random(i), step), 4_096);
                var events = again.Read.TakeWhile((e, at) => at < again.Read.Count - 1).ToList();
                var image = MetaHarness.Image(MetaHarness.Replayed(events));
                var confirmed = (int)confirmedAt.Last(c => c.Key <= step).Value;
                var isNew = again.Opened.Value.IsNew && confirmed == 0;
                Assert.True(isNew || images.FindIndex(m => m.AsSpan().SequenceEqual(image)) >= confirmed, $"step {step}: no such state");
            }
        });

    [Fact]
    public void S5_10_Whatever_a_power_loss_leaves_of_checkpoints_and_of_removed_segments_nothing_confirmed_is_lost()
    {
        var disk = JournalHarness.NewDisk();
        var confirmedAt = new SortedDictionary<int, ulong> { [0] = 0 };
        LiveWithCheckpoints(disk, confirmedAt, 1, 25);
        LiveWithCheckpoints(disk, confirmedAt, 26, 50);
        var states = 0;
        for (var step = 0; step <= disk.StepCount; step++)
        {
            var confirmed = confirmedAt.Last(c => c.Key <= step).Value;
            foreach (var choice in CrashChoices.For(disk.PendingAfter(step)).Concat(Enumerable.Range(0, 40).Select(CrashChoices.Random)))
            {
                states++;
                var after = disk.AfterPowerLoss(choice, step);
                using var journal = JournalHarness.Open(after, SegmentBytes, checkpointBytes: 1);
                Assert.True(journal.Opened.IsOk, $"step {step}, {choice}: {journal.Opened.Error}");
                Assert.Empty(journal.Opened.Value.Warnings);
                var found = CheckpointTests.Nodes(journal);
                Assert.True(found >= confirmed, $"step {step}, {choice}: {found} of {confirmed}");
            }
        }

        Assert.True(states >= 10_000, $"only {states} states");
    }

    private static void LiveWithCheckpoints(InMemoryFileSystem disk, SortedDictionary<int, ulong> confirmedAt, ulong first, ulong last)
    {
        using var journal = JournalHarness.OpenGood(disk, SegmentBytes, checkpointBytes: 1);
        for (var number = first; number <= last; number++)
        {
            CheckpointTests.Write(journal, number, number, checkpoints: false);
            confirmedAt[disk.StepCount] = number;
            if (number % 5 == 0)
            {
                journal.Journal.WriteMark();
            }

            journal.Journal.MakeCheckpoint(CancellationToken.None);
        }

        Assert.True(journal.Checkpoints.Count >= 3 && journal.Checkpoints.TrueForAll(c => c.Error is null));
    }

    private static void Act(MetaHarness meta, JournalHarness journal, List<byte[]> images, SortedDictionary<int, long> confirmedAt, Random random)
    {
        images.Add(MetaHarness.Image(meta.State.Durable));
        var events = meta.Journal.Count;
        for (var i = 0; i < 120; i++)
        {
            meta.Ask(Requests.Random(meta, random));
            if (meta.Journal.Count > events)
            {
                journal.Journal.Append(meta.Journal[events..]);
                events = meta.Journal.Count;
                images.Add(MetaHarness.Image(meta.State.Durable));
            }

            if (random.Next(4) == 0 && journal.Journal.Flush())
            {
                confirmedAt[journal.Disk.StepCount] = images.Count - 1;
            }
        }
    }

    private static void Live(InMemoryFileSystem disk, SortedDictionary<int, long> confirmedAt, ulong first)
    {
        using var journal = JournalHarness.OpenGood(disk, SegmentBytes);
        for (var number = first; number < first + 30; number++)
        {
            journal.Journal.Append(JournalHarness.Transaction(number));
            if (number % 3 != 0)
            {
                journal.Journal.Flush();
                confirmedAt[disk.StepCount] = (long)number;
            }

            if (number % 5 == 0)
            {
                journal.Journal.WriteMark();
            }
        }

        journal.Journal.Flush();
        confirmedAt[disk.StepCount] = (long)first + 29;
    }

    private static void Check(InMemoryFileSystem disk, long confirmed, string where)
    {
        ulong next;
        using (var journal = JournalHarness.Open(disk, SegmentBytes))
        {
            Assert.True(journal.Opened.IsOk, $"{where}: {journal.Opened.Error}");
            var numbers = journal.Numbers();
            Assert.True(numbers.Count >= confirmed, $"{where}: {numbers.Count} of {confirmed} confirmed transactions are there");
            Assert.Equal(Enumerable.Range(1, numbers.Count).Select(n => (ulong)n), numbers);
            next = (ulong)numbers.Count + 1;
            journal.Write(next);
        }

        using var again = JournalHarness.Open(disk, SegmentBytes);
        Assert.True(again.Opened.IsOk, $"{where}, again: {again.Opened.Error}");
        Assert.Equal(next, again.Numbers()[^1]);
    }
}
