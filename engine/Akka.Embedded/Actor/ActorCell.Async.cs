// Asynchronous turns: while the task of a handler runs, the mailbox takes no user messages, and the continuations of its
// awaits come back to the actor through the system lane. A turn ends with its task, or is abandoned when the actor restarts
// or ends: then what is left of it runs outside of the actor, where it finds no context.
using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

public partial class ActorCell
{
    private AsyncTurn? _turn;
    private ActorTaskScheduler? _taskScheduler;
    private int _incarnation;

    /// <summary>Waits for the task of a turn; user messages wait, too.</summary>
    internal void Await(AsyncTurn turn)
    {
        _turn = turn;
        _mailbox.Suspend();
    }

    /// <summary>The task of a turn has ended; called in the actor's turn.</summary>
    internal void EndTurn(AsyncTurn turn, Exception? failure)
    {
        if (!ReferenceEquals(_turn, turn))
        {
            if (failure is not null)
                Publish(new Warning(failure, _self.Path.ToString(), GetType(), "An asynchronous handler failed after its actor had restarted or ended."));
            return;
        }

        _turn = null;
        _mailbox.Resume();
        NoteActivity(turn.Message);
        if (failure is null)
        {
            _currentMessage = null;
            _currentSender = null;
            return;
        }

        _currentMessage = turn.Message;
        _currentSender = turn.Sender;
        HandleInvokeFailure(failure);
    }

    internal AsyncTurn NewTurn() => new(this, _incarnation, _currentMessage, _currentSender);

    /// <summary>The instance is given up: continuations of its turns no longer run in this actor.</summary>
    private void AbandonTurn()
    {
        _incarnation++;
        if (_turn is null)
            return;
        _turn = null;
        _mailbox.Resume();
    }

    private void RunContinuation(AsyncContinuation continuation)
    {
        var turn = continuation.Turn;
        if (turn.Incarnation != _incarnation)
        {
            RunDetached(continuation);
            return;
        }

        var (message, sender, waiting) = (_currentMessage, _currentSender, _turn);
        _currentMessage = turn.Message;
        _currentSender = turn.Sender;
        try
        {
            continuation.Run();
        }
        finally
        {
            // If a turn ended here, it has left both as they must be.
            if (ReferenceEquals(_turn, waiting))
            {
                _currentMessage = message;
                _currentSender = sender;
            }
        }
    }

    /// <summary>Runs what is left of an abandoned turn; a failure in it is nobody's but the log's.</summary>
    private void RunDetached(AsyncContinuation continuation)
    {
        try
        {
            continuation.RunDetached();
        }
        catch (Exception e)
        {
            Publish(new Error(e, _self.Path.ToString(), GetType(), $"An abandoned asynchronous handler failed: {e.Message}"));
        }
    }

    private void RunActorTask(ActorTask message) => _taskScheduler?.Execute(message.Task);
}

/// <summary>One asynchronous turn of an actor: the context its awaits come back through.</summary>
internal sealed class AsyncTurn(ActorCell cell, int incarnation, object? message, IActorRef? sender) : SynchronizationContext
{
    public int Incarnation => incarnation;

    public object? Message => message;

    public IActorRef? Sender => sender;

    /// <summary>Runs a handler as the current actor's turn; returns when it is done or waits.</summary>
    public static void Run<T>(Func<T, Task> handler, T argument)
    {
        var cell = InternalCurrentActorCellKeeper.Current
            ?? throw new InvalidOperationException("An asynchronous turn can be started by an actor in its own turn only.");
        var turn = cell.NewTurn();
        var outer = Current;
        SetSynchronizationContext(turn);
        try
        {
            var task = handler(argument);
            if (!task.IsCompleted)
            {
                cell.Await(turn);
                _ = turn.EndWith(task);
                return;
            }

            task.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    public override void Post(SendOrPostCallback d, object? state) =>
        cell.SendSystemMessage(new AsyncContinuation(this, d, state));

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("An actor cannot be waited for: use Post.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs as a continuation of this turn, so in the actor's turn, or detached if the turn was abandoned.</summary>
    private async Task EndWith(Task task)
    {
        Exception? failure = null;
        try
        {
            await task;
        }
        catch (Exception e)
        {
            failure = e;
        }

        cell.EndTurn(this, failure);
    }
}

/// <summary>What follows an await in an asynchronous turn.</summary>
internal sealed class AsyncContinuation(AsyncTurn turn, SendOrPostCallback callback, object? state) : SystemMessage
{
    public AsyncTurn Turn => turn;

    public void Run()
    {
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(turn);
        try
        {
            callback(state);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    /// <summary>Runs outside of any actor, so that what the turn holds is released.</summary>
    public void RunDetached()
    {
        var current = InternalCurrentActorCellKeeper.Current;
        InternalCurrentActorCellKeeper.Current = null;
        try
        {
            callback(state);
        }
        finally
        {
            InternalCurrentActorCellKeeper.Current = current;
        }
    }
}
