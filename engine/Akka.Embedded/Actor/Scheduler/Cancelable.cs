// Calls off scheduled entries. A token source is made only if somebody asks for the token; entries of the engine's own timers
// are taken out of their queue at once, others look at IsCancellationRequested when they are due.
using Akka.Actor.Internal;

namespace Akka.Actor;

/// <summary>Calls off scheduled entries.</summary>
public class Cancelable : ICancelable, IDisposable
{
    private readonly IActionScheduler _scheduler;
    private readonly Lock _gate = new();
    private CancellationTokenSource? _source;
    private TimerQueue? _queue;
    private TimerEntry? _entry;
    private List<TimerEntry>? _moreEntries;
    private int _pruneAt = 8;
    private volatile bool _cancelled;

    /// <summary>Cancels itself after a delay.</summary>
    public Cancelable(IActionScheduler scheduler, TimeSpan delay)
        : this(scheduler) => CancelAfter(delay);

    /// <summary>Cancels itself after a delay.</summary>
    public Cancelable(IScheduler scheduler, TimeSpan delay)
        : this(scheduler.Advanced) => CancelAfter(delay);

    /// <summary>Cancels itself after a delay.</summary>
    public Cancelable(IScheduler scheduler, int millisecondsDelay)
        : this(scheduler.Advanced) => CancelAfter(millisecondsDelay);

    /// <param name="scheduler">Used by CancelAfter.</param>
    public Cancelable(IScheduler scheduler)
        : this(scheduler.Advanced)
    {
    }

    /// <param name="scheduler">Used by CancelAfter.</param>
    public Cancelable(IActionScheduler scheduler) => _scheduler = scheduler;

    /// <inheritdoc/>
    public bool IsCancellationRequested => _cancelled;

    /// <inheritdoc/>
    public CancellationToken Token
    {
        get
        {
            lock (_gate)
            {
                if (_source is null)
                {
                    _source = new CancellationTokenSource();
                    if (_cancelled)
                        _source.Cancel();
                }

                return _source.Token;
            }
        }
    }

    /// <summary>True once it has been disposed.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>One that is cancelled already.</summary>
    public static ICancelable CreateCanceled() => AlreadyCancelled.Instance;

    /// <summary>Cancelled together with any of the others.</summary>
    public static ICancelable CreateLinkedCancelable(IScheduler scheduler, params ICancelable[] cancelables) =>
        CreateLinkedCancelable(scheduler.Advanced, cancelables);

    /// <summary>Cancelled together with any of the others.</summary>
    public static ICancelable CreateLinkedCancelable(IActionScheduler scheduler, params ICancelable[] cancelables) =>
        CreateLinkedCancelable(scheduler, cancelables.Select(c => c.Token).ToArray());

    /// <summary>Cancelled together with any of the tokens.</summary>
    public static ICancelable CreateLinkedCancelable(IScheduler scheduler, params CancellationToken[] cancellationTokens) =>
        CreateLinkedCancelable(scheduler.Advanced, cancellationTokens);

    /// <summary>Cancelled together with any of the tokens.</summary>
    public static ICancelable CreateLinkedCancelable(IActionScheduler scheduler, params CancellationToken[] cancellationTokens)
    {
        var linked = new Cancelable(scheduler);
        foreach (var token in cancellationTokens)
            token.UnsafeRegister(static c => ((Cancelable)c!).Cancel(), linked);
        return linked;
    }

    /// <inheritdoc/>
    public void Cancel() => Cancel(false);

    /// <inheritdoc/>
    public void Cancel(bool throwOnFirstException)
    {
        CancellationTokenSource? source;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            if (_cancelled)
                return;
            _cancelled = true;
            source = _source;
            if (_entry is not null)
                _queue!.Remove(_entry);
            if (_moreEntries is not null)
            {
                foreach (var entry in _moreEntries)
                    _queue!.Remove(entry);
            }

            _entry = null;
            _moreEntries = null;
        }

        source?.Cancel(throwOnFirstException);
    }

    /// <inheritdoc/>
    public void CancelAfter(TimeSpan delay)
    {
        if (delay < TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(delay), $"The delay must be >0, it was {delay}");
        if (delay == TimeSpan.Zero)
            Cancel();
        else
            _scheduler.ScheduleOnce(delay, Cancel);
    }

    /// <inheritdoc/>
    public void CancelAfter(int millisecondsDelay) => CancelAfter(TimeSpan.FromMilliseconds(millisecondsDelay));

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets an entry be taken out of its queue when this is cancelled.</summary>
    internal void Attach(TimerQueue queue, TimerEntry entry)
    {
        lock (_gate)
        {
            if (_cancelled)
            {
                queue.Remove(entry);
                return;
            }

            _queue ??= queue;
            if (_entry is null || _entry.IsCancelled)
            {
                _entry = entry;
                return;
            }

            _moreEntries ??= [];
            if (_moreEntries.Count >= _pruneAt)
            {
                _moreEntries.RemoveAll(static e => e.IsCancelled);
                _pruneAt = Math.Max(8, _moreEntries.Count * 2);
            }

            _moreEntries.Add(entry);
        }
    }

    /// <summary>Releases the token source.</summary>
    protected virtual void Dispose(bool disposing)
    {
        lock (_gate)
        {
            if (IsDisposed)
                return;
            IsDisposed = true;
            _source?.Dispose();
        }
    }

    private sealed class AlreadyCancelled : ICancelable
    {
        public static readonly AlreadyCancelled Instance = new();

        public bool IsCancellationRequested => true;

        public CancellationToken Token => new(canceled: true);

        public void Cancel()
        {
        }

        public void Cancel(bool throwOnFirstException)
        {
        }

        public void CancelAfter(TimeSpan delay)
        {
        }

        public void CancelAfter(int millisecondsDelay)
        {
        }
    }
}

/// <summary>Short forms of cancelling.</summary>
public static class CancelableExtensions
{
    /// <summary>Cancels, unless it is null.</summary>
    public static void CancelIfNotNull(this ICancelable? cancelable) => cancelable?.Cancel();
}
