// Bytes per second for repair copies: a token bucket on the monotonic clock that holds at most one second's worth.

namespace AkkaDfs.Chunk.Actors;

/// <summary>A bound on bytes per second; 0 is unlimited. Thread-safe.</summary>
public sealed class RateLimit(long bytesPerSecond, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _freeAt = time.GetTimestamp();

    /// <summary>Waits until some bytes may move.</summary>
    public Task WaitAsync(int bytes, CancellationToken cancellationToken)
    {
        if (bytesPerSecond <= 0)
        {
            return Task.CompletedTask;
        }

        TimeSpan wait;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var start = Math.Max(_freeAt, now - time.TimestampFrequency);
            _freeAt = start + (long)(bytes * (double)time.TimestampFrequency / bytesPerSecond);
            wait = time.GetElapsedTime(now, Math.Max(now, start));
        }

        return wait > TimeSpan.Zero ? Task.Delay(wait, time, cancellationToken) : Task.CompletedTask;
    }
}
