// One cluster in this process for all tests, mounted on two directories by two clients. Whatever uses a mount runs in processes or
// threads of its own, and under a time limit: the mount needs this process's pool to answer.

using System.Diagnostics;
using AkkaDfs.Client;
using AkkaDfs.Fuse.Device;
using AkkaDfs.Shared.Hosting;

namespace AkkaDfs.Fuse.Tests;

public sealed class MountFixture : IAsyncLifetime
{
    public static readonly NodeOptions Node = new()
    {
        Overrides =
        [
            "dfs.cluster.heartbeat-interval=1s", "dfs.cluster.heartbeat-misses=30", "dfs.node.chunk.free-space-reserve=1 MiB", "dfs.node.chunk.scrub-rate=0",
        ],
    };

    private readonly List<Mount> _mounts = [];
    private readonly List<IDfsClient> _clients = [];
    private DirectoryInfo? _folder;

    /// <summary>Why nothing can be mounted here; null when it can.</summary>
    public static string? WhyNot
        => !OperatingSystem.IsLinux() ? "mounts are for Linux"
            : !File.Exists(FuseDevice.Path) ? $"{FuseDevice.Path} is missing"
            : Libc.EffectiveUser() != 0 ? "only root mounts without fusermount3"
            : null;

    public DfsCluster Cluster { get; private set; } = null!;

    /// <summary>The first mount.</summary>
    public string A { get; private set; } = string.Empty;

    /// <summary>Another mount of the same cluster, by another client.</summary>
    public string B { get; private set; } = string.Empty;

    public async Task InitializeAsync()
    {
        if (WhyNot is not null)
        {
            return;
        }

        Cluster = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 3, Node = Node });
        _folder = Directory.CreateTempSubdirectory("dfs-mount-");
        A = await MountAsync("a");
        B = await MountAsync("b");
    }

    /// <summary>One more mount, which ends with the tests at the latest.</summary>
    public async Task<string> MountAsync(string name, MountOptions? options = null)
    {
        var point = _folder!.CreateSubdirectory(name).FullName;
        var client = await Cluster.ConnectAsync();
        _clients.Add(client);
        _mounts.Add(await DfsMount.StartAsync((DfsClient)client, point, options ?? MountOptions.Parse(["deadline=60"])));
        return point;
    }

    /// <summary>Ends one of the mounts.</summary>
    public async Task UnmountAsync(string point) => await _mounts.Single(m => m.MountPoint == point).DisposeAsync();

    /// <summary>Runs a program of the shell's with an end; gives what it printed to both streams.</summary>
    public static async Task<string> ShellAsync(string folder, string script)
    {
        var start = new ProcessStartInfo("timeout", ["-k", "5", "240", "sh", "-c", $"cd '{folder}' || exit 99\n{script}"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        start.Environment["LC_ALL"] = "C";
        start.Environment["TZ"] = "UTC";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return await output + await error;
    }

    /// <summary>Runs what uses a mount on a thread of its own.</summary>
    public static Task<T> ApartAsync<T>(Func<T> work)
        => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public async Task DisposeAsync()
    {
        foreach (var mount in _mounts)
        {
            await mount.DisposeAsync();
            MountTable.Detach(mount.MountPoint);
        }

        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        if (Cluster is not null)
        {
            await Cluster.DisposeAsync();
        }

        _folder?.Delete(recursive: true);
    }
}

[CollectionDefinition(Name)]
public sealed class MountCollection : ICollectionFixture<MountFixture>
{
    public const string Name = "one cluster, two mounts";
}

/// <summary>A test that needs a mount: skipped, with the reason, where there can be none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute() => Skip = MountFixture.WhyNot;
}
