// Packs the entries of a directory into an answer of a given size.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Protocol;

/// <summary>Fills an answer with entries until one does not fit.</summary>
internal ref struct DirectoryWriter(Span<byte> to)
{
    private const int TypeShift = 12;

    private readonly Span<byte> _to = to;

    /// <summary>Bytes filled.</summary>
    public int Length { get; private set; }

    /// <summary>Adds an entry.</summary>
    /// <param name="inode">Its number.</param>
    /// <param name="mode">Mode with the type bits.</param>
    /// <param name="name">Its name.</param>
    /// <param name="next">Where a next reading goes on.</param>
    /// <returns>False, and nothing added, when it does not fit.</returns>
    public bool TryAdd(ulong inode, uint mode, ReadOnlySpan<byte> name, ulong next) => TryAdd(Length, inode, mode, name, next);

    /// <summary>Adds an entry with its attributes, or without when <paramref name="status"/> is null: the kernel asks then.</summary>
    public bool TryAddPlus(FileStatus? status, ulong inode, uint mode, ReadOnlySpan<byte> name, ulong next, TimeSpan entryValid, TimeSpan attributesValid)
    {
        var at = Length;
        if (at + Wire.EntryOut > _to.Length || !TryAdd(at + Wire.EntryOut, inode, mode, name, next))
        {
            return false;
        }

        if (status is null)
        {
            _to.Slice(at, Wire.EntryOut).Clear();
        }
        else
        {
            AttributeWire.PutEntry(_to[at..], status, entryValid, attributesValid);
        }

        return true;
    }

    private bool TryAdd(int at, ulong inode, uint mode, ReadOnlySpan<byte> name, ulong next)
    {
        var end = at + ((Wire.Dirent + name.Length + 7) & ~7);
        if (end > _to.Length)
        {
            return false;
        }

        var entry = _to[at..end];
        entry.Clear();
        Wire.Put(entry, 0, inode);
        Wire.Put(entry, 8, next);
        Wire.Put(entry, 16, name.Length);
        Wire.Put(entry, 20, mode >> TypeShift);
        name.CopyTo(entry[Wire.Dirent..]);
        Length = end;
        return true;
    }
}
