// Protobuf forms of the requests about leases.

using static AkkaDfs.Shared.Protocol.WireValues;
using W = AkkaDfs.Shared.Protocol.Wire;

namespace AkkaDfs.Shared.Protocol;

internal static partial class MetaWire
{
    private static WireCodec[] Leases =>
    [
        WireCodec.For(
            "m160",
            W.TakeLease.Parser,
            (MetaProtocol.TakeLease r) => new W.TakeLease { Head = HeadToWire(r), Target = ToWire(r.Target), IsShared = r.IsShared, LengthMs = r.LengthMs },
            w => WithOperation(new MetaProtocol.TakeLease(FromWire(w.Target), w.IsShared, w.LengthMs), w.Head)),
        WireCodec.For(
            "m161",
            W.EndLease.Parser,
            (MetaProtocol.EndLease r) => new W.EndLease { Head = HeadToWire(r), Target = ToWire(r.Target), Force = r.Force },
            w => WithOperation(new MetaProtocol.EndLease(FromWire(w.Target), w.Force), w.Head)),
        WireCodec.For(
            "m162",
            W.GetLeases.Parser,
            (MetaProtocol.GetLeases r) => new W.GetLeases { Head = HeadToWire(r), Target = ToWire(r.Target) },
            w => WithHead(new MetaProtocol.GetLeases(FromWire(w.Target)), w.Head)),
        WireCodec.For(
            "m163",
            W.LeasesReply.Parser,
            (MetaProtocol.LeasesReply r) =>
            {
                var wire = new W.LeasesReply();
                AddAll(wire.Leases, r.Leases, l => new W.LeaseInfo { Holder = l.Holder, IsShared = l.IsShared, LeftMs = l.LeftMs, UntilUnixNs = l.UntilUnixNs });
                return wire;
            },
            w => new MetaProtocol.LeasesReply(Map(w.Leases, l => new MetaProtocol.LeaseInfo(l.Holder, l.IsShared, l.LeftMs, l.UntilUnixNs)))),
    ];
}
