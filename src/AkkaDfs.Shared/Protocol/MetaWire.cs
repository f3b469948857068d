// Protobuf forms of MetaProtocol. Manifests start with "m" and are append only (docs/formats/control-plane.md).

using static AkkaDfs.Shared.Protocol.WireValues;
using W = AkkaDfs.Shared.Protocol.Wire;

namespace AkkaDfs.Shared.Protocol;

internal static partial class MetaWire
{
    internal static IEnumerable<WireCodec> Codecs => [.. Queries, .. NameMutations, .. NodeMutations, .. ChunkMutations, .. Orders, .. Replies, .. Listings, .. Sessions, .. Attributes, .. Leases, .. Locks, .. Trash, .. Quotas, .. Snapshots, .. Holds];

    private static WireCodec[] Queries =>
    [
        WireCodec.For(
            "m1",
            W.GetStatus.Parser,
            (MetaProtocol.GetStatus r) => new W.GetStatus { Head = HeadToWire(r), Target = ToWire(r.Target), FollowLink = r.FollowLink, Access = (int)r.Access },
            w => WithHead(new MetaProtocol.GetStatus(FromWire(w.Target), w.FollowLink, (MetaProtocol.Access)w.Access), w.Head)),
        WireCodec.For(
            "m2",
            W.ListDirectory.Parser,
            (MetaProtocol.ListDirectory r) => new W.ListDirectory
            {
                Head = HeadToWire(r), Target = ToWire(r.Target), After = TextToWire(r.After), Limit = r.Limit,
            },
            w => WithHead(new MetaProtocol.ListDirectory(FromWire(w.Target), TextFromWire(w.After), w.Limit), w.Head)),
        WireCodec.For(
            "m3",
            W.GetChunks.Parser,
            (MetaProtocol.GetChunks r) => new W.GetChunks
            {
                Head = HeadToWire(r), Target = ToWire(r.Target), FirstIndex = r.FirstIndex, Limit = r.Limit, WithPaths = r.WithPaths, Access = (int)r.Access,
            },
            w => WithHead(new MetaProtocol.GetChunks(FromWire(w.Target), w.FirstIndex, w.Limit, w.WithPaths, (MetaProtocol.Access)w.Access), w.Head)),
        WireCodec.For(
            "m4",
            W.GetCluster.Parser,
            (MetaProtocol.GetCluster r) => new W.GetCluster { Head = HeadToWire(r) },
            w => WithHead(new MetaProtocol.GetCluster(), w.Head)),
        WireCodec.For(
            "m5",
            W.GetTracker.Parser,
            (MetaProtocol.GetTracker r) => new W.GetTracker { Head = HeadToWire(r), Target = ToWire(r.Target), After = r.After, Limit = r.Limit },
            w => WithHead(new MetaProtocol.GetTracker(FromWire(w.Target), w.After, w.Limit), w.Head)),
        InspectionWire.Request,
    ];

    private static WireCodec[] NameMutations =>
    [
        WireCodec.For(
            "m20",
            W.CreateFile.Parser,
            (MetaProtocol.CreateFile r) => new W.CreateFile
            {
                Head = HeadToWire(r),
                Target = ToWire(r.Target),
                Disposition = (int)r.Disposition,
                Layout = ToWire(r.Layout),
                Mode = r.Mode,
                MakeParents = r.MakeParents,
                AllocateFirst = r.AllocateFirst,
            },
            w => WithOperation(
                new MetaProtocol.CreateFile(
                    FromWire(w.Target), (MetaProtocol.Disposition)w.Disposition, FromWire(w.Layout), w.Mode, w.MakeParents, w.AllocateFirst),
                w.Head)),
        WireCodec.For(
            "m21",
            W.MakeDirectory.Parser,
            (MetaProtocol.MakeDirectory r) => new W.MakeDirectory
            {
                Head = HeadToWire(r), Target = ToWire(r.Target), Mode = r.Mode, MakeParents = r.MakeParents,
            },
            w => WithOperation(new MetaProtocol.MakeDirectory(FromWire(w.Target), w.Mode, w.MakeParents), w.Head)),
        WireCodec.For(
            "m22",
            W.Remove.Parser,
            (MetaProtocol.Remove r) => new W.Remove { Head = HeadToWire(r), Target = ToWire(r.Target), Kind = (int)r.Kind, Recursive = r.Recursive, SkipTrash = r.SkipTrash },
            w => WithOperation(new MetaProtocol.Remove(FromWire(w.Target), (MetaProtocol.RemoveKind)w.Kind, w.Recursive, w.SkipTrash), w.Head)),
        WireCodec.For(
            "m23",
            W.Rename.Parser,
            (MetaProtocol.Rename r) => new W.Rename { Head = HeadToWire(r), From = ToWire(r.From), To = ToWire(r.To), Mode = (int)r.Mode },
            w => WithOperation(new MetaProtocol.Rename(FromWire(w.From), FromWire(w.To), (MetaProtocol.RenameMode)w.Mode), w.Head)),
    ];

    private static WireCodec[] ChunkMutations =>
    [
        WireCodec.For(
            "m24",
            W.AllocateChunk.Parser,
            (MetaProtocol.AllocateChunk r) => new W.AllocateChunk { Head = HeadToWire(r), File = r.File.Value, Index = r.Index, AtEnd = r.After is not null, After = r.After?.Value ?? 0, OnReplicaDown = (int)r.OnReplicaDown },
            w => WithOperation(new MetaProtocol.AllocateChunk(new InodeId(w.File), w.Index, w.AtEnd ? new ChunkId(w.After) : null, (ReplicaDownPolicy)w.OnReplicaDown), w.Head)),
        WireCodec.For(
            "m25",
            W.OpenChunk.Parser,
            (MetaProtocol.OpenChunk r) => new W.OpenChunk
            {
                Head = HeadToWire(r), Chunk = r.Chunk.Value, Failed = r.Failed.Value, Suspect = r.Suspect.Value, Code = (int)r.Code,
                OnReplicaDown = (int)r.OnReplicaDown,
            },
            w => WithOperation(
                new MetaProtocol.OpenChunk(
                    new ChunkId(w.Chunk), new Generation(w.Failed), new ServerId(w.Suspect), (DfsErrorCode)w.Code, (ReplicaDownPolicy)w.OnReplicaDown),
                w.Head)),
        WireCodec.For(
            "m26",
            W.ReportReplica.Parser,
            (MetaProtocol.ReportReplica r) => new W.ReportReplica
            {
                Head = HeadToWire(r), Chunk = r.Chunk.Value, Generation = r.Generation.Value, Server = r.Server.Value, Code = (int)r.Code,
            },
            w => WithOperation(
                new MetaProtocol.ReportReplica(
                    new ChunkId(w.Chunk), new Generation(w.Generation), new ServerId(w.Server), (DfsErrorCode)w.Code),
                w.Head)),
        WireCodec.For(
            "m27",
            W.CompleteFile.Parser,
            (MetaProtocol.CompleteFile r) =>
            {
                var wire = new W.CompleteFile { Head = HeadToWire(r), File = r.File.Value };
                AddAll(wire.Lengths, r.Lengths, LengthToWire);
                return wire;
            },
            w => WithOperation(new MetaProtocol.CompleteFile(new InodeId(w.File), Map(w.Lengths, LengthFromWire)), w.Head)),
        WireCodec.For(
            "m130",
            W.CutFile.Parser,
            (MetaProtocol.CutFile r) => new W.CutFile { Head = HeadToWire(r), File = r.File.Value, Places = r.Places },
            w => WithOperation(new MetaProtocol.CutFile(new InodeId(w.File), w.Places), w.Head)),
    ];

    private static WireCodec[] Replies =>
    [
        WireCodec.For(
            "m50", W.Failed.Parser, (MetaProtocol.Failed r) => new W.Failed { Error = ToWire(r.Error) }, w => new MetaProtocol.Failed(FromWire(w.Error))),
        WireCodec.For("m51", W.Done.Parser, (MetaProtocol.Done r) => new W.Done { AtUnixNs = r.AtUnixNs }, w => new MetaProtocol.Done { AtUnixNs = w.AtUnixNs }),
        WireCodec.For(
            "m52",
            W.StatusReply.Parser,
            (MetaProtocol.StatusReply r) => new W.StatusReply { Status = ToWire(r.Status), IsHeld = r.IsHeld },
            w => new MetaProtocol.StatusReply(FromWire(w.Status)) { IsHeld = w.IsHeld }),
        WireCodec.For(
            "m55",
            W.ChunkReply.Parser,
            (MetaProtocol.ChunkReply r) => new W.ChunkReply { Chunk = ToWire(r.Chunk), Places = r.Places },
            w => new MetaProtocol.ChunkReply(FromWire(w.Chunk), w.Places)),
        WireCodec.For(
            "m56",
            W.FileOpened.Parser,
            (MetaProtocol.FileOpened r) => new W.FileOpened
            {
                Status = ToWire(r.Status), First = r.First is null ? null : ToWire(r.First), Created = r.Created,
            },
            w => new MetaProtocol.FileOpened(FromWire(w.Status), w.First is null ? null : FromWire(w.First), w.Created)),
        WireCodec.For("m58", W.ClusterReply.Parser, (MetaProtocol.ClusterReply r) => ClusterToWire(r.Status), w => new MetaProtocol.ClusterReply(ClusterFromWire(w))),
    ];

    private static WireCodec[] Listings =>
    [
        WireCodec.For(
            "m53",
            W.DirectoryPage.Parser,
            (MetaProtocol.DirectoryPage r) =>
            {
                var wire = new W.DirectoryPage { HasMore = r.HasMore };
                AddAll(wire.Entries, r.Entries, e => new W.DirectoryEntry { Name = TextToWire(e.Name), Status = ToWire(e.Status) });
                return wire;
            },
            w => new MetaProtocol.DirectoryPage(
                Map(w.Entries, e => new MetaProtocol.DirectoryEntry(TextFromWire(e.Name), FromWire(e.Status))), w.HasMore)),
        WireCodec.For(
            "m54",
            W.ChunksReply.Parser,
            (MetaProtocol.ChunksReply r) =>
            {
                var wire = new W.ChunksReply { Status = ToWire(r.Status), HasMore = r.HasMore };
                AddAll(wire.Chunks, r.Chunks, ToWire);
                return wire;
            },
            w => new MetaProtocol.ChunksReply(FromWire(w.Status), Map(w.Chunks, FromWire), w.HasMore)),
        WireCodec.For(
            "m57",
            W.TrackerPage.Parser,
            (MetaProtocol.TrackerPage r) =>
            {
                var wire = new W.TrackerPage { Next = r.Next };
                AddAll(wire.Rows, r.Rows, RowToWire);
                return wire;
            },
            w => new MetaProtocol.TrackerPage(Map(w.Rows, RowFromWire), w.Next)),
        InspectionWire.Reply,
    ];

    private static W.ChunkLength LengthToWire(MetaProtocol.ChunkLength length) => new()
    {
        Chunk = length.Chunk.Value, Generation = length.Generation.Value, Sequence = length.Sequence, LengthBytes = length.LengthBytes,
    };

    private static MetaProtocol.ChunkLength LengthFromWire(W.ChunkLength w)
        => new(new ChunkId(w.Chunk), new Generation(w.Generation), w.Sequence, w.LengthBytes);

    private static W.TrackerRow RowToWire(MetaProtocol.TrackerRow row) => new()
    {
        Path = TextToWire(row.Path),
        Chunk = row.Chunk.Value,
        Index = row.Index,
        Generation = row.Generation.Value,
        Server = row.Server.Value,
        Endpoint = ToWire(row.Endpoint),
        ServerPath = row.ServerPath,
        Alive = row.Alive,
        State = (int)row.State,
    };

    private static MetaProtocol.TrackerRow RowFromWire(W.TrackerRow w) => new(
        TextFromWire(w.Path),
        new ChunkId(w.Chunk),
        w.Index,
        new Generation(w.Generation),
        new ServerId(w.Server),
        FromWire(w.Endpoint),
        w.ServerPath,
        w.Alive,
        (ReplicaState)w.State);

    private static W.ClusterReply ClusterToWire(ClusterStatus status)
    {
        var wire = new W.ClusterReply
        {
            ClusterId = ToWire(status.ClusterId),
            MetaAddress = status.MetaAddress,
            Epoch = status.Epoch.Value,
            InSafeMode = status.InSafeMode,
            SafeModeReason = status.SafeModeReason,
            Files = status.Files,
            Directories = status.Directories,
            Chunks = status.Chunks,
            FullyReplicated = status.FullyReplicated,
            UnderReplicated = status.UnderReplicated,
            Missing = status.Missing,
            CopiesInFlight = status.CopiesInFlight,
            CopiesDone = status.CopiesDone,
            CopiesFailed = status.CopiesFailed,
            CopiesQueued = status.CopiesQueued,
            RecoveredInMs = status.RecoveredInMs,
        };
        AddAll(wire.Servers, status.Servers, ToWire);
        AddAll(wire.MetaNodes, status.MetaNodes, m => new W.MetaNode { Address = m.Address, IsReachable = m.IsReachable });
        return wire;
    }

    private static ClusterStatus ClusterFromWire(W.ClusterReply w) => new()
    {
        ClusterId = GuidFromWire(w.ClusterId),
        MetaAddress = w.MetaAddress,
        Epoch = new Epoch(w.Epoch),
        InSafeMode = w.InSafeMode,
        SafeModeReason = w.SafeModeReason,
        Servers = Map(w.Servers, FromWire),
        MetaNodes = Map(w.MetaNodes, m => new MetaNodeStatus(m.Address, m.IsReachable)),
        Files = w.Files,
        Directories = w.Directories,
        Chunks = w.Chunks,
        FullyReplicated = w.FullyReplicated,
        UnderReplicated = w.UnderReplicated,
        Missing = w.Missing,
        CopiesInFlight = w.CopiesInFlight,
        CopiesDone = w.CopiesDone,
        CopiesFailed = w.CopiesFailed,
        CopiesQueued = w.CopiesQueued,
        RecoveredInMs = w.RecoveredInMs,
    };
}
