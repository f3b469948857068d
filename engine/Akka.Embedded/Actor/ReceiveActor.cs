// An actor whose behaviour is a list of handlers by message type, tried in the order they were declared.
// Handlers can be declared in the constructor and inside Become only: the list of a behaviour in force never changes.
using Akka.Actor.Internal;
using Akka.Dispatch;

namespace Akka.Actor;

/// <summary>An actor whose behaviour is a list of handlers by message type.</summary>
public abstract class ReceiveActor : UntypedActor, IInitializableActor
{
    private MessageHandlers? _building = new();
    private MessageHandlers _current = MessageHandlers.None;

    /// <summary>Declare handlers in the derived constructor.</summary>
    protected ReceiveActor()
    {
    }

    void IInitializableActor.Init()
    {
        if (_building is null)
            return;
        _current = _building;
        _building = null;
    }

    /// <inheritdoc/>
    protected sealed override void OnReceive(object message)
    {
        if (!_current.TryHandle(message))
            Unhandled(message);
    }

    /// <summary>Replaces the behaviour by the handlers that <paramref name="configure"/> declares.</summary>
    protected void Become(Action configure)
    {
        var handlers = Build(configure);
        base.Become(Behaviour(handlers));
    }

    /// <summary>Puts the handlers that <paramref name="configure"/> declares on the stack.</summary>
    protected void BecomeStacked(Action configure)
    {
        var handlers = Build(configure);
        base.BecomeStacked(Behaviour(handlers));
    }

    /// <summary>Handles messages of type <typeparamref name="T"/> for which <paramref name="shouldHandle"/> holds.</summary>
    protected void Receive<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        Declare().Add(new ActionHandler<T>(handler, shouldHandle));

    /// <summary>Handles messages of type <typeparamref name="T"/> for which <paramref name="shouldHandle"/> holds.</summary>
    protected void Receive<T>(Predicate<T> shouldHandle, Action<T> handler) => Receive(handler, shouldHandle);

    /// <summary>Handles messages of a type for which <paramref name="shouldHandle"/> holds.</summary>
    protected void Receive(Type messageType, Action<object> handler, Predicate<object>? shouldHandle = null) =>
        Declare().Add(new TypeHandler(messageType, shouldHandle, handler));

    /// <summary>Handles messages of a type for which <paramref name="shouldHandle"/> holds.</summary>
    protected void Receive(Type messageType, Predicate<object> shouldHandle, Action<object> handler) =>
        Receive(messageType, handler, shouldHandle);

    /// <summary>Tries messages of type <typeparamref name="T"/>; false passes the message on to the next handler.</summary>
    protected void Receive<T>(Func<T, bool> handler) => Declare().Add(new FuncHandler<T>(handler));

    /// <summary>Tries messages of a type; false passes the message on to the next handler.</summary>
    protected void Receive(Type messageType, Func<object, bool> handler) =>
        Declare().Add(new FuncHandler<object>(message => messageType.IsInstanceOfType(message) && handler(message)));

    /// <summary>Handles everything that comes this far; no handler can follow.</summary>
    protected void ReceiveAny(Action<object> handler)
    {
        var handlers = Declare();
        handlers.Add(new ActionHandler<object>(handler, null));
        handlers.Close();
    }

    /// <summary>As <see cref="ReceiveAny"/>; the next message is taken when the task has ended.</summary>
    protected void ReceiveAnyAsync(Func<object, Task> handler) => ReceiveAny(message => RunAsync(handler, message));

    /// <summary>As Receive; the next message is taken when the task has ended, and its exceptions go to the supervisor.</summary>
    protected void ReceiveAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle = null) =>
        Receive(message => RunAsync(handler, message), shouldHandle);

    /// <summary>As Receive; the next message is taken when the task has ended, and its exceptions go to the supervisor.</summary>
    protected void ReceiveAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) => ReceiveAsync(handler, shouldHandle);

    /// <summary>As Receive; the next message is taken when the task has ended, and its exceptions go to the supervisor.</summary>
    protected void ReceiveAsync(Type messageType, Func<object, Task> handler, Predicate<object>? shouldHandle = null) =>
        Receive(messageType, message => RunAsync(handler, message), shouldHandle);

    /// <summary>As Receive; the next message is taken when the task has ended, and its exceptions go to the supervisor.</summary>
    protected void ReceiveAsync(Type messageType, Predicate<object> shouldHandle, Func<object, Task> handler) =>
        ReceiveAsync(messageType, handler, shouldHandle);

    private static void RunAsync<T>(Func<T, Task> handler, T message) => AsyncTurn.Run(handler, message);

    private MessageHandlers Build(Action configure)
    {
        var outer = _building;
        var handlers = new MessageHandlers();
        _building = handlers;
        try
        {
            configure();
        }
        finally
        {
            _building = outer;
        }

        return handlers;
    }

    private UntypedReceive Behaviour(MessageHandlers handlers) => message =>
    {
        if (!handlers.TryHandle(message))
            Unhandled(message);
    };

    private MessageHandlers Declare() =>
        _building ?? throw new InvalidOperationException(
            "You may only call Receive-methods when constructing the actor and inside Become().");
}
