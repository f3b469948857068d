// How events change the tree. The same code runs when a command is carried out and when the journal is replayed.

using System.Diagnostics;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

internal sealed partial class Namespace
{
    /// <summary>Chunks of files that the last event freed; whoever applies events empties it.</summary>
    public List<Chunk> Freed { get; } = [];

    /// <summary>Nodes that the last event freed; whoever applies events empties it.</summary>
    public List<InodeId> Gone { get; } = [];

    internal void Apply(NodeCreated created)
    {
        var parent = Directory(created.Parent);
        BeforeEntry(parent, created.Name);
        BeforeChange(parent);
        var node = Make(created);
        node.AccessedUnixNs = node.ModifiedUnixNs = node.ChangedUnixNs = created.AtUnixNs;
        Attach(parent, created.Name, node);
        Touch(parent, created.AtUnixNs);
    }

    internal void Apply(EntryRemoved removed)
    {
        var parent = Directory(removed.Parent);
        BeforeChange(parent);
        RemoveEntry(parent, removed.Name, removed.AtUnixNs);
        Touch(parent, removed.AtUnixNs);
    }

    internal void Apply(EntryMoved moved)
    {
        var from = Directory(moved.FromParent);
        var to = Directory(moved.ToParent);
        var node = from.Children.Find(moved.FromName)!;
        var other = to.Children.Find(moved.ToName);
        BeforeMoving(moved, from, to, node, other);
        if (moved.Exchange)
        {
            Detach(from, moved.FromName, node);
            Detach(to, moved.ToName, other!);
            Place(from, moved.FromName, other!, moved.AtUnixNs);
        }
        else
        {
            if (other is not null)
            {
                RemoveEntry(to, moved.ToName, moved.AtUnixNs);
            }

            Detach(from, moved.FromName, node);
        }

        Place(to, moved.ToName, node, moved.AtUnixNs);
        Touch(from, moved.AtUnixNs);
        Touch(to, moved.AtUnixNs);
    }

    internal void Apply(DetachedFreed freed)
    {
        for (var left = freed.Count; left > 0 && _detached.Count > 0; left--)
        {
            var top = _detached[^1];
            if (top.Children.Count == 0)
            {
                _detached.RemoveAt(_detached.Count - 1);
                Free(top);
                continue;
            }

            var (name, child) = top.Children.Last();
            BeforeEntry(top, name);
            BeforeChange(child);
            Detach(top, name, child);
            if (child is DirectoryInode directory)
            {
                _detached.Add(directory);
            }
            else
            {
                LoseName(child);
            }
        }
    }

    internal void Apply(FileCut cut)
    {
        var file = (FileInode)_nodes.Find(cut.File.Value)!;
        BeforeChange(file);
        var old = file.LengthBytes;
        var cutOff = new List<Chunk>();
        file.CutTo(cut.Places, cutOff);
        cutOff.ForEach(FreeOrKeep);
        Resized(file, file.LengthBytes - old);
        file.ModifiedUnixNs = file.ChangedUnixNs = file.MappingUpdatedUnixNs = cut.AtUnixNs;
    }

    internal void Apply(NodeImage image)
    {
        var node = image.Node.Inode == InodeId.Root ? Root : Make(image.Node);
        node.Mode = image.Node.Mode & Permissions.Mask;
        node.Uid = image.Node.Uid;
        node.Gid = image.Node.Gid;
        Restore(node, image);
        if (image.Node.Parent.Value != 0)
        {
            Attach(Directory(image.Node.Parent), image.Node.Name, node);
        }
        else if (node != Root && node is DirectoryInode aside)
        {
            _detached.Add(aside);
        }
    }

    internal void Apply(CountersImage counters) => NextInode = new InodeId(counters.NextInode);

    /// <summary>All nodes as images that rebuild this tree: parents before children, what was put aside at the end and in order.</summary>
    internal IEnumerable<MetaEvent> Images()
        => ImagesBelow(Root).Concat(_detached.SelectMany(ImagesBelow)).Concat(OrphanImages()).Concat(TrashNodeImages()).Concat<MetaEvent>(LinkImages()).Concat(KeptImages()).Concat(XattrImages()).Concat(TrashImages()).Concat(QuotaImages()).Concat(PastImages());

    private static IEnumerable<NodeImage> ImagesBelow(Inode top)
    {
        var open = new Stack<Inode>();
        open.Push(top);
        while (open.TryPop(out var node))
        {
            yield return ImageOf(node);
            if (node is DirectoryInode directory)
            {
                var children = new List<Inode>(directory.Children.Count);
                var cursor = directory.Children.After([]);
                while (cursor.Next(out var name, out var child))
                {
                    if (IsFirstLink(directory, name, child))
                    {
                        children.Add(child);
                    }
                }

                children.Reverse();
                children.ForEach(open.Push);
            }
        }
    }

    private static NodeImage ImageOf(Inode node) => new(
        new NodeCreated(
            node.Id,
            node.Parent?.Id ?? default,
            node.Name,
            node.Kind,
            node is SpecialInode ? node.TypeBits | node.Mode : node.Mode,
            node.Uid,
            node.Gid,
            (node as FileInode)?.Layout,
            (node as LinkInode)?.Target ?? string.Empty,
            0,
            (node as SpecialInode)?.Device ?? 0),
        node.LinkCount,
        node.AccessedUnixNs,
        node.ModifiedUnixNs,
        node.ChangedUnixNs,
        (node as FileInode)?.MappingUpdatedUnixNs ?? 0,
        (node as FileInode)?.LengthBytes ?? 0);

    private static void Restore(Inode node, NodeImage image)
    {
        node.LinkCount = image.LinkCount;
        node.AccessedUnixNs = image.AccessedUnixNs;
        node.ModifiedUnixNs = image.ModifiedUnixNs;
        node.ChangedUnixNs = image.ChangedUnixNs;
        if (node is FileInode file)
        {
            file.MappingUpdatedUnixNs = image.MappingUpdatedUnixNs;
            file.LengthBytes = image.LengthBytes;
        }
    }

    private Inode NewNode(NodeCreated created) => created.Kind switch
    {
        NodeKind.File => new FileInode(created.Inode, Intern(created.Layout!)),
        NodeKind.Directory => new DirectoryInode(created.Inode),
        NodeKind.SymbolicLink => new LinkInode(created.Inode, created.LinkTarget),
        NodeKind.Special => new SpecialInode(created.Inode, created.Mode & ~Permissions.Mask, created.Device),
        _ => throw new UnreachableException($"kind {created.Kind}"),
    };

    private Inode Make(NodeCreated created)
    {
        var node = NewNode(created);
        node.Name = created.Name;
        node.Mode = created.Mode & Permissions.Mask;
        node.Uid = created.Uid;
        node.Gid = created.Gid;
        _nodes.Add(created.Inode.Value, node);
        NextInode = new InodeId(Math.Max(NextInode.Value, created.Inode.Value + 1));
        FileCount += node.Kind == NodeKind.File ? 1 : 0;
        DirectoryCount += node.Kind == NodeKind.Directory ? 1 : 0;
        return node;
    }

    private FileLayout Intern(FileLayout layout)
    {
        if (!_layouts.TryGetValue(layout, out var known))
        {
            _layouts.Add(layout, known = layout);
        }

        return known;
    }

    private void RemoveEntry(DirectoryInode parent, string name, long atUnixNs)
    {
        var node = parent.Children.Find(name)!;
        BeforeEntry(parent, name);
        BeforeChange(node);
        Detach(parent, name, node);
        if (node is DirectoryInode { Children.Count: > 0 } full)
        {
            _detached.Add(full);
        }
        else if (node is DirectoryInode)
        {
            Free(node);
        }
        else
        {
            node.ChangedUnixNs = atUnixNs;
            LoseName(node);
        }
    }

    private void Free(Inode node)
    {
        _nodes.Remove(node.Id.Value);
        _xattrs.Remove(node.Id);
        _quotas.Remove(node.Id);
        Gone.Add(node.Id);
        DirectoryCount -= node.Kind == NodeKind.Directory ? 1 : 0;
        if (node is FileInode file)
        {
            FileCount--;
            for (var at = 0; at < file.Allocated; at++)
            {
                FreeOrKeep(file.At(at));
            }
        }
    }

    private DirectoryInode Directory(InodeId inode) => inode == TrashId ? _trash : (DirectoryInode)_nodes.Find(inode.Value)!;

    private void Attach(DirectoryInode parent, string name, Inode node)
    {
        parent.Children.Add(name, node);
        parent.Subdirectories += node.Kind == NodeKind.Directory ? 1 : 0;
        if (node.Parent is null)
        {
            node.Parent = parent;
            node.Name = name;
            Charge(parent, node, 1);
        }
        else
        {
            AddFurther(node, parent, name);
        }
    }

    private void Detach(DirectoryInode parent, string name, Inode node)
    {
        BeforeLeaving(parent, node);
        parent.Children.Remove(name);
        parent.Subdirectories -= node.Kind == NodeKind.Directory ? 1 : 0;
        if (IsFirstLink(parent, name, node))
        {
            Charge(parent, node, -1);
            PromoteFurther(node);
        }
        else
        {
            RemoveFurther(node, parent, name);
        }
    }

    private void BeforeMoving(EntryMoved moved, DirectoryInode from, DirectoryInode to, Inode node, Inode? other)
    {
        BeforeEntry(from, moved.FromName);
        BeforeEntry(to, moved.ToName);
        BeforeChange(from);
        BeforeChange(to);
        BeforeChange(node);
        if (other is not null)
        {
            BeforeChange(other);
        }
    }

    private void Place(DirectoryInode parent, string name, Inode node, long atUnixNs)
    {
        node.ChangedUnixNs = atUnixNs;
        Attach(parent, name, node);
    }

    private static void Touch(DirectoryInode directory, long atUnixNs)
        => directory.ModifiedUnixNs = directory.ChangedUnixNs = atUnixNs;
}
