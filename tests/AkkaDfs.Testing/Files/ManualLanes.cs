// The chunk store's background work, done when a test says so, on the test's thread.

using AkkaDfs.Chunk.Storage;

namespace AkkaDfs.Testing.Files;

/// <summary>Lanes without threads.</summary>
public sealed class ManualLanes : ILanes
{
    private readonly Lock _lock = new();
    private readonly Queue<(ManualLane Lane, Action Work)> _queue = [];

    /// <inheritdoc/>
    public ILane Create(string name) => new ManualLane(this);

    /// <summary>Does everything that is queued, and what that queues.</summary>
    public void RunAll()
    {
        while (true)
        {
            (ManualLane Lane, Action Work) next;
            lock (_lock)
            {
                if (!_queue.TryDequeue(out next))
                {
                    return;
                }
            }

            if (!next.Lane.IsDisposed)
            {
                next.Work();
            }
        }
    }

    /// <summary>The result of a call that background work completes.</summary>
    public T Wait<T>(ValueTask<T> call)
    {
        var task = call.AsTask();
        while (!task.IsCompleted)
        {
            RunAll();
            Thread.Yield();
        }

        return task.GetAwaiter().GetResult();
    }

    private sealed class ManualLane(ManualLanes lanes) : ILane
    {
        internal bool IsDisposed { get; private set; }

        public void Post(Action work)
        {
            lock (lanes._lock)
            {
                lanes._queue.Enqueue((this, work));
            }
        }

        public void Dispose() => IsDisposed = true;
    }
}
