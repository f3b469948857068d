// Bounds what is in flight: a number of requests and a number of payload bytes. Whoever finds it full waits in line.
// A request larger than the whole window passes alone.

namespace AkkaDfs.Shared.DataPlane;

/// <summary>A bounded window of requests and bytes, first come first served. Thread-safe.</summary>
public sealed class FlowWindow(int maxRequests, long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Queue<Waiter> _waiters = new();
    private int _requests;
    private long _bytes;

    /// <summary>Requests in flight.</summary>
    public int Requests
    {
        get
        {
            lock (_lock)
            {
                return _requests;
            }
        }
    }

    /// <summary>True when a small request could enter; may be out of date by the time it is used.</summary>
    public bool HasRoom => Volatile.Read(ref _requests) < maxRequests && Volatile.Read(ref _bytes) < maxBytes;

    /// <summary>Enters at once, or not at all.</summary>
    public bool TryEnter(int bytes)
    {
        lock (_lock)
        {
            if (_waiters.Count > 0 || !Fits(bytes))
            {
                return false;
            }

            _requests++;
            _bytes += bytes;
            return true;
        }
    }

    /// <summary>Enters in any case, over the bound if need be.</summary>
    public void Force(int bytes)
    {
        lock (_lock)
        {
            _requests++;
            _bytes += bytes;
        }
    }

    /// <summary>Enters when there is room and everyone before has entered.</summary>
    /// <returns>False when cancelled first.</returns>
    public ValueTask<bool> EnterAsync(int bytes, CancellationToken cancellationToken = default)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (_waiters.Count == 0 && Fits(bytes))
            {
                _requests++;
                _bytes += bytes;
                return new ValueTask<bool>(true);
            }

            waiter = new Waiter(bytes);
            _waiters.Enqueue(waiter);
        }

        return new ValueTask<bool>(waiter.WaitAsync(cancellationToken));
    }

    /// <summary>Leaves what was entered with the same number of bytes; several at once are allowed.</summary>
    public void Leave(int requests, long bytes)
    {
        lock (_lock)
        {
            _requests -= requests;
            _bytes -= bytes;
            while (_waiters.TryPeek(out var next) && (next.IsGone || Fits(next.Bytes)))
            {
                _waiters.Dequeue();
                if (next.Admit())
                {
                    _requests++;
                    _bytes += next.Bytes;
                }
            }
        }
    }

    private bool Fits(int bytes) => _requests == 0 || (_requests < maxRequests && _bytes + bytes <= maxBytes && _bytes < maxBytes);

    private sealed class Waiter(int bytes)
    {
        private readonly TaskCompletionSource<bool> _admitted = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Bytes => bytes;

        public bool IsGone => _admitted.Task.IsCompleted;

        public bool Admit() => _admitted.TrySetResult(true);

        public async Task<bool> WaitAsync(CancellationToken cancellationToken)
        {
            await using var registration = cancellationToken.UnsafeRegister(
                static state => ((TaskCompletionSource<bool>)state!).TrySetResult(false),
                _admitted);
            return await _admitted.Task;
        }
    }
}
