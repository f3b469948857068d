// The one procedure by which a chunk's replicas change (docs/decisions/003): survey, journal the next generation, have it
// adopted by all members, fence those left out, then let writes be acknowledged again.
//
// Safety. Only replicas of the Written generation or a newer one can be members, the one that is furthest is the source, and
// writes are acknowledged under the new generation only after it is journaled as Written, which happens when every member has
// adopted it and every replica left out is known not to serve any more. So whatever is lost on the way, a replica that holds
// every acknowledged byte can be told from one that may not.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Changes replica sets.</summary>
internal sealed partial class Reconfigurer(MetaState state)
{
    private const int MostRetiredAtOnce = 512;

    private readonly Dictionary<ChunkId, Reconfiguration> _changes = [];
    private readonly List<Reconfiguration> _due = [];

    /// <summary>Number of changes under way.</summary>
    public int Count => _changes.Count;

    /// <summary>Somebody cannot write to a chunk whose chain looks whole.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="suspect">The server that failed, or null.</param>
    /// <param name="isFromPeer">True when the primary says so: then the suspect leaves the chain. A client's word only demotes it.</param>
    public void Complain(Chunk chunk, Server? suspect, bool isFromPeer)
    {
        if (suspect is not null)
        {
            state.Probe(suspect);
        }

        if (_changes.TryGetValue(chunk.Id, out var running))
        {
            if (isFromPeer && suspect is not null)
            {
                LeaveOut(running, suspect.Id);
            }

            return;
        }

        var change = NewChange(chunk);
        if (change.NeedsAll && !AllMembersUsable(chunk))
        {
            return;
        }

        if (suspect is not null && isFromPeer && !change.NeedsAll)
        {
            change.Excluded.Add(suspect.Id);
        }
        else if (suspect is not null)
        {
            change.Demoted = suspect.Id;
        }

        Begin(change);
    }

    /// <summary>Brings a chunk whose chain is not whole to one that is.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="mayReplace">True when whoever asks wants servers that are down to be left out, whatever the file's policy is.</param>
    /// <returns>False when nothing can be done now: no usable replica, or policy forbids to leave one out.</returns>
    public bool MakeWhole(Chunk chunk, bool mayReplace = false)
    {
        var change = NewChange(chunk);
        change.NeedsAll &= !mayReplace;
        return !(change.NeedsAll && !AllMembersUsable(chunk)) && Begin(change);
    }

    /// <summary>Takes a finished copy into the chain, in place of replicas that are not live.</summary>
    public bool AddCopy(Chunk chunk, ServerId destination)
    {
        var change = new Reconfiguration(chunk) { Added = destination };
        return Begin(change);
    }

    /// <summary>Takes a replica that is not needed out of the chain.</summary>
    public bool Trim(Chunk chunk, ServerId server)
    {
        var change = new Reconfiguration(chunk);
        change.Excluded.Add(server);
        return Begin(change);
    }

    /// <summary>Forgets a chunk that is gone.</summary>
    public void Forget(Chunk chunk)
    {
        if (_changes.TryGetValue(chunk.Id, out var change))
        {
            End(change);
        }
    }

    /// <summary>A server is no longer usable: changes that count on it begin anew without it.</summary>
    public void ServerDown(Server server)
    {
        foreach (var change in _changes.Values.Where(c => c.Adopting.Contains(server.Id) || c.Asked.Contains(server.Id)).OrderBy(c => c.Chunk.Id).ToList())
        {
            if (change.Phase == ChangePhase.Survey)
            {
                change.Asked.Remove(server.Id);
                TryDecide(change);
            }
            else
            {
                BeginSurvey(change);
            }
        }
    }

    /// <summary>A replica says how far it is.</summary>
    /// <returns>False when nobody has asked.</returns>
    public bool Answered(ServerProtocol.ReplicaAnswer answer)
    {
        if (!_changes.TryGetValue(answer.Chunk, out var change) || !change.Asked.Remove(answer.Server))
        {
            return false;
        }

        change.Answers.Add(new SurveyAnswer(answer.Server, answer.Generation, answer.Sequence, answer.Found));
        TryDecide(change);
        return true;
    }

    /// <summary>A replica has adopted a generation, or has retired from it.</summary>
    public void Adopted(Chunk chunk, Server server, Generation generation)
    {
        if (generation != chunk.Generation)
        {
            return;
        }

        server.MustRetire.Remove(chunk.Id);
        if (!_changes.TryGetValue(chunk.Id, out var change) || change.Phase != ChangePhase.Adopt)
        {
            MarkRetired(chunk, server);
            return;
        }

        change.Adopting.Remove(server.Id);
        if (change.Fenced.Remove(server.Id) || change.IsRetirement)
        {
            MarkRetired(chunk, server);
        }

        TrySettle(change);
    }

    /// <summary>A member cannot adopt: the change begins anew without it.</summary>
    public void Refused(Chunk chunk, Server server, Generation generation, DfsError error)
    {
        if (_changes.TryGetValue(chunk.Id, out var change) && change.Phase == ChangePhase.Adopt && generation == chunk.Generation
            && change.Adopting.Contains(server.Id))
        {
            state.Warn($"server {server.Id} cannot adopt generation {generation} of chunk {chunk.Id}: {error.Message}");
            change.Excluded.Add(server.Id);
            BeginSurvey(change);
        }
    }

    /// <summary>A server has a stale replica: it is told to stop serving it, and granted nothing until it confirms.</summary>
    public void Retire(Chunk chunk, Server server)
    {
        server.MustRetire.Add(chunk.Id);
        state.Send(server.Id, OrderFor(chunk, mayCreate: false));
    }

    /// <summary>Tells a server again what it has not confirmed.</summary>
    public void RetireAgain(Server server)
    {
        var next = server.MustRetire.FirstFrom(ChunkId.None);
        for (var left = MostRetiredAtOnce; left > 0 && next != ChunkId.None; left--)
        {
            state.Send(server.Id, OrderFor(state.Durable.Chunks.Find(next)!, mayCreate: false));
            next = server.MustRetire.FirstFrom(new ChunkId(next.Value + 1));
        }
    }

    /// <summary>Looks at deadlines, sends unanswered orders again.</summary>
    public void Tick()
    {
        if (_changes.Count == 0)
        {
            return;
        }

        _due.Clear();
        _due.AddRange(_changes.Values);
        _due.Sort((a, b) => a.Chunk.Id.CompareTo(b.Chunk.Id));
        foreach (var change in _due)
        {
            switch (change.Phase)
            {
                case ChangePhase.Survey: TickSurvey(change); break;
                case ChangePhase.Adopt: TickAdopt(change); break;
                default: TickRetired(change); break;
            }
        }
    }

    // While replicas are being asked, a further suspect is left out at once: whoever waited for it, or put it into the chain again,
    // would lose as much time as it takes to find it out anew. Somebody must be left.
    private void LeaveOut(Reconfiguration change, ServerId suspect)
    {
        if (change.Phase == ChangePhase.Adopt)
        {
            if (change.Chain.Contains(suspect))
            {
                change.Excluded.Add(suspect);
                BeginSurvey(change);
            }
        }
        else if (change.Phase == ChangePhase.Survey
            && !change.NeedsAll
            && (change.Asked.Exists(s => s != suspect) || change.Answers.Exists(a => a.IsFound && a.Server != suspect))
            && change.Excluded.Add(suspect))
        {
            change.Asked.Remove(suspect);
            change.Answers.RemoveAll(a => a.Server == suspect);
            TryDecide(change);
        }
    }

    private Reconfiguration NewChange(Chunk chunk)
        => new(chunk) { NeedsAll = chunk.File.Layout.OnReplicaDown != ReplicaDownPolicy.Replace };

    private bool AllMembersUsable(Chunk chunk)
    {
        var usable = 0;
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            usable += replica.InChain && state.Durable.Servers[replica.Server].IsUsable ? 1 : 0;
        }

        return usable >= chunk.ChainLength;
    }

    private bool Begin(Reconfiguration change)
    {
        var chunk = change.Chunk;
        if (chunk.IsChanging)
        {
            return false;
        }

        chunk.IsChanging = true;
        _changes.Add(chunk.Id, change);
        BeginSurvey(change);
        return chunk.IsChanging;
    }

    private void End(Reconfiguration change)
    {
        _changes.Remove(change.Chunk.Id);
        change.Chunk.IsChanging = false;
    }

    private void MarkRetired(Chunk chunk, Server server)
    {
        var at = chunk.Replicas.IndexOf(server.Id);
        if (at >= 0 && chunk.Replicas[at] is { InChain: false } replica)
        {
            state.Book.Put(chunk, replica with { Flags = replica.Flags | ReplicaMarks.Retired });
        }
    }
}
