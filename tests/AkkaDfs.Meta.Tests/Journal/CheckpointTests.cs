// Checkpoints: the same state from replay, from checkpoint and tail, and live; fallback to the one before; what refuses.

using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Protocol;
using AkkaDfs.Testing.Files;
using Xunit;

namespace AkkaDfs.Meta.Tests.Journal;

public sealed class CheckpointTests
{
    // Head, one record, end mark: written down from docs/formats/meta-journal.md, not from the code.
    private const string Golden =
        "41444653434B503101000000BF15168100EEFFC00000000000000000000000010700000000000000030000000000000005000000000000000403020100000000"
        + "414446523060E5CD0600000088AB63C8010000000000000001000000000000000300000000000000020200000300"
        + "414446524B03D79700000000000000000200000000000000000000003060E5CD0300000000000000";

    private const int SegmentBytes = 700;

    [Fact]
    public void S5_11_Replay_and_checkpoint_with_tail_and_live_are_equal_at_every_cut()
        => Seeds.ForEach(8, random =>
        {
            var disk = JournalHarness.NewDisk();
            using var journal = JournalHarness.OpenGood(disk, SegmentBytes, checkpointBytes: 1);
            var meta = new MetaHarness(journal: journal.Read.SkipLast(1), epoch: new Epoch(1));
            var events = meta.Journal.Count;
            for (var i = 0; i < 150; i++)
            {
                meta.Ask(Requests.Random(meta, random));
                if (meta.Journal.Count == events)
                {
                    continue;
                }

                journal.Journal.Append(meta.Journal[events..]);
                events = meta.Journal.Count;
                journal.Journal.Flush();
                journal.Journal.MakeCheckpoint(CancellationToken.None);
                var live = MetaHarness.Image(meta.State.Durable);
                Assert.Equal(live, MetaHarness.Image(MetaHarness.Replayed(meta.Journal)));
                using var again = JournalHarness.OpenGood(disk.AfterPowerLoss(CrashChoices.None, disk.StepCount), SegmentBytes);
                Assert.Equal(live, MetaHarness.Image(MetaHarness.Replayed(again.Read.SkipLast(1))));
            }

            Assert.True(journal.Checkpoints.Count >= 5 && journal.Checkpoints.TrueForAll(c => c.Error is null), $"{journal.Checkpoints.Count} checkpoints");
        });

    [Fact]
    public void Images_of_any_prefix_and_the_events_behind_it_give_the_whole_state()
        => Seeds.ForEach(8, random =>
        {
            var meta = new MetaHarness();
            for (var i = 0; i < 80; i++)
            {
                meta.Ask(Requests.Random(meta, random));
            }

            var live = MetaHarness.Image(meta.State.Durable);
            for (var cut = 1; cut <= meta.Journal.Count; cut++)
            {
                var checkpoint = MetaHarness.Replayed(meta.Journal[..cut]).Images();
                Assert.Equal(live, MetaHarness.Image(MetaHarness.Replayed(checkpoint.Concat(meta.Journal[cut..]))));
            }
        });

    [Fact]
    public void Old_segments_and_checkpoints_go_once_two_newer_checkpoints_are_there()
    {
        var disk = JournalHarness.NewDisk();
        Fill(disk, 60);
        var names = new JournalFiles(JournalHarness.Folder, disk);
        var checkpoints = names.Checkpoints();
        Assert.Equal(2, checkpoints.Count);
        Assert.Equal(checkpoints[0], names.Segments()[0]);
        Assert.Contains(checkpoints[1], names.Segments());
        using var again = JournalHarness.OpenGood(disk, SegmentBytes);
        Assert.Equal(60UL, Nodes(again));
        Assert.Empty(again.Opened.Value.Warnings);
    }

    [Fact]
    public void Every_byte_of_the_newest_checkpoint_may_be_damaged_and_the_one_before_is_taken_and_it_is_told()
    {
        var disk = JournalHarness.NewDisk();
        Fill(disk, 40);
        var path = Newest(disk);
        using var file = disk.Open(path, FileOpen.ReadWrite);
        var good = new byte[1];
        for (long at = 0; at < file.Length; at++)
        {
            file.Read(good, at);
            file.Write([(byte)(good[0] ^ 0x55)], at);
            using (var again = JournalHarness.OpenGood(disk.AfterKill(), SegmentBytes))
            {
                Assert.True(Nodes(again) == 40, $"byte {at}");
                Assert.Contains(path, Assert.Single(again.Opened.Value.Warnings), StringComparison.Ordinal);
            }

            file.Write(good, at);
        }
    }

    [Fact]
    public void Any_shortened_checkpoint_is_passed_over()
    {
        var disk = JournalHarness.NewDisk();
        Fill(disk, 40);
        using var file = disk.Open(Newest(disk), FileOpen.ReadWrite);
        for (var length = file.Length - 1; length >= 0; length--)
        {
            file.SetLength(length);
            using var again = JournalHarness.OpenGood(disk.AfterKill(), SegmentBytes);
            Assert.Equal(40UL, Nodes(again));
        }
    }

    [Fact]
    public void Without_a_whole_checkpoint_and_without_the_first_segment_the_start_is_refused_with_place_and_ways_out()
    {
        var disk = JournalHarness.NewDisk();
        Fill(disk, 60);
        var names = new JournalFiles(JournalHarness.Folder, disk);
        foreach (var checkpoint in names.Checkpoints())
        {
            using var file = disk.Open(names.CheckpointPath(checkpoint), FileOpen.ReadWrite);
            file.SetLength(100);
        }

        using var refused = JournalHarness.Open(disk, SegmentBytes);
        Assert.Equal(DfsErrorCode.JournalDamaged, refused.Opened.Error?.Code);
        Assert.Contains(Newest(disk), refused.Opened.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("offset 64", refused.Opened.Error.Message, StringComparison.Ordinal);
        Assert.Contains("Ways out", refused.Opened.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_whose_log_is_gone_is_refused_and_never_taken_for_everything()
    {
        var disk = JournalHarness.NewDisk();
        Fill(disk, 60);
        var names = new JournalFiles(JournalHarness.Folder, disk);
        foreach (var segment in names.Segments().Where(s => s >= names.Checkpoints()[^1]).ToList())
        {
            disk.Delete(names.SegmentPath(segment));
        }

        using var refused = JournalHarness.Open(disk, SegmentBytes);
        Assert.Equal(DfsErrorCode.JournalDamaged, refused.Opened.Error?.Code);
        Assert.Contains(names.SegmentPath(names.Checkpoints()[^1]), refused.Opened.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_costs_the_checkpoint_and_nothing_else()
    {
        var disk = JournalHarness.NewDisk();
        using (var journal = JournalHarness.OpenGood(disk, SegmentBytes, checkpointBytes: 1))
        {
            disk.Fault = (action, path) => action == DiskAction.Grow && path.EndsWith(".part", StringComparison.Ordinal)
                ? new IOException("No space left on device", FileErrors.Enospc)
                : null;
            Write(journal, 1, 40);
            Assert.NotEmpty(journal.Checkpoints);
            Assert.All(journal.Checkpoints, c => Assert.Equal(DfsErrorCode.DiskFull, c.Error?.Code));
            Assert.Null(journal.Failure);
            disk.Fault = null;
            Write(journal, 41, 60);
            Assert.Null(journal.Checkpoints[^1].Error);
        }

        using var again = JournalHarness.OpenGood(disk, SegmentBytes);
        Assert.Equal(60UL, Nodes(again));
    }

    [Fact]
    public void A_damaged_closed_segment_is_found_by_the_checkpoint_and_nothing_is_removed()
    {
        var disk = JournalHarness.NewDisk();
        using var journal = JournalHarness.OpenGood(disk, SegmentBytes, checkpointBytes: 1);
        Write(journal, 1, 10, checkpoints: false);
        var names = new JournalFiles(JournalHarness.Folder, disk);
        var before = names.Segments();
        using (var file = disk.Open(names.SegmentPath(before[0]), FileOpen.ReadWrite))
        {
            file.Write([0xFF], SegmentHead.Bytes + RecordHead.Bytes + 3);
        }

        journal.Journal.MakeCheckpoint(CancellationToken.None);
        Assert.Equal(DfsErrorCode.JournalDamaged, Assert.Single(journal.Checkpoints).Error?.Code);
        Assert.Equal(before, names.Segments());
        Assert.Empty(names.Checkpoints());
        journal.Write(11);
        Assert.Null(journal.Failure);
    }

    [Fact]
    public void The_format_of_a_checkpoint_stays_as_it_is()
    {
        var disk = JournalHarness.NewDisk();
        using var file = disk.Open("/disk/checkpoint", FileOpen.CreateOrTruncate);
        CheckpointFile.Write(file, new SegmentHead(MetaHarness.ClusterId, 7, 3, 0x01020304, 5), [new EpochStarted(new Epoch(3), 0)]);
        var bytes = new byte[file.Length];
        file.Read(bytes, 0);
        Assert.Equal(Golden, Convert.ToHexString(bytes));
        var images = new List<MetaEvent>();
        var read = CheckpointFile.Read("checkpoint", file, images.Add);
        Assert.Equal((7UL, 3UL, 0x01020304U), (read.Value.FirstPosition, read.Value.Epoch, read.Value.Previous));
        Assert.Equal([new EpochStarted(new Epoch(3), 0)], images);
    }

    /// <summary>Transaction n makes two nodes; a state with one of them only is half applied.</summary>
    internal static MetaEvent[] Transaction(ulong number) => [NodeOf(2 * number), NodeOf((2 * number) + 1)];

    /// <summary>Number of transactions in what was read back; throws when one is missing or half there.</summary>
    internal static ulong Nodes(JournalHarness journal)
    {
        var state = MetaHarness.Replayed(journal.Read);
        var next = 2UL;
        while (state.Names.Find(new InodeId(next)) is not null)
        {
            next++;
        }

        Assert.True(next % 2 == 0, $"node {next - 1} is there without its twin");
        Assert.Equal(next - 1, (ulong)state.Names.DirectoryCount);
        return (next / 2) - 1;
    }

    internal static void Write(JournalHarness journal, ulong first, ulong last, bool checkpoints = true)
    {
        for (var number = first; number <= last; number++)
        {
            journal.Journal.Append(Transaction(number));
            journal.Journal.Flush();
            if (checkpoints)
            {
                journal.Journal.MakeCheckpoint(CancellationToken.None);
            }
        }
    }

    private static void Fill(InMemoryFileSystem disk, ulong last)
    {
        using var journal = JournalHarness.OpenGood(disk, SegmentBytes, checkpointBytes: 1);
        Write(journal, 1, last);
    }

    private static string Newest(InMemoryFileSystem disk)
    {
        var names = new JournalFiles(JournalHarness.Folder, disk);
        return names.CheckpointPath(names.Checkpoints()[^1]);
    }

    private static NodeCreated NodeOf(ulong id)
        => new(new InodeId(id), InodeId.Root, $"node {id}", NodeKind.Directory, 0x1ED, 0, 0, null, string.Empty, 1);
}
