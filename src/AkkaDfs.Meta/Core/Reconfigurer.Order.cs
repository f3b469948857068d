// Who is in the new chain, and in which order. Members on servers that are being emptied or stop go to its end, and leave it once others
// have taken their place.
//
// A primary is never left out by plan, only moved to the end: it may have acknowledged operations alone (ack = one), and the new
// primary takes over what a member has more before anything is acknowledged under the new generation. The next change may then
// leave it out.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

internal sealed partial class Reconfigurer
{
    /// <summary>Makes another member the primary in place of one that is about to go.</summary>
    /// <returns>False when that cannot be now.</returns>
    public bool HandOver(Chunk chunk, ServerId primary)
    {
        var change = NewChange(chunk);
        change.Demoted = primary;
        change.MustDemote = true;
        return !(change.NeedsAll && !AllMembersUsable(chunk)) && Begin(change);
    }

    /// <summary>Gives a chunk that nobody has written to yet to other servers.</summary>
    /// <returns>False when that cannot be now.</returns>
    public bool MoveUnwritten(Chunk chunk) => Begin(new Reconfiguration(chunk));

    // The furthest first; false when the change has come to nothing.
    private bool ChainFrom(Reconfiguration change, List<SurveyAnswer> survivors)
    {
        var chain = change.Chain;
        chain.AddRange(survivors.Select(a => a.Server));
        var first = chain[0];
        var isDemoted = false;
        if ((first == change.Demoted || IsLeaving(first)) && FindHeir(change, survivors) is > 0 and var at)
        {
            var heir = chain[at];
            chain.RemoveAt(at);
            chain[0] = heir;
            chain.Add(first);
            isDemoted = true;
        }

        var most = Math.Min(FileLayout.MaxReplicas, change.Chunk.Wanted + (isDemoted ? 1 : 0));
        while (chain.Count > most)
        {
            var leaving = chain.FindLastIndex(s => s != first && IsLeaving(s));
            chain.RemoveAt(leaving > 0 ? leaving : chain.FindLastIndex(s => s != first));
        }

        return isDemoted || !change.MustDemote;
    }

    // One that has every acknowledged operation, also should the old primary fall out on the way; best one that stays.
    private int FindHeir(Reconfiguration change, List<SurveyAnswer> survivors)
    {
        var isForAll = change.Chunk.File.Layout.Ack == AckPolicy.All;
        bool Fits(SurveyAnswer a) => a.Server != survivors[0].Server
            && (isForAll || (a.Generation == survivors[0].Generation && a.Sequence == survivors[0].Sequence));
        var staying = survivors.FindIndex(a => Fits(a) && !IsLeaving(a.Server));
        return staying > 0 || survivors[0].Server != change.Demoted || IsLeaving(survivors[0].Server) ? staying : survivors.FindIndex(Fits);
    }

    // Puts the copied replica at the end of the chain; false when it is of no use (any more). One that is to go stays until all others
    // are at one state with the new one, unless the chain is as long as can be.
    private bool TryAdd(Reconfiguration change)
    {
        var chain = change.Chain;
        chain.Remove(change.Added);
        var isOfUse = state.Durable.Servers[change.Added].IsUsable
            && !IsLeaving(change.Added)
            && !change.Excluded.Contains(change.Added)
            && chain.Count > 0
            && chain.Count(s => !IsLeaving(s)) < change.Chunk.Wanted;
        if (isOfUse && chain.Count == FileLayout.MaxReplicas)
        {
            var primary = state.Book.PrimaryOf(change.Chunk)?.Id;
            var at = chain.FindLastIndex(s => s != primary && IsLeaving(s));
            isOfUse = at > 0;
            if (isOfUse)
            {
                chain.RemoveAt(at);
            }
        }

        if (isOfUse)
        {
            chain.Add(change.Added);
        }

        return isOfUse;
    }

    private bool IsLeaving(ServerId server) => state.Durable.Servers[server].IsLeaving;
}
