// The run. It is driven by the tasks themselves and the system's scheduler, without a thread of its own, so that it works in
// virtual time and on any thread:  phase → its tasks start → (all ended | time is up) → next phase … → done.
using Akka.Configuration;
using Akka.Embedded;
using Akka.Event;

namespace Akka.Actor;

public sealed partial class CoordinatedShutdown
{
    private bool _exitProcess;
    private bool _processIsExiting;

    /// <summary>Starts the run, or joins the one that was started before.</summary>
    /// <param name="reason">Why; the first caller's reason counts.</param>
    /// <param name="fromPhase">Skips the phases before this one; null runs all.</param>
    /// <returns>
    /// Ends with the last phase. Fails if a task failed, or took too long, in a phase with <c>recover = off</c>; the later
    /// phases are then not run.
    /// </returns>
    /// <exception cref="ArgumentException">There is no such phase.</exception>
    public Task<Done> Run(Reason reason, string? fromPhase = null)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (fromPhase is not null)
            _phases.Require(fromPhase);
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null)
            return _done.Task;
        _system.Log.Debug("Coordinated shutdown starts: {0}", reason);
        if (_exitProcess)
            _ = _done.Task.ContinueWith(_ => ExitProcess(), TaskScheduler.Default);
        RunPhases(fromPhase is null ? 0 : _phases.IndexOf(fromPhase));
        return _done.Task;
    }

    internal void Wire(Config config)
    {
        _exitProcess = config.GetBoolean("exit-clr");
        var settings = _system.Settings;
        if (settings.CoordinatedShutdownRunByActorSystemTerminate && !settings.CoordinatedShutdownTerminateActorSystem)
        {
            throw new ConfigurationException(
                "akka.coordinated-shutdown.run-by-actor-system-terminate = on needs terminate-actor-system = on: "
                + "ActorSystem.Terminate could not end the system otherwise.");
        }

        if (settings.CoordinatedShutdownTerminateActorSystem)
        {
            AddTask(PhaseActorSystemTerminate, "terminate-system", async () =>
            {
                await _system.FinalTerminate().ConfigureAwait(SimulatedContext.IsCurrent);
                return Done.Instance;
            });
        }

        if (!config.GetBoolean("run-by-clr-shutdown-hook", true) || _system.Environment.IsSimulated)
            return;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        _ = _system.WhenTerminated.ContinueWith(
            _ => AppDomain.CurrentDomain.ProcessExit -= OnProcessExit, TaskContinuationOptions.ExecuteSynchronously);
    }

    private void RunPhases(int index)
    {
        for (; index < _phases.Names.Count; index++)
        {
            var name = _phases.Names[index];
            var phase = _phases.Require(name);
            var tasks = TasksOf(name);
            if (tasks.Length == 0)
                continue;
            _system.Log.Debug("Phase [{0}] of coordinated shutdown runs {1} tasks.", name, tasks.Length);
            var all = Task.WhenAll(tasks.Select(task => RunTask(name, phase, task)).ToArray());
            if (all.IsCompletedSuccessfully)
                continue;
            WaitFor(all, name, phase, next: index + 1);
            return;
        }

        _done.TrySetResult(Done.Instance);
    }

    /// <summary>Goes on when the tasks have ended or their time is up, whichever is first.</summary>
    private void WaitFor(Task all, string name, ShutdownPhase phase, int next)
    {
        var decided = 0;
        var timer = new Cancelable(_system.Scheduler);
        _ = all.ContinueWith(ended =>
        {
            if (Interlocked.Exchange(ref decided, 1) != 0)
                return;
            timer.Cancel();
            if (ended.Exception is { } failure)
                _done.TrySetException(failure.InnerExceptions);
            else
                RunPhases(next);
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        ScheduleTimeout(timer, phase.Timeout, () =>
        {
            if (Interlocked.Exchange(ref decided, 1) != 0)
                return;
            if (phase.Recover)
            {
                _system.Log.Warning("Coordinated shutdown phase [{0}] timed out after {1}", name, phase.Timeout);
                RunPhases(next);
            }
            else
                _done.TrySetException(new TimeoutException($"Coordinated shutdown phase [{name}] timed out after {phase.Timeout}"));
        });
    }

    // The last phase ends the scheduler itself; then only the tasks can end the phase.
    private void ScheduleTimeout(Cancelable timer, TimeSpan timeout, Action late)
    {
        try
        {
            _system.Scheduler.Advanced.ScheduleOnce(timeout, late, timer);
        }
        catch (SchedulerException ended)
        {
            _system.Log.Debug("No time limit for the phase of coordinated shutdown at hand: {0}", ended.Message);
        }
    }

    private async Task RunTask(string phaseName, ShutdownPhase phase, ShutdownTask task)
    {
        try
        {
            await task.Start().ConfigureAwait(SimulatedContext.IsCurrent);
        }
        // What a task throws is its own affair; with recover the shutdown must go on whatever it is.
        catch (Exception cause) when (phase.Recover)
        {
            _system.Log.Warning("Task [{0}] failed in phase [{1}]: {2}", task.Name, phaseName, cause.Message);
        }
    }

    private void OnProcessExit(object? sender, EventArgs e)
    {
        _processIsExiting = true;
        var limit = TotalTimeout;
        if (!Run(ClrExitReason.Instance).Wait(limit))
            _system.Log.Warning("Coordinated shutdown on exit of the process took longer than {0}: it is given up.", limit);
    }

    private void ExitProcess()
    {
        if (!_processIsExiting)
            Environment.Exit(_reason?.ExitCode ?? 0);
    }
}
