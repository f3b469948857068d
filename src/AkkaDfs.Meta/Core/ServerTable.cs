// All chunk servers ever registered, by id.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>The chunk servers.</summary>
internal sealed class ServerTable
{
    /// <summary>Most servers that a cluster can ever have had: ids are kept in 16 bits with every replica.</summary>
    internal const int MaxServers = ushort.MaxValue;

    private readonly List<Server> _servers = [];
    private Server?[] _byId = new Server?[8];

    /// <summary>All of them, in order of ids.</summary>
    public IReadOnlyList<Server> All => _servers;

    /// <summary>The id that the next server gets.</summary>
    public ServerId NextServer { get; private set; } = new(1);

    /// <summary>Number of servers in maintenance.</summary>
    public int InMaintenance { get; private set; }

    /// <summary>The server of an id, or null.</summary>
    public Server? Find(ServerId id) => id.Value < (uint)_byId.Length ? _byId[id.Value] : null;

    /// <summary>The server of an id that must be there.</summary>
    public Server this[ServerId id] => _byId[id.Value]!;

    /// <summary>The server of an incarnation, or null.</summary>
    public Server? FindIncarnation(Guid incarnation) => _servers.Find(s => s.Incarnation == incarnation);

    internal void Apply(ServerRegistered registered)
    {
        var server = Find(registered.Server) ?? Add(registered.Server);
        server.Incarnation = registered.Incarnation;
        server.ControlAddress = registered.ControlAddress;
        server.Endpoint = registered.Endpoint;
        server.Folders = registered.Folders;
    }

    internal void Apply(ServerModeSet set)
    {
        if (Find(set.Server) is { } server)
        {
            InMaintenance += (set.Mode == ServerMode.Maintenance ? 1 : 0) - (server.Mode == ServerMode.Maintenance ? 1 : 0);
            server.Mode = set.Mode;
            server.MaintenanceUntilUnixNs = set.UntilUnixNs;
        }
    }

    internal void Apply(CountersImage counters) => NextServer = new ServerId(counters.NextServer);

    internal IEnumerable<MetaEvent> Images()
    {
        foreach (var s in _servers)
        {
            yield return new ServerRegistered(s.Id, s.Incarnation, s.ControlAddress, s.Endpoint, s.Folders, 0);
            if (s.Mode != ServerMode.Normal)
            {
                yield return new ServerModeSet(s.Id, s.Mode, s.MaintenanceUntilUnixNs, 0);
            }
        }
    }

    private Server Add(ServerId id)
    {
        if (id.Value >= _byId.Length)
        {
            Array.Resize(ref _byId, Math.Max((int)id.Value + 1, _byId.Length * 2));
        }

        var server = new Server(id);
        _byId[id.Value] = server;
        var at = _servers.FindIndex(s => s.Id.Value > id.Value);
        _servers.Insert(at < 0 ? _servers.Count : at, server);
        NextServer = new ServerId(Math.Max(NextServer.Value, id.Value + 1));
        return server;
    }
}
