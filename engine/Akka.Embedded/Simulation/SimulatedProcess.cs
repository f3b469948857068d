// A process inside of a simulation: everything that its actor systems, its awaits and its timers do goes through it, so that it
// can be killed (nothing of it ever runs again), paused (as SIGSTOP does) and given a clock of its own. It has no part in what
// others see of its end: connections are the network's matter.
namespace Akka.Embedded.Simulation;

/// <summary>A process inside of a simulation.</summary>
public sealed class SimulatedProcess
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _held = new();
    private readonly SynchronizationContext _context;

    /// <param name="scheduler">The simulation.</param>
    /// <param name="name">For people and traces.</param>
    public SimulatedProcess(SimulationScheduler scheduler, string name)
    {
        Scheduler = scheduler;
        Name = name;
        _context = new ProcessSynchronizationContext(this);
        Time = new ProcessTimeProvider(this);
    }

    /// <summary>The simulation.</summary>
    public SimulationScheduler Scheduler { get; }

    /// <summary>For people and traces.</summary>
    public string Name { get; }

    /// <summary>Its clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>How fast its clock runs; 1 is right. To be set before anything runs in it.</summary>
    public double ClockRate { get; init; } = 1;

    /// <summary>How far its wall clock is ahead; may change at any time. Its monotonic clock knows nothing of it.</summary>
    public TimeSpan WallClockOffset { get; set; }

    /// <summary>True once it was killed.</summary>
    public bool IsDead { get; private set; }

    /// <summary>True while it is paused.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Pieces of work it has done.</summary>
    public long Steps { get; private set; }

    /// <summary>Told of an exception that nothing in the process caught: a real process would have died of it. Null lets it end the simulation.</summary>
    public Action<Exception>? Crashed { get; set; }

    /// <summary>Ends it at once: nothing of it runs any more.</summary>
    public void Kill()
    {
        IsDead = true;
        _held.Clear();
    }

    /// <summary>Stops it until <see cref="Resume"/>; what would have run waits.</summary>
    public void Pause() => IsPaused = true;

    /// <summary>Lets it go on.</summary>
    public void Resume()
    {
        IsPaused = false;
        while (_held.TryDequeue(out var item))
            Post(item.Callback, item.State);
    }

    /// <summary>Runs a callback in the process soon.</summary>
    public void Post(SendOrPostCallback callback, object? state)
    {
        if (!IsDead)
            Scheduler.Post(static item => ((Item)item!).Run(), new Item(this, callback, state));
    }

    /// <summary>Runs an action in the process soon.</summary>
    public void Post(Action action) => Post(static a => ((Action)a!)(), action);

    /// <summary>Runs a callback in the process after a delay of the simulation's time; returns what calls it off.</summary>
    public IDisposable Schedule(TimeSpan delay, SendOrPostCallback callback, object? state) =>
        Scheduler.Schedule(delay, static item => ((Item)item!).Run(), new Item(this, callback, state));

    /// <summary>Runs an action in the process now. The simulation must be running, or be entered by this.</summary>
    public void Inside(Action action) => Scheduler.Inside(() => Run(static a => ((Action)a!)(), action));

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal long Ticks => (long)(Scheduler.Ticks * ClockRate);

    internal TimeSpan InSimulation(TimeSpan own) => own <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromTicks((long)Math.Min(long.MaxValue / 4.0, Math.Ceiling(own.Ticks / ClockRate)));

    private void Run(SendOrPostCallback callback, object? state)
    {
        if (IsDead)
            return;
        if (IsPaused)
        {
            _held.Enqueue((callback, state));
            return;
        }

        Steps++;
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_context);
        try
        {
            callback(state);
        }
        catch (Exception e) when (Crashed is not null)
        {
            Crashed(e);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    private sealed class Item(SimulatedProcess process, SendOrPostCallback callback, object? state)
    {
        public void Run() => process.Run(callback, state);
    }

    private sealed class ProcessSynchronizationContext(SimulatedProcess process) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => process.Post(d, state);

        public override void Send(SendOrPostCallback d, object? state) => d(state);

        public override SynchronizationContext CreateCopy() => this;

        public override string ToString() => process.Name;
    }

    private sealed class ProcessTimeProvider(SimulatedProcess process) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override long GetTimestamp() => process.Ticks;

        public override DateTimeOffset GetUtcNow() => VirtualTimeProvider.Epoch + TimeSpan.FromTicks(process.Ticks) + process.WallClockOffset;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new VirtualTimerHandle((delay, fire) => process.Schedule(process.InSimulation(delay), static f => ((Action)f!)(), fire), callback, state, dueTime, period);
    }
}
