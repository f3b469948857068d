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
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(_scheduler, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(SimulationScheduler scheduler, TimerCallback callback, object? state) : ITimer
    {
        private VirtualTimer? _next;
        private TimeSpan _period;
        private bool _disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_disposed)
                return false;
            _next?.Dispose();
            _next = null;
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan)
                Arm(dueTime);
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

        private void Arm(TimeSpan delay)
        {
            _next = new VirtualTimer(static self => ((Timer)self!).Fire(), this);
            scheduler.Add(_next, delay);
        }

        private void Fire()
        {
            if (_period > TimeSpan.Zero)
                Arm(_period);
            callback(state);
        }
    }
}
