// What chunk servers say. Messages of one server arrive in the order in which they became true; those of a replaced run of its
// process are refused.

using System.Diagnostics;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Takes in messages of chunk servers.</summary>
internal sealed class ServerCommands(MetaState state)
{
    private const int MostReplacedRemembered = 16;
    private const int HeartbeatsBetweenComplaints = 8;

    private readonly ServerTable _servers = state.Durable.Servers;
    private readonly ReportReader _reports = new(state);
    private readonly ReplicaCommands _replicas = new(state);

    /// <summary>Takes in a message.</summary>
    /// <returns>The answer to its sender, or null.</returns>
    internal ServerProtocol.ToServer? Take(ServerProtocol.ToMeta message)
    {
        switch (message)
        {
            case ServerProtocol.Heartbeat m: return Heartbeat(m);
            case ServerProtocol.Register m: return Register(m);
            case ServerProtocol.ReportPage m: Page(m); return null;
            case ServerProtocol.ReopenChunk m: return _replicas.Reopen(m);
            case ServerProtocol.ChunkQuiesced m: _replicas.Quiesced(m); return null;
            case ServerProtocol.ChainBroken m: _replicas.Broken(m); return null;
            case ServerProtocol.ReplicaFailed m: _replicas.Failed(m); return null;
            case ServerProtocol.GenerationAdopted m: _replicas.Adopted(m); return null;
            case ServerProtocol.ReplicaAnswer m: _replicas.Answered(m); return null;
            case ServerProtocol.OrderFailed m: _replicas.Refused(m); return null;
            case ServerProtocol.ReplicaRepaired m: _replicas.Repaired(m); return null;
            case ServerProtocol.ReplicasWithheld m: Withheld(m); return null;
            case ServerProtocol.ReplicaCopied or ServerProtocol.CopyProgress: return null;
            default: throw new UnreachableException(message.GetType().Name);
        }
    }

    /// <summary>A server's actor has ended or cannot be reached.</summary>
    internal void Lost(ServerLost lost)
    {
        var server = _servers[lost.Server];
        server.IsGone |= lost.IsCertain;
        if (!lost.IsCertain)
        {
            state.Probe(server);
        }

        MarkDown(state, server, lost.IsCertain ? "its process has ended" : "its node cannot be reached");
        state.Changes.Tick();
        state.Repair.Pump();
    }

    /// <summary>Somebody has tried a server's address.</summary>
    internal void Probed(ServerProbed probed)
    {
        var server = _servers[probed.Server];
        if (probed.IsRefused && server.Incarnation == probed.Incarnation)
        {
            server.IsGone = true;
            MarkDown(state, server, "nothing listens at its address");
            state.Changes.Tick();
            state.Repair.Pump();
        }
    }

    internal ServerProtocol.ChunkReopened Reopen(ServerProtocol.ReopenChunk message) => _replicas.Reopen(message);

    /// <summary>None of the server's replicas counts any more (S1-07).</summary>
    internal static void MarkDown(MetaState state, Server server, string reason)
    {
        if (!server.IsAlive)
        {
            return;
        }

        state.Warn($"server {server.Id} ({server.ControlAddress}) is down: {reason}");
        server.IsAlive = false;
        server.IsStopping = false;
        server.HasReported = false;
        server.Session = null;
        state.Book.RecountAll(server);
        state.Changes.ServerDown(server);
        state.Repair.ServerDown(server);
        state.Copies.ServerDown(server);
    }

    private ServerProtocol.ToServer Register(ServerProtocol.Register message)
    {
        var error = Check(message);
        if (error is not null)
        {
            state.Warn($"the chunk server at {message.ControlAddress} is refused: {error.Message}");
            return new ServerProtocol.RegistrationRefused(error) { Epoch = state.Durable.Epoch };
        }

        var known = message.Server != ServerId.None ? _servers.Find(message.Server) : _servers.FindIncarnation(message.Incarnation);
        var id = known?.Id ?? _servers.NextServer;
        var isNewRun = known is not null && known.Incarnation != message.Incarnation;
        if (known is null || HasChanged(known, message))
        {
            Replace(known, message);
            state.Emit(new ServerRegistered(
                id, message.Incarnation, message.ControlAddress, message.Endpoint, message.Folders, state.Now.UnixNs));
        }

        var server = _servers[id];
        if (server.IsAlive && server.HasReported)
        {
            // It asks again although it was known: its report may be out of date, so it starts over.
            MarkDown(state, server, "it has registered again");
        }

        server.WasRestarted |= isNewRun;
        if (isNewRun)
        {
            server.Unsure.Clear();
        }

        server.IsRegistered = true;
        server.IsStopping = false;
        server.IsAlive = true;
        server.IsGone = false;
        server.HasReported = false;
        server.Session = null;
        server.HeardMs = state.Now.Ms;
        server.HeartbeatNumber = 0;
        server.CapacityBytes = message.CapacityBytes;
        server.FreeBytes = message.FreeBytes;
        state.Inform($"server {id} is at {message.ControlAddress}, data plane {message.Endpoint}");
        return new ServerProtocol.Registered(id, state.Durable.ClusterId, state.Policy.HeartbeatMs, 0)
        {
            Epoch = state.Durable.Epoch, NextChunk = state.Durable.Chunks.NextChunk,
        };
    }

    private DfsError? Check(ServerProtocol.Register message)
    {
        if (message.ClusterId != Guid.Empty && message.ClusterId != state.Durable.ClusterId)
        {
            return new DfsError(
                DfsErrorCode.WrongCluster,
                $"Its folders belong to cluster {message.ClusterId}, this is {state.Durable.ClusterId}. Point it at its own cluster, or give it empty folders.");
        }

        if (message.Server != ServerId.None && _servers.Find(message.Server) is null)
        {
            return new DfsError(
                DfsErrorCode.WrongCluster,
                $"Its folders are stamped as server {message.Server}, which was never registered here: this journal may be older than the folders. Restore the newest journal, or give it empty folders.");
        }

        if (message.Server != ServerId.None && _servers[message.Server].Replaced.Contains(message.Incarnation))
        {
            return new DfsError(
                DfsErrorCode.FolderLocked,
                $"Another process has registered as server {message.Server} since: two processes seem to use copies of the same folders. Stop one of them.");
        }

        return _servers.NextServer.Value > ServerTable.MaxServers && message.Server == ServerId.None
            ? new DfsError(DfsErrorCode.InvalidArgument, $"{ServerTable.MaxServers} servers have been registered, and there are no further ids.")
            : null;
    }

    private static bool HasChanged(Server server, ServerProtocol.Register message)
        => server.Incarnation != message.Incarnation
        || server.ControlAddress != message.ControlAddress
        || server.Endpoint != message.Endpoint
        || !server.Folders.SequenceEqual(message.Folders, StringComparer.Ordinal);

    // A new run of the process: the old one is gone with its right to serve, and what it was doing has come to nothing.
    private void Replace(Server? known, ServerProtocol.Register message)
    {
        if (known is null || known.Incarnation == message.Incarnation)
        {
            return;
        }

        MarkDown(state, known, "its process has been started again");
        state.Book.DoubtUnlisted(known);
        known.GrantUntilMs = Math.Min(known.GrantUntilMs, state.Now.Ms);
        known.Replaced.Add(known.Incarnation);
        if (known.Replaced.Count > MostReplacedRemembered)
        {
            known.Replaced.RemoveAt(0);
        }
    }

    private ServerProtocol.ToServer? Heartbeat(ServerProtocol.Heartbeat message)
    {
        var server = _servers.Find(message.Server);
        if (server is not null && server.Replaced.Contains(message.Incarnation))
        {
            var error = new DfsError(
                DfsErrorCode.FolderLocked,
                $"Another process has registered as server {server.Id} since: two processes seem to use copies of the same folders. Stop one of them.");
            return new ServerProtocol.RegistrationRefused(error) { Epoch = state.Durable.Epoch };
        }

        if (server is null || !server.IsRegistered || server.Incarnation != message.Incarnation)
        {
            return new ServerProtocol.HeartbeatAck(message.Number, 0, false, true) { Epoch = state.Durable.Epoch };
        }

        server.HeardMs = state.Now.Ms;
        server.IsAlive = true;
        server.IsGone = false;
        server.UsedBytes = message.UsedBytes;
        server.FreeBytes = message.FreeBytes;
        server.Scrub = message.Scrub;
        if (message.IsStopping && !server.IsStopping)
        {
            state.Inform($"server {server.Id} is about to stop: its chunks under write are handed to others");
            server.IsStopping = true;
            server.StoppingSinceMs = state.Now.Ms;
        }

        var wantsReport = _reports.TakeHeartbeat(server, message);
        state.Changes.RetireAgain(server);
        _reports.Withhold(server);
        var serveMs = server.IsUsable && server.MustRetire.Count == 0 && server.MustWithhold.Count == 0 && !_reports.IsDoubtful(server) ? state.Policy.ServeMs : 0;
        if (server.MustRetire.Count > 0 && message.Number % HeartbeatsBetweenComplaints == 0)
        {
            TellWithheld(server);
        }

        server.GrantUntilMs = Math.Max(server.GrantUntilMs, state.Now.Ms + serveMs);
        return new ServerProtocol.HeartbeatAck(message.Number, serveMs, wantsReport, false) { Epoch = state.Durable.Epoch };
    }

    // That lasts for one round trip. Whoever sees this again and again sees a server that does nothing.
    private void TellWithheld(Server server)
    {
        var chunk = state.Durable.Chunks.Find(server.MustRetire.FirstFrom(ChunkId.None))!;
        var chain = string.Join(
            ", ",
            Enumerable.Range(0, chunk.Replicas.Count).Select(i => chunk.Replicas[i]).Select(r => $"{r.Server} at {r.Position}: {r.Reported} {r.Flags}"));
        state.Warn($"server {server.Id} may not serve until it has given up {server.MustRetire.Count} replicas, the first of chunk {chunk.Id}: generation {chunk.Generation}, written {chunk.Written}, {(chunk.IsChanging ? "changing" : "not changing")}, replicas {chain}");
    }

    private void Withheld(ServerProtocol.ReplicasWithheld message)
    {
        if (_servers.Find(message.Server) is { } server && server.Incarnation == message.Incarnation)
        {
            foreach (var chunk in message.Chunks)
            {
                server.MustWithhold.Remove(chunk);
            }
        }
    }

    private void Page(ServerProtocol.ReportPage message)
    {
        var server = _servers.Find(message.Server);
        if (server is null || server.Incarnation != message.Incarnation || !server.IsAlive)
        {
            return;
        }

        server.HeardMs = state.Now.Ms;
        if (_reports.TakePage(server, message))
        {
            state.Inform($"server {server.Id} has reported {server.ReportedCount} replicas");
            state.Repair.ServerUp();
            state.Repair.Pump();
        }
    }
}
