// The end of the system: coordinated shutdown if it is there, then "/user", "/system" and "/" in that order, then the timers
// and dispatchers, then the callbacks, last registered first.
using Akka.Event;

namespace Akka.Actor.Internal;

public partial class ActorSystemImpl
{
    /// <summary>Runs before the actors stop; null if nothing does.</summary>
    internal Func<Task>? RunBeforeTermination { get; set; }

    /// <inheritdoc/>
    public override Task Terminate()
    {
        Func<Task>? first;
        lock (_terminating)
        {
            if (_terminate is not null)
                return WhenTerminated;
            _terminate = WhenTerminated;
            first = Settings.CoordinatedShutdownRunByActorSystemTerminate ? RunBeforeTermination : null;
        }

        if (first is null)
            _ = FinalTerminate();
        else
            _ = first();
        return WhenTerminated;
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        IsAborting = true;
        _ = Terminate();
    }

    /// <inheritdoc/>
    public override void RegisterOnTermination(Action code)
    {
        lock (_terminating)
        {
            if (!_terminationDone)
            {
                _onTermination.Add(code);
                return;
            }
        }

        throw new InvalidOperationException("The actor system has already ended; it runs no more termination callbacks.");
    }

    /// <summary>Stops all actors; what coordinated shutdown calls as its last step.</summary>
    internal Task FinalTerminate()
    {
        lock (_terminating)
            _terminate ??= WhenTerminated;
        if (!Settings.LogDeadLettersDuringShutdown && _deadLetterListener is not null)
            Stop(_deadLetterListener);
        _ = _provider.TerminationTask.ContinueWith(
            static (_, self) => ((ActorSystemImpl)self!).EndOutside(), this, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _provider.Guardian.Stop();
        return WhenTerminated;
    }

    /// <summary>The last actor is still in its turn when this is called.</summary>
    private void EndOutside() => Environment.RunOutside(static self => ((ActorSystemImpl)self!).OnActorsEnded(), this);

    private void OnActorsEnded()
    {
        EventStream.StopDefaultLoggers(this);
        Timers.Dispose();
        (Scheduler as IDisposable)?.Dispose();
        Dispatchers.ShutDown();
        Action[] callbacks;
        lock (_terminating)
        {
            _terminationDone = true;
            callbacks = [.. _onTermination];
        }

        for (var i = callbacks.Length - 1; i >= 0; i--)
        {
            try
            {
                callbacks[i]();
            }
            catch (Exception e)
            {
                _log.Error(e, "A termination callback failed: {0}", e.Message);
            }
        }

        _whenTerminated.TrySetResult(Done.Instance);
    }
}
