// A point on the monotonic clock until which a call may take. Made once per call and handed down, so that retries inside
// never add up to more than the caller allowed.

namespace AkkaDfs.Client;

/// <summary>Time left for a call. Infinite is allowed.</summary>
internal readonly struct Deadline
{
    private readonly TimeProvider _time;
    private readonly long _end;

    private Deadline(TimeProvider time, long end)
    {
        _time = time;
        _end = end;
    }

    /// <summary>The deadline after a time from now; <see cref="Timeout.InfiniteTimeSpan"/> for none.</summary>
    public static Deadline After(TimeProvider time, TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            return new Deadline(time, long.MaxValue);
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        var ticks = timeout.TotalSeconds * time.TimestampFrequency;
        return new Deadline(time, ticks >= long.MaxValue / 4 ? long.MaxValue : time.GetTimestamp() + (long)ticks);
    }

    /// <summary>True when there is no end.</summary>
    public bool IsInfinite => _end == long.MaxValue;

    /// <summary>Time left, never negative; a very long time when infinite.</summary>
    public TimeSpan Remaining
    {
        get
        {
            if (IsInfinite)
            {
                return TimeSpan.FromDays(10);
            }

            var left = _time.GetElapsedTime(_time.GetTimestamp(), _end);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>True when no time is left.</summary>
    public bool IsOver => Remaining == TimeSpan.Zero;

    /// <summary>Time left for one attempt.</summary>
    public TimeSpan Attempt(TimeSpan atMost)
    {
        var remaining = Remaining;
        return remaining < atMost ? remaining : atMost;
    }
}

/// <summary>Cancels when the caller cancels or a time has passed; tells the two apart afterwards.</summary>
internal sealed class AttemptScope : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _linked;

    public AttemptScope(TimeProvider time, TimeSpan timeout, CancellationToken caller)
    {
        _timer = new CancellationTokenSource(timeout, time);
        _linked = caller.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, caller) : _timer;
    }

    public CancellationToken Token => _linked.Token;

    public void Cancel() => _linked.Cancel();

    public void Dispose()
    {
        _timer.Dispose();
        _linked.Dispose();
    }
}
