using Akka.Actor.Internal;

namespace Akka.Embedded.Tests.Actor;

public sealed class TimerQueueTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly WheelTimerQueue _wheel = new("test", TimeSpan.FromMilliseconds(5), 8);

    public void Dispose() => _wheel.Dispose();

    [Fact]
    public async Task Entries_fire_once_and_never_too_early_also_after_several_turns_of_the_wheel()
    {
        // The wheel turns once in 40 ms: most of these go round more than once.
        const int seed = 99;
        var random = new Random(seed);
        var probes = Enumerable.Range(0, 300).Select(_ => new Probe(_wheel.Time)).ToArray();
        foreach (var probe in probes)
            probe.Start(_wheel, TimeSpan.FromMilliseconds(random.Next(0, 300)));
        await Task.WhenAll(probes.Select(p => p.Fired)).WaitAsync(Patience);
        Assert.All(probes, p => Assert.True(p.Elapsed >= p.Delay, $"seed {seed}: {p.Elapsed} after {p.Delay}"));
        Assert.All(probes, p => Assert.Equal(1, p.Count));
    }

    [Fact]
    public async Task A_removed_entry_does_not_fire()
    {
        var removed = Enumerable.Range(0, 50).Select(_ => new Probe(_wheel.Time)).ToArray();
        var kept = new Probe(_wheel.Time);
        foreach (var probe in removed)
            probe.Start(_wheel, TimeSpan.FromMilliseconds(60));
        foreach (var probe in removed)
            _wheel.Remove(probe);
        kept.Start(_wheel, TimeSpan.FromMilliseconds(120));
        await kept.Fired.WaitAsync(Patience);
        Assert.All(removed, p => Assert.Equal(0, p.Count));
    }

    [Fact]
    public async Task A_repeated_entry_fires_until_it_is_removed()
    {
        var probe = new Probe(_wheel.Time) { Interval = TimeSpan.FromMilliseconds(10) };
        probe.Start(_wheel, TimeSpan.Zero);
        await probe.FiredTimes(5).WaitAsync(Patience);
        _wheel.Remove(probe);
        var after = new Probe(_wheel.Time);
        after.Start(_wheel, TimeSpan.FromMilliseconds(50));
        await after.Fired.WaitAsync(Patience);

        // One firing may have been under way while it was removed.
        var count = probe.Count;
        var later = new Probe(_wheel.Time);
        later.Start(_wheel, TimeSpan.FromMilliseconds(50));
        await later.Fired.WaitAsync(Patience);
        Assert.Equal(count, probe.Count);
    }

    [Fact]
    public async Task An_earlier_entry_wakes_a_wheel_that_sleeps_for_a_later_one()
    {
        var late = new Probe(_wheel.Time);
        late.Start(_wheel, TimeSpan.FromDays(2000));
        var early = new Probe(_wheel.Time);
        early.Start(_wheel, TimeSpan.FromMilliseconds(1));
        await early.Fired.WaitAsync(Patience);
        Assert.Equal(0, late.Count);
        _wheel.Remove(late);
    }

    [Fact]
    public async Task Entries_of_one_tick_fire_in_the_order_of_their_due_times()
    {
        var order = new List<int>();
        var done = new TaskCompletionSource();
        for (var i = 0; i < 20; i++)
        {
            var number = i;
            var entry = new Call(() =>
            {
                order.Add(number);
                if (order.Count == 20)
                    done.SetResult();
            });
            _wheel.Add(entry, TimeSpan.FromMilliseconds(30));
        }

        await done.Task.WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, 20), order);
    }

    [Fact]
    public async Task Adding_and_removing_from_several_threads_neither_loses_nor_resurrects_entries()
    {
        var fired = 0;
        var kept = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            var random = new Random(thread);
            for (var i = 0; i < 20_000; i++)
            {
                var entry = new Call(() => Interlocked.Increment(ref fired));
                _wheel.Add(entry, TimeSpan.FromMilliseconds(random.Next(0, 40)));
                if (random.Next(2) == 0)
                    Interlocked.Increment(ref kept);
                else if (entry.MarkCancelled())
                    _wheel.Remove(entry);
                else
                    Interlocked.Increment(ref kept);
            }
        })));
        var last = new Probe(_wheel.Time);
        last.Start(_wheel, TimeSpan.FromMilliseconds(200));
        await last.Fired.WaitAsync(Patience);
        Assert.Equal(Volatile.Read(ref kept), Volatile.Read(ref fired));
    }

    [Fact]
    public void An_ended_queue_takes_nothing()
    {
        _wheel.Dispose();
        Assert.False(_wheel.Add(new Call(static () => { }), TimeSpan.Zero));
    }

    private sealed class Call(Action action) : TimerEntry
    {
        public override void Fire() => action();
    }

    private sealed class Probe(TimeProvider time) : TimerEntry
    {
        private readonly TaskCompletionSource _fired = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _firedOften = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _start;
        private int _count;
        private int _wanted = int.MaxValue;

        public TimeSpan Delay { get; private set; }

        public TimeSpan Elapsed { get; private set; }

        public int Count => Volatile.Read(ref _count);

        public Task Fired => _fired.Task;

        public Task FiredTimes(int wanted)
        {
            Volatile.Write(ref _wanted, wanted);
            return _firedOften.Task;
        }

        public void Start(TimerQueue queue, TimeSpan delay)
        {
            Delay = delay;
            _start = time.GetTimestamp();
            Assert.True(queue.Add(this, delay));
        }

        public override void Fire()
        {
            Elapsed = time.GetElapsedTime(_start);
            if (Interlocked.Increment(ref _count) >= Volatile.Read(ref _wanted))
                _firedOften.TrySetResult();
            _fired.TrySetResult();
        }
    }
}
