// Protobuf forms of what MetaProtocol says about the condition of chunks.

using static AkkaDfs.Shared.Protocol.WireValues;
using W = AkkaDfs.Shared.Protocol.Wire;

namespace AkkaDfs.Shared.Protocol;

internal static class InspectionWire
{
    internal static WireCodec Request => WireCodec.For(
        "m6",
        W.InspectChunks.Parser,
        (MetaProtocol.InspectChunks r) => new W.InspectChunks
        {
            Head = HeadToWire(r), Target = WireValues.ToWire(r.Target), After = r.After, Limit = r.Limit, OnlyTroubled = r.OnlyTroubled,
        },
        w => WithHead(new MetaProtocol.InspectChunks(WireValues.FromWire(w.Target), w.After, w.Limit, w.OnlyTroubled), w.Head));

    internal static WireCodec Reply => WireCodec.For(
        "m59",
        W.InspectionPage.Parser,
        (MetaProtocol.InspectionPage r) =>
        {
            var wire = new W.InspectionPage { Counts = ToWire(r.Counts), Next = r.Next };
            AddAll(wire.Rows, r.Rows, ToWire);
            return wire;
        },
        w => new MetaProtocol.InspectionPage(Map(w.Rows, FromWire), FromWire(w.Counts), w.Next));

    private static W.Inspection ToWire(ChunkInspection row)
    {
        var wire = new W.Inspection
        {
            Path = TextToWire(row.Path),
            Location = WireValues.ToWire(row.Location),
            Wanted = row.Wanted,
            Live = row.Live,
            Conditions = (int)row.Conditions,
            Stage = (int)row.Stage,
            Ahead = row.Ahead,
            NextReplicaInMs = row.NextReplicaInMs,
        };
        AddAll(wire.Candidates, row.Candidates, c => new W.RepairCandidate { Server = c.Server.Value, Refusal = (int)c.Refusal });
        return wire;
    }

    private static ChunkInspection FromWire(W.Inspection w) => new()
    {
        Path = TextFromWire(w.Path),
        Location = WireValues.FromWire(w.Location),
        Wanted = w.Wanted,
        Live = w.Live,
        Conditions = (ChunkConditions)w.Conditions,
        Stage = (RepairStage)w.Stage,
        Ahead = w.Ahead,
        NextReplicaInMs = w.NextReplicaInMs,
        Candidates = Map(w.Candidates, c => new RepairCandidate(new ServerId(c.Server), (PlacementRefusal)c.Refusal)),
    };

    private static W.ChunkCounts ToWire(ChunkCounts counts) => new()
    {
        Files = counts.Files,
        Chunks = counts.Chunks,
        Healthy = counts.Healthy,
        UnderReplicated = counts.UnderReplicated,
        OverReplicated = counts.OverReplicated,
        Corrupt = counts.Corrupt,
        Missing = counts.Missing,
        Unwritable = counts.Unwritable,
        Open = counts.Open,
    };

    private static ChunkCounts FromWire(W.ChunkCounts w) => new(
        w.Files, w.Chunks, w.Healthy, w.UnderReplicated, w.OverReplicated, w.Corrupt, w.Missing, w.Unwritable, w.Open);
}
