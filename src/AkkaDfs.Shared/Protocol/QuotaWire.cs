// Protobuf forms of the requests about quotas.

using static AkkaDfs.Shared.Protocol.WireValues;
using W = AkkaDfs.Shared.Protocol.Wire;

namespace AkkaDfs.Shared.Protocol;

internal static partial class MetaWire
{
    private static WireCodec[] Quotas =>
    [
        WireCodec.For(
            "m180",
            W.SetQuota.Parser,
            (MetaProtocol.SetQuota r) => new W.SetQuota { Head = HeadToWire(r), Target = ToWire(r.Target), MaxBytes = r.MaxBytes, MaxFiles = r.MaxFiles },
            w => WithOperation(new MetaProtocol.SetQuota(FromWire(w.Target), w.MaxBytes, w.MaxFiles), w.Head)),
        WireCodec.For(
            "m181",
            W.GetQuota.Parser,
            (MetaProtocol.GetQuota r) => new W.GetQuota { Head = HeadToWire(r), Target = ToWire(r.Target) },
            w => WithHead(new MetaProtocol.GetQuota(FromWire(w.Target)), w.Head)),
        WireCodec.For(
            "m182",
            W.QuotaReply.Parser,
            (MetaProtocol.QuotaReply r) => new W.QuotaReply { MaxBytes = r.MaxBytes, MaxFiles = r.MaxFiles, UsedBytes = r.UsedBytes, UsedFiles = r.UsedFiles },
            w => new MetaProtocol.QuotaReply(w.MaxBytes, w.MaxFiles, w.UsedBytes, w.UsedFiles)),
    ];
}
