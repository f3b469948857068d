// The tree as snapshots see it: DIR/.snapshot/NAME/... Nodes of it are made for one answer, under ids of their own that never mean
// anything else. They cannot be changed: whoever changes nodes asks for a directory by ResolveParent, or refuses ids of the past.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

internal sealed partial class Namespace
{
    /// <summary>The name under which a directory's snapshots are.</summary>
    internal const string SnapshotName = ".snapshot";

    /// <summary>The node of an id, of the present or of the past; null when there is none.</summary>
    public Inode? FindAny(InodeId inode)
    {
        if (!PastIds.IsPast(inode))
        {
            return Find(inode);
        }

        var (number, real) = PastIds.Parse(inode);
        return number == 0 ? ListOf(real) : _snapshots.TryGetValue(number, out var snapshot) && IsIn(real, snapshot) ? ViewOf(real, number) : null;
    }

    /// <summary>Entries of a directory of the present or the past after a name, in order.</summary>
    public IEnumerable<(string Name, Inode Node)> EntriesAfter(DirectoryInode directory, string after) => directory switch
    {
        SnapshotList list => SnapshotsOf(list.Real)
            .OrderBy(s => s.Name, StringComparer.Ordinal)
            .Where(s => string.CompareOrdinal(s.Name, after) > 0)
            .Select(s => (s.Name, ViewOf(s.Directory, s.Number)!)),
        PastDirectory past => PastEntriesAfter(past, after),
        _ => EntriesOf(directory, after),
    };

    /// <summary>Absolute path of a node of the present or the past.</summary>
    public string PathOfAny(Inode node)
    {
        if (!PastIds.IsPast(node.Id))
        {
            return PathOf(node);
        }

        var (number, at) = PastIds.Parse(node.Id);
        if (number == 0)
        {
            return (Find(at) is { } listed ? PathOf(listed).TrimEnd('/') : string.Empty) + "/" + SnapshotName;
        }

        var snapshot = _snapshots[number];
        var parts = new Stack<string>();
        while (at != snapshot.Directory && StateOf(at, number) is { } state && ParentAt(at, number) is { } parent)
        {
            parts.Push(state.Name);
            at = parent;
        }

        parts.Push($"{(Find(snapshot.Directory) is { } top ? PathOf(top).TrimEnd('/') : string.Empty)}/{SnapshotName}/{snapshot.Name}");
        return string.Join('/', parts);
    }

    /// <summary>Extended attributes of a node of the present or the past.</summary>
    public IReadOnlyDictionary<string, byte[]> XattrsOfAny(InodeId inode)
    {
        if (!PastIds.IsPast(inode))
        {
            return XattrsOf(inode);
        }

        var (number, real) = PastIds.Parse(inode);
        return _past.Find(real.Value)?.StateAt(number) is { } state
            ? state.Xattrs is { } xattrs ? xattrs : System.Collections.ObjectModel.ReadOnlyDictionary<string, byte[]>.Empty
            : XattrsOf(real);
    }

    /// <summary>The entry of a directory of the present or the past; null when it has none of that name.</summary>
    internal Inode? ChildOf(DirectoryInode directory, ReadOnlySpan<char> name)
    {
        switch (directory)
        {
            case SnapshotList list:
                foreach (var snapshot in SnapshotsOf(list.Real))
                {
                    if (name.SequenceEqual(snapshot.Name))
                    {
                        return ViewOf(list.Real, snapshot.Number);
                    }
                }

                return null;
            case PastDirectory past:
                var known = _past.Find(past.Real.Value)?.EntryAt(name, past.Number);
                var inode = known ?? (Find(past.Real) as DirectoryInode)?.Children.Find(name)?.Id ?? default;
                return inode.Value == 0 ? null : ViewOf(inode, past.Number);
            default:
                return directory.Children.Find(name) ?? (name is SnapshotName ? ListOf(directory.Id) : null);
        }
    }

    private DirectoryInode ParentOf(DirectoryInode directory)
    {
        switch (directory)
        {
            case SnapshotList list:
                return (DirectoryInode)Find(list.Real)!;
            case PastDirectory past:
                var isTop = _snapshots[past.Number].Directory == past.Real;
                return isTop ? ListOf(past.Real) ?? directory
                    : ParentAt(past.Real, past.Number) is { } parent ? (DirectoryInode)ViewOf(parent, past.Number)!
                    : directory;
            default:
                return directory.Parent ?? directory;
        }
    }

    private DirectoryInode? ListOf(InodeId real)
        => _snapshotsOf.ContainsKey(real) && Find(real) is DirectoryInode directory
            ? directory.CopyTo(new SnapshotList(PastIds.Of(0, real), real))
            : null;

    private Inode? ViewOf(InodeId real, uint number)
    {
        var state = StateOf(real, number);
        var id = PastIds.Of(number, real);
        return state is DirectoryInode directory ? directory.CopyTo(new PastDirectory(id, number, real)) : state?.CopyAs(id);
    }

    private Inode? StateOf(InodeId inode, uint number) => _past.Find(inode.Value)?.StateAt(number)?.Node ?? Find(inode);

    private InodeId? ParentAt(InodeId inode, uint number)
        => _past.Find(inode.Value)?.StateAt(number) is { } state
            ? state.Parents.Count > 0 ? state.Parents[0] : null
            : Find(inode)?.Parent?.Id;

    private static IEnumerable<(string Name, Inode Node)> EntriesOf(DirectoryInode directory, string after)
    {
        var cursor = directory.Children.After(after);
        while (cursor.Next(out var name, out var node))
        {
            yield return (name, node);
        }
    }

    // The living entries with those of the past in between and in place of them.
    private IEnumerable<(string Name, Inode Node)> PastEntriesAfter(PastDirectory directory, string after)
    {
        var past = _past.Find(directory.Real.Value);
        using var living = (Find(directory.Real) is DirectoryInode real ? EntriesOf(real, after) : []).GetEnumerator();
        var cursor = (past?.Entries ?? new NameTree<List<PastEntry>>()).After(after);
        var hasLiving = living.MoveNext();
        var hasKnown = cursor.Next(out var name, out _);
        while (hasLiving || hasKnown)
        {
            var order = !hasLiving ? 1 : !hasKnown ? -1 : string.CompareOrdinal(living.Current.Name, name);
            var at = order <= 0 ? living.Current.Name : name;
            var inode = order < 0 ? null : past!.EntryAt(name, directory.Number);
            inode ??= order <= 0 ? living.Current.Node.Id : default;
            hasLiving = order <= 0 ? living.MoveNext() : hasLiving;
            hasKnown = order >= 0 ? cursor.Next(out name, out _) : hasKnown;
            if (inode.Value.Value != 0 && ViewOf(inode.Value, directory.Number) is { } view)
            {
                yield return (at, view);
            }
        }
    }
}
