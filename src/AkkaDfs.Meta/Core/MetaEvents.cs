// What happened, in the order in which it happened: the journal. Replaying the events gives the same durable state.
// Every event says all it needs: ids, times and names; none of them says where a replica is.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>One change of the durable state.</summary>
internal abstract record MetaEvent;

/// <summary>First event of every journal.</summary>
internal sealed record ClusterFormed(Guid ClusterId, long AtUnixNs) : MetaEvent;

/// <summary>A meta has begun to act.</summary>
internal sealed record EpochStarted(Epoch Epoch, long AtUnixNs) : MetaEvent;

/// <summary>A chunk server got its id, or came back under another address or incarnation.</summary>
internal sealed record ServerRegistered(
    ServerId Server, Guid Incarnation, string ControlAddress, DataEndpoint Endpoint, IReadOnlyList<string> Folders, long AtUnixNs) : MetaEvent;

/// <summary>An operator's order for a chunk server; the last one counts.</summary>
/// <param name="UntilUnixNs">For maintenance: when it is over by itself; 0 otherwise.</param>
internal sealed record ServerModeSet(ServerId Server, ServerMode Mode, long UntilUnixNs, long AtUnixNs) : MetaEvent;

/// <summary>A node of the tree was made.</summary>
/// <param name="Layout">For files, with the defaults filled in; null otherwise.</param>
/// <param name="Mode">Permission bits; for special nodes with the type bits.</param>
/// <param name="LinkTarget">For symbolic links; empty otherwise.</param>
/// <param name="Device">For devices; 0 otherwise.</param>
internal sealed record NodeCreated(
    InodeId Inode,
    InodeId Parent,
    string Name,
    NodeKind Kind,
    uint Mode,
    uint Uid,
    uint Gid,
    FileLayout? Layout,
    string LinkTarget,
    long AtUnixNs,
    ulong Device = 0) : MetaEvent;

/// <summary>A node that is not a directory has got a further name.</summary>
internal sealed record LinkAdded(InodeId Inode, InodeId Parent, string Name, long AtUnixNs) : MetaEvent;

/// <summary>Mode, owner and times of a node are these from now on.</summary>
internal sealed record AttributesSet(
    InodeId Inode, uint Mode, uint Uid, uint Gid, long AccessedUnixNs, long ModifiedUnixNs, long AtUnixNs) : MetaEvent;

/// <summary>A name is gone, and with its last name the node. A directory with entries is put aside whole and freed bit by bit.</summary>
internal sealed record EntryRemoved(InodeId Parent, string Name, long AtUnixNs) : MetaEvent;

/// <summary>A name has moved; what was there is removed as by <see cref="EntryRemoved"/>, or swapped.</summary>
internal sealed record EntryMoved(
    InodeId FromParent, string FromName, InodeId ToParent, string ToName, bool Exchange, long AtUnixNs) : MetaEvent;

/// <summary>So many nodes of trees that were put aside have been freed (or all that were left), in the order that the state itself knows.</summary>
internal sealed record DetachedFreed(int Count) : MetaEvent;

/// <summary>A session of a client exists from now on.</summary>
internal sealed record SessionStarted(Guid Session, long AtUnixNs) : MetaEvent;

/// <summary>A session may hold directories from now on: a meta that begins to act waits for it before it changes anything; also its image.</summary>
internal sealed record SessionHolding(Guid Session) : MetaEvent;

/// <summary>It does no longer.</summary>
internal sealed record SessionEnded(Guid Session, long AtUnixNs) : MetaEvent;

/// <summary>A node stays when it loses its last name, because it is open or may be; also its image.</summary>
internal sealed record NodeKept(InodeId Inode) : MetaEvent;

/// <summary>A node is kept no longer: without a name it is gone.</summary>
internal sealed record NodeReleased(InodeId Inode) : MetaEvent;

/// <summary>An extended attribute has this value; also its image.</summary>
internal sealed record XattrSet(InodeId Inode, string Name, byte[] Value, long AtUnixNs) : MetaEvent
{
    /// <inheritdoc/>
    public bool Equals(XattrSet? other)
        => other is not null && (Inode, Name, AtUnixNs) == (other.Inode, other.Name, other.AtUnixNs) && Value.AsSpan().SequenceEqual(other.Value);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Inode, Name, AtUnixNs, Value.Length);
}

/// <summary>An extended attribute is gone.</summary>
internal sealed record XattrRemoved(InodeId Inode, string Name, long AtUnixNs) : MetaEvent;

/// <summary>A holder has a lease on a file, instead of the one he had, if any; also its image.</summary>
internal sealed record LeaseTaken(InodeId Inode, string Holder, bool IsShared, long UntilUnixNs, long AtUnixNs) : MetaEvent;

/// <summary>A holder has no lease on a file any more.</summary>
internal sealed record LeaseEnded(InodeId Inode, string Holder, long AtUnixNs) : MetaEvent;

/// <summary>An entry was moved to the trash, where it is named by its inode.</summary>
/// <param name="Path">Where it was, for people and to put it back.</param>
/// <param name="Uid">Who removed it.</param>
internal sealed record EntryTrashed(InodeId Parent, string Name, InodeId Inode, string Path, uint Uid, long AtUnixNs) : MetaEvent;

/// <summary>It was put back.</summary>
internal sealed record TrashRestored(InodeId Inode, InodeId ToParent, string ToName, long AtUnixNs) : MetaEvent;

/// <summary>It was removed for good, as by <see cref="EntryRemoved"/>.</summary>
internal sealed record TrashExpunged(InodeId Inode, long AtUnixNs) : MetaEvent;

/// <summary>What is known of an entry of the trash; after its node.</summary>
internal sealed record TrashImage(InodeId Inode, string Path, uint Uid, long AtUnixNs) : MetaEvent;

/// <summary>A directory has this quota from now on, none with both 0; also its image, after all nodes.</summary>
internal sealed record QuotaSet(InodeId Inode, long MaxBytes, long MaxFiles, long AtUnixNs) : MetaEvent;

/// <summary>A chunk was given to a place of a file: generation 1, open, empty.</summary>
/// <param name="Members">Number of servers in its chain.</param>
internal sealed record ChunkAllocated(ChunkId Chunk, InodeId File, int Index, byte Members, long AtUnixNs) : MetaEvent;

/// <summary>The chunk's replicas are about to change.</summary>
internal sealed record GenerationRaised(ChunkId Chunk, Generation Generation, long AtUnixNs) : MetaEvent;

/// <summary>Writes may be acknowledged under this generation: from now on the primary has the length.</summary>
/// <param name="Members">Number of servers in the chain of that generation: each of them has every acknowledged operation.</param>
internal sealed record ChunkOpened(ChunkId Chunk, Generation Generation, byte Members) : MetaEvent;

/// <summary>How long a chunk is.</summary>
/// <param name="Closes">True when the primary has said that it acknowledges no further write.</param>
internal sealed record ChunkMeasured(ChunkId Chunk, ulong Sequence, long LengthBytes, bool Closes, long AtUnixNs) : MetaEvent;

/// <summary>A file has no chunks any more from a place on; their replicas had been retired before.</summary>
/// <param name="Places">Number of places that are left.</param>
internal sealed record FileCut(InodeId File, int Places, long AtUnixNs) : MetaEvent;

/// <summary>A directory has a snapshot; also its image.</summary>
/// <param name="Number">Its place in the order of all snapshots, 1 and up.</param>
/// <param name="Name">Its name among those of the directory.</param>
/// <param name="NextInode">Nodes of this id and higher ones were made later.</param>
/// <param name="Uid">Who made it.</param>
internal sealed record SnapshotTaken(uint Number, InodeId Directory, string Name, InodeId NextInode, uint Uid, long AtUnixNs) : MetaEvent;

/// <summary>A snapshot is gone; what only it saw is forgotten bit by bit.</summary>
internal sealed record SnapshotRemoved(uint Number, long AtUnixNs) : MetaEvent;

/// <summary>Past states were looked through, so many, from a node and a name of it on: those that no snapshot sees are forgotten.</summary>
internal sealed record PastFreed(InodeId From, string After, int Count) : MetaEvent;

/// <summary>A chunk that snapshots see is being copied for them, because somebody wants to write to it.</summary>
/// <param name="Copy">The copy, which no file names yet.</param>
/// <param name="Of">The chunk.</param>
/// <param name="Members">Number of servers that make a replica of the copy.</param>
internal sealed record ChunkCopyBegun(ChunkId Copy, ChunkId Of, byte Members, long AtUnixNs) : MetaEvent;

/// <summary>The copy is complete: snapshots see it in place of the chunk.</summary>
internal sealed record ChunkCopied(ChunkId Copy, ChunkId Of, ulong Sequence, long LengthBytes, long AtUnixNs) : MetaEvent;

/// <summary>The copy has come to nothing.</summary>
internal sealed record ChunkCopyDropped(ChunkId Copy, ChunkId Of, long AtUnixNs) : MetaEvent;

/// <summary>An operation of a client was applied, with what its answer can be made from again.</summary>
internal sealed record OperationDone(OperationId Operation, ulong AnsweredBelow, OperationOutcome Outcome) : MetaEvent;

/// <summary>Kinds of remembered answers. Numbers are in the journal: append only.</summary>
internal enum OutcomeKind : byte
{
    /// <summary>Done.</summary>
    Done = 1,

    /// <summary>The status of a node.</summary>
    Status = 2,

    /// <summary>A file that was created.</summary>
    FileCreated = 3,

    /// <summary>A file that was there.</summary>
    FileOpened = 4,
}

/// <summary>What an operation's answer can be made from again.</summary>
internal readonly record struct OperationOutcome(OutcomeKind Kind, InodeId Inode, ChunkId Chunk);

// ---- images: the same state told at once, for checkpoints and for comparing states ----------------------------------

/// <summary>The counters that ids come from.</summary>
internal sealed record CountersImage(ulong NextInode, ulong NextChunk, uint NextServer) : MetaEvent;

/// <summary>One node as it is. Directories come before what is in them; parent 0 stands for a tree that was put aside, or for a kept node without a name.</summary>
internal sealed record NodeImage(
    NodeCreated Node, int LinkCount, long AccessedUnixNs, long ModifiedUnixNs, long ChangedUnixNs, long MappingUpdatedUnixNs, long LengthBytes) : MetaEvent;

/// <summary>A further name of a node; those of one node come in order, after all nodes.</summary>
internal sealed record LinkImage(InodeId Inode, InodeId Parent, string Name) : MetaEvent;

/// <summary>One chunk as it is.</summary>
internal sealed record ChunkImage(
    ChunkId Chunk, InodeId File, int Index, Generation Generation, Generation Written, ulong Sequence, long LengthBytes, bool IsOpen, byte Members) : MetaEvent;

/// <summary>The remembered answers of one client, oldest client first.</summary>
internal sealed record ClientImage(Guid Client, ulong Floor, IReadOnlyList<(ulong Counter, OperationOutcome Outcome)> Outcomes) : MetaEvent;

/// <summary>Images of what snapshots remember; after all nodes.</summary>
internal abstract record PastImage : MetaEvent;

/// <summary>The number that the next snapshot gets.</summary>
internal sealed record SnapshotCounterImage(uint NextNumber) : PastImage;

/// <summary>A node and what is below it were moved from where snapshots up to a number see it.</summary>
internal sealed record PastCoverImage(InodeId Inode, uint Upto) : PastImage;

/// <summary>A node as it was; those of one node come in order.</summary>
/// <param name="From">See <see cref="PastState"/>.</param>
/// <param name="Upto">See <see cref="PastState"/>.</param>
/// <param name="Node">The node; its parent is the directory of its first name.</param>
/// <param name="Further">The directories of its further names.</param>
/// <param name="Subdirectories">For directories: how many it had.</param>
internal sealed record PastNodeImage(uint From, uint Upto, NodeImage Node, IReadOnlyList<InodeId> Further, int Subdirectories) : PastImage;

/// <summary>An extended attribute of the state of a node that was told last.</summary>
internal sealed record PastXattrImage(InodeId Inode, string Name, byte[] Value) : PastImage
{
    /// <inheritdoc/>
    public bool Equals(PastXattrImage? other)
        => other is not null && (Inode, Name) == (other.Inode, other.Name) && Value.AsSpan().SequenceEqual(other.Value);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Inode, Name, Value.Length);
}

/// <summary>What a name of a directory led to; 0 for nothing.</summary>
internal sealed record PastEntryImage(InodeId Directory, string Name, uint From, uint Upto, InodeId Inode) : PastImage;

/// <summary>A chunk that no living file names; after the chunks of files.</summary>
/// <param name="Chunk">The chunk as it is.</param>
/// <param name="CopyOf">The chunk that it is becoming a copy of; None for one that snapshots name already.</param>
internal sealed record PastChunkImage(ChunkImage Chunk, ChunkId CopyOf) : PastImage;

/// <summary>Chunks that the state of a file up to a snapshot names; after all chunks.</summary>
internal sealed record PastChunksImage(InodeId File, uint Upto, IReadOnlyList<ChunkId> Chunks) : PastImage;
