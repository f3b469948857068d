using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Shared;
using AkkaDfs.Testing.Files;
using Xunit;

namespace AkkaDfs.Meta.Tests.Journal;

public sealed class FileMetaJournalTests
{
    [Fact]
    public void S5_10_What_was_appended_comes_back_in_order_and_every_start_takes_a_higher_epoch()
    {
        var disk = JournalHarness.NewDisk();
        for (ulong start = 1; start <= 4; start++)
        {
            using var journal = JournalHarness.OpenGood(disk);
            Assert.Equal((new Epoch(start), start == 1, 0L), (journal.Opened.Value.Epoch, journal.Opened.Value.IsNew, journal.Opened.Value.CutBytes));
            Assert.Equal(Enumerable.Range(1, (int)start - 1).Select(n => (ulong)n), journal.Numbers());
            Assert.Equal(new ClusterFormed(MetaHarness.ClusterId, journal.Read.OfType<EpochStarted>().First().AtUnixNs), journal.Read[0]);
            Assert.Equal(Enumerable.Range(1, (int)start).Select(e => (ulong)e), journal.Read.OfType<EpochStarted>().Select(e => e.Epoch.Value));
            journal.Write(start);
            Assert.Equal((long)(2 * start), journal.DurablePosition);
        }
    }

    [Fact]
    public void Everything_that_was_queued_is_made_durable_by_one_sync()
    {
        var disk = JournalHarness.NewDisk();
        using var journal = JournalHarness.OpenGood(disk);
        var syncs = 0;
        disk.Fault = (action, _) =>
        {
            syncs += action == DiskAction.Sync ? 1 : 0;
            return null;
        };
        for (ulong n = 1; n <= 1_000; n++)
        {
            Assert.Equal((long)n + 1, journal.Journal.Append(JournalHarness.Transaction(n)));
        }

        Assert.Equal(0, journal.DurablePosition);
        Assert.True(journal.Journal.Flush());
        Assert.Equal((1, 1_001L), (syncs, journal.DurablePosition));
        Assert.False(journal.Journal.Flush());
    }

    [Fact]
    public void Segments_follow_each_other()
    {
        var disk = JournalHarness.NewDisk();
        using (var journal = JournalHarness.OpenGood(disk, segmentBytes: 2_000))
        {
            for (ulong n = 1; n <= 200; n++)
            {
                journal.Write(n);
                if (n % 7 == 0)
                {
                    journal.Journal.WriteMark();
                }
            }
        }

        Assert.InRange(disk.AllFiles().Count, 5, 50);
        using var again = JournalHarness.OpenGood(disk, segmentBytes: 2_000);
        Assert.Equal(Enumerable.Range(1, 200).Select(n => (ulong)n), again.Numbers());
    }

    [Fact]
    public void A_second_process_is_refused()
    {
        var disk = JournalHarness.NewDisk();
        using var first = JournalHarness.OpenGood(disk);
        using var second = JournalHarness.Open(disk);
        Assert.Equal(DfsErrorCode.JournalLocked, second.Opened.Error?.Code);
        first.Write(1);
        Assert.Equal(2, first.DurablePosition);
    }

    [Fact]
    public void A_torn_tail_is_cut_and_reported_and_writing_goes_on()
    {
        var disk = JournalHarness.NewDisk();
        using (var journal = JournalHarness.OpenGood(disk))
        {
            journal.Write(1);
            journal.Write(2);
        }

        var path = disk.AllFiles().Single(f => f.EndsWith(".log", StringComparison.Ordinal));
        var marked = disk.ReadAll(path);
        var torn = marked[..^(RecordHead.Bytes + 3)];
        disk.Damage(path, _ => torn);
        using (var journal = JournalHarness.OpenGood(disk))
        {
            Assert.Equal([1UL], journal.Numbers());
            Assert.InRange(journal.Opened.Value.CutBytes, 1, marked.Length);
            journal.Write(3);
        }

        using var again = JournalHarness.OpenGood(disk);
        Assert.Equal([1UL, 3UL], again.Numbers());
    }

    [Fact]
    public void Damage_in_any_byte_of_what_was_confirmed_is_found_and_names_the_place()
    {
        var disk = JournalHarness.NewDisk();
        using (var journal = JournalHarness.OpenGood(disk))
        {
            for (ulong n = 1; n <= 3; n++)
            {
                journal.Write(n);
            }
        }

        // The journal ends with a mark: everything before it is known to have been durable.
        var path = disk.AllFiles().Single(f => f.EndsWith(".log", StringComparison.Ordinal));
        var good = disk.ReadAll(path);
        for (var at = 0; at < good.Length - RecordHead.Bytes; at++)
        {
            var bad = good.ToArray();
            bad[at] ^= 0x40;
            disk.Damage(path, _ => bad);
            using var journal = JournalHarness.Open(disk);
            Assert.True(journal.Opened.Error?.Code is DfsErrorCode.JournalDamaged or DfsErrorCode.VersionMismatch, $"byte {at}: {journal.Opened.Error?.ToString() ?? "read"}");
            Assert.Contains(path, journal.Opened.Error!.Message, StringComparison.Ordinal);
            Assert.Contains("offset", journal.Opened.Error.Message, StringComparison.Ordinal);
            Assert.Equal(bad, disk.ReadAll(path));
        }

        disk.Damage(path, _ => good);
        using var whole = JournalHarness.OpenGood(disk);
        Assert.Equal([1UL, 2UL, 3UL], whole.Numbers());
    }

    [Fact]
    public void A_missing_an_exchanged_and_a_shortened_segment_are_found()
    {
        var disk = JournalHarness.NewDisk();
        using (var journal = JournalHarness.OpenGood(disk, segmentBytes: 1_000))
        {
            for (ulong n = 1; n <= 60; n++)
            {
                journal.Write(n);
            }
        }

        var segments = disk.AllFiles().Where(f => f.EndsWith(".log", StringComparison.Ordinal)).ToList();
        Refused(d => d.Remove(segments[1]));
        Refused(d => d.Remove(segments[0]));
        Refused(d => d.Damage(segments[1], _ => disk.ReadAll(segments[2])));
        Refused(d => d.Damage(segments[1], bytes => bytes[..^20]));
        Refused(d => d.Damage(segments[1], _ => []));

        void Refused(Action<InMemoryFileSystem> harm)
        {
            var copy = disk.AfterKill();
            harm(copy);
            using var journal = JournalHarness.Open(copy, segmentBytes: 1_000);
            Assert.Equal(DfsErrorCode.JournalDamaged, journal.Opened.Error?.Code);
        }
    }

    [Fact]
    public void A_newer_format_is_refused_by_name()
    {
        var disk = JournalHarness.NewDisk();
        using (JournalHarness.OpenGood(disk))
        {
        }

        var path = disk.AllFiles().Single(f => f.EndsWith(".log", StringComparison.Ordinal));
        disk.Damage(path, bytes =>
        {
            bytes[8] = 9;
            bytes.AsSpan(12, 4).Clear();
            BitConverter.TryWriteBytes(bytes.AsSpan(12), Checksum.Compute(bytes.AsSpan(0, SegmentHead.Bytes)));
            return bytes;
        });
        using var journal = JournalHarness.Open(disk);
        Assert.Equal(DfsErrorCode.VersionMismatch, journal.Opened.Error?.Code);
    }

    [Theory]
    [InlineData(DiskAction.Write, true)]
    [InlineData(DiskAction.Write, false)]
    [InlineData(DiskAction.Sync, false)]
    [InlineData(DiskAction.Sync, true)]
    [InlineData(DiskAction.Open, true)]
    [InlineData(DiskAction.SyncNames, false)]
    public void A_full_or_failing_disk_confirms_nothing_and_what_was_confirmed_is_there_afterwards(DiskAction failing, bool isFull)
    {
        var disk = JournalHarness.NewDisk();
        var journal = JournalHarness.OpenGood(disk, segmentBytes: 500);
        journal.Write(1);
        disk.Fault = (action, path) => action == failing ? isFull ? InMemoryFileSystem.Enospc(path) : InMemoryFileSystem.Eio(path) : null;
        for (ulong n = 2; journal.Failure is null; n++)
        {
            journal.Write(n);
        }

        var confirmed = journal.DurablePosition;
        Assert.Equal(DfsErrorCode.JournalUnwritable, journal.Failure?.Code);
        disk.Fault = null;
        journal.Write(1_000);
        Assert.Equal(confirmed, journal.DurablePosition);
        journal.Dispose();

        using var again = JournalHarness.OpenGood(disk.AfterPowerLoss(CrashChoices.None), segmentBytes: 500);
        Assert.True(again.Opened.Value.Transactions > confirmed);
        Assert.DoesNotContain(1_000UL, again.Numbers());
    }

    [Fact]
    public void A_journal_that_cannot_take_its_epoch_does_not_open()
    {
        var disk = JournalHarness.NewDisk();
        using (JournalHarness.OpenGood(disk))
        {
        }

        disk.Fault = (action, path) => action == DiskAction.Write ? InMemoryFileSystem.Enospc(path) : null;
        using (var journal = JournalHarness.Open(disk))
        {
            Assert.Equal(DfsErrorCode.JournalUnwritable, journal.Opened.Error?.Code);
        }

        disk.Fault = null;
        using var again = JournalHarness.OpenGood(disk);
        Assert.Equal(new Epoch(2), again.Opened.Value.Epoch);
    }

    [Fact]
    public void The_background_thread_confirms_everything_and_closing_writes_what_is_queued()
    {
        var disk = JournalHarness.NewDisk();
        var heard = new Heard();
        using (var journal = new BackgroundJournal(new FileMetaJournal(
            new FileJournalSettings(JournalHarness.Folder, 4_096, MetaHarness.ClusterId), disk, TimeProvider.System)))
        {
            Assert.True(journal.Open(_ => { }, heard).IsOk);
            for (ulong n = 1; n <= 500; n++)
            {
                journal.Append(JournalHarness.Transaction(n));
            }

            Assert.True(SpinWait.SpinUntil(() => heard.Position >= 250, TimeSpan.FromSeconds(30)));
        }

        Assert.Equal(501, heard.Position);
        using var again = JournalHarness.OpenGood(disk, segmentBytes: 4_096);
        Assert.Equal(500, again.Numbers().Count);
        Assert.Equal(0, again.Opened.Value.CutBytes);
    }

    [Fact]
    public void Checkpoints_are_made_in_the_background_while_the_log_is_written()
    {
        var disk = JournalHarness.NewDisk();
        var heard = new Heard();
        var last = 0UL;
        var settings = new FileJournalSettings(JournalHarness.Folder, 700, MetaHarness.ClusterId) { CheckpointBytes = 1_400 };
        using (var journal = new BackgroundJournal(new FileMetaJournal(settings, disk, TimeProvider.System)))
        {
            Assert.True(journal.Open(_ => { }, heard).IsOk);
            Assert.True(SpinWait.SpinUntil(
                () =>
                {
                    var position = journal.Append(CheckpointTests.Transaction(++last));
                    return SpinWait.SpinUntil(() => heard.Position >= position, TimeSpan.FromSeconds(30)) && heard.Checkpoint > 40;
                },
                TimeSpan.FromSeconds(60)));
        }

        using var again = JournalHarness.OpenGood(disk, segmentBytes: 700);
        Assert.Equal(last, CheckpointTests.Nodes(again));
        Assert.NotEqual(1UL, new JournalFiles(JournalHarness.Folder, disk).Segments()[0]);
    }

    private sealed class Heard : IJournalListener
    {
        private long _position;
        private long _checkpoint;

        internal long Checkpoint => Volatile.Read(ref _checkpoint);

        internal long Position => Volatile.Read(ref _position);

        public void Durable(long position) => Volatile.Write(ref _position, position);

        public void Failed(DfsError error) => throw error.ToException();

        public void Confirmed() => throw new InvalidOperationException("a file journal is always confirmed");

        public void Checkpointed(long nextPosition, DfsError? error)
        {
            if (error is null)
            {
                Volatile.Write(ref _checkpoint, nextPosition);
            }
        }
    }
}
