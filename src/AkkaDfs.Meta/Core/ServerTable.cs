// All chunk servers ever registered, by id.

using AkkaDfs.Shared;

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

    internal void Apply(CountersImage counters) => NextServer = new ServerId(counters.NextServer);

    internal IEnumerable<ServerRegistered> Images()
        => _servers.Select(s => new ServerRegistered(s.Id, s.Incarnation, s.ControlAddress, s.Endpoint, s.Folders, 0));

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
