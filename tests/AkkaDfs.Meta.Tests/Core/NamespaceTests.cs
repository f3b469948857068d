using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class NamespaceTests
{
    private readonly MetaHarness _meta = new();

    [Fact]
    public void S4_03_Create_gives_a_file_with_its_layout_and_times()
    {
        _meta.NowMs = 5_000;
        var opened = _meta.Create("/a/b/file", new FileLayout(ChunkSizeBytes: 8192, Replicas: 2));
        Assert.True(opened.Created);
        Assert.Equal((8192, 2, PlacementPolicy.LeastLoaded), (opened.Status.Layout.ChunkSizeBytes, opened.Status.Layout.Replicas, opened.Status.Layout.Placement));
        Assert.Equal((0x81A4u, 1, 0L, true), (opened.Status.Mode, opened.Status.LinkCount, opened.Status.LengthBytes, opened.Status.LengthIsExact));
        Assert.Equal(5_000_000_000, opened.Status.ModifiedUnixNs);
        Assert.Equal((3, 0x41EDu), (_meta.Status("/a").LinkCount, _meta.Status("/a").Mode));
        Assert.Equal(opened.Status, _meta.Status("/a/b/file"));
        Assert.Equal(opened.Status, _meta.Status("//a/./b/../b//file"));
    }

    [Fact]
    public void S4_05_Reading_what_is_not_there_says_FILE_NOT_FOUND()
    {
        Assert.Equal(DfsErrorCode.FileNotFound, _meta.CodeOf(new MetaProtocol.GetStatus(PathRef.Absolute("/none"))));
        Assert.Equal(DfsErrorCode.FileNotFound, _meta.CodeOf(new MetaProtocol.GetChunks(PathRef.Absolute("/none"), 0, 1)));
        Assert.Equal(DfsErrorCode.FileNotFound, _meta.CodeOf(new MetaProtocol.GetStatus(PathRef.Of(new InodeId(99)))));
    }

    [Fact]
    public void S4_06_Delete_removes_the_file_and_a_second_delete_says_FILE_NOT_FOUND()
    {
        _meta.Create("/file");
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(new MetaProtocol.Remove(PathRef.Absolute("/file"))));
        Assert.Equal(DfsErrorCode.FileNotFound, _meta.CodeOf(new MetaProtocol.GetStatus(PathRef.Absolute("/file"))));
        Assert.Equal(DfsErrorCode.FileNotFound, _meta.CodeOf(new MetaProtocol.Remove(PathRef.Absolute("/file"))));
    }

    [Fact]
    public void Kinds_of_removal_refuse_the_other_kind()
    {
        _meta.Create("/d/f");
        Assert.Equal(DfsErrorCode.IsADirectory, _meta.CodeOf(new MetaProtocol.Remove(PathRef.Absolute("/d"), MetaProtocol.RemoveKind.NotDirectory)));
        Assert.Equal(DfsErrorCode.NotADirectory, _meta.CodeOf(new MetaProtocol.Remove(PathRef.Absolute("/d/f"), MetaProtocol.RemoveKind.Directory)));
        Assert.Equal(DfsErrorCode.DirectoryNotEmpty, _meta.CodeOf(new MetaProtocol.Remove(PathRef.Absolute("/d"))));
        Assert.Equal(DfsErrorCode.InvalidPath, _meta.CodeOf(new MetaProtocol.Remove(PathRef.Absolute("/"))));
    }

    [Fact]
    public void Dispositions_decide_about_an_existing_file()
    {
        var first = _meta.Create("/f");
        Assert.Equal(DfsErrorCode.AlreadyExists, _meta.CodeOf(new MetaProtocol.CreateFile(PathRef.Absolute("/f"), MetaProtocol.Disposition.CreateNew, FileLayout.Default)));
        var opened = _meta.Create("/f", disposition: MetaProtocol.Disposition.OpenOrCreate);
        Assert.Equal((first.Status.Inode, false), (opened.Status.Inode, opened.Created));
        var replaced = _meta.Create("/f", disposition: MetaProtocol.Disposition.Replace);
        Assert.True(replaced.Created && replaced.Status.Inode != first.Status.Inode);
        _meta.MakeDirectory("/d");
        Assert.Equal(DfsErrorCode.IsADirectory, _meta.CodeOf(new MetaProtocol.CreateFile(PathRef.Absolute("/d"), MetaProtocol.Disposition.Replace, FileLayout.Default)));
        Assert.Equal(DfsErrorCode.IsADirectory, _meta.CodeOf(new MetaProtocol.CreateFile(PathRef.Absolute("/d"), MetaProtocol.Disposition.OpenOrCreate, FileLayout.Default)));
    }

    [Theory]
    [InlineData("/f/x", DfsErrorCode.NotADirectory)]
    [InlineData("/none/x", DfsErrorCode.FileNotFound)]
    [InlineData("/", DfsErrorCode.InvalidPath)]
    [InlineData("/..", DfsErrorCode.InvalidPath)]
    [InlineData("/a\0b", DfsErrorCode.InvalidPath)]
    public void Names_that_cannot_be_are_refused(string path, DfsErrorCode expected)
    {
        _meta.Create("/f");
        Assert.Equal(expected, _meta.CodeOf(new MetaProtocol.CreateFile(PathRef.Absolute(path), MetaProtocol.Disposition.CreateNew, FileLayout.Default)));
    }

    [Fact]
    public void Names_of_255_bytes_and_paths_of_4096_are_the_longest()
    {
        _meta.Create("/" + new string('x', 255));
        Assert.Equal(DfsErrorCode.NameTooLong, _meta.CodeOf(new MetaProtocol.MakeDirectory(PathRef.Absolute("/" + new string('x', 256)))));
        Assert.Equal(DfsErrorCode.NameTooLong, _meta.CodeOf(new MetaProtocol.MakeDirectory(PathRef.Absolute("/" + new string('ä', 128)))));
        _meta.MakeDirectory("/" + new string('ä', 127));
        Assert.Equal(DfsErrorCode.NameTooLong, _meta.CodeOf(new MetaProtocol.GetStatus(PathRef.Absolute(string.Concat(Enumerable.Repeat("/abc", 1025))))));
        Assert.Equal(DfsErrorCode.FileNotFound, _meta.CodeOf(new MetaProtocol.GetStatus(PathRef.Absolute(string.Concat(Enumerable.Repeat("/abc", 1024))))));
        var parents = new MetaProtocol.CreateFile(PathRef.Absolute($"/new/{new string('y', 256)}/f"), MetaProtocol.Disposition.CreateNew, FileLayout.Default, MakeParents: true);
        Assert.Equal(DfsErrorCode.NameTooLong, _meta.CodeOf(parents));
        Assert.Equal(DfsErrorCode.FileNotFound, _meta.CodeOf(new MetaProtocol.GetStatus(PathRef.Absolute("/new"))));
    }

    [Fact]
    public void Names_of_any_bytes_come_back_from_the_journal()
    {
        var name = PathText.FromBytes([0xff, 0x80, (byte)'a', 0xc3]);
        _meta.Create("/" + name);
        var replayed = MetaHarness.Replayed(_meta.Journal);
        Assert.Equal(MetaHarness.Image(_meta.State.Durable), MetaHarness.Image(replayed));
        Assert.Equal(DfsErrorCode.None, replayed.Names.Resolve(PathRef.Absolute(name), true, Caller.Superuser, out _));
    }

    [Fact]
    public void Symbolic_links_are_followed_and_loops_are_found()
    {
        _meta.Create("/d/f");
        var names = _meta.State.Durable.Names;
        Link("to-d", "d");
        Link("to-f", "/d/f");
        Link("loop", "/loop");
        Link("up", "to-d/../d/./f");
        Assert.Equal(_meta.Status("/d/f"), _meta.Status("/to-d/f"));
        Assert.Equal(_meta.Status("/d/f"), _meta.Status("/to-f"));
        Assert.Equal(_meta.Status("/d/f"), _meta.Status("/up"));
        Assert.Equal(DfsErrorCode.TooManySymbolicLinks, _meta.CodeOf(new MetaProtocol.GetStatus(PathRef.Absolute("/loop"))));
        var link = _meta.Ask<MetaProtocol.StatusReply>(new MetaProtocol.GetStatus(PathRef.Absolute("/to-d"), FollowLink: false)).Status;
        Assert.Equal((NodeKind.SymbolicLink, "d", 1L), (link.Kind, link.LinkTarget, link.LengthBytes));

        void Link(string name, string target) => _meta.State.Replay(
            new NodeCreated(names.NextInode, InodeId.Root, name, NodeKind.SymbolicLink, 0x1FF, 0, 0, null, target, 0));
    }

    [Fact]
    public void A_removed_tree_is_gone_at_once_and_freed_bit_by_bit()
    {
        var meta = new MetaHarness(new MetaPolicy { FreeNodesPerStep = 10 });
        for (var i = 0; i < 100; i++)
        {
            meta.Create($"/top/d{i % 7}/f{i}");
        }

        var inner = meta.Status("/top/d3").Inode;
        var request = new MetaProtocol.Remove(PathRef.Absolute("/top"), Recursive: true) { Operation = meta.NextOperation() };
        Assert.Equal(DfsErrorCode.None, meta.CodeOf(request));
        Assert.Empty(meta.List("/"));
        Assert.Equal(100, meta.Cluster().Files);
        var late = new MetaProtocol.CreateFile(new PathRef(inner, "late"), MetaProtocol.Disposition.CreateNew, FileLayout.Default, MakeParents: true);
        Assert.Equal(DfsErrorCode.FileNotFound, meta.CodeOf(late));

        // A restart in the middle goes on where it was.
        meta.Pass(300);
        Assert.InRange(meta.Cluster().Files, 1, 99);
        var again = new MetaHarness(meta.Policy, journal: meta.Journal);
        Assert.Equal(MetaHarness.Image(meta.State.Durable), MetaHarness.Image(MetaHarness.Replayed(meta.Journal)));
        again.Pass(10_000);
        Assert.Equal((0L, 1L), (again.Cluster().Files, again.Cluster().Directories));
        Assert.Null(again.State.Durable.Names.Find(inner));
    }

    [Fact]
    public void Directories_list_in_pages_in_order_whatever_changes_between_them()
    {
        for (var i = 0; i < 1_000; i++)
        {
            _meta.Create($"/d/f{i:d4}");
        }

        var seen = new List<string>();
        var after = string.Empty;
        MetaProtocol.DirectoryPage page;
        do
        {
            page = _meta.Ask<MetaProtocol.DirectoryPage>(new MetaProtocol.ListDirectory(PathRef.Absolute("/d"), after, 64));
            seen.AddRange(page.Entries.Select(e => e.Name));
            after = seen[^1];
            _meta.CodeOf(new MetaProtocol.Remove(PathRef.Absolute("/d/" + after)));
        }
        while (page.HasMore);
        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => $"f{i:d4}"), seen);
        Assert.Equal(DfsErrorCode.NotADirectory, _meta.CodeOf(new MetaProtocol.ListDirectory(PathRef.Absolute("/d/f0000"), string.Empty, 10)));
        Assert.Equal(DfsErrorCode.InvalidArgument, _meta.CodeOf(new MetaProtocol.ListDirectory(PathRef.Absolute("/d"), string.Empty, 0)));
    }

    [Fact]
    public void A_directory_with_a_million_entries_lists_in_pages_that_fit_into_a_message()
    {
        const int Entries = 1_000_000;
        var layout = new FileLayout(1024, 3, PlacementPolicy.LeastLoaded, AckPolicy.All, ReplicaDownPolicy.Replace);
        for (var i = 0; i < Entries; i++)
        {
            _meta.State.Replay(new NodeCreated(new InodeId((ulong)i + 2), InodeId.Root, $"f{i:d7}", NodeKind.File, 0x1A4, 0, 0, layout, string.Empty, 1));
        }

        var after = string.Empty;
        var seen = 0;
        MetaProtocol.DirectoryPage page;
        do
        {
            page = _meta.Ask<MetaProtocol.DirectoryPage>(new MetaProtocol.ListDirectory(PathRef.Absolute("/"), after, MetaProtocol.MaxPage));
            Assert.InRange(page.Entries.Count, page.HasMore ? 1_000 : 1, MetaProtocol.MaxPage);
            Assert.Equal($"f{seen:d7}", page.Entries[0].Name);
            seen += page.Entries.Count;
            after = page.Entries[^1].Name;
        }
        while (page.HasMore);
        Assert.Equal(Entries, seen);
        Assert.Equal(Entries, _meta.Cluster().Files);
    }

    [Fact]
    public void A_retry_is_answered_like_the_first_time_even_after_a_restart_and_a_removal()
    {
        var create = new MetaProtocol.CreateFile(PathRef.Absolute("/f"), MetaProtocol.Disposition.CreateNew, FileLayout.Default) { Operation = _meta.NextOperation() };
        var first = _meta.Ask<MetaProtocol.FileOpened>(create);
        Assert.Equal(first, _meta.Ask<MetaProtocol.FileOpened>(create));
        var again = new MetaHarness(journal: _meta.Journal, epoch: new Epoch(2));
        Assert.Equal(first, again.Ask<MetaProtocol.FileOpened>(create));
        again.Ask<MetaProtocol.Done>(new MetaProtocol.Remove(PathRef.Absolute("/f")));
        var late = again.Ask<MetaProtocol.FileOpened>(create);
        Assert.Equal((first.Status.Inode, true, 0), (late.Status.Inode, late.Created, late.Status.LinkCount));
        Assert.Equal(DfsErrorCode.FileNotFound, again.CodeOf(new MetaProtocol.GetStatus(PathRef.Absolute("/f"))));
    }

    [Fact]
    public void A_late_repeat_of_an_answered_operation_changes_nothing()
    {
        var remove = new MetaProtocol.Remove(PathRef.Absolute("/f")) { Operation = _meta.NextOperation() };
        Assert.Equal(DfsErrorCode.FileNotFound, _meta.CodeOf(remove));
        _meta.Ask(new MetaProtocol.CreateFile(PathRef.Absolute("/f"), MetaProtocol.Disposition.CreateNew, FileLayout.Default)
        {
            Operation = _meta.NextOperation(), AnsweredBelow = 2,
        });
        Assert.Equal(DfsErrorCode.OutcomeUnknown, _meta.CodeOf(remove));
        Assert.Equal(["f"], _meta.List("/"));
    }

    [Theory]
    [InlineData(7, 0)]
    [InlineData(0, 17)]
    public void Layouts_out_of_range_are_refused(int chunkSize, int replicas)
        => Assert.Equal(
            DfsErrorCode.InvalidArgument,
            _meta.CodeOf(new MetaProtocol.CreateFile(PathRef.Absolute("/f"), MetaProtocol.Disposition.CreateNew, new FileLayout(chunkSize, replicas))));
}
