// A count that a test waits for.
namespace Akka.TestKit;

/// <summary>Opens after a number of calls.</summary>
public class TestLatch
{
    private readonly CountdownEvent _latch;
    private readonly Func<TimeSpan, TimeSpan> _dilate;
    private readonly TimeSpan _defaultTimeout;

    /// <summary>Opens at the first call.</summary>
    public TestLatch()
        : this(1)
    {
    }

    /// <param name="count">Calls until it opens.</param>
    public TestLatch(int count)
        : this(count, TimeSpan.FromSeconds(5))
    {
    }

    /// <param name="count">Calls until it opens.</param>
    /// <param name="defaultTimeout">How long <see cref="Ready()"/> waits.</param>
    public TestLatch(int count, TimeSpan defaultTimeout)
        : this(static time => time, defaultTimeout, count)
    {
    }

    /// <param name="dilate">Applied to time-outs.</param>
    /// <param name="defaultTimeout">How long <see cref="Ready()"/> waits.</param>
    /// <param name="count">Calls until it opens.</param>
    protected TestLatch(Func<TimeSpan, TimeSpan> dilate, TimeSpan defaultTimeout, int count)
    {
        _latch = new CountdownEvent(count);
        _dilate = dilate;
        _defaultTimeout = defaultTimeout;
    }

    /// <summary>True once enough calls came.</summary>
    public bool IsOpen => _latch.IsSet;

    internal static TestLatch For(TestKitBase testKit, int count) =>
        new(testKit.Dilated, testKit.TestKitSettings.DefaultTimeout, count);

    /// <summary>One call less to wait for.</summary>
    public void CountDown() => _latch.Signal();

    /// <summary>Opens at once.</summary>
    public void Open()
    {
        while (!_latch.IsSet)
            CountDown();
    }

    /// <summary>Closes again, for the same number of calls.</summary>
    public void Reset() => _latch.Reset();

    /// <summary>Waits until it is open.</summary>
    /// <exception cref="TimeoutException">It did not open in time.</exception>
    public void Ready(TimeSpan timeout)
    {
        if (!_latch.Wait(_dilate(timeout)))
            throw new TimeoutException($"Timeout of {timeout}: {_latch.CurrentCount} of {_latch.InitialCount} calls are missing.");
    }

    /// <inheritdoc cref="Ready(TimeSpan)"/>
    public void Ready() => Ready(_defaultTimeout);
}
