// Protobuf forms of the requests about the trash.

using static AkkaDfs.Shared.Protocol.WireValues;
using W = AkkaDfs.Shared.Protocol.Wire;

namespace AkkaDfs.Shared.Protocol;

internal static partial class MetaWire
{
    private static WireCodec[] Trash =>
    [
        WireCodec.For(
            "m170",
            W.ListTrash.Parser,
            (MetaProtocol.ListTrash r) => new W.ListTrash { Head = HeadToWire(r), After = r.After.Value, Limit = r.Limit },
            w => WithHead(new MetaProtocol.ListTrash(new InodeId(w.After), w.Limit), w.Head)),
        WireCodec.For(
            "m171",
            W.Undelete.Parser,
            (MetaProtocol.Undelete r) => new W.Undelete { Head = HeadToWire(r), Path = TextToWire(r.Path), Inode = r.Inode.Value, To = TextToWire(r.To) },
            w => WithOperation(new MetaProtocol.Undelete(TextFromWire(w.Path), new InodeId(w.Inode), TextFromWire(w.To)), w.Head)),
        WireCodec.For(
            "m172",
            W.EmptyTrash.Parser,
            (MetaProtocol.EmptyTrash r) => new W.EmptyTrash { Head = HeadToWire(r) },
            w => WithOperation(new MetaProtocol.EmptyTrash(), w.Head)),
        WireCodec.For(
            "m173",
            W.TrashPage.Parser,
            (MetaProtocol.TrashPage r) =>
            {
                var wire = new W.TrashPage { HasMore = r.HasMore };
                AddAll(wire.Entries, r.Entries, e => new W.TrashEntry
                {
                    Path = TextToWire(e.Path), Status = ToWire(e.Status), RemovedUnixNs = e.RemovedUnixNs, ExpiresUnixNs = e.ExpiresUnixNs, Uid = e.Uid,
                });
                return wire;
            },
            w => new MetaProtocol.TrashPage(
                Map(w.Entries, e => new MetaProtocol.TrashEntry(TextFromWire(e.Path), FromWire(e.Status), e.RemovedUnixNs, e.ExpiresUnixNs, e.Uid)), w.HasMore)),
    ];
}
