using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class LinkTests
{
    private static readonly Caller Owner = new(1, 10, [20]);
    private static readonly Caller Other = new(2, 10, []);
    private readonly MetaHarness _meta = new();

    [Fact]
    public void A_file_lives_until_its_last_name_goes_whichever_goes_first()
    {
        var inode = _meta.Create("/d/first").Status.Inode;
        Link("/d/first", "/second");
        Link("/second", "/third");
        Assert.Equal((inode, 3), (_meta.Status("/third").Inode, _meta.Status("/third").LinkCount));
        Remove("/d/first");
        Assert.Equal((inode, 2), (_meta.Status("/second").Inode, _meta.Status("/second").LinkCount));
        Assert.Equal("/second", Namespace.PathOf(_meta.State.Durable.Names.Find(inode)!));
        Remove("/third");
        Remove("/second");
        Assert.Null(_meta.State.Durable.Names.Find(inode));
        Assert.Equal(0, _meta.Cluster().Files);
    }

    [Fact]
    public void A_name_outside_keeps_a_file_of_a_removed_tree()
    {
        var inode = _meta.Create("/d/e/file").Status.Inode;
        Link("/d/e/file", "/d/again");
        Link("/d/again", "/kept");
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(new MetaProtocol.Remove(PathRef.Absolute("/d"), Recursive: true)));
        Assert.Equal(MetaHarness.Image(_meta.State.Durable), MetaHarness.Image(MetaHarness.Replayed(_meta.State.Durable.Images())));
        _meta.Pass(1_000);
        Assert.Equal((inode, 1), (_meta.Status("/kept").Inode, _meta.Status("/kept").LinkCount));
        Assert.Equal(MetaHarness.Image(_meta.State.Durable), MetaHarness.Image(MetaHarness.Replayed(_meta.Journal)));
        Assert.Equal(MetaHarness.Image(_meta.State.Durable), MetaHarness.Image(MetaHarness.Replayed(_meta.State.Durable.Images())));
    }

    [Fact]
    public void A_retried_link_is_made_once()
    {
        _meta.Create("/f");
        var request = new MetaProtocol.MakeHardLink(PathRef.Absolute("/f"), PathRef.Absolute("/g")) { Operation = _meta.NextOperation() };
        Assert.Equal(_meta.Ask<MetaProtocol.StatusReply>(request), _meta.Ask<MetaProtocol.StatusReply>(request));
        Assert.Equal(2, _meta.Status("/f").LinkCount);
    }

    [Fact]
    public void Links_and_special_nodes_have_their_limits()
    {
        _meta.MakeDirectory("/d");
        Assert.Equal(DfsErrorCode.NotPermitted, _meta.CodeOf(new MetaProtocol.MakeHardLink(PathRef.Absolute("/d"), PathRef.Absolute("/e"))));
        Assert.Equal(DfsErrorCode.FileNotFound, _meta.CodeOf(new MetaProtocol.MakeSymbolicLink(PathRef.Absolute("/l"), string.Empty)));
        Assert.Equal(DfsErrorCode.NameTooLong, _meta.CodeOf(new MetaProtocol.MakeSymbolicLink(PathRef.Absolute("/l"), new string('x', 4096))));
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(new MetaProtocol.MakeSymbolicLink(PathRef.Absolute("/l"), new string('x', 4095))));
        Assert.Equal(DfsErrorCode.InvalidArgument, _meta.CodeOf(new MetaProtocol.MakeSpecial(PathRef.Absolute("/s"), 0x1A4)));
        Assert.Equal(DfsErrorCode.NotPermitted, _meta.CodeOf(new MetaProtocol.MakeSpecial(PathRef.Absolute("/s"), 0x21A4, 5) { Caller = Owner }));
        var made = _meta.Ask<MetaProtocol.StatusReply>(new MetaProtocol.MakeSpecial(PathRef.Absolute("/s"), 0x21A4, 0x105)).Status;
        Assert.Equal((NodeKind.Special, 0x21A4u, 0x105ul), (made.Kind, made.Mode, made.Device));
        Assert.Equal(MetaHarness.Image(_meta.State.Durable), MetaHarness.Image(MetaHarness.Replayed(_meta.State.Durable.Images())));
    }

    [Fact]
    public void Only_the_owner_changes_attributes_and_only_the_superuser_gives_away()
    {
        _meta.Create("/f");
        Assert.Equal(DfsErrorCode.None, Set(Caller.Superuser, new(PathRef.Absolute("/f")) { Uid = 1, Gid = 10, Mode = 0xDB4 }));
        Assert.Equal(DfsErrorCode.NotPermitted, Set(Other, new(PathRef.Absolute("/f")) { Mode = 0x1FF }));
        Assert.Equal(DfsErrorCode.NotPermitted, Set(Other, new(PathRef.Absolute("/f")) { ModifiedUnixNs = 5 }));
        Assert.Equal(DfsErrorCode.NotPermitted, Set(Owner, new(PathRef.Absolute("/f")) { Uid = 2 }));
        Assert.Equal(DfsErrorCode.NotPermitted, Set(Owner, new(PathRef.Absolute("/f")) { Gid = 30 }));
        Assert.Equal(0x8DB4u, _meta.Status("/f").Mode);

        // Mode 0664 with set-user and set-group: the group keeps set-group, as nobody executes as it; set-user goes.
        Assert.Equal(DfsErrorCode.None, Set(Owner, new(PathRef.Absolute("/f")) { Gid = 20 }));
        Assert.Equal((0x85B4u, 20u), (_meta.Status("/f").Mode, _meta.Status("/f").Gid));
        Assert.Equal(DfsErrorCode.PermissionDenied, Set(Other, Touch()));
        Assert.Equal(DfsErrorCode.None, Set(Owner, new(PathRef.Absolute("/f")) { Gid = 10 }));
        _meta.NowMs = 9_000;
        Assert.Equal(DfsErrorCode.None, Set(Other, Touch()));
        Assert.Equal(9_000_000_000, _meta.Status("/f").AccessedUnixNs);
        Assert.Equal(DfsErrorCode.None, Set(Owner, new(PathRef.Absolute("/f")) { AccessedUnixNs = -1, ModifiedUnixNs = 1_234_567_891 }));
        var status = _meta.Status("/f");
        Assert.Equal((-1L, 1_234_567_891L, 9_000_000_000L), (status.AccessedUnixNs, status.ModifiedUnixNs, status.ChangedUnixNs));
    }

    [Fact]
    public void A_directory_with_the_set_group_bit_gives_its_group_on()
    {
        _meta.MakeDirectory("/d");
        Assert.Equal(DfsErrorCode.None, Set(Caller.Superuser, new(PathRef.Absolute("/d")) { Gid = 77, Mode = 0x5FF }));
        var below = _meta.Ask<MetaProtocol.StatusReply>(new MetaProtocol.MakeDirectory(PathRef.Absolute("/d/e")) { Caller = Owner }).Status;
        Assert.Equal((1u, 77u, 0x45EDu), (below.Uid, below.Gid, below.Mode));
        Assert.Equal(77u, _meta.Create("/d/e/f").Status.Gid);
    }

    private static MetaProtocol.SetAttributes Touch() => new(PathRef.Absolute("/f"))
    {
        AccessedUnixNs = MetaProtocol.SetAttributes.Now, ModifiedUnixNs = MetaProtocol.SetAttributes.Now,
    };

    private DfsErrorCode Set(Caller caller, MetaProtocol.SetAttributes request)
        => _meta.CodeOf(request with { Caller = caller, Operation = _meta.NextOperation() });

    private void Link(string from, string to)
        => Assert.Equal(DfsErrorCode.None, _meta.CodeOf(new MetaProtocol.MakeHardLink(PathRef.Absolute(from), PathRef.Absolute(to))));

    private void Remove(string path) => Assert.Equal(DfsErrorCode.None, _meta.CodeOf(new MetaProtocol.Remove(PathRef.Absolute(path))));
}
