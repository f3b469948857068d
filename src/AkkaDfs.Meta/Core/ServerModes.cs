// What operators order for servers: to be emptied, to be down for a while, or neither. Orders are in the journal, so that whoever
// acts next goes on with them.
//
// Emptying. Copies are planned by the Replicator like any other, after the chunks that have too few; here is what needs no copy:
// another primary at once, so that writes leave the server, and the end of a replica that others have taken the place of. A server
// that is about to stop gives up its part in chunks under write; what nobody writes to stays as it is.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Takes orders for servers, and sees them through.</summary>
internal sealed class ServerModes(MetaState state)
{
    private const int MostLookedAt = 2_000;
    private const int MostChanges = 64;

    // When all servers are stopped together, nobody is to take over: a chain that loses its members one by one would leave the last of
    // them alone with what counts.
    private const int OthersStopWithinMs = 500;

    private readonly ServerTable _servers = state.Durable.Servers;
    private readonly Dictionary<ServerId, Round> _rounds = [];

    /// <summary>Takes an order.</summary>
    internal MetaProtocol.Reply Set(MetaProtocol.SetServerMode request)
    {
        if (!Permissions.IsSuperuser(request.Caller))
        {
            return new MetaProtocol.Failed(new DfsError(DfsErrorCode.NotPermitted, "Only the superuser gives orders for chunk servers. Act as the superuser."));
        }

        var isMaintenance = request.Mode == ServerMode.Maintenance;
        if (!Enum.IsDefined(request.Mode) || (isMaintenance ? request.ForMs is < 1 or > MetaProtocol.MaxMaintenanceMs : request.ForMs != 0))
        {
            return new MetaProtocol.Failed(Errors.Argument($"{request.Mode} for {request.ForMs} ms", "maintenance lasts 1 ms to 7 days, other modes have no time"));
        }

        if (_servers.Find(request.Server) is not { } server)
        {
            return new MetaProtocol.Failed(new DfsError(DfsErrorCode.ServerNotFound, $"There is no chunk server {request.Server}. dfs nodes shows their numbers."));
        }

        if (isMaintenance || server.Mode != request.Mode)
        {
            server.MaintenanceUntilMs = state.Now.Ms + request.ForMs;
            Change(server, request.Mode, isMaintenance ? state.Now.UnixNs + (request.ForMs * 1_000_000) : 0);
        }

        return new MetaProtocol.ClusterReply(state.Status());
    }

    /// <summary>Meta begins to act: what is left of each maintenance goes on.</summary>
    internal void Start()
    {
        foreach (var server in _servers.All)
        {
            if (server.Mode == ServerMode.Maintenance)
            {
                var leftMs = (server.MaintenanceUntilUnixNs - state.Now.UnixNs) / 1_000_000;
                server.MaintenanceUntilMs = state.Now.Ms + Math.Clamp(leftMs, 0, MetaProtocol.MaxMaintenanceMs);
            }
        }
    }

    /// <summary>Ends what is over, goes on with what is not.</summary>
    internal void Tick()
    {
        foreach (var server in _servers.All)
        {
            if (server.Mode == ServerMode.Maintenance && state.Now.Ms >= server.MaintenanceUntilMs)
            {
                Change(server, ServerMode.Normal, 0);
            }

            var isDue = !server.IsStopping || state.Now.Ms - server.StoppingSinceMs >= OthersStopWithinMs;
            if (isDue && server is { IsLeaving: true, IsUsable: true } && !state.SafeMode.IsActive)
            {
                Walk(server);
            }
        }
    }

    /// <summary>Chunks of which a server has a replica, or is still to have one.</summary>
    internal static long CountLeft(MetaState state, Server server)
    {
        var left = 0L;
        for (var next = server.Chunks.FirstFrom(ChunkId.None); next != ChunkId.None; next = server.Chunks.FirstFrom(new ChunkId(next.Value + 1)))
        {
            var chunk = state.Durable.Chunks.Find(next)!;
            left += chunk.Replicas[chunk.Replicas.IndexOf(server.Id)] is { InChain: true } or { IsReported: true } ? 1 : 0;
        }

        return left;
    }

    private void Change(Server server, ServerMode mode, long untilUnixNs)
    {
        state.Inform($"server {server.Id} is in mode {mode} from now on; it was {server.Mode}");
        state.Emit(new ServerModeSet(server.Id, mode, untilUnixNs, state.Now.UnixNs));
        _rounds.Remove(server.Id);

        // Also chunks that are not known to be there may be concerned.
        state.Book.RecountAll();
        state.Repair.ServerUp();
        state.Repair.Pump();
    }

    // Some chunks at a time, round after round with a pause.
    private void Walk(Server server)
    {
        var round = _rounds.GetValueOrDefault(server.Id);
        if (round.From == ChunkId.None && state.Now.Ms < round.NotBeforeMs)
        {
            return;
        }

        var next = server.Chunks.FirstFrom(round.From);
        for (var left = MostLookedAt; left > 0 && next != ChunkId.None && state.Changes.Count < MostChanges; left--)
        {
            var chunk = state.Durable.Chunks.Find(next)!;
            if (!chunk.IsChanging && chunk.Replicas[chunk.Replicas.IndexOf(server.Id)].InChain)
            {
                Move(chunk, server);
            }

            next = server.Chunks.FirstFrom(new ChunkId(next.Value + 1));
        }

        _rounds[server.Id] = new Round(next, state.Now.Ms + state.Policy.ResendMs);
    }

    private void Move(Chunk chunk, Server server)
    {
        if (server.IsStopping)
        {
            // Its own chunks it brings to rest first; whoever wants to write to them then gets another primary.
            if (IsInUse(chunk) && state.Book.PrimaryOf(chunk) is { IsStopping: false })
            {
                state.Changes.Trim(chunk, server.Id);
            }
        }
        else if (!chunk.HasData)
        {
            state.Changes.MoveUnwritten(chunk);
        }
        else if (state.Book.PrimaryOf(chunk) != server)
        {
            if (!chunk.IsCopied && state.Book.CountStaying(chunk) >= chunk.Wanted)
            {
                state.Changes.Trim(chunk, server.Id);
            }
        }
        else if (state.Book.CountStaying(chunk) > 0)
        {
            state.Changes.HandOver(chunk, server.Id);
        }
    }

    // Under other policies no member may be left out for being down: writers wait for it, or fail.
    private static bool IsInUse(Chunk chunk)
        => chunk is { IsOpen: true, HasData: true } && chunk.File.Layout.OnReplicaDown == ReplicaDownPolicy.Replace;

    private readonly record struct Round(ChunkId From, long NotBeforeMs);
}
