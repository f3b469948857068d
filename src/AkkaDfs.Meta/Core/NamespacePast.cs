// Snapshots of directories. Taking one changes nothing but a list, whatever the size of the tree: the first change of a node after
// it first saves the node's state, and the first change of an entry what the name led to. Both happen here, in front of every change
// that an event makes, so that no command can forget it, and a replay does the same.
//
// Which snapshots can see a node: those of the directories above it (of all its names), if they are younger than the node; and,
// when it or a directory above it was moved out of such a directory, those up to the number that it was given then.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

internal sealed partial class Namespace
{
    private readonly SortedDictionary<uint, Snapshot> _snapshots = [];
    private readonly Dictionary<InodeId, List<Snapshot>> _snapshotsOf = [];
    private readonly PagedTable<Past> _past = new();

    /// <summary>All snapshots in order.</summary>
    public IReadOnlyCollection<Snapshot> Snapshots => _snapshots.Values;

    /// <summary>The number that the next snapshot gets.</summary>
    public uint NextSnapshot { get; private set; } = 1;

    /// <summary>True when states of the past are remembered.</summary>
    public bool HasPast => _past.Count > 0;

    /// <summary>The snapshots of a directory, oldest first.</summary>
    public IReadOnlyList<Snapshot> SnapshotsOf(InodeId directory) => _snapshotsOf.GetValueOrDefault(directory) is { } some ? some : [];

    /// <summary>A directory with snapshots that is this node or lies below it; null when there is none.</summary>
    public DirectoryInode? FindSnapshotted(Inode node)
    {
        foreach (var id in _snapshotsOf.Count > 0 && node is DirectoryInode ? _snapshotsOf.Keys.Order() : Enumerable.Empty<InodeId>())
        {
            if (Find(id) is DirectoryInode directory && IsWithin(directory, (DirectoryInode)node))
            {
                return directory;
            }
        }

        return null;
    }

    /// <summary>True when the node has a name below a directory.</summary>
    public bool HasNameBelow(Inode node, DirectoryInode top)
        => IsWithin(node, top) || (_further.TryGetValue(node.Id, out var links) && links.Exists(l => IsWithin(l.Parent, top)));

    /// <summary>True when a snapshot sees the bytes of this chunk: they must not be changed.</summary>
    public bool IsShared(Chunk chunk)
    {
        if (_snapshots.Count == 0 && _past.Count == 0)
        {
            return false;
        }

        return PastHolderOf(chunk) is not null || (chunk.LengthBytes > 0 && IsToBeSaved(chunk.File, out _));
    }

    /// <summary>The newest past state of the file that names a chunk, or null.</summary>
    public FileInode? PastHolderOf(Chunk chunk)
    {
        var states = _past.Find(chunk.File.Id.Value)?.States;
        for (var at = (states?.Count ?? 0) - 1; at >= 0; at--)
        {
            if (states![at].Node is FileInode file && ReferenceEquals(file.Find(chunk.Index), chunk))
            {
                return file;
            }
        }

        return null;
    }

    internal void Apply(SnapshotTaken taken)
    {
        var snapshot = new Snapshot(taken.Number, taken.Directory, taken.Name, taken.NextInode, taken.Uid, taken.AtUnixNs);
        _snapshots.Add(taken.Number, snapshot);
        if (!_snapshotsOf.TryGetValue(taken.Directory, out var all))
        {
            _snapshotsOf.Add(taken.Directory, all = []);
        }

        all.Add(snapshot);
        NextSnapshot = Math.Max(NextSnapshot, taken.Number + 1);
    }

    internal void Apply(SnapshotRemoved removed)
    {
        _snapshots.Remove(removed.Number, out var snapshot);
        var all = _snapshotsOf[snapshot!.Directory];
        all.Remove(snapshot);
        if (all.Count == 0)
        {
            _snapshotsOf.Remove(snapshot.Directory);
        }
    }

    /// <summary>A node is about to change: its state is saved if a snapshot sees it.</summary>
    internal void BeforeChange(Inode node)
    {
        if (_snapshots.Count > 0 && IsToBeSaved(node, out var upto))
        {
            var past = PastOf(node.Id);
            var parents = new List<InodeId>();
            if (node.Parent is { } parent)
            {
                parents.Add(parent.Id);
            }

            if (_further.TryGetValue(node.Id, out var links))
            {
                parents.AddRange(links.Select(l => l.Parent.Id));
            }

            past.States.Add(new PastState(past.States.Count > 0 ? past.States[^1].Upto : 0, upto, node.CopyAs(node.Id), parents)
            {
                Xattrs = _xattrs.TryGetValue(node.Id, out var xattrs) ? new(xattrs, StringComparer.Ordinal) : null,
            });
        }
    }

    // An entry of a directory is about to change: what its name leads to is saved if a snapshot sees it.
    private void BeforeEntry(DirectoryInode directory, string name)
    {
        if (_snapshots.Count == 0)
        {
            return;
        }

        var upto = NewestSeen(directory);
        if (upto == 0)
        {
            return;
        }

        var past = PastOf(directory.Id);
        past.Entries ??= new NameTree<List<PastEntry>>();
        var known = past.Entries.Find(name);
        var from = known is { Count: > 0 } ? known[^1].Upto : 0;
        if (from >= upto)
        {
            return;
        }

        if (known is null)
        {
            past.Entries.Add(name, known = []);
        }

        known.Add(new PastEntry(from, upto, directory.Children.Find(name)?.Id ?? default));
    }

    // A name is about to go from a directory: snapshots go on seeing what it led to, whatever happens to that elsewhere.
    private void BeforeLeaving(DirectoryInode directory, Inode node)
    {
        if (_snapshots.Count > 0 && SeenFrom(directory, node.Id) is > 0 and var seen)
        {
            var past = PastOf(node.Id);
            past.Covered = Math.Max(past.Covered, seen);
        }
    }

    private bool IsToBeSaved(Inode node, out uint upto)
    {
        upto = NewestSeen(node);
        return upto > 0 && (_past.Find(node.Id.Value) is not { States: { Count: > 0 } states } || states[^1].Upto < upto);
    }

    // The newest snapshot there is that may see a node; 0 for none.
    private uint NewestSeen(Inode node)
    {
        var seen = _past.Find(node.Id.Value)?.Covered ?? 0;
        seen = Math.Max(seen, node is DirectoryInode self ? SeenFrom(self, node.Id) : node.Parent is { } parent ? SeenFrom(parent, node.Id) : 0);
        if (_further.TryGetValue(node.Id, out var links))
        {
            foreach (var (directory, _) in links)
            {
                seen = Math.Max(seen, SeenFrom(directory, node.Id));
            }
        }

        return seen == 0 || _snapshots.ContainsKey(seen) ? seen : NewestUpTo(seen);
    }

    private uint NewestUpTo(uint number)
    {
        uint newest = 0;
        foreach (var existing in _snapshots.Keys)
        {
            if (existing > number)
            {
                break;
            }

            newest = existing;
        }

        return newest;
    }

    private uint SeenFrom(DirectoryInode directory, InodeId node)
    {
        uint seen = 0;
        for (DirectoryInode? at = directory; at is not null; at = at.Parent)
        {
            seen = Math.Max(seen, _past.Find(at.Id.Value)?.Covered ?? 0);
            if (_snapshotsOf.TryGetValue(at.Id, out var all))
            {
                for (var i = all.Count - 1; i >= 0 && all[i].Number > seen; i--)
                {
                    if (node.Value < all[i].NextInode.Value)
                    {
                        seen = all[i].Number;
                    }
                }
            }
        }

        return seen;
    }

    private Past PastOf(InodeId inode)
    {
        var past = _past.Find(inode.Value);
        if (past is null)
        {
            _past.Add(inode.Value, past = new Past(inode));
        }

        return past;
    }
}
