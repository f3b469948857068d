using Akka.Embedded.Simulation;

namespace Akka.Embedded.Tests.Simulation;

public class SimulationSchedulerTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public void Time_jumps_to_the_next_timer_and_timers_fire_in_order()
    {
        var simulation = new SimulationScheduler(1) { StepCost = TimeSpan.Zero };
        var fired = new List<(int, TimeSpan)>();
        foreach (var seconds in (int[])[30, 10, 20])
            simulation.Schedule(TimeSpan.FromSeconds(seconds), s => fired.Add(((int)s!, simulation.Elapsed)), seconds);
        simulation.Schedule(TimeSpan.FromSeconds(15), _ => Assert.Fail("cancelled"), null).Dispose();
        simulation.RunFor(Hour);
        Assert.Equal([(10, TimeSpan.FromSeconds(10)), (20, TimeSpan.FromSeconds(20)), (30, TimeSpan.FromSeconds(30))], fired);
        Assert.Equal(Hour, simulation.Elapsed);
        Assert.Equal(VirtualTimeProvider.Epoch + Hour, simulation.Time.GetUtcNow());
    }

    [Fact]
    public void Awaits_delays_and_time_outs_stay_inside()
    {
        var simulation = new SimulationScheduler(1);
        var thread = Environment.CurrentManagedThreadId;
        var text = simulation.Run(
            async () =>
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1), simulation.Time);
                await Task.Delay(TimeSpan.FromSeconds(59), simulation.Time, limit.Token);
                Assert.Equal(thread, Environment.CurrentManagedThreadId);
                await Assert.ThrowsAsync<TaskCanceledException>(() => Task.Delay(TimeSpan.FromSeconds(59), simulation.Time, limit.Token));
                await Task.Yield();
                Assert.Equal(thread, Environment.CurrentManagedThreadId);
                return simulation.Elapsed.TotalSeconds.ToString("F0");
            },
            Hour);
        Assert.Equal("60", text);
    }

    [Fact]
    public void An_escape_to_another_thread_is_found()
    {
        var simulation = new SimulationScheduler(1);
        var failure = Assert.Throws<InvalidOperationException>(() =>
        {
            var elsewhere = new Thread(() => simulation.Post(static _ => { }, null));
            simulation.Inside(() =>
            {
                elsewhere.Start();
                elsewhere.Join();
            });
            simulation.RunFor(Hour);
        });
        Assert.Contains("seed 1", failure.Message);
    }

    [Fact]
    public void A_function_that_cannot_end_is_reported()
    {
        var simulation = new SimulationScheduler(1);
        Assert.Throws<TimeoutException>(() => simulation.Run(() => new TaskCompletionSource<int>().Task, Hour));
    }

    [Fact]
    public void Work_that_makes_more_work_does_not_stop_time()
    {
        var simulation = new SimulationScheduler(1);
        var fired = false;
        simulation.Schedule(TimeSpan.FromMilliseconds(1), _ => fired = true, null);
        simulation.Post(Again, null);
        simulation.RunFor(TimeSpan.FromMilliseconds(2));
        Assert.True(fired);

        void Again(object? state) => simulation.Post(Again, state);
    }

    [Fact]
    public void The_seed_decides_the_order_of_what_is_ready()
    {
        Assert.Equal(OrderOf(5), OrderOf(5));
        Assert.NotEqual(OrderOf(5), OrderOf(6));

        static string OrderOf(long seed)
        {
            var simulation = new SimulationScheduler(seed);
            var order = new List<int>();
            for (var i = 0; i < 20; i++)
                simulation.Post(n => order.Add((int)n!), i);
            simulation.RunFor(TimeSpan.FromSeconds(1));
            Assert.Equal(Enumerable.Range(0, 20), order.Order());
            return string.Join(' ', order);
        }
    }

    [Fact]
    public void Random_streams_are_uniform_repeatable_and_independent()
    {
        var random = new DeterministicRandom(7);
        Assert.Equal(random.Fork("a").NextUInt64(), new DeterministicRandom(7).Fork("a").NextUInt64());
        var buckets = new int[10];
        for (var i = 0; i < 100_000; i++)
            buckets[random.Next(10)]++;
        Assert.All(buckets, b => Assert.InRange(b, 9_500, 10_500));
        Assert.InRange(Enumerable.Range(0, 10_000).Average(_ => random.NextDouble()), 0.48, 0.52);
    }
}
