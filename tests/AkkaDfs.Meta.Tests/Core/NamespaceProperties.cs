using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class NamespaceProperties
{
    [Fact]
    public void Any_history_gives_what_the_twin_gives_and_the_journal_gives_it_again_at_every_cut()
        => Seeds.ForEach(25, random =>
        {
            var meta = new MetaHarness();
            var twin = new NamespaceTwin();
            var images = new List<(int Events, byte[] Image)>();
            for (var step = 0; step < 600; step++)
            {
                Step(meta, twin, random);
                CheckLinkCounts(meta.State.Durable.Names);
                if (step % 60 == 0)
                {
                    Assert.Equal(twin.Paths(), Paths(meta, string.Empty));
                    images.Add((meta.Journal.Count, MetaHarness.Image(meta.State.Durable)));
                }
            }

            Assert.Equal(twin.Paths(), Paths(meta, string.Empty));
            meta.Pass(1_000);
            images.Add((meta.Journal.Count, MetaHarness.Image(meta.State.Durable)));
            foreach (var (events, image) in images)
            {
                Assert.Equal(image, MetaHarness.Image(MetaHarness.Replayed(meta.Journal.Take(events))));
            }

            var files = Paths(meta, string.Empty).Count(p => !p.EndsWith('/'));
            Assert.Equal((files, Paths(meta, string.Empty).Count() - files + 1), (meta.Cluster().Files, meta.Cluster().Directories));
            var fromImages = MetaHarness.Replayed(meta.State.Durable.Images());
            Assert.Equal(images[^1].Image, MetaHarness.Image(fromImages));
        });

    private static void Step(MetaHarness meta, NamespaceTwin twin, Random random)
    {
        var path = RandomPath(random);
        var operation = meta.NextOperation();
        var before = meta.Journal.Count;
        MetaProtocol.Mutation request;
        DfsErrorCode expected;
        switch (random.Next(10))
        {
            case < 3:
                request = new MetaProtocol.CreateFile(PathRef.Absolute(path), MetaProtocol.Disposition.CreateNew, FileLayout.Default) { Operation = operation };
                expected = twin.Create(path);
                break;
            case < 5:
                request = new MetaProtocol.MakeDirectory(PathRef.Absolute(path)) { Operation = operation };
                expected = twin.MakeDirectory(path);
                break;
            case < 7:
                var recursive = random.Next(3) == 0;
                request = new MetaProtocol.Remove(PathRef.Absolute(path), Recursive: recursive) { Operation = operation };
                expected = twin.Remove(path, recursive);
                break;
            default:
                var to = RandomPath(random);
                var mode = (MetaProtocol.RenameMode)random.Next(3);
                request = new MetaProtocol.Rename(PathRef.Absolute(path), PathRef.Absolute(to), mode) { Operation = operation };
                expected = twin.Rename(path, to, mode);
                break;
        }

        Assert.Equal((request, expected), (request, meta.CodeOf(request)));
        Assert.True(expected == DfsErrorCode.None || meta.Journal.Count == before, "a failed request changed something");

        // A retry is answered alike and changes nothing; sometimes meta has freed removed nodes in between.
        before = meta.Journal.Count;
        if (expected == DfsErrorCode.None)
        {
            Assert.Equal(DfsErrorCode.None, meta.CodeOf(request));
            Assert.Equal(before, meta.Journal.Count);
        }

        if (random.Next(5) == 0)
        {
            meta.Pass(100);
        }
    }

    private static string RandomPath(Random random)
        => string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => "/" + (char)('a' + random.Next(4))));

    private static IEnumerable<string> Paths(MetaHarness meta, string path)
    {
        foreach (var entry in meta.Ask<MetaProtocol.DirectoryPage>(new MetaProtocol.ListDirectory(PathRef.Absolute(path), string.Empty, 4096)).Entries)
        {
            var isDirectory = entry.Status.Kind == NodeKind.Directory;
            yield return $"{path}/{entry.Name}{(isDirectory ? "/" : string.Empty)}";
            foreach (var below in isDirectory ? Paths(meta, $"{path}/{entry.Name}") : [])
            {
                yield return below;
            }
        }
    }

    private static void CheckLinkCounts(Namespace names)
    {
        var open = new Stack<DirectoryInode>([names.Root]);
        while (open.TryPop(out var directory))
        {
            var subdirectories = 0;
            var cursor = directory.Children.After([]);
            while (cursor.Next(out var name, out var child))
            {
                Assert.Same(directory, child.Parent);
                Assert.Equal(name, child.Name);
                Assert.Same(child, names.Find(child.Id));
                if (child is DirectoryInode below)
                {
                    subdirectories++;
                    open.Push(below);
                }
            }

            Assert.Equal(subdirectories, directory.Subdirectories);
        }
    }
}
