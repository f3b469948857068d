// Protobuf forms of an operator's orders.

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
    ];
}
