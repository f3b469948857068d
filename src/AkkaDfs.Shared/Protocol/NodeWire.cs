// Protobuf forms of the requests about links, special nodes and attributes.

using static AkkaDfs.Shared.Protocol.WireValues;
using W = AkkaDfs.Shared.Protocol.Wire;

namespace AkkaDfs.Shared.Protocol;

internal static partial class MetaWire
{
    private static WireCodec[] NodeMutations =>
    [
        WireCodec.For(
            "m100",
            W.MakeSymbolicLink.Parser,
            (MetaProtocol.MakeSymbolicLink r) => new W.MakeSymbolicLink { Head = HeadToWire(r), Target = ToWire(r.Target), LinkTarget = TextToWire(r.LinkTarget) },
            w => WithOperation(new MetaProtocol.MakeSymbolicLink(FromWire(w.Target), TextFromWire(w.LinkTarget)), w.Head)),
        WireCodec.For(
            "m101",
            W.MakeSpecial.Parser,
            (MetaProtocol.MakeSpecial r) => new W.MakeSpecial { Head = HeadToWire(r), Target = ToWire(r.Target), Mode = r.Mode, Device = r.Device },
            w => WithOperation(new MetaProtocol.MakeSpecial(FromWire(w.Target), w.Mode, w.Device), w.Head)),
        WireCodec.For(
            "m102",
            W.MakeHardLink.Parser,
            (MetaProtocol.MakeHardLink r) => new W.MakeHardLink
            {
                Head = HeadToWire(r), Existing = ToWire(r.Existing), Target = ToWire(r.Target), FollowLink = r.FollowLink,
            },
            w => WithOperation(new MetaProtocol.MakeHardLink(FromWire(w.Existing), FromWire(w.Target), w.FollowLink), w.Head)),
        WireCodec.For("m103", W.SetAttributes.Parser, (MetaProtocol.SetAttributes r) => AttributesToWire(r), AttributesFromWire),
    ];

    private static W.SetAttributes AttributesToWire(MetaProtocol.SetAttributes request)
    {
        var wire = new W.SetAttributes { Head = HeadToWire(request), Target = ToWire(request.Target), FollowLink = request.FollowLink };
        if (request.Mode is { } mode)
        {
            wire.Mode = mode;
        }

        if (request.Uid is { } uid)
        {
            wire.Uid = uid;
        }

        if (request.Gid is { } gid)
        {
            wire.Gid = gid;
        }

        if (request.AccessedUnixNs is { } accessed)
        {
            wire.AccessedUnixNs = accessed;
        }

        if (request.ModifiedUnixNs is { } modified)
        {
            wire.ModifiedUnixNs = modified;
        }

        return wire;
    }

    private static MetaProtocol.SetAttributes AttributesFromWire(W.SetAttributes w) => WithOperation(
        new MetaProtocol.SetAttributes(FromWire(w.Target), w.FollowLink)
        {
            Mode = w.HasMode ? w.Mode : null,
            Uid = w.HasUid ? w.Uid : null,
            Gid = w.HasGid ? w.Gid : null,
            AccessedUnixNs = w.HasAccessedUnixNs ? w.AccessedUnixNs : null,
            ModifiedUnixNs = w.HasModifiedUnixNs ? w.ModifiedUnixNs : null,
        },
        w.Head);
}
