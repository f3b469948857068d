// One connection to one data plane, opened on demand and opened again after it was lost. Requests that come while it is being
// opened wait in order, so that the order of a chain holds from the first operation on.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>Takes a connection, or learns why there is none. Called in order, must not block.</summary>
internal delegate void ConnectionContinuation(DataConnection? connection, DfsError? error);

internal sealed class PeerLane(DataEndpoint endpoint, PeerKind kind, DataPlaneOptions options)
{
    // A refused connection is not tried again before this has passed: callers retry at their own pace, many at once.
    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly Queue<ConnectionContinuation> _waiting = new();
    private readonly Guid _session = options.NewId();
    private DataConnection? _open;
    private DfsError? _failure;
    private long _failedAt;
    private bool _opening;
    private bool _closed;

    /// <summary>The open connection, if there is one.</summary>
    public DataConnection? Open
    {
        get
        {
            var open = Volatile.Read(ref _open);
            return open?.Ended is null ? open : null;
        }
    }

    /// <summary>Hands the connection over, at once or when it is open.</summary>
    public void With(ConnectionContinuation continuation)
    {
        bool begin;
        lock (_lock)
        {
            if (_closed)
            {
                continuation(null, new DfsError(DfsErrorCode.ShuttingDown, "This node closes its connections."));
                return;
            }

            if (!_opening)
            {
                if (_open is { Ended: null } open)
                {
                    continuation(open, null);
                    return;
                }

                if (_failure is { } failure && options.Time.GetElapsedTime(_failedAt) < s_pauseAfterFailure)
                {
                    continuation(null, failure);
                    return;
                }
            }

            _waiting.Enqueue(continuation);
            begin = !_opening;
            _opening = true;
        }

        if (begin)
        {
            _ = Task.Factory.StartNew(OpenAsync, CancellationToken.None, TaskCreationOptions.None, options.Scheduler);
        }
    }

    /// <summary>Waits for the connection.</summary>
    public async Task<Result<DataConnection>> GetAsync()
    {
        var result = new TaskCompletionSource<Result<DataConnection>>(TaskCreationOptions.RunContinuationsAsynchronously);
        With((connection, error) => result.TrySetResult(connection is null ? error! : connection));
        return await result.Task;
    }

    /// <summary>Closes the connection for good.</summary>
    public Task CloseAsync(DfsError reason)
    {
        DataConnection? open;
        lock (_lock)
        {
            _closed = true;
            open = _open;
        }

        open?.Close(reason);
        return open?.Completion ?? Task.CompletedTask;
    }

    private async Task OpenAsync()
    {
        var result = await DataConnection.OpenAsync(endpoint, kind, _session, options);
        lock (_lock)
        {
            _opening = false;
            _failure = result.Error;
            _failedAt = options.Time.GetTimestamp();
            var connection = result.IsOk ? result.Value : null;
            while (_waiting.TryDequeue(out var next))
            {
                next(connection, _failure);
            }

            // Only now: a caller that finds it open must not overtake those who waited.
            Volatile.Write(ref _open, connection);
            if (_closed)
            {
                connection?.Close(new DfsError(DfsErrorCode.ShuttingDown, "This node closes its connections."));
            }
        }
    }
}

/// <summary>All lanes of a node, by address.</summary>
internal sealed class PeerTable(PeerKind kind, DataPlaneOptions options)
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<(DataEndpoint Endpoint, byte Lane, int Index), PeerLane> _lanes = new();

    /// <summary>The lane for some replica of a chunk.</summary>
    public PeerLane this[DataEndpoint endpoint, byte lane, ChunkId chunk]
    {
        get
        {
            var index = options.ConnectionsPerServer == 1 ? 0 : (int)(chunk.Value % (ulong)options.ConnectionsPerServer);
            return _lanes.GetOrAdd((endpoint, lane, index), static (key, self) => new PeerLane(key.Endpoint, self.Kind, self.Options), (Kind: kind, Options: options));
        }
    }

    /// <summary>Closes all connections.</summary>
    public Task CloseAsync()
    {
        var reason = new DfsError(DfsErrorCode.ShuttingDown, "This node closes its connections.");
        var inOrder = _lanes.OrderBy(l => l.Key.Endpoint.ToString(), StringComparer.Ordinal).ThenBy(l => l.Key.Lane).ThenBy(l => l.Key.Index);
        return Task.WhenAll(inOrder.Select(l => l.Value.CloseAsync(reason)));
    }
}
