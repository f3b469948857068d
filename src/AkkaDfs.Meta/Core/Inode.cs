// Nodes of the tree. Kept lean: a million files with one chunk each must fit in 300 bytes apiece beyond their names, so
// rare things (extended attributes, further hard links) belong into tables beside, not into fields here.
// Parent and Name are those of one link; the children of a directory that was put aside keep theirs.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>One node.</summary>
internal abstract class Inode(InodeId id)
{
    /// <summary>Its id.</summary>
    public InodeId Id { get; } = id;

    /// <summary>The directory of its first link (further ones are in a table beside); null for the root and for what was put aside.</summary>
    public DirectoryInode? Parent { get; set; }

    /// <summary>Its name there.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>Permission bits, without the type.</summary>
    public uint Mode { get; set; }

    /// <summary>Owner.</summary>
    public uint Uid { get; set; }

    /// <summary>Owning group.</summary>
    public uint Gid { get; set; }

    /// <summary>Number of names (files and links only).</summary>
    public int LinkCount { get; set; } = 1;

    /// <summary>Last read.</summary>
    public long AccessedUnixNs { get; set; }

    /// <summary>Last change of the content.</summary>
    public long ModifiedUnixNs { get; set; }

    /// <summary>Last change of the node.</summary>
    public long ChangedUnixNs { get; set; }

    /// <summary>Its kind.</summary>
    public abstract NodeKind Kind { get; }

    /// <summary>The type bits of st_mode.</summary>
    public abstract uint TypeBits { get; }

    /// <summary>A copy under an id, without children and without a place in the tree; see <see cref="Past"/>.</summary>
    public abstract Inode CopyAs(InodeId id);

    /// <summary>Takes over what all nodes have.</summary>
    protected Inode WithAttributesOf(Inode other)
    {
        (Name, Mode, Uid, Gid, LinkCount) = (other.Name, other.Mode, other.Uid, other.Gid, other.LinkCount);
        (AccessedUnixNs, ModifiedUnixNs, ChangedUnixNs) = (other.AccessedUnixNs, other.ModifiedUnixNs, other.ChangedUnixNs);
        return this;
    }
}

/// <summary>A directory.</summary>
internal class DirectoryInode(InodeId id) : Inode(id)
{
    /// <summary>Its entries.</summary>
    public NameTree<Inode> Children { get; } = new();

    /// <summary>How many of them are directories.</summary>
    public int Subdirectories { get; set; }

    /// <inheritdoc/>
    public override NodeKind Kind => NodeKind.Directory;

    /// <inheritdoc/>
    public override uint TypeBits => 0x4000;

    /// <inheritdoc/>
    public override Inode CopyAs(InodeId id) => new DirectoryInode(id) { Subdirectories = Subdirectories }.WithAttributesOf(this);

    /// <summary>The same as a snapshot sees it.</summary>
    public DirectoryInode CopyTo(DirectoryInode view)
    {
        view.Subdirectories = Subdirectories;
        view.WithAttributesOf(this);
        return view;
    }
}

/// <summary>A symbolic link.</summary>
internal sealed class LinkInode(InodeId id, string target) : Inode(id)
{
    /// <summary>Where it leads.</summary>
    public string Target { get; } = target;

    /// <inheritdoc/>
    public override NodeKind Kind => NodeKind.SymbolicLink;

    /// <inheritdoc/>
    public override uint TypeBits => 0xA000;

    /// <inheritdoc/>
    public override Inode CopyAs(InodeId id) => new LinkInode(id, Target).WithAttributesOf(this);
}

/// <summary>A named pipe, a socket or a device: kept for the mount, nothing is stored in it.</summary>
/// <param name="id">Its id.</param>
/// <param name="typeBits">Which of them, as the type bits of st_mode.</param>
/// <param name="device">The device number, as st_rdev; 0 for pipes and sockets.</param>
internal sealed class SpecialInode(InodeId id, uint typeBits, ulong device) : Inode(id)
{
    /// <summary>The device number.</summary>
    public ulong Device { get; } = device;

    /// <inheritdoc/>
    public override NodeKind Kind => NodeKind.Special;

    /// <inheritdoc/>
    public override uint TypeBits { get; } = typeBits;

    /// <inheritdoc/>
    public override Inode CopyAs(InodeId id) => new SpecialInode(id, TypeBits, Device).WithAttributesOf(this);
}

/// <summary>A regular file: its layout, its length as far as meta knows, and its chunks in order of index (places can be holes).</summary>
internal sealed class FileInode(InodeId id, FileLayout layout) : Inode(id)
{
    // Null, one Chunk, or an array whose first _count items are in order of index.
    private object? _chunks;
    private int _count;

    /// <summary>How it is stored; nothing in it is "default".</summary>
    public FileLayout Layout { get; } = layout;

    /// <summary>True for a copy that only snapshots see.</summary>
    public bool IsPast { get; private init; }

    /// <summary>Length as far as meta knows.</summary>
    public long LengthBytes { get; set; }

    /// <summary>Last change of its chunk mapping.</summary>
    public long MappingUpdatedUnixNs { get; set; }

    /// <inheritdoc/>
    public override NodeKind Kind => NodeKind.File;

    /// <inheritdoc/>
    public override uint TypeBits => 0x8000;

    /// <summary>Number of chunks there are, holes not counted.</summary>
    public int Allocated => _count;

    /// <summary>Number of chunk places: highest index + 1.</summary>
    public int Places => _count == 0 ? 0 : At(_count - 1).Index + 1;

    /// <summary>The chunk at a place in the order of those there are; <paramref name="at"/> below <see cref="Allocated"/>.</summary>
    public Chunk At(int at) => _chunks as Chunk ?? ((Chunk[])_chunks!)[at];

    /// <summary>The chunk at an index, or null.</summary>
    public Chunk? Find(int index)
    {
        var at = LowerBound(index);
        return at < _count && At(at).Index == index ? At(at) : null;
    }

    /// <summary>Position of the first chunk whose index is at least <paramref name="index"/>; <see cref="Allocated"/> when none.</summary>
    public int LowerBound(int index)
    {
        int low = 0, high = _count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (At(middle).Index < index)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Adds a chunk whose index is free.</summary>
    public void Add(Chunk chunk)
    {
        if (_count == 0)
        {
            _chunks = chunk;
            _count = 1;
            return;
        }

        var all = _chunks as Chunk[] ?? [(Chunk)_chunks!];
        if (_count == all.Length)
        {
            Array.Resize(ref all, _count * 2);
        }

        var at = LowerBound(chunk.Index);
        Array.Copy(all, at, all, at + 1, _count - at);
        all[at] = chunk;
        _chunks = all;
        _count++;
    }

    /// <summary>A copy that shares the chunks that have bytes: all of them are closed when a snapshot can see the copy.</summary>
    public override Inode CopyAs(InodeId id)
    {
        var copy = new FileInode(id, Layout) { IsPast = true, LengthBytes = LengthBytes, MappingUpdatedUnixNs = MappingUpdatedUnixNs };
        for (var at = 0; at < _count; at++)
        {
            if (At(at).LengthBytes > 0)
            {
                copy.Add(At(at));
            }
        }

        return copy.WithAttributesOf(this);
    }

    /// <summary>Names another chunk at the index of one that it names.</summary>
    public void Exchange(Chunk old, Chunk chunk)
    {
        if (_chunks is Chunk[] all)
        {
            all[Array.IndexOf(all, old, 0, _count)] = chunk;
        }
        else
        {
            _chunks = chunk;
        }
    }

    /// <summary>A chunk's length has changed from <paramref name="oldLengthBytes"/>: brings the file's length in line.</summary>
    public void Measured(Chunk chunk, long oldLengthBytes)
    {
        var start = (long)chunk.Index * Layout.ChunkSizeBytes;
        if (start + chunk.LengthBytes >= LengthBytes)
        {
            LengthBytes = chunk.LengthBytes > 0 ? start + chunk.LengthBytes : LengthBytes;
        }
        else if (start + oldLengthBytes == LengthBytes && oldLengthBytes > 0)
        {
            // The chunk that gave the file its length was cut: the last one with bytes gives it now.
            Remeasure();
        }
    }

    /// <summary>Takes out the chunks of all places from one on.</summary>
    /// <param name="places">Number of places that are left.</param>
    /// <param name="removed">Receives the chunks.</param>
    public void CutTo(int places, List<Chunk> removed)
    {
        var kept = LowerBound(places);
        for (var at = kept; at < _count; at++)
        {
            removed.Add(At(at));
        }

        _chunks = kept == 0 ? null : kept == 1 ? At(0) : ((Chunk[])_chunks!)[..kept];
        _count = kept;
        Remeasure();
    }

    private void Remeasure()
    {
        LengthBytes = 0;
        for (var at = _count - 1; at >= 0 && LengthBytes == 0; at--)
        {
            var chunk = At(at);
            LengthBytes = chunk.LengthBytes > 0 ? ((long)chunk.Index * Layout.ChunkSizeBytes) + chunk.LengthBytes : 0;
        }
    }

    /// <summary>True when no chunk that could reach beyond the known length may be taking writes.</summary>
    public bool LengthIsExact()
    {
        for (var at = _count - 1; at >= 0; at--)
        {
            var chunk = At(at);
            if ((long)(chunk.Index + 1) * Layout.ChunkSizeBytes < LengthBytes)
            {
                return true;
            }

            if (chunk.IsOpen)
            {
                return false;
            }
        }

        return true;
    }
}
