// The clock of failure detectors. A node that was paused, or starved of processor time, finds that everybody was silent: it did not
// listen. Such a time must not count against the others, or one busy moment of a machine ends every node on it.
namespace Akka.Remote;

/// <summary>A clock that counts a time without any look at it as one step at most. Thread-safe.</summary>
/// <param name="clock">Milliseconds, never going back.</param>
/// <param name="longestStepMillis">
/// Longest time between two looks that counts whole; somewhat above the interval of the regular looks, which are those of the reaper that asks every
/// detector whether its peer is alive.
/// </param>
internal sealed class AwakeClock(Clock clock, long longestStepMillis)
{
    private readonly object _gate = new();
    private long _seen = clock();
    private long _awake;

    /// <summary>Milliseconds during which somebody listened.</summary>
    public long Now()
    {
        lock (_gate)
        {
            var now = clock();
            _awake += Math.Clamp(now - _seen, 0, longestStepMillis);
            _seen = Math.Max(_seen, now);
            return _awake;
        }
    }
}
