// A whole cluster on the calling thread, in virtual time: the real meta node, the real chunk servers, the real client library, over
// simulated disks, clocks and networks. The same seed gives the same run, to the last event; see Hash. Not thread-safe: one cluster
// belongs to one thread, but several may run on several threads.

using Akka.Embedded.Simulation;
using AkkaDfs.Client;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Simulation.Network;
using AkkaDfs.Simulation.Nodes;
using AkkaDfs.Simulation.Trace;

namespace AkkaDfs.Simulation;

/// <summary>A simulated cluster: one meta node, chunk servers, and clients.</summary>
public sealed partial class SimulatedCluster
{
    private const int MetaPort = 5011;

    private readonly SimulatedSurroundings _surroundings;
    private readonly List<ChunkMachine> _servers = [];
    private readonly List<ClientMachine> _clients = [];
    private readonly List<string> _crashes = [];
    private readonly DeterministicRandom _random;
    private readonly MetaMachine _meta;

    /// <summary>Makes a cluster and starts all its nodes; they find each other as time passes.</summary>
    /// <param name="options">What it consists of.</param>
    public SimulatedCluster(SimulationOptions options)
    {
        Options = options;
        Scheduler = new SimulationScheduler(options.Seed);
        _random = Scheduler.Random.Fork("cluster");
        _surroundings = new SimulatedSurroundings(Scheduler.Random.Fork("surroundings"));
        Trace = new SimulationTrace(() => Scheduler.Elapsed.Ticks) { Lines = options.Trace };
        using var stay = Enter();
        Fabric = new SimulatedFabric(Scheduler, Trace);
        _meta = new MetaMachine(this, "meta", "10.0.0.1", NextRate(), Configure(NodeRole.Meta, "10.0.0.1", MetaPort, []));
        _meta.Start();
        for (var i = 1; i <= options.ChunkServers; i++)
        {
            var host = $"10.0.1.{i}";
            _servers.Add(new ChunkMachine(this, $"chunk{i}", host, NextRate(), Configure(NodeRole.Chunk, host, 6000, Seeds)));
            _servers[^1].Start();
        }
    }

    /// <summary>What it consists of.</summary>
    public SimulationOptions Options { get; }

    /// <summary>Virtual time since the start.</summary>
    public TimeSpan Now => Scheduler.Elapsed;

    /// <summary>The clock of the simulation itself, which never drifts.</summary>
    public TimeProvider Time => Scheduler.Time;

    /// <summary>Everything that has happened so far, as one number.</summary>
    public string Hash => Trace.Hash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Pieces of work done so far.</summary>
    public long Steps => Scheduler.Steps;

    /// <summary>Faults so far, by kind.</summary>
    public FaultCounts Counts { get; } = new();

    /// <summary>Processes that ended by an exception which nothing in them caught.</summary>
    public IReadOnlyList<string> Crashes => _crashes;

    /// <summary>Number of chunk servers.</summary>
    public int Servers => _servers.Count;

    internal static IReadOnlyList<string> Seeds { get; } = [$"10.0.0.1:{MetaPort}"];

    internal SimulationScheduler Scheduler { get; }

    internal SimulationTrace Trace { get; }

    internal SimulatedFabric Fabric { get; }

    internal BlockPool Pool { get; } = new();

    internal MetaMachine MetaMachine => _meta;

    internal IReadOnlyList<ChunkMachine> ServerMachines => _servers;

    /// <summary>Adds a client on a machine of its own and runs code in it, at once and then as time passes.</summary>
    /// <param name="code">Gets the client library. Its awaits must not leave the simulation: no Task.Run, no ConfigureAwait(false), no
    /// clock but <paramref name="code"/>'s second argument.</param>
    /// <returns>Ends as the code does; never when the machine is killed before.</returns>
    public Task<T> StartClient<T>(Func<DfsClient, TimeProvider, Task<T>> code)
    {
        using var stay = Enter();
        var number = _clients.Count + 1;
        var host = $"10.0.2.{number}";
        var machine = new ClientMachine(this, $"client{number}", host, NextRate(), Configure(NodeRole.Client, host, 0, Seeds), Seeds);
        _clients.Add(machine);
        machine.Start();
        Task<T> running = null!;
        machine.Process!.Inside(() => running = code(machine.Dfs!, machine.Process.Time));
        machine.Work = running;
        return running;
    }

    /// <summary>Runs code in a client of its own until it has ended.</summary>
    /// <param name="code">As for <see cref="StartClient{T}"/>.</param>
    /// <param name="limit">Virtual time that it may take.</param>
    /// <exception cref="TimeoutException">It took longer.</exception>
    public T Run<T>(Func<DfsClient, TimeProvider, Task<T>> code, TimeSpan limit)
    {
        var running = StartClient(code);
        return RunUntil(() => running.IsCompleted, limit)
            ? running.GetAwaiter().GetResult()
            : throw new TimeoutException($"Not ended within {limit} of virtual time (seed {Options.Seed}).");
    }

    /// <summary>Lets time pass until a condition holds.</summary>
    /// <param name="condition">Asked between pieces of work.</param>
    /// <param name="limit">Virtual time that it may take.</param>
    /// <returns>Whether it holds.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        using var stay = Enter();
        return Scheduler.RunUntil(condition, limit);
    }

    /// <summary>Lets time pass.</summary>
    public void RunFor(TimeSpan time)
    {
        using var stay = Enter();
        Scheduler.RunFor(time);
    }

    internal IEnumerable<SimulatedMachine> ClientsWith(IEnumerable<Task> work)
    {
        var wanted = work.ToHashSet();
        return _clients.Where(c => c.Work is { } task && wanted.Contains(task));
    }

    internal void NoteCrash(SimulatedProcess process, Exception e)
    {
        Trace.Say($"{process} has crashed: {e}");
        _crashes.Add($"{Now} {process}: {e}");
    }

    internal Stay Enter()
    {
        var outer = TraceLogger.Sink;
        TraceLogger.Sink = Trace;
        return new Stay(_surroundings.Enter(), outer);
    }

    private double NextRate() => 1 + (Options.ClockDrift * ((2 * _random.NextDouble()) - 1));

    private NodeConfiguration Configure(NodeRole role, string host, int port, IReadOnlyList<string> seeds)
        => ConfigurationCache.Load(role, host, port, seeds, Options);

    /// <summary>While code of the simulation runs on this thread.</summary>
    internal readonly struct Stay(Shared.Surroundings.Stay surroundings, SimulationTrace? outer) : IDisposable
    {
        public void Dispose()
        {
            TraceLogger.Sink = outer;
            surroundings.Dispose();
        }
    }
}
