// One chunk. What the journal knows: its place, its generation, its length when it stands still. What only reports know, and
// what is therefore gone at every start: where its replicas are.
//
// Two generations. Generation is the newest one that was journaled. Written is the newest one under which a write may have
// been acknowledged: a replica of that generation or a newer one holds every acknowledged byte, and an older one may not.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

/// <summary>One chunk of one file.</summary>
internal sealed class Chunk(ChunkId id, FileInode file, int index)
{
    /// <summary>Its id.</summary>
    public ChunkId Id { get; } = id;

    /// <summary>The file; when only snapshots name the chunk any more, a past state of it.</summary>
    public FileInode File { get; set; } = file;

    /// <summary>Its replicas, members of the chain first and in chain order. Not durable.</summary>
    public ReplicaList Replicas;

    /// <summary>Last operation that meta knows to be committed.</summary>
    public ulong Sequence { get; set; }

    /// <summary>Place in the file.</summary>
    public int Index { get; } = index;

    /// <summary>Newest generation.</summary>
    public Generation Generation { get; set; } = Generation.First;

    /// <summary>Newest generation under which a write may have been acknowledged.</summary>
    public Generation Written { get; set; } = Generation.First;

    /// <summary>Number of servers in the chain of <see cref="Written"/>: each of them had every acknowledged operation.</summary>
    public byte Members { get; set; }

    /// <summary>Length after <see cref="Sequence"/>.</summary>
    public int LengthBytes { get; set; }

    /// <summary>True while a primary may acknowledge writes: then it has the length.</summary>
    public bool IsOpen { get; set; } = true;

    /// <summary>Number of members of the chain of this generation; 0 while unknown. Not durable.</summary>
    public byte ChainLength { get; set; }

    /// <summary>Level in the repair queue, 0 for none. Not durable.</summary>
    public byte QueueLevel { get; set; }

    /// <summary>How it is counted. Not durable.</summary>
    public ChunkHealth Health { get; set; }

    /// <summary>True when a replica with operations was seen since the start. Not durable.</summary>
    public bool WasSeen { get; set; }

    /// <summary>True while a right to acknowledge writes that this meta has given may be on its way to the primary, or there. Not durable.</summary>
    public bool IsGranted { get; set; }

    /// <summary>True when every member is known to have adopted the generation. Not durable.</summary>
    public bool IsSettled { get; set; }

    /// <summary>True while its replica set is being changed. Not durable.</summary>
    public bool IsChanging { get; set; }

    /// <summary>True while a copy of it is being made. Not durable.</summary>
    public bool IsCopied { get; set; }

    /// <summary>Replicas asked for.</summary>
    public int Wanted => File.Layout.Replicas;

    /// <summary>True when it may hold bytes.</summary>
    public bool HasData => WasSeen || Sequence > 0;
}

/// <summary>How well a chunk is stored.</summary>
internal enum ChunkHealth : byte
{
    /// <summary>Not counted yet.</summary>
    Uncounted,

    /// <summary>As many usable replicas as asked, or more.</summary>
    Full,

    /// <summary>At least one, but fewer than asked, of bytes that there may be.</summary>
    Under,

    /// <summary>None, though there may be bytes in it.</summary>
    Missing,

    /// <summary>Fewer than asked, and as far as meta knows never written: there is nothing to lose.</summary>
    Unwritten,
}
