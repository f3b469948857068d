using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class TrashTests
{
    private const long AgeMs = 60_000;
    private static readonly Caller Ann = new(1001, 10, []);
    private static readonly Caller Ben = new(1002, 10, []);
    private readonly MetaHarness _meta = new(new MetaPolicy { TrashMs = AgeMs });

    [Fact]
    public void What_was_removed_can_be_had_back_with_all_that_is_below_it()
    {
        var inode = _meta.Create("/d/e/f").Status.Inode;
        Remove("/d");
        Assert.Empty(_meta.List("/"));
        AssertDurable();
        var entry = Assert.Single(Listed(Caller.Superuser));
        Assert.Equal(("/d", NodeKind.Directory, _meta.UnixNs + (AgeMs * 1_000_000)), (entry.Path, entry.Status.Kind, entry.ExpiresUnixNs));
        Assert.Equal(DfsErrorCode.None, Undelete("/d"));
        Assert.Equal(inode, _meta.Status("/d/e/f").Inode);
        Assert.Equal(DfsErrorCode.FileNotFound, Undelete("/d"));
        AssertDurable();
    }

    [Fact]
    public void The_last_one_comes_back_or_a_certain_one_and_nothing_is_replaced()
    {
        var first = _meta.Create("/f").Status.Inode;
        Remove("/f");
        _meta.NowMs += 1_000;
        var second = _meta.Create("/f").Status.Inode;
        Remove("/f");
        Assert.All(Listed(Caller.Superuser), e => Assert.Equal(0, e.Status.LinkCount));
        Assert.Equal(DfsErrorCode.None, Undelete("/f"));
        Assert.Equal(1, _meta.Status("/f").LinkCount);
        Assert.Equal(second, _meta.Status("/f").Inode);
        Assert.Equal(DfsErrorCode.AlreadyExists, Undelete("/f"));
        Assert.Equal(DfsErrorCode.None, Undelete("/f", "/new/place/g", first));
        Assert.Equal(first, _meta.Status("/new/place/g").Inode);
        AssertDurable();
    }

    [Fact]
    public void Everybody_has_a_trash_of_his_own_and_the_superuser_sees_all()
    {
        _meta.Ask<MetaProtocol.StatusReply>(new MetaProtocol.SetAttributes(PathRef.Absolute("/")) { Mode = 0x1FF });
        _meta.Create("/a");
        _meta.Create("/b");
        _meta.Ask<MetaProtocol.Done>(new MetaProtocol.Remove(PathRef.Absolute("/a")) { Caller = Ann });
        _meta.Ask<MetaProtocol.Done>(new MetaProtocol.Remove(PathRef.Absolute("/b")) { Caller = Ben });
        Assert.Equal(["/a"], Listed(Ann).Select(e => e.Path));
        Assert.Equal(DfsErrorCode.FileNotFound, _meta.CodeOf(new MetaProtocol.Undelete("/b", default, string.Empty) { Caller = Ann }));
        Assert.Equal(2, Listed(Caller.Superuser).Count);
        Assert.Equal("/a", Assert.Single(_meta.Ask<MetaProtocol.TrashPage>(new MetaProtocol.EmptyTrash { Caller = Ann }).Entries).Path);
        Assert.Equal("/b", Assert.Single(Listed(Caller.Superuser)).Path);
        Assert.Equal(1, _meta.Cluster().Files);
    }

    [Fact]
    public void What_is_old_goes_for_good_also_after_a_restart_and_skipping_the_trash_is_at_once()
    {
        _meta.Create("/d/f");
        _meta.Create("/g");
        Remove("/d");
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(new MetaProtocol.Remove(PathRef.Absolute("/g"), SkipTrash: true)));
        Assert.Equal(1, _meta.Cluster().Files);
        _meta.Pass(AgeMs / 2);
        var next = new MetaHarness(_meta.Policy, journal: _meta.Journal, epoch: new Epoch(2), nowMs: _meta.NowMs);
        next.Pass((AgeMs / 2) - 2_000);
        Assert.Single(next.Ask<MetaProtocol.TrashPage>(new MetaProtocol.ListTrash(default, 10)).Entries);
        next.Pass(5_000);
        Assert.Empty(next.Ask<MetaProtocol.TrashPage>(new MetaProtocol.ListTrash(default, 10)).Entries);
        Assert.Equal((0L, 1L), (next.Cluster().Files, next.Cluster().Directories));
    }

    [Fact]
    public void Only_the_last_name_of_a_file_takes_it_to_the_trash_and_an_open_one_outlives_it()
    {
        var inode = _meta.Create("/f").Status.Inode;
        _meta.Ask<MetaProtocol.StatusReply>(new MetaProtocol.MakeHardLink(PathRef.Absolute("/f"), PathRef.Absolute("/g")));
        Remove("/f");
        Assert.Empty(Listed(Caller.Superuser));
        SessionTests.Open(_meta, MetaHarness.ClusterId, 1, "/g");
        Remove("/g");
        Assert.Single(Listed(Caller.Superuser));
        _meta.Ask<MetaProtocol.TrashPage>(new MetaProtocol.EmptyTrash());
        Assert.NotNull(_meta.State.Durable.Names.Find(inode));
        AssertDurable();
        _meta.Ask<MetaProtocol.Done>(new MetaProtocol.CloseNode(MetaHarness.ClusterId, 1));
        Assert.Null(_meta.State.Durable.Names.Find(inode));
    }

    [Fact]
    public void Any_history_leaves_a_journal_that_gives_the_same_tree_and_trash()
        => Seeds.ForEach(15, random =>
        {
            var meta = new MetaHarness(_meta.Policy);
            for (var step = 0; step < 400; step++)
            {
                var path = $"/{(char)('a' + random.Next(3))}/{(char)('a' + random.Next(3))}";
                MetaProtocol.Mutation request = random.Next(8) switch
                {
                    0 or 1 => new MetaProtocol.CreateFile(PathRef.Absolute(path), MetaProtocol.Disposition.CreateNew, FileLayout.Default, MakeParents: true),
                    2 => new MetaProtocol.Remove(PathRef.Absolute(path)),
                    3 => new MetaProtocol.Remove(PathRef.Absolute(path[..2]), Recursive: true),
                    4 => new MetaProtocol.Undelete(path, default, string.Empty),
                    5 => new MetaProtocol.Undelete(path[..2], default, "/b/restored"),
                    6 => new MetaProtocol.MakeHardLink(PathRef.Absolute(path), PathRef.Absolute($"/{(char)('a' + random.Next(3))}/l")),
                    _ => new MetaProtocol.Rename(PathRef.Absolute(path), PathRef.Absolute("/c/moved")),
                };
                meta.Ask(request with { Operation = meta.NextOperation() });
                meta.Pass(random.Next(3_000));
            }

            var image = MetaHarness.Image(meta.State.Durable);
            Assert.Equal(image, MetaHarness.Image(MetaHarness.Replayed(meta.Journal)));
            Assert.Equal(image, MetaHarness.Image(MetaHarness.Replayed(meta.State.Durable.Images())));
            meta.Pass(2 * AgeMs);
            Assert.Empty(meta.State.Durable.Names.Trash);
        });

    private void Remove(string path)
        => _meta.Ask<MetaProtocol.Done>(new MetaProtocol.Remove(PathRef.Absolute(path), Recursive: true) { Operation = _meta.NextOperation() });

    private DfsErrorCode Undelete(string path, string to = "", InodeId inode = default)
        => _meta.CodeOf(new MetaProtocol.Undelete(path, inode, to) { Operation = _meta.NextOperation() });

    private IReadOnlyList<MetaProtocol.TrashEntry> Listed(Caller caller)
        => _meta.Ask<MetaProtocol.TrashPage>(new MetaProtocol.ListTrash(default, 100) { Caller = caller }).Entries;

    private void AssertDurable()
    {
        var image = MetaHarness.Image(_meta.State.Durable);
        Assert.Equal(image, MetaHarness.Image(MetaHarness.Replayed(_meta.Journal)));
        Assert.Equal(image, MetaHarness.Image(MetaHarness.Replayed(_meta.State.Durable.Images())));
    }
}
