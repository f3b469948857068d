// Where the store's background work runs. A lane does one piece of work at a time, in order. Work never waits for work of
// another lane, so that all lanes may share one thread.

namespace AkkaDfs.Chunk.Storage;

/// <summary>Runs work one piece after the other. Thread-safe.</summary>
public interface ILane : IDisposable
{
    /// <summary>Queues work; it must not throw. Work queued after Dispose is dropped.</summary>
    void Post(Action work);
}

/// <summary>Makes lanes.</summary>
public interface ILanes
{
    /// <summary>A new lane; <paramref name="name"/> is for people.</summary>
    ILane Create(string name);
}

/// <summary>Lanes with a thread of their own, begun with the first work.</summary>
public sealed class ThreadLanes : ILanes
{
    /// <summary>The one instance; it has no state.</summary>
    public static readonly ThreadLanes Instance = new();

    private ThreadLanes()
    {
    }

    /// <inheritdoc/>
    public ILane Create(string name) => new ThreadLane(name);

    private sealed class ThreadLane(string name) : ILane
    {
        // A monitor, not a blocking collection: that one spins before it sleeps, beside those who have work.
        private readonly object _gate = new();
        private readonly Queue<Action> _work = new();
        private Thread? _thread;
        private bool _disposed;

        public void Post(Action work)
        {
            lock (_gate)
            {
                if (_disposed)
                {
                    return;
                }

                _work.Enqueue(work);
                Monitor.Pulse(_gate);
                if (_thread is null)
                {
                    _thread = new Thread(Run) { IsBackground = true, Name = name };
                    _thread.Start();
                }
            }
        }

        // Everything queued before is done when it returns.
        public void Dispose()
        {
            lock (_gate)
            {
                if (_disposed)
                {
                    return;
                }

                _disposed = true;
                Monitor.Pulse(_gate);
            }

            if (_thread is { } thread && thread != Thread.CurrentThread)
            {
                thread.Join();
            }
        }

        private void Run()
        {
            while (Take() is { } work)
            {
                work();
            }
        }

        private Action? Take()
        {
            lock (_gate)
            {
                Action? work;
                while (!_work.TryDequeue(out work) && !_disposed)
                {
                    Monitor.Wait(_gate);
                }

                return work;
            }
        }
    }
}
