// What time alone brings about: servers that fall silent, the end of safe mode, the regular look at all chunks, orders that
// are due again, removed trees that are freed bit by bit.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Everything that is due by the clock.</summary>
internal sealed class Housekeeping(MetaState state, Sweeper sweeper)
{
    // Meta itself may be stopped for a while: then all servers look silent, and none of them is to blame.
    private const int LongestTickGapMs = 2_000;
    private const int ChunksPerTick = 20_000;
    private const int MostChangesPerTick = 64;

    private long _lastTickMs = long.MinValue;
    private long _nextCheckMs;
    private ChunkId _checkFrom;

    internal void Tick()
    {
        ForgiveOwnPause();
        foreach (var server in state.Durable.Servers.All)
        {
            if (server.IsAlive && state.Now.Ms - server.HeardMs >= state.Policy.DeadAfterMs)
            {
                ServerCommands.MarkDown(state, server, $"no heartbeat for {state.Now.Ms - server.HeardMs} ms");
            }
        }

        LeaveSafeMode();
        state.Changes.Tick();
        Check();

        state.Modes.Tick();
        state.Repair.Tick();
        sweeper.Tick();
        state.Sessions.Tick();
        state.Holds.Tick();
        state.Leases.Tick();
        state.Trash.Tick();
        state.Seals.Tick();
        state.Copies.Tick();
        state.Snapshots.Tick();
        if (state.Durable.Names.HasDetached && !state.Sessions.IsGrace)
        {
            state.Emit(new DetachedFreed(state.Policy.FreeNodesPerStep));
        }
    }

    private void ForgiveOwnPause()
    {
        var gapMs = _lastTickMs == long.MinValue ? 0 : state.Now.Ms - _lastTickMs;
        _lastTickMs = state.Now.Ms;
        if (gapMs > LongestTickGapMs)
        {
            state.Sessions.Forgive(gapMs);
            foreach (var server in state.Durable.Servers.All)
            {
                server.HeardMs = Math.Min(state.Now.Ms, server.HeardMs + gapMs);
            }
        }
    }

    private void LeaveSafeMode()
    {
        var chunks = state.Durable.Chunks.Count - state.Book.CountOf(ChunkHealth.Unwritten);
        if (state.SafeMode.TryEnd(state.Policy, state.Durable.Servers, chunks, state.Book.CountOf(ChunkHealth.Full), state.Now))
        {
            state.Inform("safe mode is over");
            state.Book.RecountAll();
            _nextCheckMs = state.Now.Ms;
            _checkFrom = ChunkId.None;
        }
    }

    // S3-12: the regular look at every chunk, some at a time. What reports and losses missed is found here.
    private void Check()
    {
        if (state.SafeMode.IsActive || (_checkFrom == ChunkId.None && state.Now.Ms < _nextCheckMs))
        {
            return;
        }

        if (_checkFrom == ChunkId.None)
        {
            _nextCheckMs = state.Now.Ms + state.Policy.CheckIntervalMs;
        }

        int looked = 0, changes = 0;
        foreach (var chunk in state.Durable.Chunks.From(_checkFrom))
        {
            if (++looked > ChunksPerTick || changes == MostChangesPerTick)
            {
                _checkFrom = chunk.Id;
                return;
            }

            if (!chunk.IsChanging && chunk.HasData)
            {
                state.Book.Recount(chunk);
                Doubt(chunk);
                changes += Promote(chunk) || Trim(chunk) ? 1 : 0;
            }
        }

        _checkFrom = ChunkId.None;
    }

    // A generation that nobody has adopted, after a restart in the middle of a change: the replicas that hold every
    // acknowledged byte are made its members.
    internal bool Promote(Chunk chunk)
        => !state.Book.HasAdopted(chunk) && state.Book.CountVerified(chunk) == 0 && HasUsableReplica(chunk) && state.Changes.MakeWhole(chunk);

    private bool HasUsableReplica(Chunk chunk)
    {
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            if (state.Durable.Servers[replica.Server].IsUsable && (replica.InChain || replica.Reported >= chunk.Written))
            {
                return true;
            }
        }

        return false;
    }

    // More replicas than asked: the one on the fullest server goes; never the primary. Those on servers that are to go do not count:
    // they go by themselves.
    internal bool Trim(Chunk chunk)
    {
        if (chunk.IsOpen || chunk.IsCopied || state.Book.CountStaying(chunk) <= chunk.Wanted)
        {
            return false;
        }

        var fullest = ServerId.None;
        for (var i = 1; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            if (replica.InChain && !state.Durable.Servers[replica.Server].IsDraining && (fullest == ServerId.None || state.Durable.Servers[replica.Server].Load > state.Durable.Servers[fullest].Load))
            {
                fullest = replica.Server;
            }
        }

        return fullest != ServerId.None && state.Changes.Trim(chunk, fullest);
    }

    // A member that its server has still not listed since the last check is asked for: it may never have come to be. Under write
    // that is nothing unusual, unless the server was started again after the chunk was given to it: then it may have lost it.
    private void Doubt(Chunk chunk)
    {
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            if (replica is not { InChain: true, IsReported: false } || !state.Durable.Servers[replica.Server].IsUsable)
            {
                continue;
            }

            if ((replica.Flags & ReplicaMarks.Doubted) != 0)
            {
                state.Send(replica.Server, new ServerProtocol.GetReplica(chunk.Id) { Epoch = state.Durable.Epoch });
            }
            else if (!chunk.IsOpen)
            {
                state.Book.Put(chunk, replica with { Flags = replica.Flags | ReplicaMarks.Doubted });
            }
        }
    }
}
