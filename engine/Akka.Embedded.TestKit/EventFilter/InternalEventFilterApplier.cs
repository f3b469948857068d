// Puts filters into the system's test event listener, runs the tested code, and counts what they match. Enough events let it
// end early; a surplus is seen as far as it has come by then.
using Akka.Actor;
using Akka.TestKit.TestEvent;

namespace Akka.TestKit.Internal;

/// <summary>Expects or mutes what filters match.</summary>
public class InternalEventFilterApplier : IEventFilterApplier
{
    private readonly TestKitBase _testkit;
    private readonly ActorSystem _system;
    private readonly IReadOnlyList<EventFilterBase> _filters;

    /// <param name="testkit">Whose settings and assertions hold.</param>
    /// <param name="system">Whose events.</param>
    /// <param name="filters">Any of them may match.</param>
    public InternalEventFilterApplier(TestKitBase testkit, ActorSystem system, IReadOnlyList<EventFilterBase> filters)
    {
        _testkit = testkit;
        _system = system;
        _filters = filters;
    }

    /// <inheritdoc/>
    public EventFilterFactory And => new(_testkit, _system, _filters);

    private TimeSpan Leeway => _testkit.Dilated(_testkit.TestKitSettings.TestEventFilterLeeway);

    /// <inheritdoc/>
    public void Expect(int expectedCount, Action action, CancellationToken cancellationToken = default) =>
        Expect(expectedCount, Leeway, action, cancellationToken);

    /// <inheritdoc/>
    public void Expect(int expectedCount, TimeSpan timeout, Action action, CancellationToken cancellationToken = default) =>
        Expect<object?>(expectedCount, timeout, AsFunction(action), cancellationToken);

    /// <inheritdoc/>
    public T Expect<T>(int expectedCount, Func<T> func, CancellationToken cancellationToken = default) =>
        Expect(expectedCount, Leeway, func, cancellationToken);

    /// <inheritdoc/>
    public T Expect<T>(int expectedCount, TimeSpan timeout, Func<T> func, CancellationToken cancellationToken = default) =>
        Count(sync: true, () => ValueTask.FromResult(func()), timeout, expectedCount, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public Task ExpectAsync(int expectedCount, Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        ExpectAsync(expectedCount, Leeway, actionAsync, cancellationToken);

    /// <inheritdoc/>
    public Task ExpectAsync(int expectedCount, Func<Task> actionAsync, TimeSpan? timeout, CancellationToken cancellationToken = default) =>
        ExpectAsync(expectedCount, timeout ?? Leeway, actionAsync, cancellationToken);

    /// <inheritdoc/>
    public Task ExpectAsync(int expectedCount, TimeSpan timeout, Func<Task> action, CancellationToken cancellationToken = default) =>
        Count<object?>(sync: false, AsFunction(action), timeout, expectedCount, cancellationToken).AsTask();

    /// <inheritdoc/>
    public Task<T> ExpectAsync<T>(int expectedCount, Func<Task<T>> func, CancellationToken cancellationToken = default) =>
        ExpectAsync(expectedCount, Leeway, func, cancellationToken);

    /// <inheritdoc/>
    public Task<T> ExpectAsync<T>(int expectedCount, TimeSpan timeout, Func<Task<T>> func, CancellationToken cancellationToken = default) =>
        Count(sync: false, () => new ValueTask<T>(func()), timeout, expectedCount, cancellationToken).AsTask();

    /// <inheritdoc/>
    public void ExpectOne(Action action, CancellationToken cancellationToken = default) => Expect(1, action, cancellationToken);

    /// <inheritdoc/>
    public void ExpectOne(TimeSpan timeout, Action action, CancellationToken cancellationToken = default) =>
        Expect(1, timeout, action, cancellationToken);

    /// <inheritdoc/>
    public T ExpectOne<T>(Func<T> func, CancellationToken cancellationToken = default) => Expect(1, func, cancellationToken);

    /// <inheritdoc/>
    public T ExpectOne<T>(TimeSpan timeout, Func<T> func, CancellationToken cancellationToken = default) =>
        Expect(1, timeout, func, cancellationToken);

    /// <inheritdoc/>
    public Task ExpectOneAsync(Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, actionAsync, cancellationToken);

    /// <inheritdoc/>
    public Task ExpectOneAsync(TimeSpan timeout, Func<Task> action, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, timeout, action, cancellationToken);

    /// <inheritdoc/>
    public Task<T> ExpectOneAsync<T>(Func<Task<T>> func, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, func, cancellationToken);

    /// <inheritdoc/>
    public Task<T> ExpectOneAsync<T>(TimeSpan timeout, Func<Task<T>> func, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, timeout, func, cancellationToken);

    /// <inheritdoc/>
    public T Mute<T>(Func<T> func, CancellationToken cancellationToken = default) =>
        Count(sync: true, () => ValueTask.FromResult(func()), TimeSpan.Zero, null, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public void Mute(Action action, CancellationToken cancellationToken = default) => Mute(AsFunction(action), cancellationToken);

    /// <inheritdoc/>
    public Task<T> MuteAsync<T>(Func<Task<T>> func, CancellationToken cancellationToken = default) =>
        Count(sync: false, () => new ValueTask<T>(func()), TimeSpan.Zero, null, cancellationToken).AsTask();

    /// <inheritdoc/>
    public Task MuteAsync(Func<Task> action, CancellationToken cancellationToken = default) =>
        Count<object?>(sync: false, AsFunction(action), TimeSpan.Zero, null, cancellationToken).AsTask();

    /// <inheritdoc/>
    public IUnmutableFilter Mute() => new MutedFilters(_filters, _system);

    private static Func<object?> AsFunction(Action action) => () =>
    {
        action();
        return null;
    };

    private static Func<ValueTask<object?>> AsFunction(Func<Task> action) => async () =>
    {
        await action().ConfigureAwait(false);
        return null;
    };

    private async ValueTask<T> Count<T>(
        bool sync, Func<ValueTask<T>> code, TimeSpan timeout, int? expected, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var seen = new MatchCount(_filters, expected ?? int.MaxValue);
        using (new MutedFilters(_filters, _system))
        {
            T result;
            try
            {
                result = await code().ConfigureAwait(false);
                if (expected is { } count)
                    await Check(sync, seen, count, timeout, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                seen.Stop();
            }

            return result;
        }
    }

    private async ValueTask Check(bool sync, MatchCount seen, int expected, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var filters = $"[{string.Join(", ", _filters)}]";
        if (!await seen.Enough(sync, timeout, cancellationToken).ConfigureAwait(false))
        {
            _testkit.TestAssertions.Fail(
                "Timeout ({0}) while waiting for messages. Only received {1}/{2} messages that matched filter {3}",
                timeout, seen.Count, expected, filters);
        }

        if (seen.Count > expected)
        {
            _testkit.TestAssertions.Fail("Received {0} too many. Expected {1} but received {2} that matched filter {3}",
                Messages(seen.Count - expected), Messages(expected), seen.Count, filters);
        }
    }

    private static string Messages(int count) => count == 1 ? "1 message" : $"{count} messages";

    /// <summary>Counts matches and tells when there are enough.</summary>
    private sealed class MatchCount
    {
        private readonly IReadOnlyList<EventFilterBase> _filters;
        private readonly int _enough;
        private readonly SemaphoreSlim _reached = new(0);
        private int _count;

        public MatchCount(IReadOnlyList<EventFilterBase> filters, int enough)
        {
            _filters = filters;
            _enough = enough;
            if (enough == 0)
                _reached.Release();
            foreach (var filter in filters)
                filter.EventMatched += OnMatched;
        }

        public int Count => Volatile.Read(ref _count);

        public ValueTask<bool> Enough(bool sync, TimeSpan timeout, CancellationToken cancellationToken) => sync
            ? ValueTask.FromResult(_reached.Wait(timeout, cancellationToken))
            : new ValueTask<bool>(_reached.WaitAsync(timeout, cancellationToken));

        public void Stop()
        {
            foreach (var filter in _filters)
                filter.EventMatched -= OnMatched;
        }

        private void OnMatched(EventFilterBase filter, Event.LogEvent logEvent)
        {
            if (Interlocked.Increment(ref _count) == _enough)
                _reached.Release();
        }
    }

    /// <summary>Filters at work in a system.</summary>
    private sealed class MutedFilters : IUnmutableFilter
    {
        private readonly IReadOnlyCollection<EventFilterBase> _filters;
        private readonly ActorSystem _system;
        private int _unmuted;

        public MutedFilters(IReadOnlyCollection<EventFilterBase> filters, ActorSystem system)
        {
            _filters = filters;
            _system = system;
            system.EventStream.Publish(new Mute(filters));
        }

        public void Unmute()
        {
            if (Interlocked.Exchange(ref _unmuted, 1) == 0)
                _system.EventStream.Publish(new Unmute(_filters));
        }

        public void Dispose() => Unmute();
    }
}
