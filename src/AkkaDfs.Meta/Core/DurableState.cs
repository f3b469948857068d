// The part of the state that the journal rebuilds. It changes only by events, and the same events give the same state: live,
// after a restart, and from the images that a checkpoint is made of.

using System.Diagnostics;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

/// <summary>Everything that outlives the process.</summary>
internal sealed partial class DurableState
{
    /// <summary>The cluster's identity; empty before its first event.</summary>
    public Guid ClusterId { get; private set; }

    /// <summary>The newest term.</summary>
    public Epoch Epoch { get; private set; }

    /// <summary>The tree.</summary>
    public Namespace Names { get; } = new();

    /// <summary>The chunks.</summary>
    public ChunkTable Chunks { get; } = new();

    /// <summary>The chunk servers.</summary>
    public ServerTable Servers { get; } = new();

    /// <summary>Answers for retries.</summary>
    public OperationWindows Operations { get; } = new();

    /// <summary>The sessions of clients.</summary>
    public SessionTable Sessions { get; } = new();

    /// <summary>The leases of users.</summary>
    public LeaseTable Leases { get; } = new();

    /// <summary>Changes the state.</summary>
    /// <param name="change">What happened.</param>
    /// <param name="freed">Receives the chunks that are gone by it; null when nobody needs to know.</param>
    public void Apply(MetaEvent change, List<Chunk>? freed)
    {
        switch (change)
        {
            case NodeCreated e: Names.Apply(e); break;
            case ChunkAllocated e: Allocate(e); break;
            case OperationDone e: Operations.Apply(e); break;
            case ChunkMeasured e: Measure(e); break;
            case QuotaSet e: Names.Apply(e); break;
            case ChunkOpened e: Open(e); break;
            case EntryRemoved e: Names.Apply(e); break;
            case EntryMoved e: Names.Apply(e); break;
            case AttributesSet e: Names.Apply(e); break;
            case LinkAdded e: Names.Apply(e); break;
            case DetachedFreed e: Names.Apply(e); break;
            case FileCut e: Names.Apply(e); break;
            case GenerationRaised e: Chunks.Apply(e); break;
            case NodeKept e: Names.Apply(e); break;
            case NodeReleased e: Names.Apply(e); break;
            case XattrSet e: Names.Apply(e); break;
            case XattrRemoved e: Names.Apply(e); break;
            case LeaseTaken e: Leases.Apply(e); break;
            case LeaseEnded e: Leases.Apply(e); break;
            case EntryTrashed e: Names.Apply(e); break;
            case TrashRestored e: Names.Apply(e); break;
            case TrashExpunged e: Names.Apply(e); break;
            case TrashImage e: Names.Apply(e); break;
            case SessionStarted e: Sessions.Apply(e); break;
            case SessionHolding e: Sessions.Apply(e); break;
            case SessionEnded e: Sessions.Apply(e); break;
            case SnapshotTaken e: Names.Apply(e); break;
            case SnapshotRemoved e: Names.Apply(e); break;
            case PastFreed e: Names.Apply(e); break;
            case ChunkCopyBegun or ChunkCopied or ChunkCopyDropped: ApplyCopy(change); break;
            case PastImage: ApplyPast(change); break;
            case ServerRegistered e: Servers.Apply(e); break;
            case ServerModeSet e: Servers.Apply(e); break;
            case EpochStarted e: Epoch = e.Epoch; break;
            case ClusterFormed e: Form(e); break;
            case NodeImage e: Names.Apply(e); break;
            case LinkImage e: Names.Apply(e); break;
            case ChunkImage e: Chunks.Apply(e, (FileInode)Names.Find(e.File)!); break;
            case ClientImage e: Operations.Apply(e); break;
            case CountersImage e: Apply(e); break;
            default: throw new UnreachableException(change.GetType().Name);
        }

        if (Names.Gone.Count > 0)
        {
            Names.Gone.ForEach(Leases.Forget);
            Names.Gone.Clear();
        }

        if (Names.Freed.Count > 0)
        {
            DropCopiesOfFreed();
            Names.Freed.ForEach(Chunks.Remove);
            freed?.AddRange(Names.Freed);
            Names.Freed.Clear();
        }
    }

    /// <summary>Events that rebuild this very state when applied to an empty one.</summary>
    public IEnumerable<MetaEvent> Images()
    {
        yield return new ClusterFormed(ClusterId, Names.Root.AccessedUnixNs);
        yield return new EpochStarted(Epoch, 0);
        foreach (var image in Servers.Images().Concat(Names.Images()).Concat(Chunks.Images()).Concat(PastChunkImages()).Concat(Operations.Images()).Concat(Sessions.Images()).Concat(Leases.Images()))
        {
            yield return image;
        }

        yield return new CountersImage(Names.NextInode.Value, Chunks.NextChunk.Value, Servers.NextServer.Value);
    }

    private void Allocate(ChunkAllocated allocated)
    {
        var file = (FileInode)Names.Find(allocated.File)!;
        Names.BeforeChange(file);
        Chunks.Apply(allocated, file);
    }

    private void Open(ChunkOpened opened)
    {
        Names.BeforeChange(Chunks.Find(opened.Chunk)!.File);
        Chunks.Apply(opened);
    }

    private void Measure(ChunkMeasured measured)
    {
        var file = Chunks.Find(measured.Chunk)!.File;
        Names.BeforeChange(file);
        var old = file.LengthBytes;
        Chunks.Apply(measured);
        Names.Resized(file, file.LengthBytes - old);
    }

    private void Form(ClusterFormed formed)
    {
        ClusterId = formed.ClusterId;
        Names.Root.AccessedUnixNs = Names.Root.ModifiedUnixNs = Names.Root.ChangedUnixNs = formed.AtUnixNs;
    }

    private void Apply(CountersImage counters)
    {
        Names.Apply(counters);
        Chunks.Apply(counters);
        Servers.Apply(counters);
    }
}
