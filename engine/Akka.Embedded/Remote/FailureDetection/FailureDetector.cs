// Guesses from the arrival of heartbeats whether a peer is alive. All detectors read time from a Clock, which in an actor system is the
// system's scheduler: under virtual time they run on virtual time.
using System.Diagnostics;

namespace Akka.Remote;

/// <summary>A clock that never goes back.</summary>
/// <returns>Milliseconds since some fixed moment.</returns>
public delegate long Clock();

/// <summary>Guesses from heartbeats whether one peer is alive.</summary>
public abstract class FailureDetector
{
    /// <summary>The machine's monotonic clock.</summary>
    public static readonly Clock DefaultClock = () => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1000);

    /// <summary>True while the peer counts as alive; also before the first heartbeat.</summary>
    public abstract bool IsAvailable { get; }

    /// <summary>True once a heartbeat has come.</summary>
    public abstract bool IsMonitoring { get; }

    /// <summary>A heartbeat has come.</summary>
    public abstract void HeartBeat();
}

/// <summary>Failure detectors of many peers, made on first use.</summary>
/// <typeparam name="T">What identifies a peer.</typeparam>
public interface IFailureDetectorRegistry<in T>
{
    /// <summary>True while the peer counts as alive; also if it is unknown.</summary>
    bool IsAvailable(T resource);

    /// <summary>True once a heartbeat of the peer has come.</summary>
    bool IsMonitoring(T resource);

    /// <summary>A heartbeat of the peer has come.</summary>
    void Heartbeat(T resource);

    /// <summary>Forgets a peer.</summary>
    void Remove(T resource);

    /// <summary>Forgets all peers.</summary>
    void Reset();
}

/// <summary>Failure detectors of many peers, made by a factory on the first heartbeat. Thread-safe.</summary>
/// <typeparam name="T">What identifies a peer.</typeparam>
public class DefaultFailureDetectorRegistry<T> : IFailureDetectorRegistry<T>
    where T : notnull
{
    private readonly object _gate = new();
    private readonly Dictionary<T, FailureDetector> _detectors = [];
    private readonly Func<FailureDetector> _factory;

    /// <param name="factory">Makes a detector for a peer seen for the first time.</param>
    public DefaultFailureDetectorRegistry(Func<FailureDetector> factory) => _factory = factory;

    /// <inheritdoc/>
    public bool IsAvailable(T resource) => Find(resource)?.IsAvailable ?? true;

    /// <inheritdoc/>
    public bool IsMonitoring(T resource) => Find(resource)?.IsMonitoring ?? false;

    /// <inheritdoc/>
    public void Heartbeat(T resource)
    {
        FailureDetector? detector;
        lock (_gate)
        {
            if (!_detectors.TryGetValue(resource, out detector))
            {
                detector = _factory();
                if (detector is PhiAccrualFailureDetector phi)
                    phi.Address = resource.ToString() ?? string.Empty;
                _detectors.Add(resource, detector);
            }
        }

        detector.HeartBeat();
    }

    /// <inheritdoc/>
    public void Remove(T resource)
    {
        lock (_gate)
            _detectors.Remove(resource);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        lock (_gate)
            _detectors.Clear();
    }

    internal FailureDetector? Find(T resource)
    {
        lock (_gate)
            return _detectors.GetValueOrDefault(resource);
    }
}
