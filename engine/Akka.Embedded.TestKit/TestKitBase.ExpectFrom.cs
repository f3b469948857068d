// Expectations of the next message and its sender.
using Akka.Actor;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>Expects a message of this type from a given sender.</summary>
    public T ExpectMsgFrom<T>(
        IActorRef sender, TimeSpan? duration = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Blocking<T>(ExpectWhere<T>(sync: true, duration, hint, IsFrom<T>(sender, hint, null), cancellationToken));

    /// <summary>Expects a message equal to this one from a given sender.</summary>
    public T ExpectMsgFrom<T>(
        IActorRef sender, T message, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Blocking<T>(ExpectWhere<T>(sync: true, timeout, hint, IsFrom(sender, hint, IsEqual(message, hint)), cancellationToken));

    /// <summary>Expects a message for which a predicate is true from a given sender.</summary>
    public T ExpectMsgFrom<T>(
        IActorRef sender, Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Blocking<T>(ExpectWhere<T>(sync: true, timeout, hint, IsFrom(sender, hint, Satisfies(isMessage, hint)), cancellationToken));

    /// <summary>Expects a message and a sender for which predicates are true.</summary>
    public T ExpectMsgFrom<T>(
        Predicate<IActorRef> isSender, Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Blocking<T>(ExpectWhere<T>(sync: true, timeout, hint, IsFrom(isSender, hint, isMessage), cancellationToken));

    /// <summary>Expects a message of this type from a given sender and lets a test look at it.</summary>
    public T ExpectMsgFrom<T>(
        IActorRef sender, Action<T> assertMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Blocking<T>(ExpectWhere<T>(sync: true, timeout, hint, IsFrom<T>(sender, hint, (message, _) => assertMessage(message)), cancellationToken));

    /// <summary>Expects a message of this type and lets a test look at its sender and at it.</summary>
    public T ExpectMsgFrom<T>(
        Action<IActorRef> assertSender, Action<T> assertMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Blocking<T>(ExpectWhere<T>(sync: true, timeout, hint, Both(assertSender, assertMessage), cancellationToken));

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        IActorRef sender, TimeSpan? duration = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Later<T>(ExpectWhere<T>(sync: false, duration, hint, IsFrom<T>(sender, hint, null), cancellationToken));

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, T, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        IActorRef sender, T message, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Later<T>(ExpectWhere<T>(sync: false, timeout, hint, IsFrom(sender, hint, IsEqual(message, hint)), cancellationToken));

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, Predicate{T}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        IActorRef sender, Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Later<T>(ExpectWhere<T>(sync: false, timeout, hint, IsFrom(sender, hint, Satisfies(isMessage, hint)), cancellationToken));

    /// <inheritdoc cref="ExpectMsgFrom{T}(Predicate{IActorRef}, Predicate{T}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        Predicate<IActorRef> isSender, Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Later<T>(ExpectWhere<T>(sync: false, timeout, hint, IsFrom(isSender, hint, isMessage), cancellationToken));

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, Action{T}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        IActorRef sender, Action<T> assertMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Later<T>(ExpectWhere<T>(sync: false, timeout, hint, IsFrom<T>(sender, hint, (message, _) => assertMessage(message)), cancellationToken));

    /// <inheritdoc cref="ExpectMsgFrom{T}(Action{IActorRef}, Action{T}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        Action<IActorRef> assertSender, Action<T> assertMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Later<T>(ExpectWhere<T>(sync: false, timeout, hint, Both(assertSender, assertMessage), cancellationToken));

    private Action<T, IActorRef> IsFrom<T>(IActorRef sender, string? hint, Action<T, IActorRef>? check) => (message, actual) =>
    {
        _assertions.AssertEqual(sender, actual, $"{hint}: the sender differs");
        check?.Invoke(message, actual);
    };

    private Action<T, IActorRef> IsFrom<T>(Predicate<IActorRef> isSender, string? hint, Predicate<T> isMessage) => (message, actual) =>
    {
        _assertions.AssertTrue(isSender(actual), "{0}: the sender {1} of {2} does not match", hint ?? "", actual, message!);
        Satisfies(isMessage, hint)(message, actual);
    };

    private static Action<T, IActorRef> Both<T>(Action<IActorRef> assertSender, Action<T> assertMessage) => (message, actual) =>
    {
        assertSender(actual);
        assertMessage(message);
    };
}
