// Keeps a fault that repeats from flooding the log: a burst of lines, then one a second, which says how many were left out.
namespace Akka.Embedded.Remote;

internal sealed class LogLimiter(TimeProvider time, int burst = 20)
{
    private readonly object _gate = new();
    private readonly long _start = time.GetTimestamp();
    private double _tokens = burst;
    private double _last;
    private int _suppressed;

    /// <summary>True if a line may be logged now; suppressed says how many were not since the last one.</summary>
    public bool TryTake(out int suppressed)
    {
        lock (_gate)
        {
            var now = time.GetElapsedTime(_start).TotalSeconds;
            _tokens = Math.Min(burst, _tokens + (now - _last));
            _last = now;
            if (_tokens < 1)
            {
                _suppressed++;
                suppressed = 0;
                return false;
            }

            _tokens--;
            suppressed = _suppressed;
            _suppressed = 0;
            return true;
        }
    }
}
