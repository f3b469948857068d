// Snapshots over any history: what a snapshot shows is what was there when it was taken, whatever is changed, removed, moved, crashes or
// is started again afterwards; and the journal gives it again.

using System.Text;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class SnapshotProperties
{
    [Fact]
    public void Names_and_attributes_in_snapshots_stay_what_they_were_whatever_happens_to_the_living()
        => Seeds.ForEach(40, random =>
        {
            var meta = new MetaHarness(new MetaPolicy { TrashMs = random.Next(2) * 2_000, FreeNodesPerStep = random.Next(1, 20) });
            var taken = new Dictionary<string, string>();
            meta.Pass(100);
            meta.MakeDirectory("/a/b/c");
            meta.MakeDirectory("/d");
            for (var step = 0; step < 400; step++)
            {
                Change(meta, random, taken);
                if (step % 50 == 49)
                {
                    Check(meta, taken);
                }
            }

            Check(meta, taken);
            var restarted = new MetaHarness(meta.Policy, 7, meta.State.Durable.Images().ToList(), new Epoch(2), meta.NowMs);
            Check(restarted, taken);
            foreach (var path in taken.Keys.ToList())
            {
                Delete(restarted, path);
            }

            restarted.Pass(60_000);
            Assert.False(restarted.State.Durable.Names.HasPast, "what no snapshot sees was not forgotten");
            Assert.Empty(StateAudit.Of(restarted.State.Durable));
        });

    [Fact]
    public void A_deleted_snapshot_leaves_nothing_behind_but_what_the_others_see()
        => Seeds.ForEach(10, random =>
        {
            var meta = new MetaHarness(new MetaPolicy { FreeNodesPerStep = 3 });
            meta.Pass(100);
            var taken = new Dictionary<string, string>();
            meta.MakeDirectory("/a/b");
            for (var step = 0; step < 120; step++)
            {
                Change(meta, random, taken);
                if (step % 10 == 9 && taken.Count > 0)
                {
                    var path = taken.Keys.Order().ElementAt(random.Next(taken.Count));
                    Delete(meta, path);
                    taken.Remove(path);
                    meta.Pass(1_000);
                    Check(meta, taken);
                }
            }
        });

    private static void Change(MetaHarness meta, Random random, Dictionary<string, string> taken)
    {
        var (path, other) = (PathRef.Absolute(RandomPath(random)), PathRef.Absolute(RandomPath(random)));
        MetaProtocol.Mutation request = random.Next(12) switch
        {
            0 or 1 => new MetaProtocol.CreateFile(path, MetaProtocol.Disposition.Replace, FileLayout.Default),
            2 => new MetaProtocol.MakeDirectory(path, MakeParents: random.Next(2) == 0),
            3 => new MetaProtocol.Remove(path, SkipTrash: random.Next(2) == 0),
            4 => new MetaProtocol.Remove(path, Recursive: true, SkipTrash: random.Next(2) == 0),
            5 or 6 => new MetaProtocol.Rename(path, other, (MetaProtocol.RenameMode)random.Next(3)),
            7 => new MetaProtocol.MakeHardLink(path, other),
            8 => new MetaProtocol.SetAttributes(path) { Mode = (uint)random.Next(512) },
            9 => new MetaProtocol.SetXattr(path, "user.x", [(byte)random.Next(256)]),
            10 => new MetaProtocol.MakeSymbolicLink(path, "t"),
            _ => new MetaProtocol.Undelete(path.Path, default, 0 == random.Next(2) ? other.Path : string.Empty),
        };
        _ = meta.Ask(request with { Operation = meta.NextOperation() });
        if (random.Next(10) == 0)
        {
            meta.Pass(300);
        }

        if (random.Next(25) == 0)
        {
            var name = $"s{taken.Count}-{meta.State.Durable.Names.NextSnapshot}";
            var request2 = new MetaProtocol.CreateSnapshot(PathRef.Absolute(random.Next(4) == 0 ? "/" : RandomPath(random)), name) { Operation = meta.NextOperation() };
            if (meta.Ask(request2) is MetaProtocol.StatusReply)
            {
                var top = request2.Target.Path.TrimEnd('/');
                var id = meta.Status(top.Length == 0 ? "/" : top).Inode;
                taken.Add($"{id.Value}:{name}", Told(meta, PathRef.Of(id), string.Empty));
            }
        }
    }

    private static void Check(MetaHarness meta, Dictionary<string, string> taken)
    {
        Assert.Empty(StateAudit.Of(meta.State.Durable));
        foreach (var (key, before) in taken)
        {
            var at = key.Split(':');
            var target = new PathRef(new InodeId(ulong.Parse(at[0], System.Globalization.CultureInfo.InvariantCulture)), $"{Namespace.SnapshotName}/{at[1]}");
            Assert.Equal(before, Told(meta, target, string.Empty));
        }

        Assert.Equal(MetaHarness.Image(meta.State.Durable), MetaHarness.Image(MetaHarness.Replayed(meta.State.Durable.Images())));
        Assert.Equal(MetaHarness.Image(meta.State.Durable), MetaHarness.Image(MetaHarness.Replayed(meta.Journal)));
    }

    private static void Delete(MetaHarness meta, string key)
    {
        var at = key.Split(':');
        var target = PathRef.Of(new InodeId(ulong.Parse(at[0], System.Globalization.CultureInfo.InvariantCulture)));
        meta.Ask<MetaProtocol.Done>(new MetaProtocol.DeleteSnapshot(target, at[1]));
    }

    // Everything below a directory, in words; ids of nodes are left out, for in snapshots they are others.
    private static string Told(MetaHarness meta, PathRef directory, string indent)
    {
        var text = new StringBuilder();
        var after = string.Empty;
        while (true)
        {
            var page = meta.Ask<MetaProtocol.DirectoryPage>(new MetaProtocol.ListDirectory(directory, after, 3));
            foreach (var (name, status) in page.Entries)
            {
                var xattrs = meta.Ask<MetaProtocol.XattrNames>(new MetaProtocol.ListXattr(PathRef.Of(status.Inode), false)).Names.Select(
                    x => $"{x}={meta.Ask<MetaProtocol.XattrReply>(new MetaProtocol.GetXattr(PathRef.Of(status.Inode), x, false)).Value[0]}");
                text.AppendLine($"{indent}{name} {status.Kind} {Convert.ToString(status.Mode, 8)} links {status.LinkCount} times {status.ModifiedUnixNs} {status.ChangedUnixNs} {status.LinkTarget} {string.Join(',', xattrs)}");
                if (status.Kind == NodeKind.Directory)
                {
                    text.Append(Told(meta, PathRef.Of(status.Inode), indent + " "));
                }

                after = name;
            }

            if (!page.HasMore)
            {
                return text.ToString();
            }
        }
    }

    private static string RandomPath(Random random)
        => string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => "/" + (char)('a' + random.Next(4))));
}
