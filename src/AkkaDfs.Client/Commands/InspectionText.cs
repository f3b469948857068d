// What `dfs fsck` and `dfs explain` say in words, and their JSON.

using System.Diagnostics;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Words and JSON for inspections.</summary>
internal static class InspectionText
{
    /// <summary>Names of conditions; "healthy" first when none but open holds.</summary>
    public static IReadOnlyList<string> Conditions(ChunkConditions conditions)
    {
        var names = Enum.GetValues<ChunkConditions>().Where(c => c != ChunkConditions.None && conditions.HasFlag(c)).Select(Names.Kebab);
        return [.. (conditions & ~ChunkConditions.Open) == ChunkConditions.None ? names.Prepend("healthy") : names];
    }

    public static string Stage(ChunkInspection row) => row.Stage switch
    {
        RepairStage.NotNeeded => "not needed",
        RepairStage.SafeMode => "meta is in safe mode and waits for servers to report; see dfs nodes",
        RepairStage.NoSource => "no server has a good replica; start those that are down",
        RepairStage.NoTarget => "no server can take a copy; start or add one, and the copy is made by itself",
        RepairStage.Queued => $"waits, {Amounts.Counted(row.Ahead, "chunk")} ahead of it{When(row)}",
        RepairStage.Copying => $"a copy is being made{When(row)}",
        RepairStage.Maintenance => "not yet: its other replicas are on servers in maintenance; dfs nodes says how long",
        RepairStage.Changing => "its replica set is being changed",
        _ => throw new UnreachableException(row.Stage.ToString()),
    };

    public static string Refusal(PlacementRefusal refusal) => refusal switch
    {
        PlacementRefusal.None => "can take it",
        PlacementRefusal.NotAlive => "no: does not answer",
        PlacementRefusal.NotReported => "no: has not given its full report yet",
        PlacementRefusal.NoSpace => "no: has no free space",
        PlacementRefusal.HasReplica => "no: has a good replica already",
        PlacementRefusal.Busy => "not now: makes as many copies as it may at once",
        PlacementRefusal.JustFailed => "not now: a copy to it has just failed",
        PlacementRefusal.Leaving => "no: is being drained, or stops",
        PlacementRefusal.Maintenance => "no: is in maintenance",
        PlacementRefusal.LittleSpace => "no: may not have space for a whole chunk, and others have",
        _ => throw new UnreachableException(refusal.ToString()),
    };

    /// <summary>What was ordered, in words; why nothing was when nothing was.</summary>
    public static string Orders(ChunkRepair repair)
    {
        var did = OrdersOf(repair.Orders).Select(o => o switch
        {
            RepairOrders.Copy => "a copy is made",
            RepairOrders.Reread => "damaged blocks are fetched from the other replicas",
            RepairOrders.Delete => "stale replicas are deleted",
            RepairOrders.Trim => "a replica too many is given up",
            RepairOrders.Regroup => "its chain is put together anew",
            RepairOrders.Ask => "its servers are asked for what they have not listed",
            _ => throw new UnreachableException(o.ToString()),
        }).ToArray();
        return did.Length > 0 ? string.Join("; ", did) : $"nothing can be done now ({Names.Kebab(repair.Stage)})";
    }

    public static JsonRepair Json(ChunkRepair repair) => new(
        repair.Path, repair.Chunk.ToString(), repair.Index, repair.Wanted, repair.Live, [.. OrdersOf(repair.Orders).Select(Names.Kebab)], Names.Kebab(repair.Stage));

    private static IEnumerable<RepairOrders> OrdersOf(RepairOrders orders)
        => Enum.GetValues<RepairOrders>().Where(o => o != RepairOrders.None && orders.HasFlag(o));

    public static JsonInspections Json(in ChunkCounts c, IReadOnlyList<ChunkInspection> rows) => new(
        new JsonCounts(c.Files, c.Chunks, c.Healthy, c.UnderReplicated, c.OverReplicated, c.Corrupt, c.Missing, c.Unwritable, c.Open),
        [.. rows.Select(Json)]);

    private static JsonInspection Json(ChunkInspection row) => new(
        row.Path,
        row.Location.Chunk.ToString(),
        row.Location.Index,
        row.Wanted,
        row.Live,
        Conditions(row.Conditions),
        Names.Kebab(row.Stage),
        row.Ahead,
        row.NextReplicaInMs < 0 ? null : row.NextReplicaInMs,
        [.. row.Location.Replicas.Select(r => new JsonReplica(r.Server.Value, r.Endpoint.ToString(), r.Path, Names.Kebab(r.State)))],
        [.. row.Candidates.Select(c => new JsonCandidate(c.Server.Value, Names.Kebab(c.Refusal)))]);

    private static string When(ChunkInspection row)
        => row.NextReplicaInMs < 0 ? string.Empty : $"; one more replica in about {Amounts.Time(TimeSpan.FromMilliseconds(row.NextReplicaInMs))}";
}
