// Expectations of the next message. The first message decides: one of another type or content fails the test at once.
using Akka.Actor;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>Expects a message of this type.</summary>
    /// <param name="duration">How long to wait; the remaining or default time if not given.</param>
    /// <param name="hint">Shown on failure.</param>
    /// <param name="cancellationToken">Ends the wait with an exception.</param>
    public T ExpectMsg<T>(TimeSpan? duration = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Blocking<T>(ExpectWhere<T>(sync: true, duration, hint, null, cancellationToken));

    /// <summary>Expects a message equal to this one.</summary>
    public T ExpectMsg<T>(T message, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Blocking<T>(ExpectWhere<T>(sync: true, timeout, hint, IsEqual(message, hint), cancellationToken));

    /// <summary>Expects a message for which a predicate is true.</summary>
    public T ExpectMsg<T>(
        Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Blocking<T>(ExpectWhere<T>(sync: true, timeout, hint, Satisfies(isMessage, hint), cancellationToken));

    /// <summary>Expects a message of this type and lets a test look at it.</summary>
    public T ExpectMsg<T>(
        Action<T> assert, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Blocking<T>(ExpectWhere<T>(sync: true, timeout, hint, (message, _) => assert(message), cancellationToken));

    /// <summary>Expects a message for which, with its sender, a predicate is true.</summary>
    public T ExpectMsg<T>(
        Func<T, IActorRef, bool> isMessageAndSender, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Blocking<T>(ExpectWhere<T>(sync: true, timeout, hint, Satisfies(isMessageAndSender, hint), cancellationToken));

    /// <summary>Expects a message of this type and lets a test look at it and its sender.</summary>
    public T ExpectMsg<T>(
        Action<T, IActorRef> assertMessageAndSender, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Blocking<T>(ExpectWhere<T>(sync: true, timeout, hint, assertMessageAndSender, cancellationToken));

    /// <summary>Expects a message equal to this one by <paramref name="comparer"/>.</summary>
    public T ExpectMsg<T>(
        T expected, Func<T, T, bool> comparer, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Blocking<T>(ExpectWhere<T>(sync: true, timeout, hint, IsEqual(expected, comparer, hint), cancellationToken));

    /// <inheritdoc cref="ExpectMsg{T}(TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(TimeSpan? duration = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Later<T>(ExpectWhere<T>(sync: false, duration, hint, null, cancellationToken));

    /// <inheritdoc cref="ExpectMsg{T}(T, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        T message, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Later<T>(ExpectWhere<T>(sync: false, timeout, hint, IsEqual(message, hint), cancellationToken));

    /// <inheritdoc cref="ExpectMsg{T}(Predicate{T}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Later<T>(ExpectWhere<T>(sync: false, timeout, hint, Satisfies(isMessage, hint), cancellationToken));

    /// <inheritdoc cref="ExpectMsg{T}(Action{T}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        Action<T> assert, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Later<T>(ExpectWhere<T>(sync: false, timeout, hint, (message, _) => assert(message), cancellationToken));

    /// <inheritdoc cref="ExpectMsg{T}(Func{T, IActorRef, bool}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        Func<T, IActorRef, bool> isMessageAndSender, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Later<T>(ExpectWhere<T>(sync: false, timeout, hint, Satisfies(isMessageAndSender, hint), cancellationToken));

    /// <inheritdoc cref="ExpectMsg{T}(Action{T, IActorRef}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        Action<T, IActorRef> assertMessageAndSender, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Later<T>(ExpectWhere<T>(sync: false, timeout, hint, assertMessageAndSender, cancellationToken));

    /// <inheritdoc cref="ExpectMsg{T}(T, Func{T, T, bool}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        T expected, Func<T, T, bool> comparer, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Later<T>(ExpectWhere<T>(sync: false, timeout, hint, IsEqual(expected, comparer, hint), cancellationToken));

    /// <summary>Expects <see cref="Terminated"/> of an actor that is watched.</summary>
    public Terminated ExpectTerminated(
        IActorRef target, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Blocking<Terminated>(ExpectEnd(sync: true, target, timeout, hint, cancellationToken));

    /// <inheritdoc cref="ExpectTerminated"/>
    public ValueTask<Terminated> ExpectTerminatedAsync(
        IActorRef target, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Later<Terminated>(ExpectEnd(sync: false, target, timeout, hint, cancellationToken));

    /// <summary>Expects silence for the remaining or default time.</summary>
    public void ExpectNoMsg(CancellationToken cancellationToken = default) =>
        Silence(sync: true, RemainingOrDefault, cancellationToken).GetAwaiter().GetResult();

    /// <summary>Expects silence.</summary>
    public void ExpectNoMsg(TimeSpan duration, CancellationToken cancellationToken = default) =>
        Silence(sync: true, Dilated(duration), cancellationToken).GetAwaiter().GetResult();

    /// <summary>Expects silence.</summary>
    public void ExpectNoMsg(int milliseconds, CancellationToken cancellationToken = default) =>
        ExpectNoMsg(TimeSpan.FromMilliseconds(milliseconds), cancellationToken);

    /// <inheritdoc cref="ExpectNoMsg(CancellationToken)"/>
    public ValueTask ExpectNoMsgAsync(CancellationToken cancellationToken = default) =>
        Silence(sync: false, RemainingOrDefault, cancellationToken);

    /// <inheritdoc cref="ExpectNoMsg(TimeSpan, CancellationToken)"/>
    public ValueTask ExpectNoMsgAsync(TimeSpan duration, CancellationToken cancellationToken = default) =>
        Silence(sync: false, Dilated(duration), cancellationToken);

    /// <inheritdoc cref="ExpectNoMsg(int, CancellationToken)"/>
    public ValueTask ExpectNoMsgAsync(int milliseconds, CancellationToken cancellationToken = default) =>
        ExpectNoMsgAsync(TimeSpan.FromMilliseconds(milliseconds), cancellationToken);

    private static T Blocking<T>(ValueTask<(T Message, IActorRef Sender)> expected) => expected.GetAwaiter().GetResult().Message;

    private static async ValueTask<T> Later<T>(ValueTask<(T Message, IActorRef Sender)> expected) =>
        (await expected.ConfigureAwait(false)).Message;

    private async ValueTask<(T Message, IActorRef Sender)> ExpectWhere<T>(
        bool sync, TimeSpan? timeout, string? hint, Action<T, IActorRef>? check, CancellationToken cancellationToken)
    {
        var limit = RemainingOrDilated(timeout);
        var envelope = await Take(sync, limit, cancellationToken).ConfigureAwait(false);
        if (envelope is null)
            _assertions.Fail("Failed: Timeout {0} while waiting for a message of type {1} {2}", limit, typeof(T), hint ?? "");
        if (envelope!.Message is not T message)
        {
            _assertions.Fail("Failed: Expected a message of type {0}, but received {{{1}}} (type {2}) instead {3} from {4}",
                typeof(T), envelope.Message!, envelope.Message!.GetType(), hint ?? "", envelope.Sender);
            return default;
        }

        check?.Invoke(message, envelope.Sender);
        return (message, envelope.Sender);
    }

    private ValueTask<(Terminated Message, IActorRef Sender)> ExpectEnd(
        bool sync, IActorRef target, TimeSpan? timeout, string? hint, CancellationToken cancellationToken) =>
        ExpectWhere<Terminated>(sync, timeout, $"Terminated {target}. {hint}",
            (terminated, _) => _assertions.AssertEqual(target, terminated.ActorRef, hint ?? ""), cancellationToken);

    private async ValueTask Silence(bool sync, TimeSpan duration, CancellationToken cancellationToken)
    {
        var start = Now;
        var envelope = await Take(sync, duration, cancellationToken).ConfigureAwait(false);
        _lastWasNoMsg = true;
        if (envelope is not null)
            _assertions.Fail("Failed: Expected no messages during {0}, instead we received {1} after {2}", duration, envelope, Now - start);
    }

    private Action<T, IActorRef> IsEqual<T>(T expected, string? hint) =>
        (message, _) => _assertions.AssertEqual(expected, message, hint ?? "");

    private Action<T, IActorRef> IsEqual<T>(T expected, Func<T, T, bool> comparer, string? hint) =>
        (message, _) => _assertions.AssertEqual(expected, message, comparer, hint ?? "");

    private Action<T, IActorRef> Satisfies<T>(Predicate<T> isMessage, string? hint) =>
        Satisfies<T>((message, _) => isMessage(message), hint);

    private Action<T, IActorRef> Satisfies<T>(Func<T, IActorRef, bool> isMessage, string? hint) => (message, sender) =>
        _assertions.AssertTrue(isMessage(message, sender),
            "Got a message of the expected type <{2}> from {4}. Also expected {0} but the message {{{1}}} of type <{3}> did not match",
            string.IsNullOrEmpty(hint) ? "the predicate to return true" : hint, message!, typeof(T), message!.GetType(), sender);
}
