// Nodes that are kept although their last name goes, because somebody has them open. Rare: in a table beside.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

internal sealed partial class Namespace
{
    private readonly HashSet<InodeId> _kept = [];

    /// <summary>True for a node that stays when it loses its last name.</summary>
    internal bool IsKept(InodeId inode) => _kept.Contains(inode);

    /// <summary>All of them, in order of ids.</summary>
    internal IEnumerable<InodeId> KeptInOrder() => _kept.Order();

    internal void Apply(NodeKept kept) => _kept.Add(kept.Inode);

    internal void Apply(NodeReleased released)
    {
        if (_kept.Remove(released.Inode) && Find(released.Inode) is { LinkCount: 0 } node)
        {
            Free(node);
        }
    }

    // One name of a node that is not a directory is gone.
    private void LoseName(Inode node)
    {
        if (--node.LinkCount == 0 && !_kept.Contains(node.Id))
        {
            Free(node);
        }
    }

    private IEnumerable<NodeImage> OrphanImages()
        => KeptInOrder().Select(i => Find(i)!).Where(n => n.LinkCount == 0).Select(ImageOf);

    private IEnumerable<NodeKept> KeptImages() => KeptInOrder().Select(i => new NodeKept(i));
}
