// Protobuf forms of the requests about locks.

using static AkkaDfs.Shared.Protocol.WireValues;
using W = AkkaDfs.Shared.Protocol.Wire;

namespace AkkaDfs.Shared.Protocol;

internal static partial class MetaWire
{
    private static WireCodec[] Locks =>
    [
        WireCodec.For(
            "m147",
            W.SetLock.Parser,
            (MetaProtocol.SetLock r) => new W.SetLock
            {
                Head = HeadToWire(r),
                Session = ToWire(r.Session),
                Number = r.Number,
                Lock = LockToWire(new MetaProtocol.HeldLock(r.File, r.Owner, r.Kind, r.Mode, r.Start, r.End)),
                Wait = r.Wait,
            },
            w => WithHead(
                new MetaProtocol.SetLock(
                    GuidFromWire(w.Session),
                    w.Number,
                    new InodeId(w.Lock.File),
                    w.Lock.Owner,
                    (MetaProtocol.LockKind)w.Lock.Kind,
                    (MetaProtocol.LockMode)w.Lock.Mode,
                    w.Lock.Start,
                    w.Lock.End,
                    w.Wait),
                w.Head)),
        WireCodec.For(
            "m148",
            W.CancelLock.Parser,
            (MetaProtocol.CancelLock r) => new W.CancelLock
            {
                Head = HeadToWire(r),
                Session = ToWire(r.Session),
                Number = r.Number,
                Lock = LockToWire(new MetaProtocol.HeldLock(r.File, r.Owner, r.Kind, MetaProtocol.LockMode.Unlocked, 0, 0)),
            },
            w => WithHead(
                new MetaProtocol.CancelLock(
                    GuidFromWire(w.Session), w.Number, new InodeId(w.Lock.File), w.Lock.Owner, (MetaProtocol.LockKind)w.Lock.Kind),
                w.Head)),
        WireCodec.For(
            "m149",
            W.GetLock.Parser,
            (MetaProtocol.GetLock r) => new W.GetLock
            {
                Head = HeadToWire(r),
                Session = ToWire(r.Session),
                Lock = LockToWire(new MetaProtocol.HeldLock(r.File, r.Owner, r.Kind, r.Mode, r.Start, r.End)),
            },
            w => WithHead(GetLockFromWire(GuidFromWire(w.Session), LockFromWire(w.Lock)), w.Head)),
        WireCodec.For(
            "m156",
            W.LockReply.Parser,
            (MetaProtocol.LockReply r) => new W.LockReply { Conflict = r.Conflict is null ? null : LockToWire(r.Conflict) },
            w => new MetaProtocol.LockReply(w.Conflict is null ? null : LockFromWire(w.Conflict))),
    ];

    private static MetaProtocol.GetLock GetLockFromWire(Guid session, MetaProtocol.HeldLock held)
        => new(session, held.File, held.Owner, held.Kind, held.Mode, held.Start, held.End);

    private static W.HeldLock LockToWire(MetaProtocol.HeldLock held) => new()
    {
        File = held.File.Value, Owner = held.Owner, Kind = (int)held.Kind, Mode = (int)held.Mode, Start = held.Start, End = held.End,
    };

    private static MetaProtocol.HeldLock LockFromWire(W.HeldLock w)
        => new(new InodeId(w.File), w.Owner, (MetaProtocol.LockKind)w.Kind, (MetaProtocol.LockMode)w.Mode, w.Start, w.End);
}
