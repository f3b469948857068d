// The handlers of one ReceiveActor behaviour, in order of declaration. A behaviour rarely has more than a dozen handlers:
// a linear scan of type checks beats hashing the message's type, and needs no memory per actor.
namespace Akka.Actor;

internal abstract class MessageHandler
{
    public abstract bool TryHandle(object message);
}

internal sealed class ActionHandler<T>(Action<T> handler, Predicate<T>? shouldHandle) : MessageHandler
{
    public override bool TryHandle(object message)
    {
        if (message is not T typed || (shouldHandle is not null && !shouldHandle(typed)))
            return false;
        handler(typed);
        return true;
    }
}

internal sealed class FuncHandler<T>(Func<T, bool> handler) : MessageHandler
{
    public override bool TryHandle(object message) => message is T typed && handler(typed);
}

internal sealed class TypeHandler(Type type, Predicate<object>? shouldHandle, Action<object> handler) : MessageHandler
{
    public override bool TryHandle(object message)
    {
        if (!type.IsInstanceOfType(message) || (shouldHandle is not null && !shouldHandle(message)))
            return false;
        handler(message);
        return true;
    }
}

internal sealed class MessageHandlers
{
    public static readonly MessageHandlers None = new();

    private MessageHandler[] _handlers = [];
    private int _count;
    private bool _closed;

    public void Add(MessageHandler handler)
    {
        if (_closed)
        {
            throw new InvalidOperationException(
                "A handler that catches all messages has been added. No handler can be added after that.");
        }

        if (_count == _handlers.Length)
            Array.Resize(ref _handlers, Math.Max(4, _count * 2));
        _handlers[_count++] = handler;
    }

    public void Close() => _closed = true;

    public bool TryHandle(object message)
    {
        var handlers = _handlers;
        for (var i = 0; i < handlers.Length; i++)
        {
            var handler = handlers[i];
            if (handler is null)
                return false;
            if (handler.TryHandle(message))
                return true;
        }

        return false;
    }
}
