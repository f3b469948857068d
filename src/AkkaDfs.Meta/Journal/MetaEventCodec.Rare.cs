// Events about what only some nodes have: sessions that hold them open.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Journal;

internal static partial class MetaEventCodec
{
    private static Kind WriteRare(EventWriter w, MetaEvent change)
    {
        switch (change)
        {
            case SessionStarted e:
                w.Identity(e.Session);
                w.Signed(e.AtUnixNs);
                return Kind.SessionStarted;
            case SessionHolding e:
                w.Identity(e.Session);
                return Kind.SessionHolding;
            case SessionEnded e:
                w.Identity(e.Session);
                w.Signed(e.AtUnixNs);
                return Kind.SessionEnded;
            case NodeKept e:
                w.Number(e.Inode.Value);
                return Kind.NodeKept;
            case NodeReleased e:
                w.Number(e.Inode.Value);
                return Kind.NodeReleased;
            case LeaseTaken e:
                w.Number(e.Inode.Value);
                w.Text(e.Holder);
                w.Flag(e.IsShared);
                w.Signed(e.UntilUnixNs);
                w.Signed(e.AtUnixNs);
                return Kind.LeaseTaken;
            case LeaseEnded e:
                w.Number(e.Inode.Value);
                w.Text(e.Holder);
                w.Signed(e.AtUnixNs);
                return Kind.LeaseEnded;
            case XattrSet e:
                w.Number(e.Inode.Value);
                w.Text(e.Name);
                w.Bytes(e.Value);
                w.Signed(e.AtUnixNs);
                return Kind.XattrSet;
            case XattrRemoved e:
                w.Number(e.Inode.Value);
                w.Text(e.Name);
                w.Signed(e.AtUnixNs);
                return Kind.XattrRemoved;
            default:
                return WriteTrash(w, change);
        }
    }

    private static Kind WriteTrash(EventWriter w, MetaEvent change)
    {
        switch (change)
        {
            case EntryTrashed e:
                w.Number(e.Parent.Value);
                w.Text(e.Name);
                w.Number(e.Inode.Value);
                w.Text(e.Path);
                w.Number(e.Uid);
                w.Signed(e.AtUnixNs);
                return Kind.EntryTrashed;
            case TrashRestored e:
                w.Number(e.Inode.Value);
                w.Number(e.ToParent.Value);
                w.Text(e.ToName);
                w.Signed(e.AtUnixNs);
                return Kind.TrashRestored;
            case TrashExpunged e:
                w.Number(e.Inode.Value);
                w.Signed(e.AtUnixNs);
                return Kind.TrashExpunged;
            case QuotaSet e:
                w.Number(e.Inode.Value);
                w.Number((ulong)e.MaxBytes);
                w.Number((ulong)e.MaxFiles);
                w.Signed(e.AtUnixNs);
                return Kind.QuotaSet;
            case TrashImage e:
                w.Number(e.Inode.Value);
                w.Text(e.Path);
                w.Number(e.Uid);
                w.Signed(e.AtUnixNs);
                return Kind.TrashImage;
            default:
                return WriteSnapshots(w, change);
        }
    }

    private static MetaEvent ReadRare(Kind kind, ref EventReader r)
    {
        switch (kind)
        {
            case Kind.SessionStarted:
                return new SessionStarted(r.Identity(), r.Signed());
            case Kind.SessionHolding:
                return new SessionHolding(r.Identity());
            case Kind.SessionEnded:
                return new SessionEnded(r.Identity(), r.Signed());
            case Kind.NodeKept:
                return new NodeKept(new InodeId(r.Number()));
            case Kind.NodeReleased:
                return new NodeReleased(new InodeId(r.Number()));
            case Kind.LeaseTaken:
                return new LeaseTaken(new InodeId(r.Number()), r.Text(), r.Flag(), r.Signed(), r.Signed());
            case Kind.LeaseEnded:
                return new LeaseEnded(new InodeId(r.Number()), r.Text(), r.Signed());
            case Kind.EntryTrashed:
                return new EntryTrashed(new InodeId(r.Number()), r.Text(), new InodeId(r.Number()), r.Text(), r.Unsigned(), r.Signed());
            case Kind.TrashRestored:
                return new TrashRestored(new InodeId(r.Number()), new InodeId(r.Number()), r.Text(), r.Signed());
            case Kind.TrashExpunged:
                return new TrashExpunged(new InodeId(r.Number()), r.Signed());
            case Kind.TrashImage:
                return new TrashImage(new InodeId(r.Number()), r.Text(), r.Unsigned(), r.Signed());
            case Kind.QuotaSet:
                return new QuotaSet(new InodeId(r.Number()), (long)r.Number(), (long)r.Number(), r.Signed());
            case Kind.XattrSet:
                return new XattrSet(new InodeId(r.Number()), r.Text(), r.Bytes(), r.Signed());
            case Kind.XattrRemoved:
                return new XattrRemoved(new InodeId(r.Number()), r.Text(), r.Signed());
            default:
                return ReadSnapshots(kind, ref r);
        }
    }
}
