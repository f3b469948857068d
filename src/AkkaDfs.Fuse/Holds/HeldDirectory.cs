// What is known of a directory while this mount holds it. Everything here is guarded by the gate of HeldNames.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Holds;

/// <summary>A name in a held directory.</summary>
internal sealed class HeldName(HeldDirectory directory, string name)
{
    public HeldDirectory Directory { get; } = directory;

    public string Name { get; } = name;

    /// <summary>What it names; none when there is no such name (<see cref="IsAbsent"/>), or when that has to be asked.</summary>
    public InodeId Inode { get; set; }

    public bool IsAbsent { get; set; }

    public uint Mode { get; set; }

    /// <summary>The state of what is no directory; null when it has to be asked.</summary>
    public FileStatus? Status { get; set; }

    /// <summary>Where the first chunk is, as far as known.</summary>
    public ChunkLocation? First { get; set; }

    /// <summary>Whether it may be opened without asking.</summary>
    public bool MayOpen { get; set; }

    /// <summary>True when it certainly has no extended attributes.</summary>
    public bool HasNoXattrs { get; set; }

    /// <summary>True for a file that this mount has made under this hold: nobody else can have written to it.</summary>
    public bool IsMine { get; set; }

    /// <summary>Changes of its state by this mount that are under way.</summary>
    public int Changing { get; set; }

    /// <summary>When this mount has changed something of it last, by the counter of <see cref="HeldNames"/>.</summary>
    public long Stamp { get; set; }

    /// <summary>Until when the kernel may believe what it was told of its state.</summary>
    public long HandedUntil { get; set; }
}

/// <summary>A held directory.</summary>
internal sealed class HeldDirectory(InodeId id)
{
    public InodeId Id { get; } = id;

    /// <summary>False once it is given back: whatever is still noted here is not believed.</summary>
    public bool IsAlive { get; set; } = true;

    /// <summary>Its own state; null when it has to be asked.</summary>
    public FileStatus? Self { get; set; }

    /// <summary>The directory above.</summary>
    public InodeId Above { get; set; }

    /// <summary>Names that are known.</summary>
    public Dictionary<string, HeldName> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>True when there are no others.</summary>
    public bool IsComplete { get; set; }

    /// <summary>The last name of the last page; the next page begins behind it.</summary>
    public string Last { get; set; } = string.Empty;

    /// <summary>Look-ups that had to ask for a single name.</summary>
    public int Misses { get; set; }

    /// <summary>Changes by this mount that are under way in it.</summary>
    public int Changing { get; set; }

    /// <summary>When this mount has changed something in it last.</summary>
    public long Stamp { get; set; }

    /// <summary>Until when the kernel may believe what it was told of its state.</summary>
    public long HandedUntil { get; set; }
}

/// <summary>A question about a directory that is under way.</summary>
/// <param name="Directory">Which.</param>
/// <param name="Stamp">When it was asked: what this mount has changed since is newer than the answer.</param>
internal sealed record Asking(InodeId Directory, long Stamp)
{
    /// <summary>True when the hold was asked back meanwhile: the answer counts for now only.</summary>
    public bool IsVoid { get; set; }
}

/// <summary>A change of a node's state that is under way.</summary>
/// <param name="Directory">The held directory that is changed; null for something else.</param>
/// <param name="Name">The held name whose node is changed; null for something else.</param>
/// <param name="Stamp">When it began.</param>
internal readonly record struct Change(HeldDirectory? Directory, HeldName? Name, long Stamp);
