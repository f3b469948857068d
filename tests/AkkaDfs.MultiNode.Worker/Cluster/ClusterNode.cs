// One node of a cluster of processes: started, killed, paused and started again at its old address. Not thread-safe: whoever
// breaks a node has it to himself.

using AkkaDfs.Testing.Nodes;

namespace AkkaDfs.MultiNode.Cluster;

/// <summary>A node that can be broken.</summary>
internal abstract class ClusterNode(ProcessCluster cluster, string name, string dataFolder) : IAsyncDisposable
{
    private NodeProcess? _process;

    internal string Name => name;

    /// <summary>Where it stores everything.</summary>
    internal string DataFolder => dataFolder;

    /// <summary>host:port of its actor system; empty before the first start.</summary>
    internal string Address { get; private protected set; } = string.Empty;

    internal NodeProcess Process => _process ?? throw new InvalidOperationException($"{name} does not run");

    internal bool IsRunning => _process is { HasExited: false };

    internal bool IsPaused { get; private set; }

    private protected ProcessCluster Cluster => cluster;

    internal async Task StartAsync()
    {
        await DisposeAsync();
        var (program, arguments) = CommandLine();
        string[] command = [.. Environment, "dotnet", ProcessCluster.Program(program), .. arguments];
        command = cluster.Plan.Network is { } network ? [.. network.Enter(name), .. command] : command;
        _process = NodeProcess.Start(name, command[0], command[1..]);
        Learn(await _process.WaitForLineAsync(ReadyLine, TimeSpan.FromMinutes(2)));
    }

    /// <summary>kill -9.</summary>
    internal async Task KillAsync()
    {
        await Process.KillAsync();
        await DisposeAsync();
    }

    /// <summary>SIGTERM, and waits for the end, which must be one in order.</summary>
    internal async Task StopAsync()
    {
        if (_process is { } process)
        {
            var exitCode = await process.StopAsync();
            await DisposeAsync();
            if (exitCode != 0)
            {
                throw new InvalidOperationException($"{name} ended with {exitCode} when it was asked to stop:\n{process.Output}");
            }
        }
    }

    /// <summary>SIGSTOP.</summary>
    internal void Pause()
    {
        Process.Pause();
        IsPaused = true;
    }

    /// <summary>SIGCONT.</summary>
    internal void Resume()
    {
        Process.Resume();
        IsPaused = false;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            IsPaused = false;
            await process.DisposeAsync();
            cluster.Keep(name, process.Output);
        }
    }

    private protected string HostOptionValue => cluster.Plan.Network?.AddressOf(name) ?? "127.0.0.1";

    /// <summary>What to put before the command for variables of its environment.</summary>
    private protected virtual string[] Environment => [];

    private protected abstract string ReadyLine { get; }

    private protected abstract (string Program, IReadOnlyList<string> Arguments) CommandLine();

    private protected abstract void Learn(System.Text.RegularExpressions.Match ready);
}

/// <summary>A meta node.</summary>
internal sealed class MetaProcess(ProcessCluster cluster, int number)
    : ClusterNode(cluster, NameOf(number), Path.Combine(cluster.Folder, NameOf(number)))
{
    private string _port = cluster.Plan.MetaNodes > 1 ? ProcessCluster.FreePort().ToString(System.Globalization.CultureInfo.InvariantCulture) : "0";

    /// <summary>Options of this node alone; they win over the others.</summary>
    internal IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>host:port where it will be, also before it has started; only when there are several.</summary>
    internal string SeedAddress => Address.Length > 0 ? Address : $"{HostOptionValue}:{_port}";

    private protected override string ReadyLine => @"ready: meta (\S+)";

    private protected override string[] Environment => Cluster.Plan.Postgres is { } database ? ["env", $"DFS_POSTGRES={database}"] : [];

    private protected override (string Program, IReadOnlyList<string> Arguments) CommandLine()
        => ("AkkaDfs.Meta.dll",
            [
                "--hostname", HostOptionValue, "--port", _port, .. Options.Contains("--data") ? Array.Empty<string>() : ["--data", DataFolder], .. Options,
                .. Cluster.Plan.MetaNodes > 1 ? new[] { "--seed", Cluster.Seed } : [], .. Cluster.Plan.Options,
            ]);

    private protected override void Learn(System.Text.RegularExpressions.Match ready)
    {
        Address = ready.Groups[1].Value;
        _port = Address.Split(':')[1];
    }

    private static string NameOf(int number) => number == 0 ? "meta" : $"meta-{number}";
}

/// <summary>One chunk server.</summary>
internal sealed class ChunkServer(ProcessCluster cluster, int number)
    : ClusterNode(cluster, $"chunk-{number}", Path.Combine(cluster.Folder, $"chunk-{number}", "data"))
{
    private string _port = "0";
    private string _dataPort = "0";

    /// <summary>The folder that its disk is mounted on, when it has one of its own.</summary>
    internal string DiskFolder => Path.GetDirectoryName(DataFolder)!;

    private protected override string ReadyLine => @"ready: chunk (\S+) data (\S+)";

    private protected override (string Program, IReadOnlyList<string> Arguments) CommandLine()
        => ("AkkaDfs.Chunk.dll",
            [
                "--hostname", HostOptionValue, "--port", _port, "--data-port", _dataPort,
                "--seed", Cluster.Seed, "--data", DataFolder, .. Cluster.Plan.Options,
            ]);

    private protected override void Learn(System.Text.RegularExpressions.Match ready)
    {
        Address = ready.Groups[1].Value;
        _port = Address.Split(':')[1];
        _dataPort = ready.Groups[2].Value.Split(':')[1];
    }
}
