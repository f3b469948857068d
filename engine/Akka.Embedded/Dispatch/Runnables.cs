// Work that an executor runs.
namespace Akka.Dispatch;

/// <summary>A piece of work.</summary>
public interface IRunnable
{
    /// <summary>Does it.</summary>
    void Run();
}

/// <summary>An action as a piece of work.</summary>
public sealed class ActionRunnable : IRunnable
{
    private readonly Action _action;

    /// <param name="action">The work.</param>
    public ActionRunnable(Action action) => _action = action;

    /// <inheritdoc/>
    public void Run() => _action();
}

/// <summary>An action and its argument as a piece of work.</summary>
public sealed class ActionWithStateRunnable : IRunnable
{
    private readonly Action<object?> _actionWithState;
    private readonly object? _state;

    /// <param name="actionWithState">The work.</param>
    /// <param name="state">Its argument.</param>
    public ActionWithStateRunnable(Action<object?> actionWithState, object? state)
    {
        _actionWithState = actionWithState;
        _state = state;
    }

    /// <inheritdoc/>
    public void Run() => _actionWithState(_state);
}
