// A system's access to a simulated network, and the two clocks such a network can run on.
using Akka.Embedded.Simulation;

namespace Akka.Embedded.Remote;

internal sealed class SimulatedTransport(SimulatedNetwork network, TransportLimits limits, SimulatedProcess? process) : ITransport
{
    private IConnectionAcceptor? _acceptor;

    public string Scheme => "tcp";

    public TransportLimits Limits => limits;

    /// <summary>The process whose transport it is; null in real time.</summary>
    public SimulatedProcess? Process => process;

    public TransportEndpoint Self { get; private set; }

    public IConnectionAcceptor Acceptor => _acceptor!;

    public TransportEndpoint Listen(TransportEndpoint endpoint, IConnectionAcceptor acceptor)
    {
        _acceptor = acceptor;
        return Self = network.Bind(this, endpoint);
    }

    public void Connect(TransportEndpoint endpoint, IConnectionHandler handler)
    {
        var deadline = network.Now + limits.ConnectTimeout;
        Schedule(TimeSpan.Zero, () => network.Dial(this, endpoint, handler, deadline));
    }

    /// <summary>Runs an action of this side: not while its process is paused, and never when that has ended.</summary>
    public void Schedule(TimeSpan delay, Action action)
    {
        if (process is null)
            network.Schedule(delay, action);
        else
            process.Schedule(delay, static a => ((Action)a!)(), action);
    }

    public void Shutdown() => network.Unbind(this);
}

internal interface INetworkClock
{
    bool IsVirtual { get; }

    TimeSpan Now { get; }

    void Schedule(TimeSpan delay, Action action);
}

internal sealed class VirtualNetworkClock(SimulationScheduler scheduler) : INetworkClock
{
    public bool IsVirtual => true;

    public TimeSpan Now => scheduler.Elapsed;

    public void Schedule(TimeSpan delay, Action action) => scheduler.Schedule(delay, static a => ((Action)a!)(), action);
}

internal sealed class RealNetworkClock : INetworkClock
{
    private readonly long _start = TimeProvider.System.GetTimestamp();

    public bool IsVirtual => false;

    public TimeSpan Now => TimeProvider.System.GetElapsedTime(_start);

    public void Schedule(TimeSpan delay, Action action)
    {
        if (delay <= TimeSpan.Zero)
            ThreadPool.UnsafeQueueUserWorkItem(static a => a(), action, preferLocal: false);
        else
            _ = new OneShot(delay, action);
    }

    /// <summary>Keeps itself alive until it has fired.</summary>
    private sealed class OneShot
    {
        private readonly Timer _timer;

        public OneShot(TimeSpan delay, Action action)
        {
            // Timers count whole milliseconds downwards: a frame must not arrive early.
            _timer = new Timer(_ => Fire(action));
            _timer.Change((long)Math.Ceiling(delay.TotalMilliseconds), Timeout.Infinite);
        }

        private void Fire(Action action)
        {
            _timer.Dispose();
            action();
        }
    }
}
