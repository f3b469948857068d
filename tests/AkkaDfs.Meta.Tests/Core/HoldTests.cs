// Holds on directories: nothing of what one session believes is changed for another before it was given back, or its time is over.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class HoldTests
{
    private static readonly Guid First = Guid.Parse("00000000-0000-0000-0000-00000000000a");
    private static readonly Guid Second = Guid.Parse("00000000-0000-0000-0000-00000000000b");
    private MetaHarness _meta = new();

    [Fact]
    public void A_change_by_another_waits_until_the_holder_has_given_the_directory_back()
    {
        var directory = _meta.MakeDirectory("/d").Inode;
        _meta.Create("/d/f");
        var number = Begin(First);
        var held = Hold(First, directory);
        Assert.True(held is { IsHeld: true, HasMore: false });
        Assert.Equal(["f"], held.Entries.Select(e => e.Name));

        var remove = new MetaProtocol.Remove(PathRef.Absolute("/d/f")) { Operation = _meta.NextOperation() };
        Await(First, number);
        Assert.True(_meta.MustWait(remove));
        var told = Assert.Single(_meta.TakeEffects().OfType<TellDrops>());
        Assert.Equal((First, directory), (told.Session, Assert.Single(told.Drops.Directories)));
        Assert.True(_meta.MustWait(remove));
        Assert.Equal(["f"], _meta.List("/d"));

        Await(First, told.Drops.Number);
        Assert.IsType<MetaProtocol.Done>(_meta.Ask(remove));
        Assert.Empty(_meta.List("/d"));
        Assert.False(Hold(First, directory).IsHeld);
        _meta.Pass(2_000);
        Assert.True(Hold(First, directory).IsHeld);
    }

    [Fact]
    public void The_holder_itself_and_what_concerns_other_directories_need_not_wait()
    {
        var directory = _meta.MakeDirectory("/d").Inode;
        _meta.MakeDirectory("/e");
        Begin(First);
        Hold(First, directory);
        Assert.False(_meta.MustWait(new MetaProtocol.CreateFile(PathRef.Absolute("/d/g"), MetaProtocol.Disposition.CreateNew, FileLayout.Default) { Through = First }));
        Assert.False(_meta.MustWait(new MetaProtocol.MakeDirectory(PathRef.Absolute("/e/f"))));
        Assert.False(_meta.MustWait(new MetaProtocol.GetStatus(PathRef.Absolute("/d/g"))));
        Assert.True(_meta.MustWait(new MetaProtocol.MakeDirectory(PathRef.Absolute("/d/f")) { Through = Second }));
    }

    [Fact]
    public void Whatever_changes_names_or_attributes_under_a_hold_waits()
    {
        var model = new ClusterModel(3, new Random(1)) { BreaksOff = false };
        model.Pass(3_000);
        _meta = model.Meta;
        var directory = _meta.MakeDirectory("/d").Inode;
        var below = _meta.MakeDirectory("/d/below/deep").Inode;
        var file = _meta.Create("/d/f", allocate: true);
        _meta.Create("/elsewhere");
        Begin(First);
        Hold(First, directory);
        Hold(First, below);
        MetaProtocol.Request[] changes =
        [
            new MetaProtocol.CreateFile(PathRef.Absolute("/d/new"), MetaProtocol.Disposition.CreateNew, FileLayout.Default),
            new MetaProtocol.CreateFile(PathRef.Absolute("/d/x/y/new"), MetaProtocol.Disposition.CreateNew, FileLayout.Default, MakeParents: true),
            new MetaProtocol.MakeDirectory(PathRef.Absolute("/d/new")),
            new MetaProtocol.MakeSymbolicLink(PathRef.Absolute("/d/new"), "f"),
            new MetaProtocol.MakeSpecial(PathRef.Absolute("/d/new"), 0x1000),
            new MetaProtocol.MakeHardLink(PathRef.Absolute("/elsewhere"), PathRef.Absolute("/d/new")),
            new MetaProtocol.MakeHardLink(PathRef.Of(file.Status.Inode), PathRef.Absolute("/new")),
            new MetaProtocol.Remove(PathRef.Absolute("/d/f")),
            new MetaProtocol.Remove(PathRef.Absolute("/d/below"), Recursive: true),
            new MetaProtocol.Rename(PathRef.Absolute("/d/f"), PathRef.Absolute("/f")),
            new MetaProtocol.Rename(PathRef.Absolute("/elsewhere"), PathRef.Absolute("/d/g")),
            new MetaProtocol.Rename(PathRef.Absolute("/d"), PathRef.Absolute("/e")),
            new MetaProtocol.SetAttributes(PathRef.Of(file.Status.Inode)) { Mode = 0 },
            new MetaProtocol.SetAttributes(PathRef.Of(directory)) { Mode = 0x1C0 },
            new MetaProtocol.SetXattr(PathRef.Of(file.Status.Inode), "user.a", [1]),
            new MetaProtocol.RemoveXattr(PathRef.Of(file.Status.Inode), "user.a"),
            new MetaProtocol.TakeLease(PathRef.Of(file.Status.Inode), false, 10_000),
            new MetaProtocol.AllocateChunk(file.Status.Inode, 0),
            new MetaProtocol.OpenChunk(file.First!.Chunk, Generation.Any, ServerId.None, DfsErrorCode.None),
            new MetaProtocol.CutFile(file.Status.Inode, 1),
            new MetaProtocol.CompleteFile(file.Status.Inode, []),
            new MetaProtocol.CompleteFiles([new MetaProtocol.FileLengths(file.Status.Inode, [])]),
        ];
        Assert.All(changes, c => Assert.True(_meta.MustWait(c), c.ToString()));
        Assert.True(_meta.MustWait(new ServerProtocol.ReopenChunk(new ServerId(1), file.First.Chunk, Generation.First)));
    }

    [Fact]
    public void A_holder_that_is_silent_delays_others_no_longer_than_its_time_and_begins_anew_afterwards()
    {
        var directory = _meta.MakeDirectory("/d").Inode;
        var number = Begin(First);
        Hold(First, directory);
        var make = new MetaProtocol.MakeDirectory(PathRef.Absolute("/d/e")) { Operation = _meta.NextOperation() };
        _meta.NowMs += _meta.Policy.HoldMs - 1;
        Assert.True(_meta.MustWait(make));
        _meta.NowMs += 1;
        Assert.False(_meta.MustWait(make));

        Assert.False(Hold(First, directory).IsHeld);
        Assert.True(_meta.Ask<MetaProtocol.Drops>(new MetaProtocol.AwaitDrops(First, number, [])).MustReclaim);
        Begin(First);
        _meta.Pass(2_000);
        Assert.True(Hold(First, directory).IsHeld);
    }

    [Fact]
    public void A_meta_that_begins_to_act_changes_nothing_before_the_holds_of_the_one_before_are_over()
    {
        var directory = _meta.MakeDirectory("/d").Inode;
        var number = Begin(First);
        Hold(First, directory);
        _meta.Ask<MetaProtocol.SessionReply>(new MetaProtocol.StartSession(Second));

        var next = new MetaHarness(journal: _meta.Journal, epoch: new Epoch(2), nowMs: _meta.NowMs);
        var make = new MetaProtocol.MakeDirectory(PathRef.Absolute("/d/e")) { Operation = next.NextOperation() };
        Assert.True(next.MustWait(make));
        Assert.True(next.Ask<MetaProtocol.Drops>(new MetaProtocol.AwaitDrops(First, number, [])).MustReclaim);
        next.Ask<MetaProtocol.SessionReply>(new MetaProtocol.ReclaimSession(First, [], [], true));
        Assert.False(next.MustWait(make));
        Assert.True(next.Ask<MetaProtocol.Drops>(new MetaProtocol.AwaitDrops(First, number, [])).MustReclaim);

        var other = new MetaHarness(journal: _meta.Journal, epoch: new Epoch(2), nowMs: _meta.NowMs);
        other.NowMs += other.Policy.HoldMs;
        Assert.False(other.MustWait(make));
    }

    [Fact]
    public void Who_waits_is_answered_after_a_while_and_a_page_goes_on_where_the_one_before_ended()
    {
        var directory = _meta.MakeDirectory("/d").Inode;
        foreach (var name in "abc")
        {
            _meta.Create($"/d/{name}");
        }

        var number = Begin(First);
        Await(First, number);
        _meta.Pass(_meta.Policy.AwaitDropsMs);
        Assert.Empty(Assert.Single(_meta.TakeEffects().OfType<TellDrops>()).Drops.Directories);

        var page = _meta.Ask<MetaProtocol.HeldDirectory>(new MetaProtocol.HoldDirectory(First, directory, "c", string.Empty, 2));
        Assert.True(page is { HasMore: true, Named.Name: "c" });
        Assert.Equal(["a", "b"], page.Entries.Select(e => e.Name));
        page = _meta.Ask<MetaProtocol.HeldDirectory>(new MetaProtocol.HoldDirectory(First, directory, "d", "b", 2));
        Assert.True(page is { HasMore: false, Named: null });
        Assert.Equal(["c"], page.Entries.Select(e => e.Name));
        Assert.Equal(DfsErrorCode.NotADirectory, _meta.CodeOf(new MetaProtocol.HoldDirectory(First, page.Entries[0].Status.Inode, string.Empty, string.Empty, 1)));
        Assert.Equal(DfsErrorCode.InvalidArgument, _meta.CodeOf(new MetaProtocol.HoldDirectory(First, directory, string.Empty, string.Empty, -1)));
    }

    [Fact]
    public void A_directory_made_through_a_session_is_held_by_it_and_given_up_when_it_says_so()
    {
        var number = Begin(First);
        var made = _meta.Ask<MetaProtocol.StatusReply>(new MetaProtocol.MakeDirectory(PathRef.Absolute("/d")) { Through = First });
        Assert.True(made.IsHeld);
        var make = new MetaProtocol.MakeDirectory(PathRef.Absolute("/d/e"));
        Assert.True(_meta.MustWait(make));
        _meta.State.Apply(new MetaProtocol.AwaitDrops(First, number, [made.Status.Inode]), new MetaTime(_meta.NowMs, _meta.UnixNs));
        Assert.False(_meta.MustWait(make));
        Assert.False(_meta.Ask<MetaProtocol.StatusReply>(new MetaProtocol.MakeDirectory(PathRef.Absolute("/e")) { Through = Second }).IsHeld);
    }

    private ulong Begin(Guid session)
    {
        _meta.Ask<MetaProtocol.SessionReply>(new MetaProtocol.StartSession(session));
        return _meta.Ask<MetaProtocol.Drops>(new MetaProtocol.AwaitDrops(session, 0, [])).Number;
    }

    private void Await(Guid session, ulong heard)
        => Assert.False(_meta.MustWait(new MetaProtocol.AwaitDrops(session, heard, [])));

    private MetaProtocol.HeldDirectory Hold(Guid session, InodeId directory)
        => _meta.Ask<MetaProtocol.HeldDirectory>(new MetaProtocol.HoldDirectory(session, directory, string.Empty, string.Empty, 100));
}
