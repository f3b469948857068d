// A cluster of real processes for one test: a meta node and some chunk servers, each with a folder of its own, started from
// the programs in this test's output folder. Every process can be killed, stopped and started again at its old address.

using AkkaDfs.Client;
using AkkaDfs.Shared.Protocol;
using AkkaDfs.Testing.Nodes;

namespace AkkaDfs.MultiNode;

/// <summary>A cluster of real processes.</summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dfs-multinode-").FullName;
    private readonly string[] _options;
    private NodeProcess? _meta;

    private ProcessCluster(int chunkServers, string[] options)
    {
        _options = options;
        ChunkServers = [.. Enumerable.Range(0, chunkServers).Select(i => new ChunkServer(this, i))];
    }

    internal IReadOnlyList<ChunkServer> ChunkServers { get; }

    /// <summary>host:port of the meta node.</summary>
    internal string Seed { get; private set; } = string.Empty;

    /// <summary>A folder that is deleted with the cluster.</summary>
    internal string Folder => _folder;

    internal static async Task<ProcessCluster> StartAsync(int chunkServers, params string[] options)
    {
        var cluster = new ProcessCluster(chunkServers, options);
        try
        {
            await cluster.StartAllAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    internal async Task StartAllAsync()
    {
        await StartMetaAsync();
        await Task.WhenAll(ChunkServers.Select(s => s.StartAsync()));
        await using var client = Connect();
        await WaitAsync(client, status => !status.InSafeMode && status.Servers.Count(s => s.State == ServerState.Alive) == ChunkServers.Count);
    }

    internal async Task StopAllAsync()
    {
        foreach (var server in ChunkServers)
        {
            await server.StopAsync();
        }

        if (_meta is not null)
        {
            await _meta.StopAsync();
            await _meta.DisposeAsync();
            _meta = null;
        }
    }

    internal async Task KillAllAsync()
    {
        await Task.WhenAll([_meta!.KillAsync(), .. ChunkServers.Select(s => s.KillAsync())]);
        await _meta.DisposeAsync();
        _meta = null;
    }

    internal DfsClient Connect() => DfsClient.Start(new DfsClientOptions { Seeds = [Seed] });

    /// <summary>Asks meta until the cluster is as wanted; fails with what it is like after a generous time.</summary>
    internal static async Task<ClusterStatus> WaitAsync(DfsClient client, Func<ClusterStatus, bool> wanted, int seconds = 120)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        ClusterStatus? last = null;
        try
        {
            while (true)
            {
                last = await client.GetClusterAsync(cancellationToken: limit.Token);
                if (wanted(last))
                {
                    return last;
                }

                await pause.WaitForNextTickAsync(limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            var servers = string.Join(", ", last?.Servers.Select(s => $"{s.Server}:{s.State}:{s.ChunkCount}") ?? []);
            throw new TimeoutException($"the cluster did not become as wanted; last seen: {last} servers {servers}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in ChunkServers)
        {
            await server.DisposeAsync();
        }

        if (_meta is not null)
        {
            await _meta.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    internal static string Program(string name) => Path.Combine(AppContext.BaseDirectory, name);

    private async Task StartMetaAsync()
    {
        var port = Seed.Length == 0 ? "0" : Seed.Split(':')[1];
        _meta = NodeProcess.StartDotnet(
            "meta", Program("AkkaDfs.Meta.dll"), ["--port", port, "--data", Path.Combine(_folder, "meta"), .. _options]);
        Seed = (await _meta.WaitForLineAsync(@"ready: meta (\S+)")).Groups[1].Value;
    }

    /// <summary>One chunk server.</summary>
    internal sealed class ChunkServer(ProcessCluster cluster, int number) : IAsyncDisposable
    {
        private NodeProcess? _process;
        private string _port = "0";
        private string _dataPort = "0";

        /// <summary>host:port of its actor system.</summary>
        internal string Address { get; private set; } = string.Empty;

        internal string DataFolder { get; } = Path.Combine(cluster._folder, $"chunk-{number}");

        internal NodeProcess Process => _process ?? throw new InvalidOperationException("it does not run");

        internal async Task StartAsync()
        {
            _process = NodeProcess.StartDotnet(
                $"chunk-{number}",
                Program("AkkaDfs.Chunk.dll"),
                ["--port", _port, "--data-port", _dataPort, "--seed", cluster.Seed, "--data", DataFolder, .. cluster._options]);
            var ready = await _process.WaitForLineAsync(@"ready: chunk (\S+) data (\S+)");
            Address = ready.Groups[1].Value;
            _port = Address.Split(':')[1];
            _dataPort = ready.Groups[2].Value.Split(':')[1];
        }

        internal async Task KillAsync()
        {
            await Process.KillAsync();
            await DisposeAsync();
        }

        internal async Task StopAsync()
        {
            if (_process is not null)
            {
                await _process.StopAsync();
                await DisposeAsync();
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_process is not null)
            {
                await _process.DisposeAsync();
                _process = null;
            }
        }
    }
}
