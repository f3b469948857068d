// The same random operations on a local folder and on the namespace: same answers, same tree, and the journal gives it again.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class PosixDifferentialTests
{
    [Fact]
    public void Any_history_gives_what_the_kernel_gives_on_a_local_folder()
        => Seeds.ForEach(20, random =>
        {
            var meta = new MetaHarness();
            using var local = new LocalFolder();
            for (var step = 0; step < 500; step++)
            {
                var (request, expected) = Next(local, random);
                Assert.Equal((step, request, expected), (step, request, meta.CodeOf(request)));
                if (step % 50 == 49)
                {
                    Assert.Equal(local.Tree(), Tree(meta));
                }
            }

            var live = MetaHarness.Image(meta.State.Durable);
            Assert.Equal(live, MetaHarness.Image(MetaHarness.Replayed(meta.Journal)));
            Assert.Equal(live, MetaHarness.Image(MetaHarness.Replayed(meta.State.Durable.Images())));
        });

    private static (MetaProtocol.Mutation Request, DfsErrorCode Expected) Next(LocalFolder local, Random random)
    {
        var text = RandomPath(random);
        var path = PathRef.Absolute(text);
        switch (random.Next(14))
        {
            case 0 or 1:
                return (new MetaProtocol.CreateFile(path, MetaProtocol.Disposition.CreateNew, FileLayout.Default), local.Create(text));
            case 2 or 3:
                return (new MetaProtocol.MakeDirectory(path), local.MakeDirectory(text));
            case 4:
                return (new MetaProtocol.MakeSpecial(path, 0x11A4), local.MakePipe(text));
            case 5:
                var target = RandomPath(random)[1..];
                return (new MetaProtocol.MakeSymbolicLink(path, target), local.SymbolicLink(target, text));
            case 6 or 7:
                var existing = RandomPath(random);
                return (new MetaProtocol.MakeHardLink(PathRef.Absolute(existing), path), local.HardLink(existing, text));
            case 8:
                return (new MetaProtocol.Remove(path, MetaProtocol.RemoveKind.NotDirectory), local.Unlink(text));
            case 9:
                return (new MetaProtocol.Remove(path, MetaProtocol.RemoveKind.Directory), local.RemoveDirectory(text));
            case 10:
                var mode = 0x1C0u | (uint)random.Next(0x40);
                return (new MetaProtocol.SetAttributes(path) { Mode = mode }, local.ChangeMode(text, mode));
            default:
                var to = RandomPath(random);
                var flags = random.Next(3);
                return (new MetaProtocol.Rename(path, PathRef.Absolute(to), (MetaProtocol.RenameMode)flags), local.Rename(text, to, flags));
        }
    }

    private static string RandomPath(Random random)
        => string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => "/" + (char)('a' + random.Next(4))));

    private static List<string> Tree(MetaHarness meta)
    {
        var first = new Dictionary<InodeId, string>();
        var lines = new List<string>();
        Walk(meta, string.Empty, lines, first);
        return lines;
    }

    private static void Walk(MetaHarness meta, string path, List<string> lines, Dictionary<InodeId, string> first)
    {
        foreach (var (name, status) in meta.Ask<MetaProtocol.DirectoryPage>(new MetaProtocol.ListDirectory(PathRef.Absolute(path), string.Empty, 4096)).Entries)
        {
            var below = $"{path}/{name}";
            var isDirectory = status.Kind == NodeKind.Directory;
            first.TryAdd(status.Inode, below);
            lines.Add($"{below} {status.Mode:X} {(isDirectory ? 0 : status.LinkCount)} {status.LinkTarget} {first[status.Inode]}");
            if (isDirectory)
            {
                Walk(meta, below, lines, first);
            }
        }
    }
}
