// Base of specs with several actor systems: in this process, each with a port of its own on the loopback address, or in processes of their own.
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using AkkaDfs.Engine.TestHost;
using AkkaDfs.Testing.Nodes;

namespace AkkaDfs.Engine.Specs.Remote;

public abstract class SystemsSpec : EngineSpec, IAsyncLifetime
{
    /// <summary>Settings that make what happens rarely happen soon.</summary>
    protected const string Impatient =
        """
        akka.remote.retry-gate-closed-for = 200ms
        akka.remote.watch-failure-detector { heartbeat-interval = 200ms, acceptable-heartbeat-pause = 1s, unreachable-nodes-reaper-interval = 200ms }
        """;

    /// <summary>What needs several time-outs and processes.</summary>
    protected static readonly TimeSpan LongPatience = TimeSpan.FromMinutes(3);

    private readonly List<ActorSystem> _systems = [];
    private readonly List<NodeProcess> _processes = [];

    protected SystemsSpec(string hocon = "", string provider = "remote")
        : base(Remoting(hocon, provider))
    {
    }

    /// <summary>The address of the spec's own system.</summary>
    protected Address SelfAddress => AddressOf(Sys);

    public Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        await Task.WhenAll(_systems.Select(system => system.Terminate()));
        await Sys.Terminate();
    }

    protected static Address AddressOf(ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;

    /// <summary>Another system in this process.</summary>
    protected ActorSystem StartSystem(string name, string hocon = "", string provider = "remote")
    {
        var config = ConfigurationFactory.ParseString(Remoting(hocon, provider)).WithFallback(Sys.Settings.Config);
        var system = ActorSystem.Create(name, config);
        _systems.Add(system);
        return system;
    }

    /// <summary>A system in a process of its own; gives it and its address once it is ready.</summary>
    protected async Task<(NodeProcess Process, Address Address)> StartProcess(params string[] arguments)
    {
        var process = NodeProcess.StartDotnet("host", typeof(Echo).Assembly.Location, arguments);
        lock (_processes)
            _processes.Add(process);
        var ready = await process.WaitForLineAsync(@"^READY (\S+)$", LongPatience);
        return (process, Address.Parse(ready.Groups[1].Value));
    }

    /// <summary>The living actor at a path of another system.</summary>
    protected IActorRef Find(Address address, string path, ActorSystem? from = null)
    {
        IActorRef? found = null;
        AwaitAssert(
            () => found = (from ?? Sys).ActorSelection(new RootActorPath(address) / path.Split('/')).ResolveOne(TimeSpan.FromSeconds(2)).GetAwaiter().GetResult(),
            LongPatience, Often);
        return found!;
    }

    /// <summary>Waits until one question is answered.</summary>
    protected void AwaitAnswer(IActorRef actor, TestProbe probe)
    {
        var number = 0;
        AwaitAssert(
            () =>
            {
                var question = $"are you there {++number}";
                actor.Tell(question, probe.Ref);
                probe.FishForMessage(message => question.Equals(message), TimeSpan.FromSeconds(1));
            },
            LongPatience, Often);
    }

    private static string Remoting(string hocon, string provider) =>
        $$"""
        akka.actor.provider = {{provider}}
        akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
        akka.remote.dot-netty.tcp.port = 0
        {{SpecSerializer.Hocon}}
        {{hocon}}
        """;
}
