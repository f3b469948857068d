// Tells servers which replicas to delete: those of removed files after a delay, those of no known chunk after a longer one,
// stale ones as soon as enough verified current ones exist. Orders are repeated until the server's reports no longer list the
// replica. Nothing is deleted in safe mode, and a chunk id that was never allocated here is never touched: it would mean that
// this journal is older than the data.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Sends orders to delete.</summary>
internal sealed class Sweeper(MetaState state)
{
    private const int MostPerOrder = 2048;
    private const int MostPerSweep = 8192;
    private const int IntervalMs = 500;
    private const int AgainMs = 10_000;
    private const int SendsOfUnlisted = 3;

    private readonly List<ServerProtocol.ReplicaVersion> _batch = [];
    private long _nextMs;

    internal void Tick()
    {
        if (state.SafeMode.IsActive || state.Now.Ms < _nextMs)
        {
            return;
        }

        _nextMs = state.Now.Ms + IntervalMs;
        foreach (var server in state.Durable.Servers.All)
        {
            if (server.IsUsable && server.Garbage.Count > 0)
            {
                Sweep(server);
            }
        }
    }

    private void Sweep(Server server)
    {
        for (var taken = 0; taken < MostPerSweep && server.Garbage.TryTakeDue(state.Now.Ms, out var chunk, out var entry); taken++)
        {
            if (!MayDelete(server, chunk, ref entry))
            {
                continue;
            }

            _batch.Add(new ServerProtocol.ReplicaVersion(chunk, entry.Upto));
            server.Garbage.Put(chunk, entry with { DueMs = state.Now.Ms + AgainMs, Sent = entry.Sent + 1 });
            if (_batch.Count == MostPerOrder)
            {
                Flush(server);
            }
        }

        Flush(server);
    }

    private void Flush(Server server)
    {
        if (_batch.Count > 0)
        {
            state.Send(server.Id, new ServerProtocol.DeleteReplicas(_batch.ToArray()) { Epoch = state.Durable.Epoch });
            _batch.Clear();
        }
    }

    private bool MayDelete(Server server, ChunkId id, ref Garbage.Entry entry)
    {
        var chunk = state.Durable.Chunks.Find(id);
        if (chunk is null)
        {
            if (entry.Reported == Generation.Any && entry.Sent >= SendsOfUnlisted)
            {
                server.Garbage.Remove(id);
                server.MustWithhold.Remove(id);
                return false;
            }

            return true;
        }

        var at = chunk.Replicas.IndexOf(server.Id);
        var isStale = at >= 0 && !chunk.Replicas[at].InChain && chunk.Replicas[at].Reported < chunk.Generation;
        if (!isStale)
        {
            server.Garbage.Remove(id);
            return false;
        }

        if (!chunk.Replicas[at].IsReported && entry.Sent >= SendsOfUnlisted)
        {
            state.Book.Drop(chunk, server);
            server.Garbage.Remove(id);
            return false;
        }

        if (chunk.IsChanging || chunk.IsCopied || state.Book.CountVerified(chunk) < chunk.Wanted)
        {
            server.Garbage.Put(id, entry with { DueMs = state.Now.Ms + AgainMs });
            return false;
        }

        entry = entry with { Upto = new Generation(chunk.Generation.Value - 1) };
        return true;
    }
}
