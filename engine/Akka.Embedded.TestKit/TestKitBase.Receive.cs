// Taking messages. Every wait exists in a blocking and an asynchronous form made from one body: with "sync" set, nothing in it
// ever suspends, so the task it returns is complete.
using System.Collections;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.TestKit.Internal;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>The next message; null if none came in time.</summary>
    /// <param name="max">How long to wait: zero looks once, negative waits for ever; the remaining or default time if not given.</param>
    /// <param name="cancellationToken">Ends the wait with an exception.</param>
    public object? ReceiveOne(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        TryReceiveOne(out var envelope, max, cancellationToken) ? envelope.Message : null;

    /// <inheritdoc cref="ReceiveOne"/>
    public async ValueTask<object?> ReceiveOneAsync(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        (await Take(sync: false, max, cancellationToken).ConfigureAwait(false))?.Message;

    /// <summary>Takes the next message.</summary>
    /// <param name="envelope">The message and its sender.</param>
    /// <param name="max">How long to wait, as in <see cref="ReceiveOne"/>.</param>
    /// <param name="cancellationToken">Ends the wait with an exception.</param>
    /// <returns>False if none came in time.</returns>
    public bool TryReceiveOne(out MessageEnvelope envelope, TimeSpan? max = null, CancellationToken cancellationToken = default)
    {
        var taken = Take(sync: true, max, cancellationToken).GetAwaiter().GetResult();
        envelope = taken ?? NullMessageEnvelope.Instance;
        return taken is not null;
    }

    /// <inheritdoc cref="TryReceiveOne"/>
    public async ValueTask<(bool success, MessageEnvelope envelope)> TryReceiveOneAsync(
        TimeSpan? max, CancellationToken cancellationToken = default)
    {
        var taken = await Take(sync: false, max, cancellationToken).ConfigureAwait(false);
        return (taken is not null, taken ?? NullMessageEnvelope.Instance);
    }

    /// <summary>Looks at the next message and leaves it; null if none came in time.</summary>
    public object? PeekOne(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        TryPeekOne(out var envelope, max, cancellationToken) ? envelope.Message : null;

    /// <summary>Looks at the next message and leaves it; waits for ever.</summary>
    public object? PeekOne(CancellationToken cancellationToken) => PeekOne(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <inheritdoc cref="PeekOne(TimeSpan?, CancellationToken)"/>
    public async ValueTask<object?> PeekOneAsync(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        (await Peek(sync: false, max, cancellationToken).ConfigureAwait(false))?.Message;

    /// <inheritdoc cref="PeekOne(CancellationToken)"/>
    public ValueTask<object?> PeekOneAsync(CancellationToken cancellationToken) => PeekOneAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Looks at the next message and leaves it.</summary>
    /// <returns>False if none came in time.</returns>
    public bool TryPeekOne(out MessageEnvelope envelope, TimeSpan? max, CancellationToken cancellationToken)
    {
        var seen = Peek(sync: true, max, cancellationToken).GetAwaiter().GetResult();
        envelope = seen ?? NullMessageEnvelope.Instance;
        return seen is not null;
    }

    /// <inheritdoc cref="TryPeekOne"/>
    public async ValueTask<(bool success, MessageEnvelope envelope)> TryPeekOneAsync(TimeSpan? max, CancellationToken cancellationToken)
    {
        var seen = await Peek(sync: false, max, cancellationToken).ConfigureAwait(false);
        return (seen is not null, seen ?? NullMessageEnvelope.Instance);
    }

    /// <summary>The next messages, exactly so many.</summary>
    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, CancellationToken cancellationToken = default) =>
        TakeN(sync: true, numberOfMessages, RemainingOrDefault, cancellationToken).GetAwaiter().GetResult();

    /// <summary>The next messages, exactly so many.</summary>
    /// <param name="numberOfMessages">How many.</param>
    /// <param name="max">Within which all must come.</param>
    /// <param name="cancellationToken">Ends the wait with an exception.</param>
    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, TimeSpan max, CancellationToken cancellationToken = default) =>
        TakeN(sync: true, numberOfMessages, Dilated(max), cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="ReceiveN(int, CancellationToken)"/>
    public IAsyncEnumerable<object> ReceiveNAsync(int numberOfMessages, CancellationToken cancellationToken = default) =>
        Deferred(token => TakeN(sync: false, numberOfMessages, RemainingOrDefault, token), cancellationToken);

    /// <inheritdoc cref="ReceiveN(int, TimeSpan, CancellationToken)"/>
    public IAsyncEnumerable<object> ReceiveNAsync(int numberOfMessages, TimeSpan max, CancellationToken cancellationToken = default) =>
        Deferred(token => TakeN(sync: false, numberOfMessages, Dilated(max), token), cancellationToken);

    /// <summary>Takes messages until one is found.</summary>
    /// <param name="isMessage">True for the one.</param>
    /// <param name="max">Within which it must come.</param>
    /// <param name="hint">Shown on failure.</param>
    /// <param name="cancellationToken">Ends the wait with an exception.</param>
    public object FishForMessage(
        Predicate<object> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        FishForMessage<object>(isMessage, max, hint, cancellationToken);

    /// <inheritdoc cref="FishForMessage(Predicate{object}, TimeSpan?, string, CancellationToken)"/>
    public T FishForMessage<T>(
        Predicate<T> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        Fish(sync: true, isMessage, null, max, hint, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="FishForMessage(Predicate{object}, TimeSpan?, string, CancellationToken)"/>
    /// <param name="allMessages">Receives the messages before the one; cleared first.</param>
#pragma warning disable CS1573 // The other parameters are documented where inherited from.
    public T FishForMessage<T>(
        Predicate<T> isMessage, ArrayList? allMessages, TimeSpan? max = null, string hint = "",
        CancellationToken cancellationToken = default) =>
        Fish(sync: true, isMessage, allMessages, max, hint, cancellationToken).GetAwaiter().GetResult();
#pragma warning restore CS1573

    /// <inheritdoc cref="FishForMessage(Predicate{object}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<object> FishForMessageAsync(
        Predicate<object> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        FishForMessageAsync<object>(isMessage, max, hint, cancellationToken);

    /// <inheritdoc cref="FishForMessage(Predicate{object}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> FishForMessageAsync<T>(
        Predicate<T> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        Fish(sync: false, isMessage, null, max, hint, cancellationToken);

    /// <inheritdoc cref="FishForMessage{T}(Predicate{T}, ArrayList, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> FishForMessageAsync<T>(
        Predicate<T> isMessage, ArrayList? allMessages, TimeSpan? max = null, string hint = "",
        CancellationToken cancellationToken = default) =>
        Fish(sync: false, isMessage, allMessages, max, hint, cancellationToken);

    /// <summary>Takes messages for a time, among which none may be of this type.</summary>
    /// <param name="max">How long; the remaining or default time if not given.</param>
    /// <param name="cancellationToken">Ends the wait with an exception.</param>
    public async Task FishUntilMessageAsync<T>(TimeSpan? max = null, CancellationToken cancellationToken = default)
    {
        var end = Now + RemainingOrDilated(max);
        while (await Peek(sync: false, Left(end), cancellationToken).ConfigureAwait(false) is { } next)
        {
            _assertions.AssertFalse(next.Message is T, "did not expect a message of type {0}", typeof(T));
            await Take(sync: false, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes messages until none has come for a while.</summary>
    /// <param name="max">How long the silence must be.</param>
    /// <param name="maxMessages">More messages than this fail the test.</param>
    /// <param name="cancellationToken">Ends the wait with an exception.</param>
    public async Task<ArrayList> WaitForRadioSilenceAsync(
        TimeSpan? max = null, uint? maxMessages = null, CancellationToken cancellationToken = default)
    {
        var messages = new ArrayList();
        var silence = RemainingOrDilated(max);
        while (await Take(sync: false, silence, cancellationToken).ConfigureAwait(false) is { } envelope)
        {
            messages.Add(envelope.Message);
            if (maxMessages is { } limit && messages.Count > limit)
                _assertions.Fail("{0} messages came while waiting for silence of {1}", messages.Count, silence);
        }

        return messages;
    }

    /// <summary>Takes a message; remembers it as the last one.</summary>
    private async ValueTask<MessageEnvelope?> Take(bool sync, TimeSpan? max, CancellationToken cancellationToken)
    {
        var envelope = await _queue.Take(sync, WaitFor(max), cancellationToken).ConfigureAwait(false);
        _lastWasNoMsg = false;
        _lastMessage = envelope ?? NullMessageEnvelope.Instance;
        return envelope;
    }

    private async ValueTask<MessageEnvelope?> Peek(bool sync, TimeSpan? max, CancellationToken cancellationToken)
    {
        var envelope = await _queue.Peek(sync, WaitFor(max), cancellationToken).ConfigureAwait(false);
        _lastWasNoMsg = false;
        return envelope;
    }

    private async ValueTask<IReadOnlyList<object>> TakeN(bool sync, int count, TimeSpan max, CancellationToken cancellationToken)
    {
        var start = Now;
        var messages = new List<object>(count);
        while (messages.Count < count)
        {
            var envelope = await Take(sync, Left(start + max), cancellationToken).ConfigureAwait(false);
            _assertions.AssertTrue(envelope is not null,
                "Timeout ({0}) while expecting {1} messages. Only got {2} after {3}.", max, count, messages.Count, Now - start);
            messages.Add(envelope!.Message!);
        }

        return messages;
    }

    private async ValueTask<T> Fish<T>(
        bool sync, Predicate<T> isMessage, ArrayList? passed, TimeSpan? max, string hint, CancellationToken cancellationToken)
    {
        var limit = RemainingOrDilated(max);
        var end = Now + limit;
        passed?.Clear();
        while (true)
        {
            var envelope = await Take(sync, Left(end), cancellationToken).ConfigureAwait(false);
            _assertions.AssertTrue(envelope is not null, "Timeout ({0}) during fishForMessage, hint: {1}", limit, hint);
            if (envelope!.Message is T message && isMessage(message))
                return message;
            passed?.Add(envelope.Message);
        }
    }

    private TimeSpan WaitFor(TimeSpan? max)
    {
        if (max is not { } given)
            return RemainingOrDefault;
        return given.IsInfinite() ? Timeout.InfiniteTimeSpan : given;
    }

    /// <summary>What is left of a time, at least zero.</summary>
    private static TimeSpan Left(TimeSpan end)
    {
        var left = end - Now;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left;
    }

    /// <summary>Runs a collecting body when enumerated.</summary>
    private static async IAsyncEnumerable<T> Deferred<T>(
        Func<CancellationToken, ValueTask<IReadOnlyList<T>>> collect, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var item in await collect(cancellationToken).ConfigureAwait(false))
            yield return item;
    }
}
