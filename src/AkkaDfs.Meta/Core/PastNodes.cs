// What snapshots remember of nodes that have changed since. A snapshot itself is a number and a directory; nodes that have not changed
// since are read from the living tree.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

/// <summary>A snapshot of a directory.</summary>
/// <param name="Number">Place in the order of all snapshots, 1 and up; never used twice.</param>
/// <param name="Directory">The directory.</param>
/// <param name="Name">Its name among those of the directory.</param>
/// <param name="NextInode">Nodes of this id and higher ones were made later.</param>
/// <param name="Uid">Who made it.</param>
/// <param name="AtUnixNs">When.</param>
internal sealed record Snapshot(uint Number, InodeId Directory, string Name, InodeId NextInode, uint Uid, long AtUnixNs);

/// <summary>A node as it was for the snapshots after <paramref name="From"/> up to <paramref name="Upto"/>.</summary>
/// <param name="From">Number of the last snapshot that saw an older state; 0 for none.</param>
/// <param name="Upto">Number of the last snapshot that sees this one.</param>
/// <param name="Node">A copy without children and without a place in the tree. Files in it share chunks with the living file.</param>
/// <param name="Parents">The directories of its names, the first name's first.</param>
internal sealed record PastState(uint From, uint Upto, Inode Node, IReadOnlyList<InodeId> Parents)
{
    /// <summary>Extended attributes as they were; null for none.</summary>
    public SortedDictionary<string, byte[]>? Xattrs { get; init; }
}

/// <summary>What one name of a directory led to, for the snapshots after <paramref name="From"/> up to <paramref name="Upto"/>.</summary>
/// <param name="From">As in <see cref="PastState"/>.</param>
/// <param name="Upto">As in <see cref="PastState"/>.</param>
/// <param name="Inode">The node; 0 when the name was free.</param>
internal readonly record struct PastEntry(uint From, uint Upto, InodeId Inode);

/// <summary>All that is remembered of one node, oldest first.</summary>
internal sealed class Past(InodeId id)
{
    /// <summary>The node.</summary>
    public InodeId Id { get; } = id;

    /// <summary>
    /// It and what is below it were in the directories of snapshots up to this number before it was moved from there; 0 for none.
    /// </summary>
    public uint Covered { get; set; }

    /// <summary>Its states.</summary>
    public List<PastState> States { get; } = [];

    /// <summary>For directories: what names have led to, by name.</summary>
    public NameTree<List<PastEntry>>? Entries { get; set; }

    /// <summary>The state that a snapshot sees; null when it sees the living node.</summary>
    public PastState? StateAt(uint number)
    {
        foreach (var state in States)
        {
            if (state.Upto >= number)
            {
                return state.From < number ? state : null;
            }
        }

        return null;
    }

    /// <summary>What a name led to for a snapshot; null when that is what it leads to now.</summary>
    public InodeId? EntryAt(ReadOnlySpan<char> name, uint number)
    {
        foreach (var entry in Entries?.Find(name) ?? [])
        {
            if (entry.Upto >= number)
            {
                return entry.From < number ? entry.Inode : null;
            }
        }

        return null;
    }
}

/// <summary>A directory as a snapshot sees it; made for one answer.</summary>
internal sealed class PastDirectory(InodeId id, uint number, InodeId real) : DirectoryInode(id)
{
    /// <summary>The snapshot.</summary>
    public uint Number { get; } = number;

    /// <summary>The directory's own id.</summary>
    public InodeId Real { get; } = real;
}

/// <summary>The directory .snapshot, which lists a directory's snapshots; made for one answer.</summary>
internal sealed class SnapshotList(InodeId id, InodeId real) : DirectoryInode(id)
{
    /// <summary>The directory.</summary>
    public InodeId Real { get; } = real;
}

/// <summary>Ids of what is seen through snapshots: the top bit, 23 bits of the snapshot's number (0 for the list), 40 bits of the node's id.</summary>
internal static class PastIds
{
    /// <summary>The largest id of a node that can be in a snapshot.</summary>
    internal const ulong MaxInode = (1UL << InodeBits) - 1;

    /// <summary>The largest number of a snapshot.</summary>
    internal const uint MaxNumber = (1U << 23) - 2;

    private const int InodeBits = 40;
    private const ulong Mark = 1UL << 63;

    /// <summary>True for what is seen through a snapshot, and therefore never changes.</summary>
    internal static bool IsPast(InodeId id) => id.IsPast;

    internal static InodeId Of(uint number, InodeId real) => new(Mark | ((ulong)number << InodeBits) | real.Value);

    internal static (uint Number, InodeId Real) Parse(InodeId id) => ((uint)((id.Value & ~Mark) >> InodeBits), new InodeId(id.Value & MaxInode));
}
