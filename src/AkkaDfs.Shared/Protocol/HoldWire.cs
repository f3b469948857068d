// Protobuf forms of the requests about holds, and of lengths told together.

using static AkkaDfs.Shared.Protocol.WireValues;
using W = AkkaDfs.Shared.Protocol.Wire;

namespace AkkaDfs.Shared.Protocol;

internal static partial class MetaWire
{
    private static WireCodec[] Holds =>
    [
        WireCodec.For(
            "m200",
            W.HoldDirectory.Parser,
            (MetaProtocol.HoldDirectory r) => new W.HoldDirectory
            {
                Head = HeadToWire(r), Session = ToWire(r.Session), Directory = r.Directory.Value, Name = TextToWire(r.Name), After = TextToWire(r.After), Limit = r.Limit,
            },
            w => WithHead(
                new MetaProtocol.HoldDirectory(GuidFromWire(w.Session), new InodeId(w.Directory), TextFromWire(w.Name), TextFromWire(w.After), w.Limit), w.Head)),
        WireCodec.For(
            "m201",
            W.AwaitDrops.Parser,
            (MetaProtocol.AwaitDrops r) =>
            {
                var wire = new W.AwaitDrops { Head = HeadToWire(r), Session = ToWire(r.Session), Heard = r.Heard };
                wire.GivenUp.AddRange(r.GivenUp.Select(d => d.Value));
                return wire;
            },
            w => WithHead(new MetaProtocol.AwaitDrops(GuidFromWire(w.Session), w.Heard, Map(w.GivenUp, d => new InodeId(d))), w.Head)),
        WireCodec.For("m202", W.HeldDirectory.Parser, (MetaProtocol.HeldDirectory r) => HeldToWire(r), HeldFromWire),
        WireCodec.For(
            "m203",
            W.Drops.Parser,
            (MetaProtocol.Drops r) =>
            {
                var wire = new W.Drops { Number = r.Number, HoldMs = r.HoldMs, MustReclaim = r.MustReclaim };
                wire.Directories.AddRange(r.Directories.Select(d => d.Value));
                return wire;
            },
            w => new MetaProtocol.Drops(w.Number, Map(w.Directories, d => new InodeId(d)), w.HoldMs, w.MustReclaim)),
        WireCodec.For(
            "m204",
            W.CompleteFiles.Parser,
            (MetaProtocol.CompleteFiles r) =>
            {
                var wire = new W.CompleteFiles { Head = HeadToWire(r) };
                AddAll(wire.Files, r.Files, LengthsToWire);
                return wire;
            },
            w => WithOperation(
                new MetaProtocol.CompleteFiles(Map(w.Files, f => new MetaProtocol.FileLengths(new InodeId(f.File), Map(f.Lengths, LengthFromWire)))), w.Head)),
        WireCodec.For(
            "m205",
            W.FilesCompleted.Parser,
            (MetaProtocol.FilesCompleted r) =>
            {
                var wire = new W.FilesCompleted();
                AddAll(wire.Files, r.Files, ToWire);
                return wire;
            },
            w => new MetaProtocol.FilesCompleted(Map(w.Files, FromWire))),
    ];

    private static W.FileLengths LengthsToWire(MetaProtocol.FileLengths lengths)
    {
        var wire = new W.FileLengths { File = lengths.File.Value };
        AddAll(wire.Lengths, lengths.Lengths, LengthToWire);
        return wire;
    }

    private static W.HeldDirectory HeldToWire(MetaProtocol.HeldDirectory reply)
    {
        var wire = new W.HeldDirectory { IsHeld = reply.IsHeld, Directory = ToWire(reply.Directory), Above = reply.Above.Value, HasMore = reply.HasMore };
        if (reply.Named is { } named)
        {
            wire.Named = EntryToWire(named);
        }

        AddAll(wire.Entries, reply.Entries, EntryToWire);
        return wire;
    }

    private static MetaProtocol.HeldDirectory HeldFromWire(W.HeldDirectory w) => new(
        w.IsHeld, FromWire(w.Directory), new InodeId(w.Above), w.Named is null ? null : EntryFromWire(w.Named), Map(w.Entries, EntryFromWire), w.HasMore);

    private static W.HeldEntry EntryToWire(MetaProtocol.HeldEntry entry)
    {
        var wire = new W.HeldEntry { Name = TextToWire(entry.Name), Status = ToWire(entry.Status), MayOpen = entry.MayOpen, HasNoXattrs = entry.HasNoXattrs };
        if (entry.First is { } first)
        {
            wire.First = ToWire(first);
        }

        return wire;
    }

    private static MetaProtocol.HeldEntry EntryFromWire(W.HeldEntry w)
        => new(TextFromWire(w.Name), FromWire(w.Status), w.First is null ? null : FromWire(w.First), w.MayOpen, w.HasNoXattrs);
}
