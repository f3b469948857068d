// The phi accrual failure detector (Hayashibara, Défago, Yared, Katayama: "The phi accrual failure detector", 2004).
// phi = -log10(probability that a heartbeat still comes after such a long silence), from mean and deviation of past intervals.
// A pause that is acceptable is added to the mean. The distribution function is approximated by a logistic curve.
using Akka.Configuration;
using Akka.Event;

namespace Akka.Remote;

/// <summary>Suspects a peer the more, the longer it is silent compared with its habits.</summary>
public class PhiAccrualFailureDetector : FailureDetector
{
    private readonly object _gate = new();
    private readonly Clock _clock;
    private readonly double _threshold;
    private readonly double _minDeviationMillis;
    private readonly double _pauseMillis;
    private readonly double _firstEstimateMillis;
    private readonly IntervalHistory _history;
    private readonly EventStream? _events;
    private long? _last;

    /// <param name="threshold">phi from which the peer counts as dead; greater than zero.</param>
    /// <param name="maxSampleSize">Intervals remembered; greater than zero.</param>
    /// <param name="minStdDeviation">Lower bound of the deviation, so that very regular heartbeats do not make it nervous.</param>
    /// <param name="acceptableHeartbeatPause">Silence that is normal, such as a garbage collection.</param>
    /// <param name="firstHeartbeatEstimate">Assumed interval until there is experience.</param>
    /// <param name="clock">Null: the machine's clock.</param>
    public PhiAccrualFailureDetector(
        double threshold, int maxSampleSize, TimeSpan minStdDeviation, TimeSpan acceptableHeartbeatPause, TimeSpan firstHeartbeatEstimate, Clock? clock = null)
        : this(clock ?? DefaultClock, threshold, maxSampleSize, minStdDeviation, acceptableHeartbeatPause, firstHeartbeatEstimate, null)
    {
    }

    /// <param name="config">Keys threshold, max-sample-size, min-std-deviation, acceptable-heartbeat-pause, heartbeat-interval.</param>
    /// <param name="ev">Gets a warning when heartbeats come late.</param>
    public PhiAccrualFailureDetector(Config config, EventStream ev)
        : this(config, ev, DefaultClock)
    {
    }

    internal PhiAccrualFailureDetector(Config config, EventStream ev, Clock clock)
        : this(
            clock,
            config.GetDouble("threshold"),
            config.GetInt("max-sample-size"),
            config.GetTimeSpan("min-std-deviation"),
            config.GetTimeSpan("acceptable-heartbeat-pause"),
            config.GetTimeSpan("heartbeat-interval"),
            ev)
    {
    }

    private PhiAccrualFailureDetector(
        Clock clock, double threshold, int maxSampleSize, TimeSpan minDeviation, TimeSpan pause, TimeSpan firstEstimate, EventStream? events)
    {
        if (threshold <= 0)
            throw new ArgumentException("failure-detector.threshold must be > 0", nameof(threshold));
        if (maxSampleSize <= 0)
            throw new ArgumentException("failure-detector.max-sample-size must be > 0", nameof(maxSampleSize));
        if (minDeviation <= TimeSpan.Zero)
            throw new ArgumentException("failure-detector.min-std-deviation must be > 0", nameof(minDeviation));
        if (pause < TimeSpan.Zero)
            throw new ArgumentException("failure-detector.acceptable-heartbeat-pause must be >= 0", nameof(pause));
        if (firstEstimate <= TimeSpan.Zero)
            throw new ArgumentException("failure-detector.heartbeat-interval must be > 0", nameof(firstEstimate));
        _clock = clock;
        _threshold = threshold;
        _minDeviationMillis = minDeviation.TotalMilliseconds;
        _pauseMillis = pause.TotalMilliseconds;
        _firstEstimateMillis = firstEstimate.TotalMilliseconds;
        _history = new IntervalHistory(maxSampleSize);
        _events = events;
    }

    /// <summary>Whom it watches; for logs.</summary>
    public string Address { get; set; } = "N/A";

    /// <inheritdoc/>
    public override bool IsAvailable
    {
        get
        {
            lock (_gate)
                return PhiAt(_clock()) < _threshold;
        }
    }

    /// <inheritdoc/>
    public override bool IsMonitoring
    {
        get
        {
            lock (_gate)
                return _last is not null;
        }
    }

    internal double CurrentPhi
    {
        get
        {
            lock (_gate)
                return PhiAt(_clock());
        }
    }

    /// <inheritdoc/>
    public override void HeartBeat()
    {
        var now = _clock();
        long? late = null;
        lock (_gate)
        {
            if (_last is null)
            {
                // Two made-up intervals around the estimate give a first mean and deviation.
                var spread = _firstEstimateMillis / 4;
                _history.Add(_firstEstimateMillis - spread);
                _history.Add(_firstEstimateMillis + spread);
            }
            else
            {
                var interval = now - _last.Value;

                // A silence long enough to be taken for death says nothing about the peer's habits.
                if (PhiAt(now) < _threshold)
                {
                    if (interval >= _pauseMillis / 3 * 2)
                        late = interval;
                    _history.Add(interval);
                }
            }

            _last = now;
        }

        if (late is not null && _pauseMillis > 0)
            _events?.Publish(new Warning(ToString() ?? string.Empty, GetType(), $"heartbeat interval is growing too large for address {Address}: {late} millis"));
    }

    internal static double Phi(double elapsedMillis, double meanMillis, double deviationMillis)
    {
        var y = (elapsedMillis - meanMillis) / deviationMillis;
        var e = Math.Exp(-y * (1.5976 + (0.070566 * y * y)));
        return elapsedMillis > meanMillis ? -Math.Log10(e / (1 + e)) : -Math.Log10(1 - (1 / (1 + e)));
    }

    private double PhiAt(long now) => _last is null
        ? 0
        : Phi(now - _last.Value, _history.Mean + _pauseMillis, Math.Max(_history.Deviation, _minDeviationMillis));

    /// <summary>The last intervals with their sum and sum of squares.</summary>
    private sealed class IntervalHistory(int maxSamples)
    {
        private readonly Queue<double> _intervals = new();
        private double _sum;
        private double _squares;

        public double Mean => _sum / _intervals.Count;

        public double Deviation
        {
            get
            {
                var mean = Mean;
                return Math.Sqrt(Math.Max(0, (_squares / _intervals.Count) - (mean * mean)));
            }
        }

        public void Add(double interval)
        {
            if (_intervals.Count == maxSamples)
            {
                var oldest = _intervals.Dequeue();
                _sum -= oldest;
                _squares -= oldest * oldest;
            }

            _intervals.Enqueue(interval);
            _sum += interval;
            _squares += interval * interval;
        }
    }
}
