// Chunks that nobody has a replica of. Whether that means that nothing was ever acknowledged, or that something was lost, decides
// whether they may begin anew, empty.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

internal sealed partial class Reconfigurer
{
    // The first operation of a chunk is acknowledged only when every member has it, also where one copy is enough for later ones:
    // a member that has no replica at all, and never had one, proves that none was.
    private static bool IsProvenEmpty(Reconfiguration change)
        => change.Answers.Count > 0 && change.Answers.TrueForAll(a => !a.IsFound)
        && (!change.Chunk.HasData || IsOnlyBegun(change));

    // Somebody has begun to write, and is gone. That alone would do as proof; but a replica that was here and was lost with all that
    // knew of it looks the same. So every other member of the only generation that there was must say it, and of none of them may it
    // be possible that it had one: it has listed none, and its process is still the one that the chunk was given to, which a loss of
    // power would have ended.
    private static bool IsOnlyBegun(Reconfiguration change)
    {
        var chunk = change.Chunk;
        return chunk.Generation == Generation.First && chunk.Written == Generation.First && chunk.Sequence == 0
            && change.Answers.Count >= chunk.Members - 1 && change.Answers.TrueForAll(a => IsUntouched(chunk, a.Server));
    }

    private static bool IsUntouched(Chunk chunk, ServerId server)
        => chunk.Replicas.IndexOf(server) is >= 0 and var at
        && chunk.Replicas[at] is { InChain: true, IsReported: false, IsDamaged: false } replica
        && (replica.Flags & ReplicaMarks.Doubted) == 0;

    // Whoever has answered comes first: should the first write go on under the old generation after all, one of them has it, and the
    // others take it over from there. A server that is to go is kept, at the end, only when there is no other of them.
    private void ChainForEmpty(Reconfiguration change)
    {
        var chunk = change.Chunk;
        var answered = change.Answers.Select(a => state.Durable.Servers[a.Server]).Where(s => s.IsUsable).ToList();
        var servers = answered.Where(s => !IsLeaving(s.Id)).ToList();
        var lasts = servers.Count > 0 ? [] : answered;
        var missing = chunk.Wanted - servers.Count;
        if (missing > 0)
        {
            var more = new List<Server>(missing);
            state.Placement.Choose(
                new PlacementRequest(PlacementPolicy.LeastLoaded, missing, chunk.File.Layout.ChunkSizeBytes, 0),
                s => answered.Contains(s) || change.Excluded.Contains(s.Id),
                more);
            servers.AddRange(more);
        }

        change.Chain.AddRange(servers.Concat(lasts).Take(FileLayout.MaxReplicas).Select(s => s.Id));
    }
}
