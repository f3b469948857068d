// References that stand for a task. They get a path under "/temp" only when somebody asks for it, which within one process
// hardly ever happens: an answer to a local Ask costs no entry in any table.
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Embedded;

namespace Akka.Actor;

/// <summary>Completes a task with the first message it gets.</summary>
public class FutureActorRef<T> : MinimalActorRef
{
    private readonly TaskCompletionSource<T> _result;
    private readonly IActorRefProvider _provider;
    private TemporaryPath _path;

    /// <param name="result">What is completed.</param>
    /// <param name="path">The reference's path; the caller registers it.</param>
    /// <param name="provider">The provider.</param>
    public FutureActorRef(TaskCompletionSource<T> result, ActorPath path, IActorRefProvider provider)
        : this(result, provider) => _path = new TemporaryPath(path);

    internal FutureActorRef(TaskCompletionSource<T> result, IActorRefProvider provider)
    {
        _result = result;
        _provider = provider;
    }

    /// <inheritdoc/>
    public override ActorPath Path => _path.Get(this, _provider);

    /// <inheritdoc/>
    public override IActorRefProvider Provider => _provider;

    /// <summary>True once the task has ended.</summary>
    public override bool IsTerminated => _result.Task.IsCompleted;

    internal Task<T> Task => _result.Task;

    /// <summary>Sends the question in the name of this reference.</summary>
    public virtual void DeliverAsk(object message, ICanTell destination) => destination.Tell(message, this);

    /// <inheritdoc/>
    public override void SendSystemMessage(ISystemMessage message)
    {
        // Whoever watches an Ask's reference sees it end at once: it has no life of its own.
        if (message is Watch watch && !watch.Watcher.Equals(this))
            watch.Watcher.SendSystemMessage(new DeathWatchNotification(watch.Watchee, existenceConfirmed: true, addressTerminated: false));
    }

    internal bool Fail(Exception failure)
    {
        OnEnd();
        return _result.TrySetException(failure);
    }

    internal bool CancelTask(CancellationToken token)
    {
        OnEnd();
        return _result.TrySetCanceled(token);
    }

    /// <inheritdoc/>
    protected override void TellInternal(object message, IActorRef? sender) => Accept(message);

    /// <summary>Completes the task with an answer.</summary>
    private protected void Accept(object message)
    {
        OnEnd();
        var handled = false;
        switch (message)
        {
            case T answer:
                handled = _result.TrySetResult(answer);
                break;
            case Status.Failure failure:
                handled = _result.TrySetException(
                    failure.Cause ?? new TaskCanceledException("Task cancelled by actor via Failure message."));
                break;
            default:
                _result.TrySetException(new ArgumentException(
                    $"Received message of type [{message.GetType()}] - Ask expected message of type [{typeof(T)}]"));
                break;
        }

        if (!handled && !_result.Task.IsCanceled)
            _provider.DeadLetters.Tell(message, this);
    }

    /// <summary>Called before the task is completed, possibly more than once.</summary>
    private protected virtual void OnEnd() => _path.Release(_provider);
}

/// <summary>The reference behind Ask: also ends by time-out or cancellation. In a simulation an answer ends the task after the
/// turn that gave it, as it does elsewhere by way of the thread pool.</summary>
internal sealed class AskActorRef<T>(EngineEnvironment environment, IActorRefProvider provider)
    : FutureActorRef<T>(
        new TaskCompletionSource<T>(environment.IsSimulated ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously),
        provider)
{
    private TimerQueue? _timers;
    private TimeoutEntry? _timeout;
    private CancellationTokenRegistration _registration;

    public void EndAfter(TimerQueue timers, TimeSpan timeout)
    {
        _timers = timers;
        _timeout = new TimeoutEntry(this, timeout);
        if (!timers.Add(_timeout, timeout))
            Fail(new AskTimeoutException("The actor system has ended: nobody is left to answer."));
    }

    public void EndWith(CancellationToken token) =>
        _registration = token.UnsafeRegister(static (self, t) => ((AskActorRef<T>)self!).OnCancelled(t), this);

    /// <summary>Releases what a task that ended while this was being set up has left.</summary>
    public void ReleaseIfEnded()
    {
        if (Task.IsCompleted)
            OnEnd();
    }

    /// <inheritdoc/>
    protected override void TellInternal(object message, IActorRef? sender)
    {
        if (environment.IsSimulated)
            environment.RunOutside(Accept!, message);
        else
            Accept(message);
    }

    private void OnCancelled(CancellationToken token)
    {
        if (environment.IsSimulated)
            environment.RunOutside(_ => CancelTask(token), null);
        else
            CancelTask(token);
    }

    private protected override void OnEnd()
    {
        base.OnEnd();
        if (_timeout is not null)
            _timers!.Remove(_timeout);
        _registration.Unregister();
    }

    private sealed class TimeoutEntry(AskActorRef<T> owner, TimeSpan timeout) : TimerEntry
    {
        public override void Fire() => owner.Fail(new AskTimeoutException(string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"Timeout after {timeout.TotalSeconds:F2} seconds")));
    }
}

/// <summary>Completes a task when an actor has ended.</summary>
internal sealed class DeathWatchRef(EngineEnvironment environment, IActorRefProvider provider) : MinimalActorRef
{
    private readonly Completion<bool> _ended = environment.NewCompletion<bool>();
    private TemporaryPath _path;

    public override ActorPath Path => _path.Get(this, provider);

    public override IActorRefProvider Provider => provider;

    public Task<bool> Ended => _ended.Task;

    public void Close()
    {
        _path.Release(provider);
        _ended.TrySetResult(false);
    }

    public override void SendSystemMessage(ISystemMessage message)
    {
        if (message is DeathWatchNotification)
            _ended.TrySetResult(true);
    }
}

/// <summary>A path under "/temp", taken when it is first asked for and given back once.</summary>
internal struct TemporaryPath
{
    private const int Fresh = 0;
    private const int Registered = 1;
    private const int Released = 2;

    private ActorPath? _path;
    private int _state;

    public TemporaryPath(ActorPath path)
    {
        _path = path;
        _state = Released;
    }

    public ActorPath Get(IInternalActorRef owner, IActorRefProvider provider)
    {
        var path = Volatile.Read(ref _path);
        if (path is not null)
            return path;
        lock (owner)
        {
            if (_path is not null)
                return _path;
            path = provider.TempPath();
            provider.RegisterTempActor(owner, path);
            Volatile.Write(ref _path, path);
            if (Interlocked.CompareExchange(ref _state, Registered, Fresh) != Fresh)
                provider.UnregisterTempActor(path);
            return path;
        }
    }

    public void Release(IActorRefProvider provider)
    {
        if (Interlocked.Exchange(ref _state, Released) == Registered)
            provider.UnregisterTempActor(_path!);
    }
}
