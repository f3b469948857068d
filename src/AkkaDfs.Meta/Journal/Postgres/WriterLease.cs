// How long the writer may answer: a lease from the beginning of the last statement that found its epoch in place.

namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>The writer's lease, by the monotonic clock. Renewed by one thread, asked by any.</summary>
internal sealed class WriterLease(TimeProvider time, TimeSpan length)
{
    private long _renewed = long.MinValue;
    private int _asked;

    /// <summary>True while the lease lasts. Who sees it false is told when it is renewed (<see cref="TakeAsked"/>).</summary>
    public bool IsConfirmed
    {
        get
        {
            if (Lasts(length))
            {
                return true;
            }

            // In this order, so that a renewal in between is either seen here or sees that somebody has asked.
            Interlocked.Exchange(ref _asked, 1);
            return Lasts(length);
        }
    }

    /// <summary>True when it was renewed so lately that nothing needs to be done about it.</summary>
    public bool IsYoung => Lasts(length / 8);

    /// <summary>Renews it.</summary>
    /// <param name="asked">Timestamp from before the statement was sent.</param>
    public void Renew(long asked) => Interlocked.Exchange(ref _renewed, asked);

    /// <summary>True, once, when somebody has seen the lease run out.</summary>
    public bool TakeAsked() => Interlocked.Exchange(ref _asked, 0) == 1;

    private bool Lasts(TimeSpan span) => Interlocked.Read(ref _renewed) is var at && at != long.MinValue && time.GetElapsedTime(at) < span;
}
