// Journals at rest: read back without a change, and filled from what another one held.

using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Meta.Journal.Offline;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Protocol;
using AkkaDfs.Testing.Files;
using AkkaDfs.Testing.Time;
using Xunit;

namespace AkkaDfs.Meta.Tests.Journal;

public sealed class OfflineJournalTests
{
    [Fact]
    public void A_state_goes_from_one_folder_into_another_and_the_next_start_goes_on_from_there()
    {
        var disk = JournalHarness.NewDisk();
        var expected = Fill(disk);
        var files = disk.ListFiles(JournalHarness.Folder).Order(StringComparer.Ordinal).ToArray();
        var read = Offline(disk).Read().Value;
        Assert.Equal(expected, MetaHarness.Image(read.State));
        Assert.Equal((2UL, 0L), (read.Epoch, read.CutBytes));
        Assert.Empty(StateAudit.Of(read.State));
        Assert.Equal(files, disk.ListFiles(JournalHarness.Folder).Order(StringComparer.Ordinal));

        var other = JournalHarness.NewDisk();
        other.CreateDirectory("/disk/meta");
        Assert.Null(Offline(other).Load(HeadOf(read), read.State.Images()));
        Assert.Equal(expected, MetaHarness.Image(Offline(other).Read().Value.State));
        using (var opened = JournalHarness.OpenGood(other))
        {
            Assert.Equal((new Epoch(3), (long)read.Next, false), (opened.Opened.Value.Epoch, opened.Opened.Value.Transactions, opened.Opened.Value.IsNew));
            opened.Write(77);
        }

        using var again = JournalHarness.OpenGood(other);
        Assert.Equal([77UL], again.Numbers());
        Assert.Equal(new Epoch(4), again.Opened.Value.Epoch);
    }

    [Fact]
    public void Nothing_is_loaded_over_a_journal_that_was_used_and_none_is_read_while_it_is_in_use()
    {
        var disk = JournalHarness.NewDisk();
        var expected = Fill(disk);
        var read = Offline(disk).Read().Value;
        Assert.Equal(DfsErrorCode.AlreadyExists, Offline(disk).Load(HeadOf(read), read.State.Images())?.Code);
        Assert.Equal(expected, MetaHarness.Image(Offline(disk).Read().Value.State));
        using var user = JournalHarness.OpenGood(disk);
        Assert.Equal(DfsErrorCode.JournalLocked, Offline(disk).Read().Error?.Code);
        Assert.Equal(DfsErrorCode.JournalLocked, Offline(disk).Load(HeadOf(read), [])?.Code);
        Assert.Equal(DfsErrorCode.FileNotFound, Offline(JournalHarness.NewDisk()).Read().Error?.Code);
    }

    [Fact]
    public void A_torn_tail_is_told_and_left_and_damage_in_the_middle_is_told_with_its_place()
    {
        var disk = JournalHarness.NewDisk();
        var expected = Fill(disk);
        var path = Path.Combine(JournalHarness.Folder, disk.ListFiles(JournalHarness.Folder).Single(n => n.EndsWith(".log", StringComparison.Ordinal)));
        disk.Damage(path, bytes => [.. bytes, .. new byte[] { 1, 2, 3 }]);
        var torn = Offline(disk).Read().Value;
        Assert.Equal((3L, expected.Length), (torn.CutBytes, MetaHarness.Image(torn.State).Length));
        Assert.Equal(3L, Offline(disk).Read().Value.CutBytes);
        disk.Damage(path, bytes => [.. bytes[..200], (byte)(bytes[200] ^ 1), .. bytes[201..]]);
        var damaged = Offline(disk).Read();
        Assert.Equal(DfsErrorCode.JournalDamaged, damaged.Error?.Code);
        Assert.Contains(path, damaged.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_load_that_breaks_off_anywhere_leaves_nothing_that_a_start_takes_for_a_state()
    {
        var source = JournalHarness.NewDisk();
        var expected = Fill(source);
        var read = Offline(source).Read().Value;
        for (var steps = 0; ; steps++)
        {
            var disk = JournalHarness.NewDisk();
            disk.CreateDirectory("/disk/meta");
            var left = steps;
            disk.Fault = (action, _) => action is DiskAction.Read ? null : left-- > 0 ? null : new IOException("the test ends it here");
            var failed = Offline(disk).Load(HeadOf(read), read.State.Images());
            disk.Fault = null;
            if (failed is null)
            {
                Assert.Equal(expected, MetaHarness.Image(Offline(disk).Read().Value.State));
                Assert.True(steps > 5, "the test breaks off nothing");
                return;
            }

            // Either it is empty still, or it says that it is not whole; a state that is only a part never comes out.
            var after = Offline(disk).Read();
            Assert.True(!after.IsOk || MetaHarness.Image(after.Value.State).AsSpan().SequenceEqual(expected), $"step {steps}");
        }
    }

    [PostgresFact]
    public async Task A_state_goes_from_files_into_a_database_and_back()
    {
        var disk = JournalHarness.NewDisk();
        var expected = Fill(disk);
        var read = Offline(disk).Read().Value;
        var bench = await PostgresBench.NewAsync();
        var database = new PostgresOfflineJournal(bench.Settings, TimeProvider.System);
        Assert.Equal(DfsErrorCode.FileNotFound, database.Read().Error?.Code);
        Assert.Null(database.Load(HeadOf(read), read.State.Images()));
        Assert.Equal(DfsErrorCode.AlreadyExists, database.Load(HeadOf(read), read.State.Images())?.Code);
        Assert.Equal(expected, MetaHarness.Image(database.Read().Value.State));
        using (var journal = bench.OpenGood())
        {
            Assert.Equal((new Epoch(3), (long)read.Next, false), (journal.Opened.Value.Epoch, journal.Opened.Value.Transactions, journal.Opened.Value.IsNew));
        }

        var back = database.Read().Value;
        Assert.Equal((read.Next + 1, 3UL), (back.Next, back.Epoch));

        // An event about a directory that never was: put together from parts.
        using (var journal = bench.OpenGood())
        {
            journal.Write(1_000_000);
        }

        Assert.Equal(DfsErrorCode.VersionMismatch, database.Read().Error?.Code);
    }

    [Fact]
    public void The_audit_finds_what_does_not_hold_together()
    {
        var state = MetaHarness.Replayed(Meta().Journal);
        Assert.Empty(StateAudit.Of(state));
        var file = (FileInode)state.Names.Find(state.Chunks.InOrder().First().File.Id)!;
        file.CutTo(0, []);
        Assert.Contains(StateAudit.Of(state), f => f.Contains("is not at index 0", StringComparison.Ordinal));
    }

    // Some files, chunks and links, in a journal that was opened twice.
    private static byte[] Fill(InMemoryFileSystem disk)
    {
        var state = new DurableState();
        using (var first = JournalHarness.OpenGood(disk))
        {
            foreach (var change in Meta().Journal.Skip(2))
            {
                first.Journal.Append([change]);
            }

            first.Journal.Flush();
        }

        using var second = JournalHarness.OpenGood(disk);
        second.Read.ForEach(e => state.Apply(e, null));
        return MetaHarness.Image(state);
    }

    private static MetaHarness Meta()
    {
        var model = new ClusterModelForImages();
        return model.Meta;
    }

    private static SegmentHead HeadOf(OfflineState read) => new(read.State.ClusterId, read.Next, read.Epoch, 0, 0);

    private static FileOfflineJournal Offline(IFileSystem disk) => new(JournalHarness.Folder, disk, new ManualTime());

    private sealed class ClusterModelForImages
    {
        internal ClusterModelForImages()
        {
            var model = new Core.ClusterModel(4, new Random(1));
            model.Pass(40_000);
            Meta = model.Meta;
            Meta.Create("/a", allocate: true);
            Meta.Create("/b", allocate: true);
            Meta.Ask(new MetaProtocol.MakeDirectory(PathRef.Absolute("/d"), 0x1ED));
            Meta.Create("/d/c");
        }

        internal MetaHarness Meta { get; }
    }
}
