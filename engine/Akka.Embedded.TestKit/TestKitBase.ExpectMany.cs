// Expectations of several messages in any order, and of messages as long as a condition holds.
using Akka.Actor;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>Expects exactly these messages next, in any order, within the remaining or default time.</summary>
    /// <returns>In the order received.</returns>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(params T[] messages) => ExpectMsgAllOf((IReadOnlyCollection<T>)messages);

    /// <inheritdoc cref="ExpectMsgAllOf{T}(T[])"/>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(IReadOnlyCollection<T> messages, CancellationToken cancellationToken = default) =>
        AllOf(sync: true, RemainingOrDefault, messages, cancellationToken).GetAwaiter().GetResult();

    /// <summary>Expects exactly these messages next, in any order.</summary>
    /// <returns>In the order received.</returns>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(TimeSpan max, params T[] messages) =>
        ExpectMsgAllOf(max, (IReadOnlyCollection<T>)messages);

    /// <inheritdoc cref="ExpectMsgAllOf{T}(TimeSpan, T[])"/>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(
        TimeSpan max, IReadOnlyCollection<T> messages, CancellationToken cancellationToken = default) =>
        AllOf(sync: true, Dilated(max), messages, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="ExpectMsgAllOf{T}(T[])"/>
    public IAsyncEnumerable<T> ExpectMsgAllOfAsync<T>(IReadOnlyCollection<T> messages, CancellationToken cancellationToken = default) =>
        Deferred(token => AllOf(sync: false, RemainingOrDefault, messages, token), cancellationToken);

    /// <inheritdoc cref="ExpectMsgAllOf{T}(TimeSpan, T[])"/>
    public IAsyncEnumerable<T> ExpectMsgAllOfAsync<T>(
        TimeSpan max, IReadOnlyCollection<T> messages, CancellationToken cancellationToken = default) =>
        Deferred(token => AllOf(sync: false, Dilated(max), messages, token), cancellationToken);

    /// <summary>Expects one message for each predicate, in any order, within the remaining or default time.</summary>
    /// <returns>In the order received.</returns>
    public IReadOnlyCollection<object> ExpectMsgAllOfMatchingPredicates(params PredicateInfo[] predicates) =>
        ExpectMsgAllOfMatchingPredicates(predicates, CancellationToken.None);

    /// <inheritdoc cref="ExpectMsgAllOfMatchingPredicates(PredicateInfo[])"/>
    public IReadOnlyCollection<object> ExpectMsgAllOfMatchingPredicates(
        IReadOnlyCollection<PredicateInfo> predicates, CancellationToken cancellationToken) =>
        AllMatching(sync: true, RemainingOrDefault, predicates, cancellationToken).GetAwaiter().GetResult();

    /// <summary>Expects one message for each predicate, in any order.</summary>
    /// <returns>In the order received.</returns>
    public IReadOnlyCollection<object> ExpectMsgAllOfMatchingPredicates(TimeSpan max, params PredicateInfo[] predicates) =>
        ExpectMsgAllOfMatchingPredicates(max, predicates, CancellationToken.None);

    /// <inheritdoc cref="ExpectMsgAllOfMatchingPredicates(TimeSpan, PredicateInfo[])"/>
    public IReadOnlyCollection<object> ExpectMsgAllOfMatchingPredicates(
        TimeSpan max, IReadOnlyCollection<PredicateInfo> predicates, CancellationToken cancellationToken) =>
        AllMatching(sync: true, Dilated(max), predicates, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="ExpectMsgAllOfMatchingPredicates(PredicateInfo[])"/>
    public IAsyncEnumerable<object> ExpectMsgAllOfMatchingPredicatesAsync(
        IReadOnlyCollection<PredicateInfo> predicates, CancellationToken cancellationToken = default) =>
        Deferred(token => AllMatching(sync: false, RemainingOrDefault, predicates, token), cancellationToken);

    /// <inheritdoc cref="ExpectMsgAllOfMatchingPredicates(TimeSpan, PredicateInfo[])"/>
    public IAsyncEnumerable<object> ExpectMsgAllOfMatchingPredicatesAsync(
        TimeSpan max, IReadOnlyCollection<PredicateInfo> predicates, CancellationToken cancellationToken = default) =>
        Deferred(token => AllMatching(sync: false, Dilated(max), predicates, token), cancellationToken);

    /// <summary>Expects the next message to be one of these.</summary>
    public T ExpectMsgAnyOf<T>(IEnumerable<T> messages, CancellationToken cancellationToken = default) =>
        AnyOf(sync: true, messages, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="ExpectMsgAnyOf"/>
    public ValueTask<T> ExpectMsgAnyOfAsync<T>(IEnumerable<T> messages, CancellationToken cancellationToken = default) =>
        AnyOf(sync: false, messages, cancellationToken);

    /// <summary>Takes messages as long as <paramref name="filter"/> makes something of them; the first other one is left.</summary>
    /// <param name="max">When to stop; the remaining or default time if not given.</param>
    /// <param name="filter">Null stops.</param>
    /// <param name="msgs">How many at most.</param>
    /// <param name="cancellationToken">Ends the wait with an exception.</param>
    public IReadOnlyList<T> ReceiveWhile<T>(
        TimeSpan? max, Func<object, T?> filter, int msgs = int.MaxValue, CancellationToken cancellationToken = default) =>
        While(sync: true, filter, max, null, msgs, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="ReceiveWhile{T}(TimeSpan?, Func{object, T}, int, CancellationToken)"/>
    /// <param name="max">When to stop; the remaining or default time if not given.</param>
    /// <param name="idle">Stops when no message came for so long.</param>
    /// <param name="filter">Null stops.</param>
    /// <param name="msgs">How many at most.</param>
    /// <param name="cancellationToken">Ends the wait with an exception.</param>
    public IReadOnlyList<T> ReceiveWhile<T>(
        TimeSpan? max, TimeSpan? idle, Func<object, T?> filter, int msgs = int.MaxValue, CancellationToken cancellationToken = default) =>
        While(sync: true, filter, max, idle, msgs, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="ReceiveWhile{T}(TimeSpan?, TimeSpan?, Func{object, T}, int, CancellationToken)"/>
    public IReadOnlyList<T> ReceiveWhile<T>(
        Func<object, T?> filter, TimeSpan? max = null, TimeSpan? idle = null, int msgs = int.MaxValue,
        CancellationToken cancellationToken = default) =>
        While(sync: true, filter, max, idle, msgs, cancellationToken).GetAwaiter().GetResult();

    /// <summary>Takes messages of a type as long as a predicate holds; the first one for which it does not is left.</summary>
    /// <param name="shouldContinue">False stops.</param>
    /// <param name="max">When to stop; the remaining or default time if not given.</param>
    /// <param name="idle">Stops when no message came for so long.</param>
    /// <param name="msgs">How many at most.</param>
    /// <param name="shouldIgnoreOtherMessageTypes">True drops messages of other types; false stops at them.</param>
    /// <param name="cancellationToken">Ends the wait with an exception.</param>
    public IReadOnlyList<T> ReceiveWhile<T>(
        Predicate<T> shouldContinue, TimeSpan? max = null, TimeSpan? idle = null, int msgs = int.MaxValue,
        bool shouldIgnoreOtherMessageTypes = true, CancellationToken cancellationToken = default) =>
        WhileTyped(sync: true, shouldContinue, max, idle, msgs, shouldIgnoreOtherMessageTypes, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="ReceiveWhile{T}(TimeSpan?, Func{object, T}, int, CancellationToken)"/>
    public IAsyncEnumerable<T> ReceiveWhileAsync<T>(
        TimeSpan? max, Func<object, T?> filter, int msgs = int.MaxValue, CancellationToken cancellationToken = default) =>
        Deferred(token => While(sync: false, filter, max, null, msgs, token), cancellationToken);

    /// <inheritdoc cref="ReceiveWhile{T}(TimeSpan?, TimeSpan?, Func{object, T}, int, CancellationToken)"/>
    public IAsyncEnumerable<T> ReceiveWhileAsync<T>(
        TimeSpan? max, TimeSpan? idle, Func<object, T?> filter, int msgs = int.MaxValue, CancellationToken cancellationToken = default) =>
        Deferred(token => While(sync: false, filter, max, idle, msgs, token), cancellationToken);

    /// <inheritdoc cref="ReceiveWhile{T}(TimeSpan?, TimeSpan?, Func{object, T}, int, CancellationToken)"/>
    public IAsyncEnumerable<T> ReceiveWhileAsync<T>(
        Func<object, T?> filter, TimeSpan? max = null, TimeSpan? idle = null, int msgs = int.MaxValue,
        CancellationToken cancellationToken = default) =>
        Deferred(token => While(sync: false, filter, max, idle, msgs, token), cancellationToken);

    /// <inheritdoc cref="ReceiveWhile{T}(Predicate{T}, TimeSpan?, TimeSpan?, int, bool, CancellationToken)"/>
    public IAsyncEnumerable<T> ReceiveWhileAsync<T>(
        Predicate<T> shouldContinue, TimeSpan? max = null, TimeSpan? idle = null, int msgs = int.MaxValue,
        bool shouldIgnoreOtherMessageTypes = true, CancellationToken cancellationToken = default) =>
        Deferred(
            token => WhileTyped(sync: false, shouldContinue, max, idle, msgs, shouldIgnoreOtherMessageTypes, token), cancellationToken);

    private async ValueTask<IReadOnlyList<T>> AllOf<T>(
        bool sync, TimeSpan max, IReadOnlyCollection<T> messages, CancellationToken cancellationToken)
    {
        var received = await TakeN(sync, messages.Count, max, cancellationToken).ConfigureAwait(false);
        var missing = messages.Where(expected => !received.Any(actual => actual is T && Equals(expected, actual))).ToList();
        var unexpected = received.Where(actual => !messages.Any(expected => Equals(expected, actual))).ToList();
        FailIfAny(missing, unexpected);
        return received.Cast<T>().ToList();
    }

    private async ValueTask<IReadOnlyList<object>> AllMatching(
        bool sync, TimeSpan max, IReadOnlyCollection<PredicateInfo> predicates, CancellationToken cancellationToken)
    {
        var received = await TakeN(sync, predicates.Count, max, cancellationToken).ConfigureAwait(false);
        var missing = predicates.Where(predicate => !received.Any(predicate.Matches)).ToList();
        var unexpected = received.Where(actual => !predicates.Any(predicate => predicate.Matches(actual))).ToList();
        FailIfAny(missing, unexpected);
        return received;
    }

    private void FailIfAny<TExpected>(List<TExpected> missing, List<object> unexpected)
    {
        if (missing.Count > 0 || unexpected.Count > 0)
            _assertions.Fail("not found [{0}] found unexpected [{1}]", string.Join(", ", missing), string.Join(", ", unexpected));
    }

    private async ValueTask<T> AnyOf<T>(bool sync, IEnumerable<T> messages, CancellationToken cancellationToken)
    {
        var limit = RemainingOrDefault;
        var envelope = await Take(sync, limit, cancellationToken).ConfigureAwait(false);
        _assertions.AssertTrue(envelope is not null, "Timeout ({0}) during ExpectMsgAnyOf", limit);
        var found = envelope!.Message is T message && messages.Any(expected => Equals(expected, message));
        _assertions.AssertTrue(found, "ExpectMsgAnyOf found unexpected {0}", envelope.Message!);
        return (T)envelope.Message!;
    }

    private async ValueTask<IReadOnlyList<T>> While<T>(
        bool sync, Func<object, T?> filter, TimeSpan? max, TimeSpan? idle, int count, CancellationToken cancellationToken)
    {
        var end = Now + RemainingOrDilated(max);
        var result = new List<T>();
        while (result.Count < count)
        {
            var next = await Peek(sync, Shorter(Left(end), idle), cancellationToken).ConfigureAwait(false);
            if (next is null || filter(next.Message!) is not { } made)
                break;
            await Take(sync, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            result.Add(made);
        }

        _lastWasNoMsg = true;
        return result;
    }

    private async ValueTask<IReadOnlyList<T>> WhileTyped<T>(
        bool sync, Predicate<T> shouldContinue, TimeSpan? max, TimeSpan? idle, int count, bool skipOthers,
        CancellationToken cancellationToken)
    {
        var end = Now + RemainingOrDilated(max);
        var result = new List<T>();
        while (result.Count < count)
        {
            var next = await Peek(sync, Shorter(Left(end), idle), cancellationToken).ConfigureAwait(false);
            if (next is null || (next.Message is T typed ? !shouldContinue(typed) : !skipOthers))
                break;
            await Take(sync, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            if (next.Message is T message)
                result.Add(message);
        }

        _lastWasNoMsg = true;
        return result;
    }

    private static TimeSpan Shorter(TimeSpan left, TimeSpan? idle) => Internal.TimeSpanExtensions.Min(left, idle);
}
