// Waiting until something holds, looking again and again. The blocking forms sleep between looks, the others do not hold a thread.
using Akka.Event;
using Akka.TestKit.Internal;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until a condition holds, for the remaining or default time.</summary>
    public void AwaitCondition(Func<bool> conditionIsFulfilled, CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, null, null, null, cancellationToken);

    /// <summary>Waits until a condition holds.</summary>
    public void AwaitCondition(Func<bool> conditionIsFulfilled, TimeSpan? max, CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, max, null, null, cancellationToken);

    /// <summary>Waits until a condition holds.</summary>
    public void AwaitCondition(
        Func<bool> conditionIsFulfilled, TimeSpan? max, string message, CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, max, null, message, cancellationToken);

    /// <summary>Waits until a condition holds; fails the test if it does not in time.</summary>
    /// <param name="conditionIsFulfilled">The condition; its exceptions end the wait.</param>
    /// <param name="max">How long to wait; the remaining or default time if not given.</param>
    /// <param name="interval">Between two looks.</param>
    /// <param name="message">Shown on failure.</param>
    /// <param name="cancellationToken">Ends the wait with an exception.</param>
    public void AwaitCondition(
        Func<bool> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval, string? message = null,
        CancellationToken cancellationToken = default) =>
        AwaitTrue(true, () => ValueTask.FromResult(conditionIsFulfilled()), max, interval, message, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="AwaitCondition(Func{bool}, CancellationToken)"/>
    public Task AwaitConditionAsync(Func<Task<bool>> conditionIsFulfilled, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, null, null, null, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, CancellationToken)"/>
    public Task AwaitConditionAsync(Func<bool> conditionIsFulfilled, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, null, null, null, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, CancellationToken)"/>
    public Task AwaitConditionAsync(
        Func<Task<bool>> conditionIsFulfilled, TimeSpan? max, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, max, null, null, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, string, CancellationToken)"/>
    public Task AwaitConditionAsync(
        Func<Task<bool>> conditionIsFulfilled, TimeSpan? max, string message, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, max, null, message, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, string, CancellationToken)"/>
    public Task AwaitConditionAsync(
        Func<bool> conditionIsFulfilled, TimeSpan? max, string message, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, max, null, message, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string?, CancellationToken)"/>
    public Task AwaitConditionAsync(
        Func<Task<bool>> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval, string? message = null,
        CancellationToken cancellationToken = default) =>
        AwaitTrue(false, () => new ValueTask<bool>(conditionIsFulfilled()), max, interval, message, cancellationToken).AsTask();

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string?, CancellationToken)"/>
    public Task AwaitConditionAsync(
        Func<bool> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval, string? message = null,
        CancellationToken cancellationToken = default) =>
        AwaitTrue(false, () => ValueTask.FromResult(conditionIsFulfilled()), max, interval, message, cancellationToken).AsTask();

    /// <summary>Waits until a condition holds.</summary>
    /// <returns>False if it did not in time.</returns>
    public bool AwaitConditionNoThrow(
        Func<bool> conditionIsFulfilled, TimeSpan max, TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        Poll(true, () => ValueTask.FromResult(conditionIsFulfilled()), Dilated(max), interval, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="AwaitConditionNoThrow"/>
    public Task<bool> AwaitConditionNoThrowAsync(
        Func<Task<bool>> conditionIsFulfilled, TimeSpan max, TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        Poll(false, () => new ValueTask<bool>(conditionIsFulfilled()), Dilated(max), interval, cancellationToken).AsTask();

    /// <inheritdoc cref="AwaitConditionNoThrow"/>
    public Task<bool> AwaitConditionNoThrowAsync(
        Func<bool> conditionIsFulfilled, TimeSpan max, TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        Poll(false, () => ValueTask.FromResult(conditionIsFulfilled()), Dilated(max), interval, cancellationToken).AsTask();

    /// <summary>Runs assertions again and again until they pass; the last failure is thrown if they do not in time.</summary>
    /// <param name="assertion">Throws as long as it does not hold.</param>
    /// <param name="duration">How long to try; the remaining or default time if not given.</param>
    /// <param name="interval">Between two tries.</param>
    /// <param name="cancellationToken">Ends the wait with an exception.</param>
    public void AwaitAssert(
        Action assertion, TimeSpan? duration = null, TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        Retry(true, () =>
        {
            assertion();
            return ValueTask.CompletedTask;
        }, duration, interval, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="AwaitAssert"/>
    public Task AwaitAssertAsync(
        Action assertion, TimeSpan? duration = null, TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        Retry(false, () =>
        {
            assertion();
            return ValueTask.CompletedTask;
        }, duration, interval, cancellationToken).AsTask();

    /// <inheritdoc cref="AwaitAssert"/>
    public Task AwaitAssertAsync(
        Func<Task> assertion, TimeSpan? duration = null, TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        Retry(false, () => new ValueTask(assertion()), duration, interval, cancellationToken).AsTask();

    /// <summary>Waits until a condition holds, and reports a failure through <paramref name="fail"/>.</summary>
    protected static bool InternalAwaitCondition(
        Func<bool> conditionIsFulfilled, TimeSpan max, TimeSpan? interval, Action<string, object[]> fail,
        CancellationToken cancellationToken = default) =>
        InternalAwaitCondition(conditionIsFulfilled, max, interval, fail, null, cancellationToken);

    /// <inheritdoc cref="InternalAwaitCondition(Func{bool}, TimeSpan, TimeSpan?, Action{string, object[]}, CancellationToken)"/>
    protected static bool InternalAwaitCondition(
        Func<bool> conditionIsFulfilled, TimeSpan max, TimeSpan? interval, Action<string, object[]> fail, ILoggingAdapter? logger,
        CancellationToken cancellationToken = default)
    {
        var held = Poll(true, () => ValueTask.FromResult(conditionIsFulfilled()), max, interval, cancellationToken).GetAwaiter().GetResult();
        if (held)
            return true;
        logger?.Debug("Timeout {0} expired while waiting for condition.", max);
        fail("Timeout {0} expired while waiting for condition.", [max]);
        return false;
    }

    private async ValueTask AwaitTrue(
        bool sync, Func<ValueTask<bool>> condition, TimeSpan? max, TimeSpan? interval, string? message, CancellationToken cancellationToken)
    {
        var limit = RemainingOrDilated(max);
        if (!await Poll(sync, condition, limit, interval, cancellationToken).ConfigureAwait(false))
            _assertions.Fail("Timeout {0} expired while waiting for condition. {1}", limit, message ?? "");
    }

    private static async ValueTask<bool> Poll(
        bool sync, Func<ValueTask<bool>> condition, TimeSpan max, TimeSpan? interval, CancellationToken cancellationToken)
    {
        max.EnsureIsPositiveFinite(nameof(max));
        var end = Now + max;
        while (!await condition().ConfigureAwait(false))
        {
            var left = Left(end);
            if (left == TimeSpan.Zero)
                return false;
            await Pause(sync, left.Min(interval ?? DefaultInterval), cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private async ValueTask Retry(
        bool sync, Func<ValueTask> assertion, TimeSpan? duration, TimeSpan? interval, CancellationToken cancellationToken)
    {
        var end = Now + RemainingOrDilated(duration);
        while (true)
        {
            var left = Left(end);
            try
            {
                await assertion().ConfigureAwait(false);
                return;
            }
            // Any exception of the user's assertions means "not yet"; the last one is thrown.
            catch (Exception) when (left > TimeSpan.Zero && !cancellationToken.IsCancellationRequested)
            {
                left = left.Min(interval ?? DefaultInterval);
            }

            await Pause(sync, left, cancellationToken).ConfigureAwait(false);
        }
    }

    private static ValueTask Pause(bool sync, TimeSpan time, CancellationToken cancellationToken)
    {
        if (!sync)
            return new ValueTask(Task.Delay(time, cancellationToken));
        if (cancellationToken.WaitHandle.WaitOne(time))
            cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.CompletedTask;
    }
}
