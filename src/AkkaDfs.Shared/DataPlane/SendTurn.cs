// An actor's turn, or a call, often ends in frames for one or two connections. Inside a turn they are only queued; at its end the thread that
// made them sends them itself, all of a connection in one system call, instead of waking another thread for each.

namespace AkkaDfs.Shared.DataPlane;

/// <summary>Holds frames back until the end of a turn, on one thread.</summary>
public static class SendTurn
{
    [ThreadStatic]
    private static List<FrameSender>? _waiting;

    [ThreadStatic]
    private static bool _isOpen;

    /// <summary>
    /// Begins a turn on this thread; it must not await anything. False inside of another one, which goes on, and where awaits come
    /// back to a place of their own: the sender's loop must not end up there.
    /// </summary>
    public static bool Begin()
        => !_isOpen && SynchronizationContext.Current is null && TaskScheduler.Current == TaskScheduler.Default && (_isOpen = true);

    /// <summary>Ends what <see cref="Begin"/> has begun: what was queued leaves now, as far as it leaves without waiting.</summary>
    public static void End()
    {
        _isOpen = false;
        if (_waiting is not { Count: > 0 } waiting)
        {
            return;
        }

        foreach (var sender in waiting)
        {
            sender.WakeHere();
        }

        waiting.Clear();
    }

    /// <summary>True when this thread is inside of a turn, at whose end the sender will be woken.</summary>
    internal static bool TryJoin(FrameSender sender)
    {
        if (_isOpen)
        {
            (_waiting ??= []).Add(sender);
        }

        return _isOpen;
    }
}
