// A network in memory, for specs and simulations: every link has a delay, a share of frames that vanish, and can be cut in one direction or
// both, healed, and reset. What waits on a cut link is delivered when it heals, as TCP would; what is dropped by chance is gone.
// In virtual time everything is decided by the seed; in real time the same faults serve several systems in one process.
// One lock (_gate) guards all state; handlers are called without it, one call at a time per connection end.
using Akka.Actor;
using Akka.Embedded.Simulation;

namespace Akka.Embedded.Remote;

/// <summary>What a link does to the frames that travel over it.</summary>
/// <param name="ShortestDelay">Least time a frame needs.</param>
/// <param name="LongestDelay">Most time a frame needs; uniform in between, never overtaking.</param>
/// <param name="DropProbability">Share of messages that vanish, 0 to 1. Greetings never do.</param>
public sealed record LinkConditions(TimeSpan ShortestDelay, TimeSpan LongestDelay, double DropProbability = 0)
{
    /// <summary>No delay, no losses.</summary>
    public static readonly LinkConditions Perfect = new(TimeSpan.Zero, TimeSpan.Zero);
}

/// <summary>A network in memory between actor systems; see <see cref="SimulatedNetworkSetup"/>.</summary>
public sealed class SimulatedNetwork
{
    private const int FirstFreePort = 20_000;

    private readonly object _gate = new();
    private readonly INetworkClock _clock;
    private readonly DeterministicRandom _random;
    private readonly Dictionary<TransportEndpoint, SimulatedTransport> _listeners = [];
    private readonly List<SimulatedPipe> _pipes = [];
    private readonly HashSet<(TransportEndpoint From, TransportEndpoint To)> _cuts = [];
    private readonly Dictionary<(TransportEndpoint From, TransportEndpoint To), LinkConditions> _conditions = [];
    private readonly HashSet<(string From, string To)> _hostCuts = [];
    private readonly Dictionary<(string From, string To), LinkConditions> _hostConditions = [];
    private readonly HashSet<TransportEndpoint> _isolated = [];

    // Addresses of machines that are off: nobody refuses a connection there.
    private readonly HashSet<TransportEndpoint> _dark = [];
    private int _lastPort = FirstFreePort;

    private SimulatedNetwork(INetworkClock clock, DeterministicRandom random)
    {
        _clock = clock;
        _random = random;
    }

    /// <summary>What links do unless something else is said about them.</summary>
    public LinkConditions DefaultConditions { get; set; } = LinkConditions.Perfect;

    /// <summary>Told of every delivery, in order: virtual time, sender, receiver, bytes. For traces.</summary>
    public Action<string>? Trace { get; set; }

    internal object Gate => _gate;

    internal TimeSpan Now => _clock.Now;

    /// <summary>A network in virtual time.</summary>
    /// <param name="scheduler">The simulation, whose seed decides delays and losses.</param>
    public static SimulatedNetwork In(SimulationScheduler scheduler) =>
        scheduler.Part(static s => new SimulatedNetwork(new VirtualNetworkClock(s), s.Random.Fork("network")));

    /// <summary>A network in real time.</summary>
    /// <param name="seed">Decides delays and losses, though not the order of what threads do.</param>
    public static SimulatedNetwork InRealTime(long seed) => new(new RealNetworkClock(), new DeterministicRandom(seed));

    /// <summary>Says what the link in one direction does.</summary>
    public void SetConditions(Address from, Address to, LinkConditions conditions)
    {
        lock (_gate)
            _conditions[(At(from), At(to))] = conditions;
    }

    /// <summary>Cuts the link in one direction; what is sent waits.</summary>
    public void CutOneWay(Address from, Address to)
    {
        lock (_gate)
            _cuts.Add((At(from), At(to)));
    }

    /// <summary>Cuts the link in both directions.</summary>
    public void Cut(Address a, Address b)
    {
        CutOneWay(a, b);
        CutOneWay(b, a);
    }

    /// <summary>Cuts every link between the two sides.</summary>
    public void Partition(IEnumerable<Address> oneSide, IEnumerable<Address> otherSide)
    {
        var others = otherSide.ToList();
        foreach (var a in oneSide)
        {
            foreach (var b in others)
                Cut(a, b);
        }
    }

    /// <summary>Cuts a node off from all others, as when its machine stops.</summary>
    public void Isolate(Address node)
    {
        lock (_gate)
            _isolated.Add(At(node));
    }

    /// <summary>Heals the link between two nodes.</summary>
    public void Heal(Address a, Address b)
    {
        lock (_gate)
        {
            _cuts.Remove((At(a), At(b)));
            _cuts.Remove((At(b), At(a)));
            ReleaseHeld();
        }
    }

    /// <summary>Heals everything.</summary>
    public void HealAll()
    {
        lock (_gate)
        {
            _cuts.Clear();
            _hostCuts.Clear();
            _isolated.Clear();
            ReleaseHeld();
        }
    }

    /// <summary>Breaks all connections between two nodes; what was under way is lost.</summary>
    public void Reset(Address a, Address b)
    {
        lock (_gate)
        {
            var (x, y) = (At(a), At(b));
            foreach (var pipe in _pipes.Where(p => (p.From == x && p.To == y) || (p.From == y && p.To == x)).ToArray())
                pipe.End("connection reset by the other side", abruptly: true);
        }
    }

    /// <summary>Ends all connections of a process that was killed, and listens for it no more.</summary>
    /// <param name="process">The process.</param>
    /// <param name="silently">True when its machine lost power: the others hear nothing, and find out by themselves.</param>
    public void Kill(SimulatedProcess process, bool silently)
    {
        lock (_gate)
        {
            foreach (var (endpoint, transport) in _listeners.Where(l => ReferenceEquals(l.Value.Process, process)).ToArray())
            {
                _listeners.Remove(endpoint);
                if (silently)
                    _dark.Add(endpoint);
            }

            foreach (var pipe in _pipes.Where(p => ReferenceEquals(p.Owner.Process, process)).ToArray())
            {
                if (!silently)
                    pipe.Reverse.End("connection reset by the other side", abruptly: false);
                _pipes.Remove(pipe);
            }
        }
    }

    /// <summary>Breaks all connections between two hosts; what was under way is lost.</summary>
    public void ResetHosts(string a, string b)
    {
        lock (_gate)
        {
            foreach (var pipe in _pipes.Where(p => (p.From.Host == a && p.To.Host == b) || (p.From.Host == b && p.To.Host == a)).ToArray())
                pipe.End("connection reset by the other side", abruptly: true);
        }
    }

    /// <summary>Cuts the links from one host to another in that direction, whatever the ports; or heals them.</summary>
    public void CutHosts(string from, string to, bool isCut)
    {
        lock (_gate)
        {
            if (isCut)
                _hostCuts.Add((from, to));
            else if (_hostCuts.Remove((from, to)))
                ReleaseHeld();
        }
    }

    /// <summary>Says what the links from one host to another do; null for what others do.</summary>
    public void SetHostConditions(string from, string to, LinkConditions? conditions)
    {
        lock (_gate)
        {
            if (conditions is null)
                _hostConditions.Remove((from, to));
            else
                _hostConditions[(from, to)] = conditions;
        }
    }

    /// <summary>The transport of one system.</summary>
    internal ITransport CreateTransport(ExtendedActorSystem system, TransportLimits limits)
    {
        var environment = EngineEnvironment.Of(system);
        if (environment.IsSimulated != _clock.IsVirtual)
            throw new InvalidOperationException($"{system.Name}: the network and the system must both run in virtual time, or neither.");
        return new SimulatedTransport(this, limits, (environment as SimulatedEnvironment)?.Process);
    }

    internal TransportEndpoint Bind(SimulatedTransport transport, TransportEndpoint endpoint)
    {
        lock (_gate)
        {
            var bound = endpoint.Port != 0 ? endpoint : endpoint with { Port = ++_lastPort };
            if (_dark.Remove(bound))
                ResetStale(bound);
            return _listeners.TryAdd(bound, transport) ? bound : throw new IOException($"Cannot listen on {bound}: the address is in use.");
        }
    }

    internal void Unbind(SimulatedTransport transport)
    {
        lock (_gate)
        {
            if (_listeners.GetValueOrDefault(transport.Self) == transport)
                _listeners.Remove(transport.Self);
            foreach (var pipe in _pipes.Where(p => ReferenceEquals(p.Owner, transport)).ToArray())
                pipe.Close("the transport shuts down");
        }
    }

    /// <summary>Opens a connection, as soon as both directions work; gives up at the deadline.</summary>
    internal void Dial(SimulatedTransport from, TransportEndpoint to, IConnectionHandler handler, TimeSpan deadline)
    {
        string? failure = null;
        lock (_gate)
        {
            if (IsCut(from.Self, to) || IsCut(to, from.Self) || _dark.Contains(to))
                failure = Now >= deadline ? $"no connection within {from.Limits.ConnectTimeout.TotalSeconds:0.#} s" : string.Empty;
            else if (!_listeners.TryGetValue(to, out var listener) || listener.Acceptor.Accept() is not { } accepted)
                failure = "Connection refused";
            else
                Join(from, handler, listener, accepted);
        }

        if (failure is null)
            return;
        if (failure.Length > 0)
            handler.OnClosed(failure, CloseKind.NotReached);
        else
            from.Schedule(TimeSpan.FromMilliseconds(500), () => Dial(from, to, handler, deadline));
    }

    internal void Schedule(TimeSpan delay, Action action) => _clock.Schedule(delay, action);

    internal void Forget(SimulatedPipe pipe) => _pipes.Remove(pipe);

    internal bool IsCut(TransportEndpoint from, TransportEndpoint to) =>
        _cuts.Contains((from, to)) || (_hostCuts.Count > 0 && _hostCuts.Contains((from.Host, to.Host))) || (from != to && (_isolated.Contains(from) || _isolated.Contains(to)));

    /// <summary>When a frame sent now arrives at the earliest; null if it vanishes.</summary>
    internal TimeSpan? Transit(TransportEndpoint from, TransportEndpoint to, FrameLane lane)
    {
        if (!_conditions.TryGetValue((from, to), out var conditions)
            && (_hostConditions.Count == 0 || !_hostConditions.TryGetValue((from.Host, to.Host), out conditions)))
            conditions = DefaultConditions;
        if (lane != FrameLane.Handshake && conditions.DropProbability > 0 && _random.Chance(conditions.DropProbability))
            return null;
        return conditions.LongestDelay == TimeSpan.Zero ? TimeSpan.Zero : _random.NextDelay(conditions.ShortestDelay, conditions.LongestDelay);
    }

    private static TransportEndpoint At(Address address) => new(address.Host!, address.Port!.Value);

    private void Join(SimulatedTransport a, IConnectionHandler atA, SimulatedTransport b, IConnectionHandler atB)
    {
        var toB = new SimulatedPipe(this, a.Self, b.Self, b, atB);
        var toA = new SimulatedPipe(this, b.Self, a.Self, a, atA);
        toA.Reverse = toB;
        toB.Reverse = toA;
        _pipes.Add(toA);
        _pipes.Add(toB);
        toB.Begin();
        toA.Begin();
    }

    // A machine that is on again knows nothing of the connections from before, and says so to whoever uses one.
    private void ResetStale(TransportEndpoint restarted)
    {
        foreach (var pipe in _pipes.Where(p => p.From == restarted && p.Reverse.Owner.Process is { IsDead: true }).ToArray())
            pipe.End("connection reset by the other side", abruptly: false);
    }

    private void ReleaseHeld()
    {
        foreach (var pipe in _pipes.ToArray())
            pipe.Release();
    }
}

/// <summary>Puts an actor system on a <see cref="SimulatedNetwork"/> in place of TCP.</summary>
public sealed class SimulatedNetworkSetup : Akka.Actor.Setup.Setup
{
    /// <param name="network">Shared by all systems that are to reach each other.</param>
    public SimulatedNetworkSetup(SimulatedNetwork network) => Network = network;

    /// <summary>The network.</summary>
    public SimulatedNetwork Network { get; }
}
