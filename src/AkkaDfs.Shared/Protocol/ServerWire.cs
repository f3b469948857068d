// Protobuf forms of ServerProtocol. Manifests start with "s" and are append only (docs/formats/control-plane.md).

using Google.Protobuf;
using static AkkaDfs.Shared.Protocol.WireValues;
using S = AkkaDfs.Shared.Protocol.ServerProtocol;
using W = AkkaDfs.Shared.Protocol.Wire;

namespace AkkaDfs.Shared.Protocol;

internal static class ServerWire
{
    internal static IEnumerable<WireCodec> Codecs => [.. Reports, .. Facts, .. Answers, .. Orders, .. MoreOrders];

    private static WireCodec[] Reports =>
    [
        WireCodec.For("s1", W.Register.Parser, (S.Register r) => ToWire(r), FromWire),
        WireCodec.For(
            "s2",
            W.ReportPage.Parser,
            (S.ReportPage r) =>
            {
                var wire = new W.ReportPage
                {
                    Server = r.Server.Value, Incarnation = WireValues.ToWire(r.Incarnation), Page = r.Page, IsLast = r.IsLast,
                };
                AddAll(wire.Replicas, r.Replicas, EntryToWire);
                return wire;
            },
            w => new S.ReportPage(new ServerId(w.Server), GuidFromWire(w.Incarnation), w.Page, w.IsLast, Map(w.Replicas, EntryFromWire))),
        WireCodec.For("s3", W.Heartbeat.Parser, (S.Heartbeat r) => ToWire(r), FromWire),
    ];

    private static WireCodec[] Facts =>
    [
        Fact("s4", (S.ChunkQuiesced r) => Fact(r.Server, r.Chunk, r.Generation, r.Sequence, r.LengthBytes), w => new S.ChunkQuiesced(new ServerId(w.Server), new ChunkId(w.Chunk), new Generation(w.Generation), w.Sequence, w.LengthBytes)),
        Fact(
            "s5",
            (S.ChainBroken r) => new W.ReplicaFact(Fact(r.Server, r.Chunk, r.Generation)) { Suspect = r.Suspect.Value, Error = WireValues.ToWire(r.Error) },
            w => new S.ChainBroken(
                new ServerId(w.Server), new ChunkId(w.Chunk), new Generation(w.Generation), new ServerId(w.Suspect), WireValues.FromWire(w.Error))),
        Fact(
            "s6",
            (S.ReplicaFailed r) => new W.ReplicaFact(Fact(r.Server, r.Chunk, r.Generation)) { Error = WireValues.ToWire(r.Error) },
            w => new S.ReplicaFailed(new ServerId(w.Server), new ChunkId(w.Chunk), new Generation(w.Generation), WireValues.FromWire(w.Error))),
        Fact(
            "s7",
            (S.GenerationAdopted r) => Fact(r.Server, r.Chunk, r.Generation, r.Sequence, r.LengthBytes),
            w => new S.GenerationAdopted(new ServerId(w.Server), new ChunkId(w.Chunk), new Generation(w.Generation), w.Sequence, w.LengthBytes)),
        Fact(
            "s8",
            (S.ReplicaAnswer r) => new W.ReplicaFact(Fact(r.Server, r.Chunk, r.Generation, r.Sequence, r.LengthBytes)) { Found = r.Found },
            w => new S.ReplicaAnswer(
                new ServerId(w.Server), new ChunkId(w.Chunk), new Generation(w.Generation), w.Sequence, w.LengthBytes, w.Found)),
        Fact(
            "s9",
            (S.ReplicaCopied r) => new W.ReplicaFact(Fact(r.Server, r.Chunk, r.Generation, r.Sequence, r.LengthBytes)) { CopiedBytes = r.CopiedBytes },
            w => new S.ReplicaCopied(
                new ServerId(w.Server), new ChunkId(w.Chunk), new Generation(w.Generation), w.Sequence, w.LengthBytes, w.CopiedBytes)),
        Fact(
            "s10",
            (S.OrderFailed r) => new W.ReplicaFact(Fact(r.Server, r.Chunk, r.Generation)) { Order = r.Order, Error = WireValues.ToWire(r.Error) },
            w => new S.OrderFailed(
                new ServerId(w.Server), new ChunkId(w.Chunk), new Generation(w.Generation), w.Order, WireValues.FromWire(w.Error))),
        Fact(
            "s11",
            (S.ReopenChunk r) => Fact(r.Server, r.Chunk, r.Generation, r.Ask),
            w => new S.ReopenChunk(new ServerId(w.Server), new ChunkId(w.Chunk), new Generation(w.Generation)) { Ask = w.Sequence }),
        Fact(
            "s13",
            (S.CopyProgress r) => new W.ReplicaFact(Fact(r.Server, r.Chunk, r.Generation)) { CopiedBytes = r.CopiedBytes },
            w => new S.CopyProgress(new ServerId(w.Server), new ChunkId(w.Chunk), new Generation(w.Generation), w.CopiedBytes)),
        Fact(
            "s12",
            (S.ReplicaRepaired r) => new W.ReplicaFact(Fact(r.Server, r.Chunk, r.Generation, r.Sequence, r.LengthBytes)) { CopiedBytes = r.RepairedBytes },
            w => new S.ReplicaRepaired(
                new ServerId(w.Server), new ChunkId(w.Chunk), new Generation(w.Generation), w.Sequence, w.LengthBytes, w.CopiedBytes)),
        WireCodec.For(
            "s14",
            W.ReplicasWithheld.Parser,
            (S.ReplicasWithheld r) =>
            {
                var wire = new W.ReplicasWithheld { Server = r.Server.Value, Incarnation = WireValues.ToWire(r.Incarnation) };
                AddAll(wire.Chunks, r.Chunks, c => c.Value);
                return wire;
            },
            w => new S.ReplicasWithheld(new ServerId(w.Server), GuidFromWire(w.Incarnation), Map(w.Chunks, c => new ChunkId(c)))),
    ];

    private static WireCodec[] Answers =>
    [
        WireCodec.For(
            "s50",
            W.Registered.Parser,
            (S.Registered r) => new W.Registered
            {
                Epoch = r.Epoch.Value,
                Server = r.Server.Value,
                ClusterId = WireValues.ToWire(r.ClusterId),
                HeartbeatMs = r.HeartbeatMs,
                ServeMs = r.ServeMs,
                NextChunk = r.NextChunk.Value,
            },
            w => new S.Registered(new ServerId(w.Server), GuidFromWire(w.ClusterId), w.HeartbeatMs, w.ServeMs)
            {
                Epoch = new Epoch(w.Epoch), NextChunk = new ChunkId(w.NextChunk),
            }),
        WireCodec.For(
            "s51",
            W.RegistrationRefused.Parser,
            (S.RegistrationRefused r) => new W.RegistrationRefused { Epoch = r.Epoch.Value, Error = WireValues.ToWire(r.Error) },
            w => new S.RegistrationRefused(WireValues.FromWire(w.Error)) { Epoch = new Epoch(w.Epoch) }),
        WireCodec.For(
            "s52",
            W.HeartbeatAck.Parser,
            (S.HeartbeatAck r) => new W.HeartbeatAck
            {
                Epoch = r.Epoch.Value, Number = r.Number, ServeMs = r.ServeMs, WantFullReport = r.WantFullReport, MustRegister = r.MustRegister,
            },
            w => new S.HeartbeatAck(w.Number, w.ServeMs, w.WantFullReport, w.MustRegister) { Epoch = new Epoch(w.Epoch) }),
    ];

    private static WireCodec[] Orders =>
    [
        Order(
            "s53",
            (S.AdoptGeneration r) => new W.ChunkOrder(Order(r, r.Chunk, r.Generation, r.ChunkSizeBytes, r.Chain)) { MayCreate = r.MayCreate },
            w => new S.AdoptGeneration(new ChunkId(w.Chunk), new Generation(w.Generation), w.ChunkSizeBytes, WireValues.FromWire(w.Replicas))
            {
                Epoch = new Epoch(w.Epoch), MayCreate = w.MayCreate,
            }),
        Order(
            "s54",
            (S.GetReplica r) => Order(r, r.Chunk, Generation.Any, 0, []),
            w => new S.GetReplica(new ChunkId(w.Chunk)) { Epoch = new Epoch(w.Epoch) }),
        Order(
            "s55",
            (S.CopyReplica r) => new W.ChunkOrder(Order(r, r.Chunk, r.Generation, r.ChunkSizeBytes, [r.Source]))
            {
                SourceChunk = r.Of?.Chunk.Value ?? 0,
                Sequence = r.Of?.Sequence ?? 0,
                LengthBytes = r.Of?.LengthBytes ?? 0,
                Position = r.Of?.Position ?? 0,
                ChainLength = r.Of?.ChainLength ?? 0,
            },
            w => new S.CopyReplica(new ChunkId(w.Chunk), new Generation(w.Generation), w.ChunkSizeBytes, OnlyReplica(w))
            {
                Epoch = new Epoch(w.Epoch),
                Of = w.SourceChunk == 0
                    ? null
                    : new S.CopiedChunk(new ChunkId(w.SourceChunk), w.Sequence, w.LengthBytes, checked((byte)w.Position), checked((byte)w.ChainLength)),
            }),
        Order(
            "s61",
            (S.QuiesceChunk r) => Order(r, r.Chunk, r.Generation, 0, []),
            w => new S.QuiesceChunk(new ChunkId(w.Chunk), new Generation(w.Generation)) { Epoch = new Epoch(w.Epoch) }),
        Order(
            "s56",
            (S.ServeCopy r) => Order(r, r.Chunk, r.Generation, 0, [r.Destination]),
            w => new S.ServeCopy(new ChunkId(w.Chunk), new Generation(w.Generation), OnlyReplica(w)) { Epoch = new Epoch(w.Epoch) }),
    ];

    private static WireCodec[] MoreOrders =>
    [
        WireCodec.For(
            "s57",
            W.DeleteReplicas.Parser,
            (S.DeleteReplicas r) =>
            {
                var wire = new W.DeleteReplicas { Epoch = r.Epoch.Value };
                AddAll(wire.Replicas, r.Replicas, v => new W.ReplicaVersion { Chunk = v.Chunk.Value, Generation = v.Generation.Value });
                return wire;
            },
            w => new S.DeleteReplicas(Map(w.Replicas, v => new S.ReplicaVersion(new ChunkId(v.Chunk), new Generation(v.Generation))))
            {
                Epoch = new Epoch(w.Epoch),
            }),
        WireCodec.For(
            "s60",
            W.WithholdReplicas.Parser,
            (S.WithholdReplicas r) =>
            {
                var wire = new W.WithholdReplicas { Epoch = r.Epoch.Value };
                AddAll(wire.Chunks, r.Chunks, c => c.Value);
                return wire;
            },
            w => new S.WithholdReplicas(Map(w.Chunks, c => new ChunkId(c))) { Epoch = new Epoch(w.Epoch) }),
        Order(
            "s58",
            (S.ChunkReopened r) =>
            {
                var wire = Order(r, r.Chunk, r.Generation, 0, []);
                wire.Error = r.Error is null ? null : WireValues.ToWire(r.Error);
                wire.Sequence = r.Ask;
                return wire;
            },
            w => new S.ChunkReopened(new ChunkId(w.Chunk), new Generation(w.Generation), w.Error is null ? null : WireValues.FromWire(w.Error))
            {
                Epoch = new Epoch(w.Epoch), Ask = w.Sequence,
            }),
        Order(
            "s59",
            (S.RepairBlocks r) => Order(r, r.Chunk, r.Generation, 0, r.Sources),
            w => new S.RepairBlocks(new ChunkId(w.Chunk), new Generation(w.Generation), WireValues.FromWire(w.Replicas)) { Epoch = new Epoch(w.Epoch) }),
    ];

    private static WireCodec Fact<T>(string manifest, Func<T, W.ReplicaFact> encode, Func<W.ReplicaFact, T> decode)
        where T : S.ToMeta
        => WireCodec.For(manifest, W.ReplicaFact.Parser, encode, decode);

    private static WireCodec Order<T>(string manifest, Func<T, W.ChunkOrder> encode, Func<W.ChunkOrder, T> decode)
        where T : S.ToServer
        => WireCodec.For(manifest, W.ChunkOrder.Parser, encode, decode);

    private static W.ReplicaFact Fact(ServerId server, ChunkId chunk, Generation generation, ulong sequence = 0, long lengthBytes = 0) => new()
    {
        Server = server.Value, Chunk = chunk.Value, Generation = generation.Value, Sequence = sequence, LengthBytes = lengthBytes,
    };

    private static W.ChunkOrder Order(
        S.ToServer order, ChunkId chunk, Generation generation, int chunkSizeBytes, IReadOnlyList<ReplicaLocation> replicas)
    {
        var wire = new W.ChunkOrder
        {
            Epoch = order.Epoch.Value, Chunk = chunk.Value, Generation = generation.Value, ChunkSizeBytes = chunkSizeBytes,
        };
        AddAll(wire.Replicas, replicas, WireValues.ToWire);
        return wire;
    }

    private static ReplicaLocation OnlyReplica(W.ChunkOrder order) => order.Replicas.Count == 1
        ? WireValues.FromWire(order.Replicas[0])
        : throw new FormatException($"an order names {order.Replicas.Count} servers instead of 1");

    private static W.ReplicaEntry EntryToWire(S.ReplicaReport r) => new()
    {
        Chunk = r.Chunk.Value,
        Generation = r.Generation.Value,
        Sequence = r.Sequence,
        LengthBytes = r.LengthBytes,
        Folder = r.Folder,
        Position = r.Position,
        ChainLength = r.ChainLength,
        Flags = (uint)r.Flags,
    };

    private static S.ReplicaReport EntryFromWire(W.ReplicaEntry w) => new(
        new ChunkId(w.Chunk),
        new Generation(w.Generation),
        w.Sequence,
        w.LengthBytes,
        checked((byte)w.Folder),
        checked((byte)w.Position),
        checked((byte)w.ChainLength),
        (S.ReplicaFlags)w.Flags);

    private static W.Register ToWire(S.Register r)
    {
        var wire = new W.Register
        {
            Server = r.Server.Value,
            ClusterId = WireValues.ToWire(r.ClusterId),
            Incarnation = WireValues.ToWire(r.Incarnation),
            ControlAddress = r.ControlAddress,
            Endpoint = WireValues.ToWire(r.Endpoint),
            CapacityBytes = r.CapacityBytes,
            FreeBytes = r.FreeBytes,
        };
        wire.Folders.AddRange(r.Folders);
        return wire;
    }

    private static S.Register FromWire(W.Register w) => new(
        new ServerId(w.Server),
        GuidFromWire(w.ClusterId),
        GuidFromWire(w.Incarnation),
        w.ControlAddress,
        WireValues.FromWire(w.Endpoint),
        [.. w.Folders],
        w.CapacityBytes,
        w.FreeBytes);

    private static W.Heartbeat ToWire(S.Heartbeat r)
    {
        var wire = new W.Heartbeat
        {
            Server = r.Server.Value,
            Incarnation = WireValues.ToWire(r.Incarnation),
            Number = r.Number,
            ReplicaCount = r.ReplicaCount,
            Digest = r.Digest,
            UsedBytes = r.UsedBytes,
            FreeBytes = r.FreeBytes,
            IsStopping = r.IsStopping,
            Scrub = WireValues.ToWire(r.Scrub),
        };
        AddAll(wire.Changed, r.Changed, EntryToWire);
        AddAll(wire.Removed, r.Removed, c => c.Value);
        return wire;
    }

    private static S.Heartbeat FromWire(W.Heartbeat w) => new(
        new ServerId(w.Server),
        GuidFromWire(w.Incarnation),
        w.Number,
        Map(w.Changed, EntryFromWire),
        Map(w.Removed, c => new ChunkId(c)),
        w.ReplicaCount,
        w.Digest,
        w.UsedBytes,
        w.FreeBytes)
    {
        IsStopping = w.IsStopping, Scrub = WireValues.FromWire(w.Scrub),
    };
}
