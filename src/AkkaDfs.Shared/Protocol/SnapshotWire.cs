// Protobuf forms of the requests about snapshots.

using static AkkaDfs.Shared.Protocol.WireValues;
using W = AkkaDfs.Shared.Protocol.Wire;

namespace AkkaDfs.Shared.Protocol;

internal static partial class MetaWire
{
    private static WireCodec[] Snapshots =>
    [
        WireCodec.For(
            "m190",
            W.CreateSnapshot.Parser,
            (MetaProtocol.CreateSnapshot r) => new W.CreateSnapshot { Head = HeadToWire(r), Target = ToWire(r.Target), Name = TextToWire(r.Name) },
            w => WithOperation(new MetaProtocol.CreateSnapshot(FromWire(w.Target), TextFromWire(w.Name)), w.Head)),
        WireCodec.For(
            "m191",
            W.DeleteSnapshot.Parser,
            (MetaProtocol.DeleteSnapshot r) => new W.DeleteSnapshot { Head = HeadToWire(r), Target = ToWire(r.Target), Name = TextToWire(r.Name) },
            w => WithOperation(new MetaProtocol.DeleteSnapshot(FromWire(w.Target), TextFromWire(w.Name)), w.Head)),
        WireCodec.For(
            "m192",
            W.ListSnapshots.Parser,
            (MetaProtocol.ListSnapshots r) => new W.ListSnapshots { Head = HeadToWire(r), Target = ToWire(r.Target) },
            w => WithHead(new MetaProtocol.ListSnapshots(FromWire(w.Target)), w.Head)),
        WireCodec.For(
            "m193",
            W.SnapshotList.Parser,
            (MetaProtocol.SnapshotList r) =>
            {
                var wire = new W.SnapshotList();
                AddAll(wire.Entries, r.Entries, e => new W.SnapshotEntry { Name = TextToWire(e.Name), AtUnixNs = e.AtUnixNs, Uid = e.Uid });
                return wire;
            },
            w => new MetaProtocol.SnapshotList(Map(w.Entries, e => new MetaProtocol.SnapshotEntry(TextFromWire(e.Name), e.AtUnixNs, e.Uid)))),
    ];
}
