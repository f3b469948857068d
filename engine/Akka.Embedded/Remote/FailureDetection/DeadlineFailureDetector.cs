// The plain detector: a peer is dead when nothing has come for heartbeat interval + acceptable pause.
using Akka.Configuration;
using Akka.Event;

namespace Akka.Remote;

/// <summary>A peer is dead when no heartbeat has come for a fixed time.</summary>
public class DeadlineFailureDetector : FailureDetector
{
    private const long None = long.MinValue;
    private readonly Clock _clock;
    private readonly long _deadlineMillis;
    private long _last = None;

    /// <param name="acceptableHeartbeatPause">Greater than zero.</param>
    /// <param name="heartbeatInterval">Greater than zero; added to the pause.</param>
    /// <param name="clock">Null: the machine's clock.</param>
    public DeadlineFailureDetector(TimeSpan acceptableHeartbeatPause, TimeSpan heartbeatInterval, Clock? clock = null)
    {
        if (acceptableHeartbeatPause <= TimeSpan.Zero)
            throw new ArgumentException("failure-detector.acceptable-heartbeat-pause must be > 0s", nameof(acceptableHeartbeatPause));
        if (heartbeatInterval <= TimeSpan.Zero)
            throw new ArgumentException("failure-detector.heartbeat-interval must be > 0s", nameof(heartbeatInterval));
        _clock = clock ?? DefaultClock;
        _deadlineMillis = (long)(acceptableHeartbeatPause + heartbeatInterval).TotalMilliseconds;
    }

    /// <param name="config">Keys acceptable-heartbeat-pause and heartbeat-interval.</param>
    /// <param name="eventStream">Not used; all detectors have the same constructor.</param>
    public DeadlineFailureDetector(Config config, EventStream eventStream)
        : this(config, DefaultClock)
    {
        _ = eventStream;
    }

    internal DeadlineFailureDetector(Config config, Clock clock)
        : this(config.GetTimeSpan("acceptable-heartbeat-pause"), config.GetTimeSpan("heartbeat-interval"), clock)
    {
    }

    /// <inheritdoc/>
    public override bool IsAvailable
    {
        get
        {
            var last = Interlocked.Read(ref _last);
            return last == None || _clock() - last < _deadlineMillis;
        }
    }

    /// <inheritdoc/>
    public override bool IsMonitoring => Interlocked.Read(ref _last) != None;

    /// <inheritdoc/>
    public override void HeartBeat() => Interlocked.Exchange(ref _last, _clock());
}
