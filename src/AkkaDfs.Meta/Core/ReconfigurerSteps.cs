// The steps of a change: survey, decide, adopt, settle.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

internal sealed partial class Reconfigurer
{
    private const int MaxAttempts = 4;

    private void BeginSurvey(Reconfiguration change)
    {
        change.Phase = ChangePhase.Survey;
        change.IsRetirement = false;
        change.Attempts++;
        change.Asked.Clear();
        change.Answers.Clear();
        change.Adopting.Clear();
        change.Fenced.Clear();
        change.SinceMs = state.Now.Ms;
        change.DeadlineMs = state.Now.Ms + state.Policy.SurveyMs;
        change.ResendMs = state.Now.Ms + state.Policy.ResendMs;
        if (change.Attempts > MaxAttempts)
        {
            state.Warn($"chunk {change.Chunk.Id} could not be moved to a new generation in {MaxAttempts} attempts; it is tried again when needed");
            Abort(change);
            return;
        }

        GatherCandidates(change);
        if (change.Asked.Count == 0 && !state.Book.IsNowhere(change.Chunk))
        {
            Abort(change);
            return;
        }

        if (change.Asked.Count == 0)
        {
            Decide(change);
            return;
        }

        if (CanSkipSurvey(change))
        {
            // The primary has every operation; the order of the chain is the order of progress.
            change.Answers.AddRange(change.Asked.Select(s => new SurveyAnswer(s, change.Chunk.Generation, change.Chunk.Sequence, true)));
            change.Asked.Clear();
            Decide(change);
            return;
        }

        SendSurvey(change);
    }

    private void GatherCandidates(Reconfiguration change)
    {
        Gather(change, outside: false);
        if (change.Asked.Count == 0)
        {
            Gather(change, outside: true);
        }
    }

    // Members of the chain, or, when none of them is of use, what a broken-off change left outside of it: older replicas that
    // still hold every acknowledged byte.
    private void Gather(Reconfiguration change, bool outside)
    {
        var chunk = change.Chunk;
        change.AsksOutsiders = outside;
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            if (replica.InChain != outside
                && !replica.IsDamaged
                && (!outside || replica.Reported >= chunk.Written)
                && state.Durable.Servers[replica.Server].IsUsable
                && !change.Excluded.Contains(replica.Server))
            {
                change.Asked.Add(replica.Server);
            }
        }
    }

    private bool TryOutsiders(Reconfiguration change)
    {
        if (change.AsksOutsiders)
        {
            return false;
        }

        Gather(change, outside: true);
        change.DeadlineMs = state.Now.Ms + state.Policy.SurveyMs;
        SendSurvey(change);
        return change.Asked.Count > 0;
    }

    private bool CanSkipSurvey(Reconfiguration change)
    {
        var chunk = change.Chunk;
        var isPlanned = change.Added != ServerId.None || (change.Excluded.Count > 0 && change.Demoted == ServerId.None && state.Book.IsChainWhole(chunk));
        return isPlanned && change.Attempts == 1 && state.Book.HasAdopted(chunk) && state.Book.PrimaryOf(chunk)?.Id == change.Asked[0];
    }

    private void SendSurvey(Reconfiguration change)
    {
        foreach (var server in change.Asked)
        {
            state.Send(server, new ServerProtocol.GetReplica(change.Chunk.Id) { Epoch = state.Durable.Epoch });
        }
    }

    private void TickSurvey(Reconfiguration change)
    {
        if (state.Now.Ms >= change.DeadlineMs)
        {
            foreach (var silent in change.Asked)
            {
                state.Probe(state.Durable.Servers[silent]);
            }

            change.Asked.Clear();
            Decide(change);
        }
        else if (state.Now.Ms >= change.ResendMs)
        {
            change.ResendMs = state.Now.Ms + state.Policy.ResendMs;
            SendSurvey(change);
        }
    }

    private void TryDecide(Reconfiguration change)
    {
        if (change.Phase == ChangePhase.Survey && change.Asked.Count == 0)
        {
            Decide(change);
        }
    }

    private void Decide(Reconfiguration change)
    {
        var chunk = change.Chunk;
        var survivors = change.Answers
            .Where(a => a.IsFound && a.Generation >= chunk.Written && state.Durable.Servers[a.Server].IsUsable)
            .OrderByDescending(a => a.Generation)
            .ThenByDescending(a => a.Sequence)
            .ThenBy(a => chunk.Replicas.IndexOf(a.Server))
            .ToList();
        if (survivors.Count == 0 && TryOutsiders(change))
        {
            return;
        }

        if (change.NeedsAll && survivors.Count < chunk.ChainLength)
        {
            Abort(change);
            return;
        }

        change.Chain.Clear();
        change.MayCreate = survivors.Count == 0 && (IsProvenEmpty(change) || state.Book.IsNowhere(chunk));
        if (change.MayCreate)
        {
            ChainForEmpty(change);
        }
        else if (survivors.Count > 0 && !ChainFrom(change, survivors))
        {
            Abort(change);
            return;
        }

        if (change.Added != ServerId.None && !TryAdd(change) && change.Attempts == 1)
        {
            Abort(change);
            return;
        }

        if (change.Chain.Count == 0)
        {
            Abort(change);
            return;
        }

        Raise(change);
    }

    private void Raise(Reconfiguration change)
    {
        var chunk = change.Chunk;
        var newest = change.Answers.Select(a => a.Generation).Append(chunk.Generation).Max();
        state.Emit(new GenerationRaised(chunk.Id, newest.Next, state.Now.UnixNs));
        TakeOutOfChain(chunk, change.Chain);
        for (var position = 0; position < change.Chain.Count; position++)
        {
            var server = change.Chain[position];
            var at = chunk.Replicas.IndexOf(server);
            var known = at >= 0 ? chunk.Replicas[at] : new Replica(server, Generation.Any, 0, 0, ReplicaMarks.None);
            state.Book.Put(chunk, known with { Position = (byte)position, Flags = ReplicaMarks.InChain });
        }

        chunk.ChainLength = (byte)change.Chain.Count;
        change.Adopting.AddRange(change.Chain);
        BeginAdopt(change);
        state.Book.Recount(chunk);
    }

    private void BeginAdopt(Reconfiguration change)
    {
        change.Phase = ChangePhase.Adopt;
        change.SinceMs = state.Now.Ms;
        change.DeadlineMs = state.Now.Ms + state.Policy.AdoptMs;
        change.ResendMs = state.Now.Ms + state.Policy.ResendMs;
        GatherFenced(change);
        SendAdopt(change);
    }

    private void TakeOutOfChain(Chunk chunk, List<ServerId> butFor)
    {
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var old = chunk.Replicas[i];
            if (old.InChain && !butFor.Contains(old.Server))
            {
                state.Book.Put(chunk, old with { Flags = old.Flags & ~(ReplicaMarks.InChain | ReplicaMarks.Doubted) });
                i = -1;
            }
        }
    }

    private void GatherFenced(Reconfiguration change)
    {
        state.Book.RequireRetirement(change.Chunk);
        change.Fenced.AddRange(state.Book.StaleServers(change.Chunk, state.Now.Ms));
    }

    private bool MayServe(Server server) => !server.IsGone && server.GrantUntilMs > state.Now.Ms;

    private void SendAdopt(Reconfiguration change)
    {
        var order = OrderFor(change.Chunk, change.MayCreate);
        foreach (var server in change.Adopting.Concat(change.Fenced))
        {
            if (state.Durable.Servers[server].IsAlive)
            {
                state.Send(server, order);
            }
        }
    }

    private ServerProtocol.AdoptGeneration OrderFor(Chunk chunk, bool mayCreate)
        => new(chunk.Id, chunk.Generation, chunk.File.Layout.ChunkSizeBytes, state.Book.Locations(chunk))
        {
            Epoch = state.Durable.Epoch, MayCreate = mayCreate,
        };

    private void TickAdopt(Reconfiguration change)
    {
        change.Fenced.RemoveAll(s => !MayServe(state.Durable.Servers[s]));
        if (TrySettle(change))
        {
            return;
        }

        if (state.Now.Ms >= change.DeadlineMs && change.IsRetirement)
        {
            Abort(change);
            return;
        }

        if (state.Now.Ms >= change.DeadlineMs && change.Adopting.Count > 0)
        {
            // A silent source holds up everybody; a silent member only itself.
            var source = change.Chain[0];
            change.Excluded.UnionWith(change.Adopting.Contains(source) ? [source] : change.Adopting);
            BeginSurvey(change);
            return;
        }

        if (state.Now.Ms >= change.ResendMs)
        {
            change.ResendMs = state.Now.Ms + state.Policy.ResendMs;
            foreach (var silent in change.Adopting.Concat(change.Fenced))
            {
                state.Probe(state.Durable.Servers[silent]);
            }

            SendAdopt(change);
        }
    }

    private bool TrySettle(Reconfiguration change)
    {
        if (change.Adopting.Count > 0 || change.Fenced.Count > 0)
        {
            return false;
        }

        // A server may have come back with a stale replica meanwhile.
        GatherFenced(change);
        if (change.Fenced.Count > 0)
        {
            SendAdopt(change);
            return false;
        }

        if (change.IsRetirement)
        {
            change.Phase = ChangePhase.Retired;
            change.DeadlineMs = state.Now.Ms + RetiredMs;
            return true;
        }

        var chunk = change.Chunk;
        End(change);
        chunk.IsSettled = true;
        chunk.WasSeen |= !change.MayCreate;
        if (chunk.IsOpen)
        {
            state.Emit(new ChunkOpened(chunk.Id, chunk.Generation, chunk.ChainLength));
            chunk.IsGranted = true;
            state.Send(change.Chain[0], new ServerProtocol.ChunkReopened(chunk.Id, chunk.Generation) { Epoch = state.Durable.Epoch });
        }

        state.Book.DiscardStale(chunk, state.Now.Ms);
        state.Book.Recount(chunk);
        state.Repair.Settled(chunk, change.Added, true);
        return true;
    }

    // Gives up for now: whoever needs the chunk begins anew, and so does the next check.
    private void Abort(Reconfiguration change)
    {
        End(change);
        state.Book.ExpelUnadopted(change.Chunk);
        state.Book.Recount(change.Chunk);
        state.Repair.Settled(change.Chunk, change.Added, false);
    }
}
