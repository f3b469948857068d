using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class QuotaTests
{
    private const int ChunkSize = 1024;
    private readonly MetaHarness _meta = new();

    [Fact]
    public void More_nodes_than_a_quota_allows_are_refused_wherever_they_come_from()
    {
        _meta.MakeDirectory("/q/d");
        _meta.Create("/outside/a");
        _meta.Create("/outside/b");
        Assert.Equal(new MetaProtocol.QuotaReply(0, 3, 0, 1), Set("/q", 0, 3));
        _meta.Create("/q/d/f");
        _meta.Create("/q/g");
        var path = PathRef.Absolute("/q/h");
        Assert.Equal(DfsErrorCode.QuotaExceeded, _meta.CodeOf(new MetaProtocol.CreateFile(path, MetaProtocol.Disposition.CreateNew, FileLayout.Default)));
        Assert.Equal(DfsErrorCode.QuotaExceeded, _meta.CodeOf(new MetaProtocol.MakeDirectory(path)));
        Assert.Equal(DfsErrorCode.QuotaExceeded, _meta.CodeOf(new MetaProtocol.MakeSymbolicLink(path, "x")));
        Assert.Equal(DfsErrorCode.QuotaExceeded, _meta.CodeOf(new MetaProtocol.Rename(PathRef.Absolute("/outside"), path)));
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(new MetaProtocol.Rename(PathRef.Absolute("/q/g"), path)));
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(new MetaProtocol.CreateFile(path, MetaProtocol.Disposition.Replace, FileLayout.Default)));
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(new MetaProtocol.Remove(path)));
        var deep = new MetaProtocol.CreateFile(PathRef.Absolute("/q/x/f"), MetaProtocol.Disposition.CreateNew, FileLayout.Default, MakeParents: true);
        Assert.Equal(DfsErrorCode.QuotaExceeded, _meta.CodeOf(deep));
        Assert.Equal(["d"], _meta.List("/q"));
        Set("/q", 0, 0);
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(deep));
    }

    [Fact]
    public void A_writer_is_stopped_at_the_next_chunk_and_bytes_count_when_they_are_measured()
    {
        Set("/", 2 * ChunkSize, 0);
        var file = _meta.Create("/f").Status.Inode;
        Assert.Equal(DfsErrorCode.NotEnoughServers, Allocate(file, 0));
        Grow(_meta, file, 0, ChunkSize);
        Assert.Equal(ChunkSize, Get("/").UsedBytes);
        Assert.Equal(DfsErrorCode.NotEnoughServers, Allocate(file, 1));
        Assert.Equal(DfsErrorCode.QuotaExceeded, Allocate(file, 2));
        Grow(_meta, file, 1, ChunkSize);
        Assert.Equal(DfsErrorCode.QuotaExceeded, Allocate(file, 2));
        Assert.Equal(
            DfsErrorCode.QuotaExceeded,
            _meta.CodeOf(new MetaProtocol.CreateFile(PathRef.Absolute("/g"), MetaProtocol.Disposition.CreateNew, FileLayout.Default, AllocateFirst: true)));
        _meta.Ask<MetaProtocol.Done>(new MetaProtocol.Remove(PathRef.Absolute("/f")));
        Assert.Equal(new MetaProtocol.QuotaReply(2 * ChunkSize, 0, 0, 0), Get("/"));
    }

    [Fact]
    public void Only_superusers_set_quotas_and_only_of_directories()
    {
        _meta.Create("/f");
        Assert.Equal(DfsErrorCode.NotADirectory, _meta.CodeOf(new MetaProtocol.SetQuota(PathRef.Absolute("/f"), 1, 1)));
        Assert.Equal(DfsErrorCode.InvalidArgument, _meta.CodeOf(new MetaProtocol.SetQuota(PathRef.Absolute("/"), -1, 1)));
        Assert.Equal(DfsErrorCode.NotPermitted, _meta.CodeOf(new MetaProtocol.SetQuota(PathRef.Absolute("/"), 1, 1) { Caller = new Caller(1, 1, []) }));
    }

    [Fact]
    public void Counts_are_exact_after_any_history()
        => Seeds.ForEach(20, random =>
        {
            var meta = new MetaHarness(new MetaPolicy { TrashMs = 20_000 });
            for (var step = 0; step < 400; step++)
            {
                Step(meta, random);
                if (step % 5 == 0)
                {
                    Check(meta);
                }
            }

            Check(meta);
            var replayed = MetaHarness.Replayed(meta.Journal);
            var fromImages = MetaHarness.Replayed(meta.State.Durable.Images());
            foreach (var directory in Directories(meta.State.Durable.Names))
            {
                var live = meta.State.Durable.Names.QuotaOf(directory.Id);
                foreach (var other in new[] { replayed.Names.QuotaOf(directory.Id), fromImages.Names.QuotaOf(directory.Id) })
                {
                    Assert.Equal((live?.UsedBytes, live?.UsedFiles, live?.MaxFiles), (other?.UsedBytes, other?.UsedFiles, other?.MaxFiles));
                }
            }

            Assert.Equal(MetaHarness.Image(meta.State.Durable), MetaHarness.Image(fromImages));
        });

    private static void Step(MetaHarness meta, Random random)
    {
        var path = RandomPath(random);
        var target = PathRef.Absolute(path);
        MetaProtocol.Mutation request = random.Next(14) switch
        {
            < 4 => new MetaProtocol.CreateFile(target, (MetaProtocol.Disposition)random.Next(1, 4), FileLayout.Default, MakeParents: true),
            4 => new MetaProtocol.MakeDirectory(target),
            5 => new MetaProtocol.MakeHardLink(target, PathRef.Absolute(RandomPath(random))),
            6 => new MetaProtocol.Remove(target, Recursive: true, SkipTrash: random.Next(2) == 0),
            7 => new MetaProtocol.Undelete(path, default, RandomPath(random)),
            8 => new MetaProtocol.SetQuota(target, random.Next(2) * 100_000, random.Next(2) * 20),
            _ => new MetaProtocol.Rename(target, PathRef.Absolute(RandomPath(random)), (MetaProtocol.RenameMode)random.Next(3)),
        };
        meta.Ask(request with { Operation = meta.NextOperation() });
        meta.Pass(random.Next(1_000));
        if (random.Next(3) == 0 && meta.Ask(new MetaProtocol.GetStatus(PathRef.Absolute(RandomPath(random)))) is MetaProtocol.StatusReply { Status: { Kind: NodeKind.File } file })
        {
            Grow(meta, file.Inode, random.Next(3), random.Next(ChunkSize));
            if (random.Next(4) == 0)
            {
                var cut = new FileCut(file.Inode, random.Next(1, 3), 1);
                meta.State.Replay(cut);
                meta.Journal.Add(cut);
            }
        }
    }

    private static void Check(MetaHarness meta)
    {
        foreach (var directory in Directories(meta.State.Durable.Names))
        {
            if (meta.State.Durable.Names.QuotaOf(directory.Id) is { } quota)
            {
                var (bytes, files) = Below(directory);
                Assert.Equal((directory.Name, bytes, files), (directory.Name, quota.UsedBytes, quota.UsedFiles));
            }
        }
    }

    // The slow way: every entry below, each file where its first name is.
    private static (long Bytes, long Files) Below(DirectoryInode directory)
    {
        long bytes = 0, files = 0;
        var cursor = directory.Children.After([]);
        while (cursor.Next(out var name, out var child))
        {
            if (!ReferenceEquals(child.Parent, directory) || child.Name != name)
            {
                continue;
            }

            var below = child is DirectoryInode next ? Below(next) : (0, 0);
            files += 1 + below.Files;
            bytes += below.Bytes + ((child as FileInode)?.LengthBytes ?? 0);
        }

        return (bytes, files);
    }

    private static List<DirectoryInode> Directories(Namespace names)
    {
        var all = new List<DirectoryInode> { names.Root };
        for (var i = 0; i < all.Count; i++)
        {
            var cursor = all[i].Children.After([]);
            while (cursor.Next(out _, out var child))
            {
                if (child is DirectoryInode directory)
                {
                    all.Add(directory);
                }
            }
        }

        return all;
    }

    private static void Grow(MetaHarness meta, InodeId inode, int index, int length)
    {
        var file = (FileInode)meta.State.Durable.Names.Find(inode)!;
        var chunk = file.Find(index)?.Id ?? meta.State.Durable.Chunks.NextChunk;
        MetaEvent[] events = file.Find(index) is null
            ? [new ChunkAllocated(chunk, inode, index, 3, 1), new ChunkMeasured(chunk, 1, length, false, 1)]
            : [new ChunkMeasured(chunk, file.Find(index)!.Sequence + 1, length, false, 1)];
        foreach (var change in events)
        {
            meta.State.Replay(change);
            meta.Journal.Add(change);
        }
    }

    private static string RandomPath(Random random)
        => string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => "/" + (char)('a' + random.Next(3))));

    private MetaProtocol.QuotaReply Set(string path, long bytes, long files)
        => _meta.Ask<MetaProtocol.QuotaReply>(new MetaProtocol.SetQuota(PathRef.Absolute(path), bytes, files) { Operation = _meta.NextOperation() });

    private MetaProtocol.QuotaReply Get(string path) => _meta.Ask<MetaProtocol.QuotaReply>(new MetaProtocol.GetQuota(PathRef.Absolute(path)));

    private DfsErrorCode Allocate(InodeId file, int index) => _meta.CodeOf(new MetaProtocol.AllocateChunk(file, index) { Operation = _meta.NextOperation() });
}
