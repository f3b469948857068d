// Everything that can be repaired below a node, begun now (dfs fsck --repair). All of it happens by itself, too, in time; nothing here
// has rights that the regular repair has not: what is deleted is deleted by the Sweeper, under its rules.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Makes one page of repairs.</summary>
internal sealed class RepairWalk(MetaState state, int limit) : FileWalk(state.Durable.Names, limit, Caller.Superuser)
{
    private const int SkippedBytes = 16;
    private const int RowBytes = 60;

    // Others follow with the regular check.
    private const int MostChanges = 256;

    private readonly List<ChunkRepair> _rows = [];

    /// <summary>The page after <paramref name="after"/>: the Next of the page before, or empty for the first.</summary>
    internal MetaProtocol.Reply Page(Inode top, string after)
    {
        var next = Walk(top, after);
        return next.IsOk ? new MetaProtocol.RepairPage(_rows, next.Value) : new MetaProtocol.Failed(next.Error);
    }

    /// <inheritdoc/>
    protected override int Visit(string path, Chunk chunk)
    {
        var orders = Repair(chunk);
        var stage = state.Repair.StageOf(chunk);
        if (orders == RepairOrders.None && stage == RepairStage.NotNeeded)
        {
            return SkippedBytes;
        }

        _rows.Add(new ChunkRepair(path, chunk.Id, chunk.Index, chunk.Wanted, state.Book.CountLive(chunk), orders, stage));
        return RowBytes + path.Length;
    }

    private RepairOrders Repair(Chunk chunk)
    {
        state.Book.Recount(chunk);
        if (!chunk.HasData || chunk.IsChanging)
        {
            return RepairOrders.None;
        }

        var orders = state.Blocks.StartNow(chunk) ? RepairOrders.Reread : RepairOrders.None;
        orders |= Discard(chunk) ? RepairOrders.Delete : RepairOrders.None;
        orders |= Ask(chunk) ? RepairOrders.Ask : RepairOrders.None;
        if (state.Changes.Count < MostChanges)
        {
            orders |= state.Upkeep.Promote(chunk) ? RepairOrders.Regroup : RepairOrders.None;
            orders |= !chunk.IsChanging && state.Upkeep.Trim(chunk) ? RepairOrders.Trim : RepairOrders.None;
        }

        // What its server can put right block by block is not copied.
        var isToCopy = chunk.QueueLevel != 0 && !orders.HasFlag(RepairOrders.Reread);
        return orders | (isToCopy && state.Repair.StartNow(chunk) ? RepairOrders.Copy : RepairOrders.None);
    }

    // Deletion is due at once instead of in its turn; whether it may be is decided then.
    private bool Discard(Chunk chunk)
    {
        if (state.Book.CountVerified(chunk) < chunk.Wanted)
        {
            return false;
        }

        state.Book.DiscardStale(chunk, state.Now.Ms);
        var isAny = false;
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            isAny |= replica is { InChain: false, IsReported: true } && replica.Reported < chunk.Generation
                && state.Durable.Servers[replica.Server].IsUsable;
        }

        return isAny;
    }

    private bool Ask(Chunk chunk)
    {
        var isAny = false;
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            if (replica is { InChain: true, IsReported: false } && !chunk.IsOpen && state.Durable.Servers[replica.Server].IsUsable)
            {
                state.Send(replica.Server, new ServerProtocol.GetReplica(chunk.Id) { Epoch = state.Durable.Epoch });
                isAny = true;
            }
        }

        return isAny;
    }
}
