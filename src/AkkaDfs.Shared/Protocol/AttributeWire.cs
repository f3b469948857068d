// Protobuf forms of the requests about extended attributes.

using Google.Protobuf;
using static AkkaDfs.Shared.Protocol.WireValues;
using W = AkkaDfs.Shared.Protocol.Wire;

namespace AkkaDfs.Shared.Protocol;

internal static partial class MetaWire
{
    private static WireCodec[] Attributes =>
    [
        WireCodec.For(
            "m150",
            W.GetXattr.Parser,
            (MetaProtocol.GetXattr r) => new W.GetXattr { Head = HeadToWire(r), Target = ToWire(r.Target), Name = TextToWire(r.Name), FollowLink = r.FollowLink },
            w => WithHead(new MetaProtocol.GetXattr(FromWire(w.Target), TextFromWire(w.Name), w.FollowLink), w.Head)),
        WireCodec.For(
            "m151",
            W.ListXattr.Parser,
            (MetaProtocol.ListXattr r) => new W.ListXattr { Head = HeadToWire(r), Target = ToWire(r.Target), FollowLink = r.FollowLink },
            w => WithHead(new MetaProtocol.ListXattr(FromWire(w.Target), w.FollowLink), w.Head)),
        WireCodec.For(
            "m152",
            W.SetXattr.Parser,
            (MetaProtocol.SetXattr r) => new W.SetXattr
            {
                Head = HeadToWire(r),
                Target = ToWire(r.Target),
                Name = TextToWire(r.Name),
                Value = ByteString.CopyFrom(r.Value),
                Mode = (int)r.Mode,
                FollowLink = r.FollowLink,
            },
            w => WithOperation(
                new MetaProtocol.SetXattr(
                    FromWire(w.Target), TextFromWire(w.Name), w.Value.ToByteArray(), (MetaProtocol.XattrMode)w.Mode, w.FollowLink),
                w.Head)),
        WireCodec.For(
            "m153",
            W.RemoveXattr.Parser,
            (MetaProtocol.RemoveXattr r) => new W.RemoveXattr
            {
                Head = HeadToWire(r), Target = ToWire(r.Target), Name = TextToWire(r.Name), FollowLink = r.FollowLink,
            },
            w => WithOperation(new MetaProtocol.RemoveXattr(FromWire(w.Target), TextFromWire(w.Name), w.FollowLink), w.Head)),
        WireCodec.For(
            "m154",
            W.XattrReply.Parser,
            (MetaProtocol.XattrReply r) => new W.XattrReply { Value = ByteString.CopyFrom(r.Value) },
            w => new MetaProtocol.XattrReply(w.Value.ToByteArray())),
        WireCodec.For(
            "m155",
            W.XattrNames.Parser,
            (MetaProtocol.XattrNames r) =>
            {
                var wire = new W.XattrNames();
                AddAll(wire.Names, r.Names, TextToWire);
                return wire;
            },
            w => new MetaProtocol.XattrNames(Map(w.Names, TextFromWire))),
    ];
}
