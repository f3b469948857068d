// Hard links. A node knows the directory and name of one link; the rare further ones are here, in the order in which they were
// made. When the first goes, the oldest of the others takes its place, so that a node with names always has one at hand.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

internal sealed partial class Namespace
{
    /// <summary>Most names of one node.</summary>
    internal const int MaxLinks = 32_000;

    private readonly Dictionary<InodeId, List<(DirectoryInode Parent, string Name)>> _further = [];

    internal void Apply(LinkAdded added)
    {
        var parent = Directory(added.Parent);
        var node = Find(added.Inode)!;
        BeforeEntry(parent, added.Name);
        BeforeChange(parent);
        BeforeChange(node);
        node.LinkCount++;
        Place(parent, added.Name, node, added.AtUnixNs);
        Touch(parent, added.AtUnixNs);
    }

    internal void Apply(LinkImage image) => Attach(Directory(image.Parent), image.Name, Find(image.Inode)!);

    internal void Apply(AttributesSet set)
    {
        var node = Find(set.Inode)!;
        BeforeChange(node);
        node.Mode = set.Mode;
        node.Uid = set.Uid;
        node.Gid = set.Gid;
        node.AccessedUnixNs = set.AccessedUnixNs;
        node.ModifiedUnixNs = set.ModifiedUnixNs;
        node.ChangedUnixNs = set.AtUnixNs;
    }

    private static bool IsFirstLink(DirectoryInode parent, string name, Inode node)
        => ReferenceEquals(node.Parent, parent) && string.Equals(node.Name, name, StringComparison.Ordinal);

    private IEnumerable<LinkImage> LinkImages()
        => _further.OrderBy(f => f.Key.Value).SelectMany(f => f.Value.Select(l => new LinkImage(f.Key, l.Parent.Id, l.Name)));

    private void AddFurther(Inode node, DirectoryInode parent, string name)
    {
        if (!_further.TryGetValue(node.Id, out var links))
        {
            _further.Add(node.Id, links = []);
        }

        links.Add((parent, name));
    }

    private void PromoteFurther(Inode node)
    {
        node.Parent = null;
        if (_further.TryGetValue(node.Id, out var links))
        {
            (node.Parent, node.Name) = links[0];
            RemoveFurther(node, links, 0);
            Charge(node.Parent, node, 1);
        }
    }

    private void RemoveFurther(Inode node, DirectoryInode parent, string name)
    {
        var links = _further[node.Id];
        RemoveFurther(node, links, links.FindIndex(l => ReferenceEquals(l.Parent, parent) && string.Equals(l.Name, name, StringComparison.Ordinal)));
    }

    private void RemoveFurther(Inode node, List<(DirectoryInode Parent, string Name)> links, int at)
    {
        links.RemoveAt(at);
        if (links.Count == 0)
        {
            _further.Remove(node.Id);
        }
    }
}
