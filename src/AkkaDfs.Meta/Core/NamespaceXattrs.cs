// Extended attributes. Few nodes have any: in a table beside.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

internal sealed partial class Namespace
{
    private readonly Dictionary<InodeId, SortedDictionary<string, byte[]>> _xattrs = [];

    /// <summary>The extended attributes of a node, in order of names.</summary>
    internal IReadOnlyDictionary<string, byte[]> XattrsOf(InodeId inode)
        => _xattrs.GetValueOrDefault(inode) is { } some ? some : System.Collections.ObjectModel.ReadOnlyDictionary<string, byte[]>.Empty;

    internal void Apply(XattrSet set)
    {
        BeforeChange(Find(set.Inode)!);
        if (!_xattrs.TryGetValue(set.Inode, out var attributes))
        {
            _xattrs.Add(set.Inode, attributes = new SortedDictionary<string, byte[]>(StringComparer.Ordinal));
        }

        attributes[set.Name] = set.Value;
        Find(set.Inode)!.ChangedUnixNs = set.AtUnixNs;
    }

    internal void Apply(XattrRemoved removed)
    {
        BeforeChange(Find(removed.Inode)!);
        var attributes = _xattrs[removed.Inode];
        attributes.Remove(removed.Name);
        if (attributes.Count == 0)
        {
            _xattrs.Remove(removed.Inode);
        }

        Find(removed.Inode)!.ChangedUnixNs = removed.AtUnixNs;
    }

    private IEnumerable<XattrSet> XattrImages()
        => _xattrs.OrderBy(x => x.Key.Value).SelectMany(x => x.Value.Select(a => new XattrSet(x.Key, a.Key, a.Value, Find(x.Key)!.ChangedUnixNs)));
}
