// Protobuf forms of the requests about sessions.

using static AkkaDfs.Shared.Protocol.WireValues;
using W = AkkaDfs.Shared.Protocol.Wire;

namespace AkkaDfs.Shared.Protocol;

internal static partial class MetaWire
{
    private static WireCodec[] Sessions =>
    [
        WireCodec.For(
            "m140",
            W.StartSession.Parser,
            (MetaProtocol.StartSession r) => new W.StartSession { Head = HeadToWire(r), Session = ToWire(r.Session) },
            w => WithHead(new MetaProtocol.StartSession(GuidFromWire(w.Session)), w.Head)),
        WireCodec.For(
            "m141",
            W.RenewSession.Parser,
            (MetaProtocol.RenewSession r) => new W.RenewSession { Head = HeadToWire(r), Session = ToWire(r.Session) },
            w => WithHead(new MetaProtocol.RenewSession(GuidFromWire(w.Session)), w.Head)),
        WireCodec.For("m142", W.ReclaimSession.Parser, (MetaProtocol.ReclaimSession r) => ReclaimToWire(r), ReclaimFromWire),
        WireCodec.For(
            "m143",
            W.EndSession.Parser,
            (MetaProtocol.EndSession r) => new W.EndSession { Head = HeadToWire(r), Session = ToWire(r.Session) },
            w => WithHead(new MetaProtocol.EndSession(GuidFromWire(w.Session)), w.Head)),
        WireCodec.For(
            "m144",
            W.OpenNode.Parser,
            (MetaProtocol.OpenNode r) => new W.OpenNode
            {
                Head = HeadToWire(r),
                Session = ToWire(r.Session),
                Handle = r.Handle,
                Target = ToWire(r.Target),
                Access = (int)r.Access,
                FollowLink = r.FollowLink,
            },
            w => WithHead(
                new MetaProtocol.OpenNode(GuidFromWire(w.Session), w.Handle, FromWire(w.Target), (MetaProtocol.Access)w.Access, w.FollowLink), w.Head)),
        WireCodec.For(
            "m145",
            W.CloseNode.Parser,
            (MetaProtocol.CloseNode r) => new W.CloseNode { Head = HeadToWire(r), Session = ToWire(r.Session), Handle = r.Handle },
            w => WithHead(new MetaProtocol.CloseNode(GuidFromWire(w.Session), w.Handle), w.Head)),
        WireCodec.For(
            "m146",
            W.SessionReply.Parser,
            (MetaProtocol.SessionReply r) =>
            {
                var wire = new W.SessionReply { TimeoutMs = r.TimeoutMs, MustReclaim = r.MustReclaim, LostLocks = r.LostLocks };
                wire.Lost.AddRange(r.Lost);
                return wire;
            },
            w => new MetaProtocol.SessionReply(w.TimeoutMs, w.MustReclaim, [.. w.Lost]) { LostLocks = w.LostLocks }),
    ];

    private static W.ReclaimSession ReclaimToWire(MetaProtocol.ReclaimSession request)
    {
        var wire = new W.ReclaimSession { Head = HeadToWire(request), Session = ToWire(request.Session), IsLast = request.IsLast };
        AddAll(wire.Locks, request.Locks, LockToWire);
        AddAll(wire.Handles, request.Handles, h => new W.NodeHandle { Id = h.Id, Inode = h.Inode.Value });
        return wire;
    }

    private static MetaProtocol.ReclaimSession ReclaimFromWire(W.ReclaimSession w)
        => WithHead(
            new MetaProtocol.ReclaimSession(
                GuidFromWire(w.Session), Map(w.Handles, h => new MetaProtocol.NodeHandle(h.Id, new InodeId(h.Inode))), Map(w.Locks, LockFromWire), w.IsLast),
            w.Head);
}
