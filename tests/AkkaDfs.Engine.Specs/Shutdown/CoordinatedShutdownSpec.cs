// Ending a system in phases.
using System.Collections.Concurrent;
using Akka;
using Akka.Actor;
using Akka.Configuration;

namespace AkkaDfs.Engine.Specs.Shutdown;

public class CoordinatedShutdownSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly ConcurrentQueue<string> _ran = new();

    [Fact]
    public async Task Phases_run_in_order_and_end_the_system()
    {
        var system = Create("");
        var shutdown = CoordinatedShutdown.Get(system);
        Note(shutdown, CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "3");
        Note(shutdown, CoordinatedShutdown.PhaseServiceUnbind, "2");
        Note(shutdown, CoordinatedShutdown.PhaseBeforeServiceUnbind, "1");
        await shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(Patience);
        Assert.Equal(["1", "2", "3"], _ran);
        Assert.True(system.WhenTerminated.IsCompleted);
        Assert.Same(CoordinatedShutdown.ClrExitReason.Instance, shutdown.ShutdownReason);
    }

    [Fact]
    public async Task It_runs_once_whoever_asks()
    {
        var system = Create("");
        var shutdown = CoordinatedShutdown.Get(system);
        Assert.Null(shutdown.ShutdownReason);
        Note(shutdown, CoordinatedShutdown.PhaseServiceStop, "once");
        var first = shutdown.Run(CoordinatedShutdown.ClusterLeavingReason.Instance);
        var second = shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance);
        await Task.WhenAll(first, second).WaitAsync(Patience);
        Assert.Equal(["once"], _ran);
        Assert.Same(CoordinatedShutdown.ClusterLeavingReason.Instance, shutdown.ShutdownReason);
        Assert.Same(shutdown, CoordinatedShutdown.Get(system));
    }

    [Fact]
    public async Task Terminate_runs_it()
    {
        var system = Create("");
        var shutdown = CoordinatedShutdown.Get(system);
        Note(shutdown, CoordinatedShutdown.PhaseServiceStop, "ran");
        await system.Terminate().WaitAsync(Patience);
        Assert.Equal(["ran"], _ran);
        Assert.Same(CoordinatedShutdown.ActorSystemTerminateReason.Instance, shutdown.ShutdownReason);
    }

    [Fact]
    public async Task Terminate_need_not_run_it()
    {
        var system = Create("akka.coordinated-shutdown.run-by-actor-system-terminate = off");
        Note(CoordinatedShutdown.Get(system), CoordinatedShutdown.PhaseServiceStop, "ran");
        await system.Terminate().WaitAsync(Patience);
        Assert.Empty(_ran);
    }

    [Fact]
    public async Task The_system_need_not_end()
    {
        var system = Create("""
            akka.coordinated-shutdown.terminate-actor-system = off
            akka.coordinated-shutdown.run-by-actor-system-terminate = off
            """);
        await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.UnknownReason.Instance).WaitAsync(Patience);
        Assert.False(system.WhenTerminated.IsCompleted);
        await system.Terminate().WaitAsync(Patience);
    }

    [Fact]
    public async Task Tasks_of_a_phase_run_side_by_side_and_are_all_waited_for()
    {
        var shutdown = CoordinatedShutdown.Get(Create(""));
        var started = new[] { new TaskCompletionSource(), new TaskCompletionSource() };
        var ended = new[] { new TaskCompletionSource<Done>(), new TaskCompletionSource<Done>() };
        foreach (var i in (int[])[0, 1])
        {
            shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, $"task {i}", () =>
            {
                started[i].SetResult();
                return ended[i].Task;
            });
        }

        Note(shutdown, CoordinatedShutdown.PhaseBeforeClusterShutdown, "next phase");
        var run = shutdown.Run(CoordinatedShutdown.UnknownReason.Instance);
        await Task.WhenAll(started.Select(s => s.Task)).WaitAsync(Patience);
        ended[1].SetResult(Done.Instance);
        Assert.Empty(_ran);
        ended[0].SetResult(Done.Instance);
        await run.WaitAsync(Patience);
        Assert.Equal(["next phase"], _ran);
    }

    [Fact]
    public async Task A_failed_or_slow_task_does_not_stop_the_rest()
    {
        var shutdown = CoordinatedShutdown.Get(Create("akka.coordinated-shutdown.phases.service-unbind.timeout = 50ms"));
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "throws", () => throw new InvalidOperationException("boom"));
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "fails", () => Task.FromException<Done>(new InvalidOperationException("boom")));
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "hangs", () => new TaskCompletionSource<Done>().Task);
        Note(shutdown, CoordinatedShutdown.PhaseServiceStop, "still");
        await shutdown.Run(CoordinatedShutdown.UnknownReason.Instance).WaitAsync(Patience);
        Assert.Equal(["still"], _ran);
    }

    [Fact]
    public async Task Without_recover_a_failure_ends_the_run()
    {
        var system = Create("akka.coordinated-shutdown.phases.service-unbind.recover = off");
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "fails", () => Task.FromException<Done>(new InvalidOperationException("boom")));
        Note(shutdown, CoordinatedShutdown.PhaseServiceStop, "never");
        await Assert.ThrowsAnyAsync<Exception>(() => shutdown.Run(CoordinatedShutdown.UnknownReason.Instance).WaitAsync(Patience));
        Assert.Empty(_ran);
        Assert.False(system.WhenTerminated.IsCompleted);
        await ((ExtendedActorSystem)system).Guardian.GracefulStop(Patience);
    }

    [Fact]
    public async Task Phases_can_be_added_by_configuration()
    {
        var shutdown = CoordinatedShutdown.Get(Create("""
            akka.coordinated-shutdown.phases {
              flush {
                depends-on = [service-stop]
                timeout = 7s
              }
              before-cluster-shutdown.depends-on = [service-stop, flush]
            }
            """));
        Note(shutdown, CoordinatedShutdown.PhaseBeforeClusterShutdown, "after");
        Note(shutdown, "flush", "flush");
        Note(shutdown, CoordinatedShutdown.PhaseServiceStop, "before");
        Assert.Equal(TimeSpan.FromSeconds(7), shutdown.Timeout("flush"));
        Assert.Equal(TimeSpan.FromSeconds(5), shutdown.Timeout(CoordinatedShutdown.PhaseServiceStop));
        Assert.Equal(TimeSpan.FromSeconds(10), shutdown.Timeout(CoordinatedShutdown.PhaseActorSystemTerminate));
        await shutdown.Run(CoordinatedShutdown.UnknownReason.Instance).WaitAsync(Patience);
        Assert.Equal(["before", "flush", "after"], _ran);
    }

    [Fact]
    public async Task A_run_may_begin_in_the_middle()
    {
        var shutdown = CoordinatedShutdown.Get(Create(""));
        Note(shutdown, CoordinatedShutdown.PhaseBeforeServiceUnbind, "skipped");
        Note(shutdown, CoordinatedShutdown.PhaseServiceStop, "run");
        await shutdown.Run(CoordinatedShutdown.UnknownReason.Instance, CoordinatedShutdown.PhaseServiceStop).WaitAsync(Patience);
        Assert.Equal(["run"], _ran);
    }

    [Fact]
    public async Task Tasks_may_be_added_while_it_runs()
    {
        var shutdown = CoordinatedShutdown.Get(Create(""));
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "adds", () =>
        {
            Note(shutdown, CoordinatedShutdown.PhaseServiceStop, "added");
            return Task.FromResult(Done.Instance);
        });
        await shutdown.Run(CoordinatedShutdown.UnknownReason.Instance).WaitAsync(Patience);
        Assert.Equal(["added"], _ran);
    }

    [Fact]
    public async Task Unknown_phases_are_refused()
    {
        var system = Create("");
        var shutdown = CoordinatedShutdown.Get(system);
        Assert.Throws<ConfigurationException>(() => Note(shutdown, "no-such-phase", "x"));
        Assert.ThrowsAny<ArgumentException>(() => shutdown.Timeout("no-such-phase"));
        await system.Terminate().WaitAsync(Patience);
    }

    [Fact]
    public async Task An_application_may_have_reasons_of_its_own()
    {
        var shutdown = CoordinatedShutdown.Get(Create(""));
        var reason = new MyReason();
        await shutdown.Run(reason).WaitAsync(Patience);
        Assert.Same(reason, shutdown.ShutdownReason);
    }

    private static ActorSystem Create(string hocon) => ActorSystem.Create("shutdown", ConfigurationFactory.ParseString(hocon)
        .WithFallback("akka.loggers = []\nakka.stdout-loglevel = OFF\nakka.coordinated-shutdown.run-by-clr-shutdown-hook = off"));

    private void Note(CoordinatedShutdown shutdown, string phase, string name) => shutdown.AddTask(phase, name, () =>
    {
        _ran.Enqueue(name);
        return Task.FromResult(Done.Instance);
    });

    private sealed class MyReason : CoordinatedShutdown.Reason
    {
        public override int ExitCode => 42;
    }
}
