// Chunk reports: the full one page by page, and what heartbeats add. Meta keeps count and digest of what each server has
// listed, compares them with the server's own at every heartbeat, and asks for a full report when they differ.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Reads reports into the books.</summary>
internal sealed class ReportReader(MetaState state)
{
    private const int SessionStallsAfterHeartbeats = 3;
    private const int MostWithheldAtOnce = 64 * ServerProtocol.MaxWithheldEntries;
    private const long Never = long.MaxValue;

    private readonly ChunkTable _chunks = state.Durable.Chunks;
    private readonly ReplicaBook _book = state.Book;

    /// <summary>Takes in a page; true when the report is complete with it and the server has become usable.</summary>
    internal bool TakePage(Server server, ServerProtocol.ReportPage page)
    {
        if (page.Page == 0)
        {
            server.Session = new ReportSession();
        }

        var session = server.Session;
        if (session is null || session.NextPage != page.Page || page.Replicas.Count > ServerProtocol.MaxReportEntries)
        {
            server.Session = null;
            return false;
        }

        session.NextPage++;
        session.HeardMs = state.Now.Ms;
        foreach (var report in page.Replicas)
        {
            session.Seen.Add(report.Chunk);
            Take(server, report, isFull: true);
        }

        return page.IsLast && Complete(server, session);
    }

    /// <summary>Takes in what a heartbeat says has changed; true when a full report is wanted.</summary>
    internal bool TakeHeartbeat(Server server, ServerProtocol.Heartbeat heartbeat)
    {
        if (heartbeat.Number <= server.HeartbeatNumber)
        {
            return false;
        }

        server.HeartbeatNumber = heartbeat.Number;
        foreach (var report in heartbeat.Changed)
        {
            server.Session?.Seen.Add(report.Chunk);
            Take(server, report, isFull: false);
        }

        foreach (var chunk in heartbeat.Removed)
        {
            server.Session?.Seen.Remove(chunk);
            TakeRemoved(server, chunk);
        }

        if (server.Session is { } session)
        {
            return state.Now.Ms - session.HeardMs > (long)SessionStallsAfterHeartbeats * state.Policy.HeartbeatMs;
        }

        return !server.HasReported || heartbeat.ReplicaCount != server.ReportedCount || heartbeat.Digest != server.ReportedDigest;
    }

    /// <summary>True while a server must not serve, because it may lack operations of a chunk that is about to change.</summary>
    internal bool IsDoubtful(Server server)
    {
        for (var next = server.Doubtful.FirstFrom(ChunkId.None); next != ChunkId.None; next = server.Doubtful.FirstFrom(new ChunkId(next.Value + 1)))
        {
            // Nothing is changed in safe mode: until it is over, or others have reported, nobody knows what it lacks.
            var chunk = _chunks.Find(next);
            var at = chunk is { IsChanging: true } ? chunk.Replicas.IndexOf(server.Id) : -1;
            if ((at >= 0 && chunk!.Replicas[at].Reported == chunk.Generation) || (state.SafeMode.IsActive && chunk is { IsOpen: true, IsChanging: false }))
            {
                return true;
            }

            server.Doubtful.Remove(next);
        }

        return false;
    }

    private bool Complete(Server server, ReportSession session)
    {
        // What it had before and has not listed now is gone.
        for (var next = server.Chunks.FirstFrom(ChunkId.None); next != ChunkId.None; next = server.Chunks.FirstFrom(new ChunkId(next.Value + 1)))
        {
            if (!session.Seen.Contains(next) && IsExpected(server, next))
            {
                TakeRemoved(server, next);
            }
        }

        foreach (var garbage in server.Garbage.All.Where(c => !session.Seen.Contains(c)).Order().ToList())
        {
            if (_chunks.Find(garbage) is null)
            {
                TakeRemoved(server, garbage);
            }
        }

        server.Session = null;
        var wasUsable = server.IsUsable;
        server.HasReported = true;
        server.WasRestarted = false;
        if (!wasUsable)
        {
            _book.RecountAll(server);
        }

        foreach (var doubted in state.Durable.Servers.All)
        {
            ForgetSettled(doubted);
            Doubt(doubted);
        }

        Withhold(server);
        return !wasUsable;
    }

    /// <summary>Tells a server which replicas it must not serve, as far as it has not confirmed that.</summary>
    internal void Withhold(Server server)
    {
        var next = server.MustWithhold.FirstFrom(ChunkId.None);
        for (var left = MostWithheldAtOnce; left > 0 && next != ChunkId.None; left -= ServerProtocol.MaxWithheldEntries)
        {
            var chunks = new List<ChunkId>();
            for (; chunks.Count < ServerProtocol.MaxWithheldEntries && next != ChunkId.None; next = server.MustWithhold.FirstFrom(new ChunkId(next.Value + 1)))
            {
                chunks.Add(next);
            }

            state.Send(server.Id, new ServerProtocol.WithholdReplicas(chunks) { Epoch = state.Durable.Epoch });
        }
    }

    // What it may lack no longer matters where the chunk is gone, full or at another generation, which it has been brought to or left
    // out of. Only full reports add to it, so that it is bounded by the chunks under write of one report.
    private void ForgetSettled(Server server)
    {
        foreach (var (id, since) in server.Unsure)
        {
            if (_chunks.Find(id) is not { IsOpen: true } chunk || chunk.Generation != since)
            {
                server.Unsure.Remove(id);
            }
        }
    }

    // The others of the chain have everything that was acknowledged by all: they go on without it, and it is brought to their
    // state. Where one copy was enough for an acknowledgement, or where the others were started again as well, whoever has most is
    // the source.
    private void Doubt(Server server)
    {
        for (var next = server.Doubtful.FirstFrom(ChunkId.None); next != ChunkId.None; next = server.Doubtful.FirstFrom(new ChunkId(next.Value + 1)))
        {
            if (_chunks.Find(next) is not { IsOpen: true, IsChanging: false } chunk || !IsWithAnother(chunk, server, needsSure: false))
            {
                continue;
            }

            if (chunk.File.Layout.Ack == AckPolicy.All && IsWithAnother(chunk, server, needsSure: true))
            {
                state.Changes.Complain(chunk, server, isFromPeer: true);
            }
            else
            {
                _ = state.Changes.MakeWhole(chunk);
            }
        }
    }

    // A replica that was only just given to the server, or is being made there, need not be in the report.
    private bool IsExpected(Server server, ChunkId id)
    {
        var chunk = _chunks.Find(id)!;
        var replica = chunk.Replicas[chunk.Replicas.IndexOf(server.Id)];
        return replica.IsReported || (chunk.HasData && !chunk.IsOpen && !chunk.IsChanging);
    }

    private void Take(Server server, in ServerProtocol.ReplicaReport report, bool isFull)
    {
        var chunk = _chunks.Find(report.Chunk);
        if (chunk is null)
        {
            TakeUnknown(server, report, isFull);
            return;
        }

        var at = chunk.Replicas.IndexOf(server.Id);
        var old = at >= 0 ? chunk.Replicas[at] : new Replica(server.Id, Generation.Any, 0, 0, ReplicaMarks.None);
        if (at < 0 && server.Garbage.TryGet(chunk.Id, out var garbage) && garbage.Reported != Generation.Any)
        {
            old = old with { Reported = garbage.Reported };
        }

        ReplicaBook.Listed(server, report.Chunk, old.Reported, report.Generation);
        _book.Put(chunk, Understand(chunk, old, report, isFull));
        chunk.WasSeen |= report.Sequence > 0 || report.LengthBytes > 0;
        Follow(chunk, server, report, isFull);
        _book.Recount(chunk);
    }

    // What a report says about the replica's place.
    private Replica Understand(Chunk chunk, in Replica old, in ServerProtocol.ReplicaReport report, bool isFull)
    {
        var isInChain = old.InChain;
        var position = old.Position;
        if (report.Generation == chunk.Generation && !chunk.IsChanging && !isInChain && report.Position < report.ChainLength)
        {
            // A member of the chain, met again after meta's or the server's restart.
            isInChain = true;
            position = report.Position;
            chunk.ChainLength = chunk.ChainLength == 0 ? report.ChainLength : chunk.ChainLength;
        }
        else if (report.Generation < chunk.Generation && isFull && !chunk.IsChanging && (report.Generation < chunk.Written || _book.HasAdopted(chunk)))
        {
            // It has gone back to an older generation than it had adopted, or has never adopted and may lack what was acknowledged.
            isInChain = false;
        }

        // A server that reports in full may have been started again: it does not remember what it has retired.
        var marks = (isInChain ? ReplicaMarks.InChain : isFull ? ReplicaMarks.None : old.Flags & ReplicaMarks.Retired)
            | ((report.Flags & ServerProtocol.ReplicaFlags.Damaged) != 0 ? ReplicaMarks.Damaged : ReplicaMarks.None);
        return new Replica(old.Server, report.Generation, report.Folder, (byte)(position & 15), marks);
    }

    private void Follow(Chunk chunk, Server server, in ServerProtocol.ReplicaReport report, bool isFull)
    {
        var replica = chunk.Replicas[chunk.Replicas.IndexOf(server.Id)];
        if (report.Generation > chunk.Generation)
        {
            state.Warn($"server {server.Id} has chunk {chunk.Id} of generation {report.Generation}, which is newer than the journal's {chunk.Generation}: the journal may be older than the data. The replica is kept and not used");
        }
        else if (!replica.InChain)
        {
            Retire(chunk, server, replica);
            if (isFull && server.WasRestarted && chunk is { IsOpen: true, IsChanging: true })
            {
                // The others go on without it, and it may have lost what was acknowledged.
                state.Changes.Retire(chunk, server);
            }
        }
        else if (isFull && report.Generation < chunk.Written)
        {
            // About to adopt, but started again meanwhile: it must not serve what it has until it has been brought up.
            state.Changes.Retire(chunk, server);
        }
        else if (isFull && report.Generation == chunk.Generation && !chunk.IsChanging)
        {
            Compare(chunk, server, replica, report);
        }
    }

    // A stale replica: it must not be served, and is deleted once enough current ones are verified.
    private void Retire(Chunk chunk, Server server, in Replica replica)
    {
        _book.DiscardStale(chunk, state.Now.Ms);
        var isStaleForSure = replica.Reported < chunk.Written || (_book.PrimaryOf(chunk) is not null && _book.HasAdopted(chunk));
        if (isStaleForSure && (replica.Flags & ReplicaMarks.Retired) == 0)
        {
            state.Changes.Retire(chunk, server);
        }
    }

    // In a full report a primary that is not open has no right to acknowledge; a replica behind the known length is looked into.
    private void Compare(Chunk chunk, Server server, in Replica replica, in ServerProtocol.ReplicaReport report)
    {
        var isOpen = (report.Flags & ServerProtocol.ReplicaFlags.Open) != 0;
        if (chunk.IsOpen && server.WasRestarted && (chunk.Members > 1 || IsWithAnother(chunk, server, needsSure: false)))
        {
            server.Doubtful.Add(chunk.Id);

            // Not only the first of several to come back: what any of them has says nothing about what the others lack.
            server.Unsure[chunk.Id] = chunk.Generation;
        }
        else if (chunk.IsOpen && replica.Position == 0 && !isOpen && report.Sequence > 0 && report.Sequence >= chunk.Sequence)
        {
            // It may have been told since that it has the right: then it is asked.
            if (chunk.IsGranted)
            {
                state.Send(server.Id, new ServerProtocol.QuiesceChunk(chunk.Id, chunk.Generation) { Epoch = state.Durable.Epoch });
            }
            else
            {
                state.Emit(new ChunkMeasured(chunk.Id, report.Sequence, report.LengthBytes, true, state.Now.UnixNs));
            }
        }
        else if (!chunk.IsOpen && report.Sequence < chunk.Sequence)
        {
            state.Send(server.Id, new ServerProtocol.GetReplica(chunk.Id) { Epoch = state.Durable.Epoch });
        }
    }

    private bool IsWithAnother(Chunk chunk, Server server, bool needsSure)
    {
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            if (replica.InChain && replica.Server != server.Id && replica.Reported == chunk.Generation && state.Durable.Servers[replica.Server] is { IsUsable: true } other
                && !(needsSure && other.Unsure.TryGetValue(chunk.Id, out var since) && since == chunk.Generation))
            {
                return true;
            }
        }

        return false;
    }

    private void TakeUnknown(Server server, in ServerProtocol.ReplicaReport report, bool isFull)
    {
        var isKnownGarbage = server.Garbage.TryGet(report.Chunk, out var old);
        ReplicaBook.Listed(server, report.Chunk, old.Reported, report.Generation);
        if (isFull)
        {
            // It may have been away when the chunk was taken out of its file, or have forgotten since that it was told.
            server.MustWithhold.Add(report.Chunk);
        }

        if (isKnownGarbage)
        {
            server.Garbage.Put(report.Chunk, old with { Reported = report.Generation });
            return;
        }

        var isForeign = report.Chunk.Value >= _chunks.NextChunk.Value;
        if (isForeign)
        {
            state.Warn($"server {server.Id} has chunk {report.Chunk}, which was never allocated here: the journal may be older than the data. The replica is kept");
        }

        var dueMs = isForeign ? Never : state.Now.Ms + state.Policy.OrphanDelayMs;
        server.Garbage.Put(report.Chunk, new Garbage.Entry(report.Generation, report.Generation, dueMs, 0));
    }

    private void TakeRemoved(Server server, ChunkId id)
    {
        var chunk = _chunks.Find(id);
        var at = chunk?.Replicas.IndexOf(server.Id) ?? -1;
        if (at >= 0)
        {
            var replica = chunk!.Replicas[at];
            ReplicaBook.Listed(server, id, replica.Reported, Generation.Any);
            if (replica.InChain && chunk.IsChanging)
            {
                // What is gone is the stale replica that it had before; the one that it is about to adopt takes its place.
                _book.Put(chunk, replica with { Reported = Generation.Any, Flags = replica.Flags | ReplicaMarks.Doubted });
            }
            else
            {
                _book.Drop(chunk, server);
            }

            _book.Recount(chunk);
        }
        else if (server.Garbage.TryGet(id, out var garbage))
        {
            ReplicaBook.Listed(server, id, garbage.Reported, Generation.Any);
        }

        server.Garbage.Remove(id);
        server.MustWithhold.Remove(id);
    }
}
