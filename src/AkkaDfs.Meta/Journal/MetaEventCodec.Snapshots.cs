// Events about snapshots, and what they remember.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Journal;

internal static partial class MetaEventCodec
{
    private static Kind WriteSnapshots(EventWriter w, MetaEvent change)
    {
        switch (change)
        {
            case SnapshotTaken e:
                w.Number(e.Number);
                w.Number(e.Directory.Value);
                w.Text(e.Name);
                w.Number(e.NextInode.Value);
                w.Number(e.Uid);
                w.Signed(e.AtUnixNs);
                return Kind.SnapshotTaken;
            case SnapshotRemoved e:
                w.Number(e.Number);
                w.Signed(e.AtUnixNs);
                return Kind.SnapshotRemoved;
            case PastFreed e:
                w.Number(e.From.Value);
                w.Text(e.After);
                w.Number((ulong)e.Count);
                return Kind.PastFreed;
            case ChunkCopyBegun e:
                w.Number(e.Copy.Value);
                w.Number(e.Of.Value);
                w.Number(e.Members);
                w.Signed(e.AtUnixNs);
                return Kind.ChunkCopyBegun;
            case ChunkCopied e:
                w.Number(e.Copy.Value);
                w.Number(e.Of.Value);
                w.Number(e.Sequence);
                w.Number((ulong)e.LengthBytes);
                w.Signed(e.AtUnixNs);
                return Kind.ChunkCopied;
            case ChunkCopyDropped e:
                w.Number(e.Copy.Value);
                w.Number(e.Of.Value);
                w.Signed(e.AtUnixNs);
                return Kind.ChunkCopyDropped;
            default:
                return WritePast(w, change);
        }
    }

    private static Kind WritePast(EventWriter w, MetaEvent change)
    {
        switch (change)
        {
            case SnapshotCounterImage e:
                w.Number(e.NextNumber);
                return Kind.SnapshotCounterImage;
            case PastCoverImage e:
                w.Number(e.Inode.Value);
                w.Number(e.Upto);
                return Kind.PastCoverImage;
            case PastNodeImage e:
                w.Number(e.From);
                w.Number(e.Upto);
                Write(w, e.Node);
                w.Number((ulong)e.Subdirectories);
                Write(w, e.Further, i => i.Value);
                return Kind.PastNodeImage;
            case PastXattrImage e:
                w.Number(e.Inode.Value);
                w.Text(e.Name);
                w.Bytes(e.Value);
                return Kind.PastXattrImage;
            case PastEntryImage e:
                w.Number(e.Directory.Value);
                w.Text(e.Name);
                w.Number(e.From);
                w.Number(e.Upto);
                w.Number(e.Inode.Value);
                return Kind.PastEntryImage;
            case PastChunkImage e:
                Write(w, e.Chunk);
                w.Number(e.CopyOf.Value);
                return Kind.PastChunkImage;
            case PastChunksImage e:
                w.Number(e.File.Value);
                w.Number(e.Upto);
                Write(w, e.Chunks, c => c.Value);
                return Kind.PastChunksImage;
            default:
                throw new InvalidOperationException($"{change.GetType().Name} has no encoding");
        }
    }

    private static void Write<T>(EventWriter w, IReadOnlyList<T> ids, Func<T, ulong> valueOf)
    {
        w.Number((ulong)ids.Count);
        foreach (var id in ids)
        {
            w.Number(valueOf(id));
        }
    }

    private static MetaEvent ReadSnapshots(Kind kind, ref EventReader r)
    {
        switch (kind)
        {
            case Kind.SnapshotTaken:
                return new SnapshotTaken(r.Unsigned(), new InodeId(r.Number()), r.Text(), new InodeId(r.Number()), r.Unsigned(), r.Signed());
            case Kind.SnapshotRemoved:
                return new SnapshotRemoved(r.Unsigned(), r.Signed());
            case Kind.PastFreed:
                return new PastFreed(new InodeId(r.Number()), r.Text(), r.Int());
            case Kind.ChunkCopyBegun:
                return new ChunkCopyBegun(new ChunkId(r.Number()), new ChunkId(r.Number()), r.Byte(), r.Signed());
            case Kind.ChunkCopied:
                return new ChunkCopied(new ChunkId(r.Number()), new ChunkId(r.Number()), r.Number(), r.Int(), r.Signed());
            case Kind.ChunkCopyDropped:
                return new ChunkCopyDropped(new ChunkId(r.Number()), new ChunkId(r.Number()), r.Signed());
            case Kind.SnapshotCounterImage:
                return new SnapshotCounterImage(r.Unsigned());
            case Kind.PastCoverImage:
                return new PastCoverImage(new InodeId(r.Number()), r.Unsigned());
            case Kind.PastNodeImage:
                return ReadPastNode(ref r);
            case Kind.PastXattrImage:
                return new PastXattrImage(new InodeId(r.Number()), r.Text(), r.Bytes());
            case Kind.PastEntryImage:
                return new PastEntryImage(new InodeId(r.Number()), r.Text(), r.Unsigned(), r.Unsigned(), new InodeId(r.Number()));
            case Kind.PastChunkImage:
                return new PastChunkImage(ReadChunk(ref r), new ChunkId(r.Number()));
            case Kind.PastChunksImage:
                return new PastChunksImage(new InodeId(r.Number()), r.Unsigned(), ReadIds(ref r, v => new ChunkId(v)));
            default:
                throw new FormatException($"events of kind {(byte)kind} are not known to this version");
        }
    }

    private static PastNodeImage ReadPastNode(ref EventReader r)
    {
        var (from, upto) = (r.Unsigned(), r.Unsigned());
        var node = ReadNodeImage(ref r);
        var subdirectories = r.Int();
        return new PastNodeImage(from, upto, node, ReadIds(ref r, v => new InodeId(v)), subdirectories);
    }

    private static List<T> ReadIds<T>(ref EventReader r, Func<ulong, T> idOf)
    {
        var ids = new List<T>();
        for (var left = r.Int(); left > 0; left--)
        {
            ids.Add(idOf(r.Number()));
        }

        return ids;
    }
}
