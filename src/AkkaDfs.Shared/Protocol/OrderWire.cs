// Protobuf forms of an operator's orders and of what is answered.

using static AkkaDfs.Shared.Protocol.WireValues;
using W = AkkaDfs.Shared.Protocol.Wire;

namespace AkkaDfs.Shared.Protocol;

internal static partial class MetaWire
{
    private static WireCodec[] Orders =>
    [
        WireCodec.For(
            "m120",
            W.SetServerMode.Parser,
            (MetaProtocol.SetServerMode r) => new W.SetServerMode { Head = HeadToWire(r), Server = r.Server.Value, Mode = (int)r.Mode, ForMs = r.ForMs },
            w => WithOperation(new MetaProtocol.SetServerMode(new ServerId(w.Server), (ServerMode)w.Mode, w.ForMs), w.Head)),
        WireCodec.For(
            "m121",
            W.RepairChunks.Parser,
            (MetaProtocol.RepairChunks r) => new W.RepairChunks { Head = HeadToWire(r), Target = ToWire(r.Target), After = r.After, Limit = r.Limit },
            w => WithOperation(new MetaProtocol.RepairChunks(FromWire(w.Target), w.After, w.Limit), w.Head)),
        WireCodec.For(
            "m122",
            W.RepairPage.Parser,
            (MetaProtocol.RepairPage r) =>
            {
                var wire = new W.RepairPage { Next = r.Next };
                AddAll(wire.Rows, r.Rows, RepairToWire);
                return wire;
            },
            w => new MetaProtocol.RepairPage(Map(w.Rows, RepairFromWire), w.Next)),
        WireCodec.For(
            "m123",
            W.GetLog.Parser,
            (MetaProtocol.GetLog r) => new W.GetLog { Head = HeadToWire(r), Path = TextToWire(r.Path), SinceUnixNs = r.SinceUnixNs, Limit = r.Limit },
            w => WithHead(new MetaProtocol.GetLog(TextFromWire(w.Path), w.SinceUnixNs, w.Limit), w.Head)),
        WireCodec.For(
            "m124",
            W.LogPage.Parser,
            (MetaProtocol.LogPage r) =>
            {
                var wire = new W.LogPage { HasEarlier = r.HasEarlier };
                AddAll(wire.Entries, r.Entries, EntryToWire);
                return wire;
            },
            w => new MetaProtocol.LogPage(Map(w.Entries, EntryFromWire), w.HasEarlier)),
    ];

    private static W.LogEntry EntryToWire(MetaProtocol.LogEntry entry) => new()
    {
        Position = entry.Position,
        AtUnixNs = entry.AtUnixNs,
        Kind = entry.Kind,
        Path = TextToWire(entry.Path),
        OtherPath = TextToWire(entry.OtherPath),
        Text = entry.Text,
    };

    private static MetaProtocol.LogEntry EntryFromWire(W.LogEntry w)
        => new(w.Position, w.AtUnixNs, w.Kind, TextFromWire(w.Path), TextFromWire(w.OtherPath), w.Text);

    private static W.ChunkRepair RepairToWire(ChunkRepair row) => new()
    {
        Path = TextToWire(row.Path),
        Chunk = row.Chunk.Value,
        Index = row.Index,
        Wanted = row.Wanted,
        Live = row.Live,
        Orders = (int)row.Orders,
        Stage = (int)row.Stage,
    };

    private static ChunkRepair RepairFromWire(W.ChunkRepair w)
        => new(TextFromWire(w.Path), new ChunkId(w.Chunk), w.Index, w.Wanted, w.Live, (RepairOrders)w.Orders, (RepairStage)w.Stage);
}
