// The trash: a directory that no path leads to. Its entries are named by their inodes; where they were is in a table beside.

using System.Globalization;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

/// <summary>What is known of something removed.</summary>
/// <param name="Path">Where it was.</param>
/// <param name="Uid">Who removed it.</param>
/// <param name="AtUnixNs">When.</param>
internal readonly record struct Trashed(string Path, uint Uid, long AtUnixNs);

internal sealed partial class Namespace
{
    private static readonly InodeId TrashId = new(ulong.MaxValue);

    private readonly DirectoryInode _trash = new(TrashId);
    private readonly SortedDictionary<InodeId, Trashed> _trashed = [];
    private readonly SortedSet<(long AtUnixNs, InodeId Inode)> _trashedInTime = [];

    /// <summary>What is in the trash, in order of ids.</summary>
    internal IReadOnlyDictionary<InodeId, Trashed> Trash => _trashed;

    /// <summary>What has been in the trash longest; null when it is empty.</summary>
    internal (long AtUnixNs, InodeId Inode)? OldestTrash => _trashedInTime.Count > 0 ? _trashedInTime.Min : null;

    internal void Apply(EntryTrashed trashed)
    {
        var parent = Directory(trashed.Parent);
        var node = parent.Children.Find(trashed.Name)!;
        BeforeEntry(parent, trashed.Name);
        BeforeChange(parent);
        BeforeChange(node);
        Detach(parent, trashed.Name, node);
        Place(_trash, NameInTrash(trashed.Inode), node, trashed.AtUnixNs);
        Touch(parent, trashed.AtUnixNs);
        Apply(new TrashImage(trashed.Inode, trashed.Path, trashed.Uid, trashed.AtUnixNs));
    }

    internal void Apply(TrashRestored restored)
    {
        var to = Directory(restored.ToParent);
        var node = Find(restored.Inode)!;
        BeforeEntry(to, restored.ToName);
        BeforeChange(to);
        BeforeChange(node);
        Forget(restored.Inode);
        Detach(_trash, NameInTrash(restored.Inode), node);
        Place(to, restored.ToName, node, restored.AtUnixNs);
        Touch(to, restored.AtUnixNs);
    }

    internal void Apply(TrashExpunged expunged)
    {
        Forget(expunged.Inode);
        RemoveEntry(_trash, NameInTrash(expunged.Inode), expunged.AtUnixNs);
    }

    internal void Apply(TrashImage image)
    {
        _trashed.Add(image.Inode, new Trashed(image.Path, image.Uid, image.AtUnixNs));
        _trashedInTime.Add((image.AtUnixNs, image.Inode));
    }

    private static string NameInTrash(InodeId inode) => inode.Value.ToString(CultureInfo.InvariantCulture);

    private void Forget(InodeId inode)
    {
        _trashed.Remove(inode, out var trashed);
        _trashedInTime.Remove((trashed.AtUnixNs, inode));
    }

    private IEnumerable<NodeImage> TrashNodeImages() => _trashed.Keys.SelectMany(i => ImagesBelow(Find(i)!));

    private IEnumerable<TrashImage> TrashImages() => _trashed.Select(t => new TrashImage(t.Key, t.Value.Path, t.Value.Uid, t.Value.AtUnixNs));
}
