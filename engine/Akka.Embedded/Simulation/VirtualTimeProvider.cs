// The clock of a simulation, for everything that takes a TimeProvider: timestamps, Task.Delay, time-outs of token sources.
namespace Akka.Embedded.Simulation;

/// <summary>The clock of a simulation.</summary>
public sealed class VirtualTimeProvider : TimeProvider
{
    /// <summary>Virtual time begins here.</summary>
    public static readonly DateTimeOffset Epoch = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SimulationScheduler _scheduler;

    internal VirtualTimeProvider(SimulationScheduler scheduler) => _scheduler = scheduler;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long GetTimestamp() => _scheduler.Ticks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Epoch + TimeSpan.FromTicks(_scheduler.Ticks);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new VirtualTimerHandle((delay, fire) => _scheduler.Schedule(delay, static f => ((Action)f!)(), fire), callback, state, dueTime, period);
}

/// <summary>A timer of a virtual clock.</summary>
internal sealed class VirtualTimerHandle : ITimer
{
    private readonly Func<TimeSpan, Action, IDisposable> _schedule;
    private readonly TimerCallback _callback;
    private readonly object? _state;
    private readonly Action _fire;
    private IDisposable? _next;
    private TimeSpan _period;
    private bool _disposed;

    public VirtualTimerHandle(Func<TimeSpan, Action, IDisposable> schedule, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        (_schedule, _callback, _state) = (schedule, callback, state);
        _fire = Fire;
        Change(dueTime, period);
    }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (_disposed)
            return false;
        _next?.Dispose();
        _next = null;
        _period = period;
        if (dueTime != Timeout.InfiniteTimeSpan)
            _next = _schedule(dueTime, _fire);
        return true;
    }

    public void Dispose()
    {
        _disposed = true;
        _next?.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private void Fire()
    {
        if (_disposed)
            return;
        if (_period > TimeSpan.Zero)
            _next = _schedule(_period, _fire);
        _callback(_state);
    }
}
