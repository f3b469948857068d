// Runs tasks in an actor's turn.
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;

namespace Akka.Dispatch;

/// <summary>Runs tasks in an actor's turn.</summary>
public class ActorTaskScheduler : TaskScheduler
{
    private readonly ActorCell _cell;

    internal ActorTaskScheduler(ActorCell cell) => _cell = cell;

    /// <summary>The message the actor processes.</summary>
    public object CurrentMessage => _cell.CurrentMessage;

    /// <inheritdoc/>
    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Runs an action as part of the message in process.</summary>
    public static void RunTask(Action action) => RunTask(() =>
    {
        action();
        return Task.CompletedTask;
    });

    /// <summary>Runs an asynchronous action as part of the message in process: no other message is taken until it ends.</summary>
    public static void RunTask(Func<Task> asyncAction) => AsyncTurn.Run(static run => run(), asyncAction);

    internal void Execute(Task task)
    {
        OnBeforeTaskStarted();
        TryExecuteTask(task);
        OnAfterTaskCompleted();
    }

    /// <inheritdoc/>
    protected override void QueueTask(Task task) => _cell.SendSystemMessage(new ActorTask(task));

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ReferenceEquals(InternalCurrentActorCellKeeper.Current, _cell) && TryExecuteTask(task);

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks() => throw new NotSupportedException("The queue is the actor's mailbox.");

    /// <summary>Called before a task runs.</summary>
    protected virtual void OnBeforeTaskStarted()
    {
    }

    /// <summary>Called after a task has run.</summary>
    protected virtual void OnAfterTaskCompleted()
    {
    }
}
