using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class SessionTests
{
    private static readonly Guid First = Guid.Parse("00000000-0000-0000-0000-00000000000a");
    private static readonly Guid Second = Guid.Parse("00000000-0000-0000-0000-00000000000b");
    private readonly MetaHarness _meta = new();

    [Fact]
    public void A_file_that_is_open_when_its_last_name_goes_stays_until_its_last_handle_is_closed()
    {
        var inode = _meta.Create("/f").Status.Inode;
        Open(_meta, First, 1, "/f");
        Open(_meta, Second, 1, "/f");
        Remove("/f");
        Assert.Equal(DfsErrorCode.FileNotFound, _meta.CodeOf(new MetaProtocol.GetStatus(PathRef.Absolute("/f"))));
        var status = _meta.Ask<MetaProtocol.StatusReply>(new MetaProtocol.GetStatus(PathRef.Of(inode))).Status;
        Assert.Equal((inode, 0), (status.Inode, status.LinkCount));
        Assert.Equal(DfsErrorCode.FileNotFound, _meta.CodeOf(new MetaProtocol.MakeHardLink(PathRef.Of(inode), PathRef.Absolute("/again"))));
        AssertDurable();
        _meta.Ask<MetaProtocol.Done>(new MetaProtocol.CloseNode(First, 1));
        Assert.NotNull(Find(inode));
        _meta.Ask<MetaProtocol.Done>(new MetaProtocol.CloseNode(Second, 1));
        _meta.Ask<MetaProtocol.Done>(new MetaProtocol.CloseNode(Second, 1));
        Assert.Null(Find(inode));
        AssertDurable();
    }

    [Fact]
    public void A_file_that_another_is_renamed_over_or_that_is_replaced_stays_while_it_is_open()
    {
        var over = _meta.Create("/over").Status.Inode;
        var replaced = _meta.Create("/replaced").Status.Inode;
        _meta.Create("/new");
        Open(_meta, First, 1, "/over");
        Open(_meta, First, 2, "/replaced");
        _meta.Ask<MetaProtocol.Done>(new MetaProtocol.Rename(PathRef.Absolute("/new"), PathRef.Absolute("/over")));
        _meta.Create("/replaced", disposition: MetaProtocol.Disposition.Replace);
        Assert.Equal(0, Find(over)!.LinkCount + Find(replaced)!.LinkCount);
        _meta.Ask<MetaProtocol.Done>(new MetaProtocol.EndSession(First));
        Assert.True(Find(over) is null && Find(replaced) is null);
    }

    [Fact]
    public void A_dead_clients_files_go_after_the_time_out_and_a_late_repeat_of_an_opening_opens_nothing()
    {
        var inode = _meta.Create("/f").Status.Inode;
        Open(_meta, First, 1, "/f");
        Open(_meta, Second, 7, "/f");
        _meta.Ask<MetaProtocol.Done>(new MetaProtocol.CloseNode(Second, 7));
        _meta.Ask<MetaProtocol.StatusReply>(new MetaProtocol.OpenNode(Second, 7, PathRef.Absolute("/f"), MetaProtocol.Access.Read));
        Remove("/f");
        for (var i = 0; i < 5; i++)
        {
            _meta.Pass(_meta.Policy.SessionMs / 2);
            Assert.False(_meta.Ask<MetaProtocol.SessionReply>(new MetaProtocol.RenewSession(Second)).MustReclaim);
        }

        Assert.Null(Find(inode));
        Assert.Equal(DfsErrorCode.SessionLost, _meta.CodeOf(new MetaProtocol.RenewSession(First)));
        Assert.Equal(DfsErrorCode.SessionLost, _meta.CodeOf(new MetaProtocol.OpenNode(First, 2, PathRef.Absolute("/"), MetaProtocol.Access.Read)));
        AssertDurable();
    }

    [Fact]
    public void After_a_change_of_meta_nothing_that_may_be_open_is_freed_before_its_holder_has_spoken()
    {
        var file = _meta.Create("/f").Status.Inode;
        var deep = _meta.Create("/tree/deep/g").Status.Inode;
        var stray = _meta.Create("/stray").Status.Inode;
        Open(_meta, First, 1, "/f");
        Open(_meta, First, 2, "/tree/deep/g");
        Remove("/f");
        var next = new MetaHarness(journal: _meta.Journal, epoch: new Epoch(2), nowMs: _meta.NowMs);
        next.Ask<MetaProtocol.Done>(new MetaProtocol.Remove(PathRef.Absolute("/stray")));
        next.Ask<MetaProtocol.Done>(new MetaProtocol.Remove(PathRef.Absolute("/tree"), Recursive: true));
        next.Pass(5_000);
        Assert.True(next.Ask<MetaProtocol.SessionReply>(new MetaProtocol.RenewSession(First)).MustReclaim);
        var told = next.Ask<MetaProtocol.SessionReply>(new MetaProtocol.ReclaimSession(First, [new(1, file), new(2, deep), new(3, new InodeId(999))], [], true));
        Assert.Equal((false, 3ul), (told.MustReclaim, Assert.Single(told.Lost)));
        next.Pass(5_000);
        var names = next.State.Durable.Names;
        Assert.True(names.Find(file) is not null && names.Find(deep) is not null && names.Find(stray) is null);
        next.Ask<MetaProtocol.Done>(new MetaProtocol.EndSession(First));
        Assert.True(names.Find(file) is null && names.Find(deep) is null);
        Assert.Equal((0L, 1L), (next.Cluster().Files, next.Cluster().Directories));
    }

    [Fact]
    public void After_a_change_of_meta_a_silent_session_ends_with_its_time_out()
    {
        var inode = _meta.Create("/f").Status.Inode;
        Open(_meta, First, 1, "/f");
        Remove("/f");
        var next = new MetaHarness(journal: _meta.Journal, epoch: new Epoch(2), nowMs: _meta.NowMs);
        next.Pass(next.Policy.SessionMs - 1_000);
        Assert.NotNull(next.State.Durable.Names.Find(inode));
        next.Pass(3_000);
        Assert.Null(next.State.Durable.Names.Find(inode));
        Assert.Equal(0, next.State.Durable.Sessions.Count);
    }

    [Fact]
    public void A_pause_of_meta_itself_ends_no_session()
    {
        Open(_meta, First, 1, "/");
        _meta.NowMs += 10 * _meta.Policy.SessionMs;
        _meta.Signal(new Tick());
        _meta.Pass(5_000);
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(new MetaProtocol.RenewSession(First)));
    }

    [Fact]
    public void Opening_and_closing_writes_nothing_to_the_journal()
    {
        _meta.Create("/f");
        Open(_meta, First, 1, "/f");
        var before = _meta.Journal.Count;
        for (var handle = 2ul; handle < 1_000; handle++)
        {
            Open(_meta, First, handle, "/f");
            _meta.Ask<MetaProtocol.Done>(new MetaProtocol.CloseNode(First, handle));
        }

        Assert.Equal(before, _meta.Journal.Count);
    }

    internal static void Open(MetaHarness meta, Guid session, ulong handle, string path)
    {
        meta.Ask<MetaProtocol.SessionReply>(new MetaProtocol.StartSession(session));
        meta.Ask<MetaProtocol.StatusReply>(new MetaProtocol.OpenNode(session, handle, PathRef.Absolute(path), MetaProtocol.Access.Read));
    }

    private Inode? Find(InodeId inode) => _meta.State.Durable.Names.Find(inode);

    private void Remove(string path) => _meta.Ask<MetaProtocol.Done>(new MetaProtocol.Remove(PathRef.Absolute(path)));

    private void AssertDurable()
    {
        var image = MetaHarness.Image(_meta.State.Durable);
        Assert.Equal(image, MetaHarness.Image(MetaHarness.Replayed(_meta.Journal)));
        Assert.Equal(image, MetaHarness.Image(MetaHarness.Replayed(_meta.State.Durable.Images())));
    }
}
