// How often a child has been restarted, and whether it may be once more.
namespace Akka.Actor.Internal;

/// <summary>A name taken among children.</summary>
public interface IChildStats
{
}

/// <summary>How often a child has been restarted.</summary>
public class ChildRestartStats : IChildStats
{
    private bool _windowOpen;

    /// <param name="child">The child.</param>
    /// <param name="maxNrOfRetriesCount">Restarts so far.</param>
    /// <param name="restartTimeWindowStartTicks">When the present time range began, on the system's monotonic clock.</param>
    public ChildRestartStats(IInternalActorRef child, uint maxNrOfRetriesCount = 0, long restartTimeWindowStartTicks = 0)
    {
        Child = child;
        MaxNrOfRetriesCount = maxNrOfRetriesCount;
        RestartTimeWindowStartTicks = restartTimeWindowStartTicks;
        _windowOpen = restartTimeWindowStartTicks != 0;
    }

    /// <summary>The child.</summary>
    public IInternalActorRef Child { get; }

    /// <summary>The child's incarnation.</summary>
    public long Uid => Child.Path.Uid;

    /// <summary>Restarts counted so far.</summary>
    public uint MaxNrOfRetriesCount { get; private set; }

    /// <summary>When the present time range began, on the system's monotonic clock.</summary>
    public long RestartTimeWindowStartTicks { get; private set; }

    /// <summary>Counts a restart; false if it is one too many.</summary>
    /// <param name="maxNrOfRetries">Restarts permitted; negative for any number, 0 for none.</param>
    /// <param name="withinTimeMilliseconds">The time range they are counted in; not positive for all time.</param>
    public bool RequestRestartPermission(int maxNrOfRetries, int withinTimeMilliseconds)
    {
        if (maxNrOfRetries == 0)
            return false;
        if (withinTimeMilliseconds > 0)
            return IsPermittedWithin(maxNrOfRetries < 0 ? 1u : (uint)maxNrOfRetries, TimeSpan.FromMilliseconds(withinTimeMilliseconds));
        if (maxNrOfRetries < 0)
            return true;
        MaxNrOfRetriesCount++;
        return MaxNrOfRetriesCount <= maxNrOfRetries;
    }

    private bool IsPermittedWithin(uint maxNrOfRetries, TimeSpan range)
    {
        var now = Child.Provider.Settings.System.Scheduler.MonotonicClock.Ticks;
        if (_windowOpen && now - RestartTimeWindowStartTicks <= range.Ticks)
        {
            MaxNrOfRetriesCount++;
            return MaxNrOfRetriesCount <= maxNrOfRetries;
        }

        _windowOpen = true;
        RestartTimeWindowStartTicks = now;
        MaxNrOfRetriesCount = 1;
        return true;
    }
}

internal static class RestartWindow
{
    public static int Milliseconds(TimeSpan? range) =>
        range is null || range.Value.TotalMilliseconds > int.MaxValue ? -1 : (int)range.Value.TotalMilliseconds;
}

/// <summary>An actor that is initialized after its constructor.</summary>
public interface IInitializableActor
{
    /// <summary>Called once, after the constructor and before PreStart.</summary>
    void Init();
}

/// <summary>The cell in whose turn the current thread is.</summary>
public static class InternalCurrentActorCellKeeper
{
    [ThreadStatic]
    private static ActorCell? _current;

    /// <summary>The cell in whose turn the current thread is; null outside of actors.</summary>
    public static ActorCell? Current
    {
        get => _current;
        set => _current = value;
    }
}
