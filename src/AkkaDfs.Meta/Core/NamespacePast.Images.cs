// What snapshots remember, as images that rebuild it.

using System.Diagnostics;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

internal sealed partial class Namespace
{
    /// <summary>All past states of files, in order of nodes and time.</summary>
    internal IEnumerable<(InodeId Inode, uint Upto, FileInode File)> PastFiles()
        => _past.InOrder().SelectMany(p => p.States.Where(s => s.Node is FileInode).Select(s => (p.Id, s.Upto, (FileInode)s.Node)));

    /// <summary>The past state of a file up to a snapshot; it must be there.</summary>
    internal FileInode PastFileAt(InodeId inode, uint upto) => (FileInode)_past.Find(inode.Value)!.States.Find(s => s.Upto == upto)!.Node;

    /// <summary>The newest past state of a file, or, when there is none, the file.</summary>
    internal FileInode PastFileFor(InodeId inode)
        => _past.Find(inode.Value) is { States: { Count: > 0 } states } ? (FileInode)states[^1].Node : (FileInode)Find(inode)!;

    internal void ApplyPast(MetaEvent change)
    {
        switch (change)
        {
            case SnapshotCounterImage e:
                NextSnapshot = e.NextNumber;
                break;
            case PastCoverImage e:
                PastOf(e.Inode).Covered = e.Upto;
                break;
            case PastNodeImage e:
                Restore(e);
                break;
            case PastXattrImage e:
                var states = PastOf(e.Inode).States;
                var xattrs = states[^1].Xattrs ?? new(StringComparer.Ordinal);
                xattrs[e.Name] = e.Value;
                states[^1] = states[^1] with { Xattrs = xattrs };
                break;
            case PastEntryImage e:
                var entries = PastOf(e.Directory).Entries ??= new NameTree<List<PastEntry>>();
                if (entries.Find(e.Name) is not { } known)
                {
                    entries.Add(e.Name, known = []);
                }

                known.Add(new PastEntry(e.From, e.Upto, e.Inode));
                break;
            default:
                throw new UnreachableException(change.GetType().Name);
        }
    }

    private IEnumerable<MetaEvent> PastImages()
    {
        if (NextSnapshot == 1)
        {
            yield break;
        }

        foreach (var s in _snapshots.Values)
        {
            yield return new SnapshotTaken(s.Number, s.Directory, s.Name, s.NextInode, s.Uid, s.AtUnixNs);
        }

        yield return new SnapshotCounterImage(NextSnapshot);
        foreach (var image in _past.InOrder().SelectMany(ImagesOf))
        {
            yield return image;
        }
    }

    private static IEnumerable<PastImage> ImagesOf(Past past)
    {
        if (past.Covered > 0 || past is { States.Count: 0, Entries: null or { Count: 0 } })
        {
            yield return new PastCoverImage(past.Id, past.Covered);
        }

        foreach (var state in past.States)
        {
            var image = ImageOf(state.Node);
            var parent = state.Parents.Count > 0 ? state.Parents[0] : default;
            yield return new PastNodeImage(
                state.From,
                state.Upto,
                image with { Node = image.Node with { Parent = parent } },
                [.. state.Parents.Skip(1)],
                (state.Node as DirectoryInode)?.Subdirectories ?? 0);
            foreach (var (name, value) in state.Xattrs ?? [])
            {
                yield return new PastXattrImage(past.Id, name, value);
            }
        }

        var cursor = (past.Entries ?? new NameTree<List<PastEntry>>()).After([]);
        while (cursor.Next(out var name, out var known))
        {
            foreach (var entry in known)
            {
                yield return new PastEntryImage(past.Id, name, entry.From, entry.Upto, entry.Inode);
            }
        }
    }

    private void Restore(PastNodeImage image)
    {
        var created = image.Node.Node;
        var node = NewNode(created).CopyAs(created.Inode);
        (node.Name, node.Mode, node.Uid, node.Gid) = (created.Name, created.Mode & Permissions.Mask, created.Uid, created.Gid);
        Restore(node, image.Node);
        if (node is DirectoryInode directory)
        {
            directory.Subdirectories = image.Subdirectories;
        }

        var parents = created.Parent.Value == 0 ? image.Further : [created.Parent, .. image.Further];
        PastOf(created.Inode).States.Add(new PastState(image.From, image.Upto, node, parents));
    }
}
