// A whole cluster of one's own: one meta node and some chunk servers, in this process or in one process each. What is stored
// stays in the data folder, and a next start finds it there.
//
//   DATA/meta  DATA/server-1 … DATA/server-N  DATA/logs

using System.Globalization;
using AkkaDfs.Client.Actors;
using AkkaDfs.Client.Hosting;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client;

/// <summary>A running cluster; disposing of it stops all nodes.</summary>
public sealed class DfsCluster : IAsyncDisposable
{
    private const string ServerPrefix = "server-";
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    private readonly DfsClusterOptions _options;
    private readonly bool _isTemporary;
    private readonly SortedDictionary<int, IHostedNode> _servers = [];
    private IHostedNode? _meta;
    private IDfsClient? _client;

    private DfsCluster(DfsClusterOptions options, string dataFolder, bool isTemporary)
    {
        _options = options;
        DataFolder = dataFolder;
        _isTemporary = isTemporary;
    }

    /// <summary>Absolute path of the data folder.</summary>
    public string DataFolder { get; }

    /// <summary>host:port of the meta node, for clients.</summary>
    public IReadOnlyList<string> Seeds => [_meta!.Address];

    /// <summary>A client of this cluster, shared by all who ask here.</summary>
    public IDfsClient Client => _client!;

    /// <summary>Numbers of the chunk servers that run, 1 and up.</summary>
    public IReadOnlyCollection<int> RunningServers => _servers.Keys;

    /// <summary>Starts a cluster and waits until all of its chunk servers serve.</summary>
    /// <exception cref="DfsException">ClusterStartFailed, InvalidConfiguration and others.</exception>
    public static Task<DfsCluster> StartAsync(
        int chunkServers = DfsClusterOptions.DefaultChunkServers, string? dataFolder = null, CancellationToken cancellationToken = default)
        => StartAsync(new DfsClusterOptions { ChunkServers = chunkServers, DataFolder = dataFolder }, cancellationToken);

    /// <summary>Starts a cluster and waits until all of its chunk servers serve.</summary>
    public static async Task<DfsCluster> StartAsync(DfsClusterOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.ChunkServers, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.ChunkServers, 1000, nameof(options));
        var data = options.DataFolder is { } given ? Path.GetFullPath(given) : Directory.CreateTempSubdirectory("dfs-").FullName;
        var cluster = new DfsCluster(options, data, options.DataFolder is null);
        try
        {
            await cluster.StartNodesAsync(cancellationToken).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Another client, which the caller disposes of.</summary>
    public Task<IDfsClient> ConnectAsync(CancellationToken cancellationToken = default)
        => Task.FromResult<IDfsClient>(DfsClient.Start(new DfsClientOptions { Seeds = Seeds, Node = _options.Node }));

    /// <summary>Starts a chunk server that does not run; a number not used before makes a new, empty one.</summary>
    public async Task StartServerAsync(int number, CancellationToken cancellationToken = default)
    {
        var node = await StartNodeAsync(NodeRole.Chunk, ServerPrefix + number.ToString(CultureInfo.InvariantCulture), 0, Seeds, cancellationToken)
            .ConfigureAwait(false);
        lock (_servers)
        {
            _servers.Add(number, node);
        }
    }

    /// <summary>Stops a chunk server politely.</summary>
    public async Task StopServerAsync(int number)
    {
        var node = Take(number);
        await node.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends a chunk server with SIGKILL; only in clusters of separate processes.</summary>
    public async Task KillServerAsync(int number)
    {
        var node = Take(number);
        await node.KillAsync().ConfigureAwait(false);
        await node.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Waits until so many chunk servers are alive and meta is out of safe mode.</summary>
    /// <exception cref="DfsException">ClusterStartFailed: what is missing.</exception>
    public async Task<ClusterStatus> WaitUntilServingAsync(int servers, CancellationToken cancellationToken = default)
    {
        var deadline = Deadline.After(TimeProvider.System, _options.StartTimeout);
        var call = new CallOptions { Timeout = _options.StartTimeout };
        while (true)
        {
            var status = await Client.GetClusterAsync(call, cancellationToken).ConfigureAwait(false);
            var alive = status.Servers.Count(s => s.State == ServerState.Alive);
            if (alive >= servers && !status.InSafeMode)
            {
                return status;
            }

            if (deadline.IsOver)
            {
                throw new DfsException(
                    DfsErrorCode.ClusterStartFailed,
                    $"Only {alive} of {servers} chunk servers are alive after {_options.StartTimeout.TotalSeconds:0} s{(status.InSafeMode ? $", and meta is in safe mode: {status.SafeModeReason}" : string.Empty)}. Look into the logs in {DataFolder}.");
            }

            await Task.Delay(LookInterval, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Stops all nodes, chunk servers first, and removes a temporary data folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync().ConfigureAwait(false);
            _client = null;
        }

        var servers = _servers.Values.ToArray();
        _servers.Clear();
        await Task.WhenAll(servers.Select(s => s.DisposeAsync().AsTask())).ConfigureAwait(false);
        if (_meta is not null)
        {
            await _meta.DisposeAsync().ConfigureAwait(false);
            _meta = null;
        }

        if (_isTemporary && Directory.Exists(DataFolder))
        {
            Directory.Delete(DataFolder, recursive: true);
        }
    }

    internal int ProcessIdOf(int server) => _servers[server].ProcessId;

    /// <summary>The nodes that run in this process, meta first.</summary>
    internal IEnumerable<InProcessNode> NodesInProcess => _servers.Values.Prepend(_meta).OfType<InProcessNode>();

    internal string AddressOf(int server) => _servers[server].Address;

    private async Task StartNodesAsync(CancellationToken cancellationToken)
    {
        var count = _options.ChunkServers > 0 ? _options.ChunkServers : ServersFromBefore() is > 0 and var before ? before : DfsClusterOptions.DefaultChunkServers;
        _meta = await StartNodeAsync(NodeRole.Meta, "meta", _options.Port, [], cancellationToken).ConfigureAwait(false);
        _client = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(Enumerable.Range(1, count).Select(n => StartServerAsync(n, cancellationToken))).ConfigureAwait(false);
        await WaitUntilServingAsync(count, cancellationToken).ConfigureAwait(false);
    }

    private int ServersFromBefore()
        => !Directory.Exists(DataFolder) ? 0 : Directory.EnumerateDirectories(DataFolder, ServerPrefix + "*")
            .Select(d => int.TryParse(Path.GetFileName(d).AsSpan(ServerPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0)
            .DefaultIfEmpty(0)
            .Max();

    private async Task<IHostedNode> StartNodeAsync(
        NodeRole role, string name, int port, IReadOnlyList<string> seeds, CancellationToken cancellationToken)
    {
        var options = _options.Node with { Port = port, DataFolder = Path.Combine(DataFolder, name), Seeds = seeds };
        if (!_options.SeparateProcesses)
        {
            return await InProcessNode.StartAsync(role, name, options, cancellationToken).ConfigureAwait(false);
        }

        var logs = Directory.CreateDirectory(Path.Combine(DataFolder, "logs")).FullName;
        return await ChildNode.StartAsync(role, name, options, Path.Combine(logs, name + ".log"), cancellationToken).ConfigureAwait(false);
    }

    private IHostedNode Take(int number)
    {
        lock (_servers)
        {
            return _servers.Remove(number, out var node)
                ? node
                : throw new DfsException(DfsErrorCode.ServerNotFound, $"Chunk server {number} does not run here. Running are: {string.Join(", ", _servers.Keys)}.");
        }
    }
}
