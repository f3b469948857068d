// Listens for connections and routes their requests: to the actor of an active chunk directly, else to the ChunkServerActor,
// which makes one. It knows nothing of what a request does.

using System.Collections.Concurrent;
using Akka.Actor;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.DataPlane;

/// <summary>Who this server is; changes once, at its first registration.</summary>
/// <param name="ClusterId">Its cluster; empty before.</param>
/// <param name="Server">Its id; None before.</param>
public sealed record ServerIdentity(Guid ClusterId, ServerId Server);

/// <summary>The data plane of a chunk server.</summary>
public sealed class DataServer : IAsyncDisposable
{
    /// <summary>Most connections at once; more are closed at once.</summary>
    public const int MaxConnections = 4096;

    private readonly DataPlaneOptions _options;
    private readonly IDataListener _listener;
    private readonly ChunkDirectory _directory;
    private readonly ConcurrentDictionary<ServerConnection, long> _connections = new();
    private long _accepted;
    private readonly Dictionary<Guid, ServerConnection> _sessions = [];
    private ServerIdentity _identity = new(Guid.Empty, ServerId.None);
    private IActorRef _chunkServer = ActorRefs.Nobody;
    private Task _accepting = Task.CompletedTask;
    private volatile bool _stopping;

    /// <summary>Begins to listen; connections are accepted from <see cref="Start"/> on.</summary>
    /// <exception cref="IOException">The address cannot be bound.</exception>
    public DataServer(string host, int port, ChunkDirectory directory, DataPlaneOptions options)
    {
        _options = options;
        _directory = directory;
        _listener = options.Transport.Listen(host, port);
    }

    /// <summary>Host that others are told; empty for the one it listens on.</summary>
    public string PublicHost { get; init; } = string.Empty;

    /// <summary>Where others reach it.</summary>
    public DataEndpoint Endpoint => PublicHost.Length == 0 ? _listener.Endpoint : _listener.Endpoint with { Host = PublicHost };

    /// <summary>Who this server is.</summary>
    public ServerIdentity Identity
    {
        get => Volatile.Read(ref _identity);
        set => Volatile.Write(ref _identity, value);
    }

    /// <summary>Begins to accept connections.</summary>
    /// <param name="chunkServer">Takes requests for chunks that are not active.</param>
    public void Start(IActorRef chunkServer)
    {
        _chunkServer = chunkServer;
        _accepting = Task.Factory.StartNew(AcceptAsync, CancellationToken.None, TaskCreationOptions.None, _options.Scheduler).Unwrap();
    }

    /// <summary>Closes all connections and stops listening.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _listener.Dispose();
        await _accepting;
        var reason = new DfsError(DfsErrorCode.ShuttingDown, "This chunk server stops.");
        foreach (var connection in _connections.OrderBy(c => c.Value).Select(c => c.Key))
        {
            connection.Close(reason);
            await connection.Completion;
        }
    }

    /// <summary>The door of an active chunk, from outside.</summary>
    internal ChunkHandle? Find(ChunkId chunk) => _directory.Find(chunk);

    /// <summary>Enters the door of an active chunk; null, with the reason, when that cannot be.</summary>
    internal ChunkHandle? Enter(ChunkId chunk, int bytes, bool bounded, out ChunkHandle.Entry entry)
    {
        var handle = _directory.Find(chunk);
        entry = handle?.TryEnter(bytes, bounded) ?? ChunkHandle.Entry.Closed;
        return entry == ChunkHandle.Entry.Entered ? handle : null;
    }

    /// <summary>Hands a request on; with a door it has entered already.</summary>
    internal void Route(ChunkRequest request, ChunkHandle? door, ChunkHandle.Entry entry)
    {
        if (door is not null)
        {
            request.AdmittedBy(door);
        }

        if (request.Server != ServerId.None && request.Server != Identity.Server)
        {
            request.Delivered();
            request.Fail(new DfsError(
                DfsErrorCode.ReplicaNotFound, $"This is chunk server {Identity.Server}, not {request.Server}. Ask meta for the locations again."));
        }
        else if (door is not null)
        {
            door.Actor.Tell(request, ActorRefs.NoSender);
        }
        else if (entry == ChunkHandle.Entry.Full)
        {
            request.Delivered();
            request.Fail(Busy());
        }
        else
        {
            _chunkServer.Tell(request, ActorRefs.NoSender);
        }
    }

    internal void BeginSession(Guid session, ServerConnection connection)
    {
        ServerConnection? before;
        lock (_sessions)
        {
            _sessions.TryGetValue(session, out before);
            _sessions[session] = connection;
            connection.Session = session;
        }

        before?.Supersede();
    }

    internal void Forget(ServerConnection connection)
    {
        _connections.TryRemove(connection, out _);
        lock (_sessions)
        {
            if (_sessions.GetValueOrDefault(connection.Session) == connection)
            {
                _sessions.Remove(connection.Session);
            }
        }
    }

    /// <summary>Too many requests wait in front of one chunk.</summary>
    public static DfsError Busy()
        => new(DfsErrorCode.Busy, "Too many requests wait for this chunk. Try again after the hinted delay.", RetryAfterMs: 20);

    private async Task AcceptAsync()
    {
        while (!_stopping)
        {
            IDataStream stream;
            try
            {
                stream = await _listener.AcceptAsync();
            }
            catch (IOException e)
            {
                if (_stopping)
                {
                    return;
                }

                _options.Log($"A connection could not be accepted: {e.Message}");
                await Task.Delay(TimeSpan.FromMilliseconds(100), _options.Time);
                continue;
            }

            if (_connections.Count >= MaxConnections)
            {
                _options.Log($"A connection from {stream.Remote} was closed: there are {MaxConnections} already.");
                stream.Abort();
                continue;
            }

            var connection = new ServerConnection(stream, this, _options);
            _connections.TryAdd(connection, ++_accepted);
            connection.Start();
        }
    }
}
