// A PostgreSQL server of our own: a fresh folder, a free port of 127.0.0.1, a password, fsync on. It can be stopped, killed,
// paused and started again at its port. Needs Debian's packages; who is root runs it as user postgres, which it insists on.

using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using AkkaDfs.Testing.Nodes;

namespace AkkaDfs.Testing.Postgres;

/// <summary>A database server under test.</summary>
public sealed partial class PostgresServer : IAsyncDisposable
{
    /// <summary>Password of the only user; must never be seen in any output.</summary>
    public const string Password = "not-to-be-printed-7c1";

    private static readonly Lazy<Task<PostgresServer>> s_shared = new(() => StartNewAsync());
    private static readonly string? s_programs = FindPrograms();

    private readonly string _folder;
    private readonly int _port;
    private readonly NodeProcess _cleaner;
    private NodeProcess? _process;

    // When this process ends, whatever ends it, the cleaner's input ends, and it leaves nothing behind.
    private PostgresServer(string folder, int port)
    {
        (_folder, _port) = (folder, port);
        _cleaner = NodeProcess.Start(
            "cleaner", "sh", "-c", "trap '' INT TERM HUP; read _; kill -QUIT $(head -n 1 $1/data/postmaster.pid) && sleep 1; rm -rf $1", "sh", folder);
    }

    /// <summary>Null when a server can be started here, else why not.</summary>
    public static string? WhyNot { get; } = s_programs is null
        ? "PostgreSQL is not installed (Debian package postgresql)"
        : GetEffectiveUserId() == 0 && !File.Exists("/usr/bin/setpriv") ? "PostgreSQL does not run as root, and setpriv is not here" : null;

    /// <summary>One server for all tests of this process that do not break it.</summary>
    public static Task<PostgresServer> SharedAsync() => s_shared.Value;

    /// <summary>Where it listens.</summary>
    public int Port => _port;

    /// <summary>What Npgsql needs to connect.</summary>
    public string ConnectionString => ConnectionStringAt("127.0.0.1", _port);

    /// <summary>The same through somebody between.</summary>
    public static string ConnectionStringAt(string host, int port) => $"Host={host};Port={port};Database=postgres;Username=postgres;Password={Password}";

    /// <summary>Makes a database in a new folder and starts its server.</summary>
    /// <param name="listenAddresses">Where to listen, separated by commas.</param>
    public static async Task<PostgresServer> StartNewAsync(string listenAddresses = "127.0.0.1")
    {
        var folder = Directory.CreateTempSubdirectory("dfs-postgres-").FullName;
        var server = new PostgresServer(folder, FreePort());
        var passwordFile = Path.Combine(folder, "password");
        await File.WriteAllTextAsync(passwordFile, Password);
        if (GetEffectiveUserId() == 0)
        {
            await RunAsync("chown", "-R", "postgres", folder);
        }

        await server.RunAsUserAsync("initdb", "-D", server.Data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", passwordFile, "--no-locale", "-E", "UTF8");
        await File.AppendAllTextAsync(
            Path.Combine(server.Data, "postgresql.conf"),
            $"listen_addresses = '{listenAddresses}'\nport = {server._port}\nunix_socket_directories = ''\nmax_connections = 100\nfsync = on\n");
        await File.AppendAllTextAsync(Path.Combine(server.Data, "pg_hba.conf"), "host all all 10.0.0.0/8 scram-sha-256\n");
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts it again at its port.</summary>
    public async Task StartAsync()
    {
        var command = UserCommand("postgres", "-D", Data);
        _process = NodeProcess.Start("postgres", command[0], command[1..]);
        await _process.WaitForLineAsync("ready to accept connections", TimeSpan.FromMinutes(1));
    }

    /// <summary>Ends it: in order, or as a crash would.</summary>
    public async Task StopAsync(bool isCrash = false)
    {
        if (_process is { } process)
        {
            _process = null;
            await (isCrash ? process.QuitAsync() : process.InterruptAsync());
            await process.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(isCrash: true);
        _cleaner.CloseInput();
        await _cleaner.WaitForExitAsync();
        await _cleaner.DisposeAsync();
    }

    private string Data => Path.Combine(_folder, "data");

    private static string? FindPrograms()
    {
        const string versions = "/usr/lib/postgresql";
        return Directory.Exists(versions)
            ? Directory.GetDirectories(versions).Order(StringComparer.Ordinal).Select(v => Path.Combine(v, "bin")).LastOrDefault(b => File.Exists(Path.Combine(b, "initdb")))
            : null;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string[] UserCommand(string program, params string[] arguments)
    {
        string[] command = [Path.Combine(s_programs!, program), .. arguments];
        return GetEffectiveUserId() == 0 ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", .. command] : command;
    }

    private Task RunAsUserAsync(string program, params string[] arguments)
    {
        var command = UserCommand(program, arguments);
        return RunAsync(command[0], command[1..]);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        await using var process = NodeProcess.Start(program, program, arguments);
        if (await process.WaitForExitAsync() != 0)
        {
            throw new InvalidOperationException($"{program} failed: {process.Output}");
        }
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();
}
