// A meeting point of several threads.
namespace Akka.TestKit;

/// <summary>Lets threads go on once all have come.</summary>
public class TestBarrier
{
    private readonly TestKitBase _testKit;
    private readonly TimeSpan _defaultTimeout;
    private readonly Barrier _barrier;

    /// <param name="testKit">Whose time factor holds.</param>
    /// <param name="count">How many threads meet.</param>
    /// <param name="defaultTimeout">How long one waits for the others; the kit's default if not given.</param>
    public TestBarrier(TestKitBase testKit, int count, TimeSpan? defaultTimeout = null)
    {
        _testKit = testKit;
        _defaultTimeout = defaultTimeout ?? testKit.TestKitSettings.DefaultTimeout;
        _barrier = new Barrier(count);
    }

    /// <summary>Waits for the others.</summary>
    /// <exception cref="TimeoutException">They did not come in time.</exception>
    public void Await() => Await(_defaultTimeout);

    /// <inheritdoc cref="Await()"/>
    public void Await(TimeSpan timeout)
    {
        if (!_barrier.SignalAndWait(_testKit.Dilated(timeout)))
            throw new TimeoutException($"Timeout of {timeout}: {_barrier.ParticipantsRemaining} of {_barrier.ParticipantCount} have not come.");
    }

    /// <summary>Nothing to do: the barrier closes by itself once all have passed.</summary>
    public void Reset()
    {
    }
}
