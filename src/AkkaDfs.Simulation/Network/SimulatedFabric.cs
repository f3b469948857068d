// What lies between the machines of a simulation. Two networks share its fate: the engine's, for actor messages, and this one's, for
// the bytes of the data plane. A cut link holds back what travels on it, as TCP would; a machine that is off answers nothing, and
// when it is on again, resets whatever comes from before.

using System.Net.Sockets;
using Akka.Embedded.Remote;
using Akka.Embedded.Simulation;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;
using AkkaDfs.Simulation.Trace;

namespace AkkaDfs.Simulation.Network;

/// <summary>Speed of a link in one direction.</summary>
/// <param name="Shortest">Least time that bytes need.</param>
/// <param name="Longest">Most time.</param>
/// <param name="BytesPerSecond">How many bytes pass in a second.</param>
/// <param name="Loss">Share of actor messages that vanish, 0 to 1: remoting promises no delivery.</param>
public sealed record LinkSpeed(TimeSpan Shortest, TimeSpan Longest, double BytesPerSecond = 1e9, double Loss = 0)
{
    /// <summary>A local network.</summary>
    public static readonly LinkSpeed Local = new(TimeSpan.FromMicroseconds(50), TimeSpan.FromMicroseconds(400));
}

/// <summary>The network of a simulation.</summary>
internal sealed class SimulatedFabric
{
    private readonly Dictionary<(string Host, int Port), DataListener> _listeners = [];
    private readonly List<DataPipe> _pipes = [];
    private readonly HashSet<(string From, string To)> _cuts = [];
    private readonly HashSet<string> _dark = new(StringComparer.Ordinal);
    private readonly Dictionary<(string From, string To), LinkSpeed> _speeds = [];
    private readonly SimulatedNetwork _control;

    public SimulatedFabric(SimulationScheduler scheduler, SimulationTrace trace)
    {
        (Scheduler, Trace) = (scheduler, trace);
        Random = scheduler.Random.Fork("fabric");
        _control = SimulatedNetwork.In(scheduler);
        _control.DefaultConditions = ConditionsOf(LinkSpeed.Local);
        _control.Trace = line => trace.Note("control", line, string.Empty, string.Empty, 0);
    }

    public SimulationScheduler Scheduler { get; }

    public SimulationTrace Trace { get; }

    public DeterministicRandom Random { get; }

    /// <summary>Connections of the data plane that are open, both directions counted.</summary>
    public int OpenPipes => _pipes.Count;

    /// <summary>Cuts a link in one direction, or heals it.</summary>
    public void Cut(string from, string to, bool isCut)
    {
        _control.CutHosts(from, to, isCut);
        if (isCut)
        {
            _cuts.Add((from, to));
        }
        else if (_cuts.Remove((from, to)))
        {
            ReleaseHeld();
        }
    }

    /// <summary>Heals all links and makes them fast.</summary>
    public void HealAll()
    {
        foreach (var (from, to) in _cuts.ToArray())
        {
            _control.CutHosts(from, to, isCut: false);
        }

        foreach (var (from, to) in _speeds.Keys.ToArray())
        {
            _control.SetHostConditions(from, to, null);
        }

        _cuts.Clear();
        _speeds.Clear();
        ReleaseHeld();
    }

    /// <summary>Sets the speed of a link in one direction.</summary>
    public void SetSpeed(string from, string to, LinkSpeed speed)
    {
        _speeds[(from, to)] = speed;
        _control.SetHostConditions(from, to, ConditionsOf(speed));
    }

    /// <summary>Breaks all connections between two hosts, in the middle of whatever is under way.</summary>
    public void Reset(string a, string b)
    {
        _control.ResetHosts(a, b);
        foreach (var pipe in _pipes.Where(p => (p.FromHost == a && p.ToHost == b) || (p.FromHost == b && p.ToHost == a)).ToArray())
        {
            pipe.Break();
        }
    }

    /// <summary>A process has ended: its connections end, or, when its machine has lost power, nobody hears anything.</summary>
    public void Kill(SimulatedProcess process, string host, bool silently)
    {
        _control.Kill(process, silently);
        foreach (var key in _listeners.Keys.Where(k => k.Host == host).ToArray())
        {
            _listeners.Remove(key);
        }

        if (silently)
        {
            _dark.Add(host);
        }

        if (!silently)
        {
            EndAll(process);
        }
    }

    /// <summary>A machine is on.</summary>
    public void LightUp(string host)
    {
        if (!_dark.Remove(host))
        {
            return;
        }

        foreach (var process in _pipes.Where(p => p.FromHost == host).Select(p => p.Sender).Distinct().ToArray())
        {
            EndAll(process);
        }
    }

    public bool IsCut(string from, string to) => _cuts.Count > 0 && _cuts.Contains((from, to));

    public bool IsDark(string host) => _dark.Count > 0 && _dark.Contains(host);

    /// <summary>When bytes sent now arrive, given when the link is free.</summary>
    public TimeSpan Transit(string from, string to, int bytes)
    {
        var speed = _speeds.GetValueOrDefault((from, to), LinkSpeed.Local);
        return Random.NextDelay(speed.Shortest, speed.Longest) + TimeSpan.FromSeconds(bytes / speed.BytesPerSecond);
    }

    public DataListener Listen(SimulatedProcess process, string host, int port)
    {
        var bound = port != 0 ? port : 7000;
        while (port == 0 && _listeners.ContainsKey((host, bound)))
        {
            bound++;
        }

        var listener = new DataListener(this, process, new DataEndpoint(host, bound));
        if (!_listeners.TryAdd((host, bound), listener))
        {
            throw new IOException($"Cannot listen for data on {host}:{bound}: Address already in use");
        }

        return listener;
    }

    public void Forget(DataListener listener) => _listeners.Remove((listener.Endpoint.Host, listener.Endpoint.Port));

    /// <summary>One attempt to connect; null when nothing answers.</summary>
    /// <exception cref="IOException">Refused.</exception>
    public DataStream? TryConnect(SimulatedProcess process, string from, DataEndpoint to)
    {
        if (IsCut(from, to.Host) || IsCut(to.Host, from) || IsDark(to.Host))
        {
            return null;
        }

        if (!_listeners.TryGetValue((to.Host, to.Port), out var listener))
        {
            throw new IOException(
                $"Cannot connect to {to}: Connection refused", new SocketException((int)SocketError.ConnectionRefused));
        }

        var there = new DataPipe(this, from, to.Host, process, listener.Process);
        var back = new DataPipe(this, to.Host, from, listener.Process, process);
        _pipes.Add(there);
        _pipes.Add(back);
        listener.Offer(new DataStream(this, back, there, from));
        return new DataStream(this, there, back, to.ToString());
    }

    public void Forget(DataPipe pipe) => _pipes.Remove(pipe);

    private static LinkConditions ConditionsOf(LinkSpeed speed) => new(speed.Shortest, speed.Longest, speed.Loss);

    private void EndAll(SimulatedProcess dead)
    {
        foreach (var pipe in _pipes.ToArray())
        {
            if (ReferenceEquals(pipe.Sender, dead))
            {
                pipe.EndSending("the process has ended", Random.Chance(0.5));
            }
            else if (ReferenceEquals(pipe.Receiver, dead))
            {
                pipe.EndReceiving("the process has ended");
            }
        }
    }

    private void ReleaseHeld()
    {
        foreach (var pipe in _pipes.ToArray())
        {
            pipe.Release();
        }
    }
}
