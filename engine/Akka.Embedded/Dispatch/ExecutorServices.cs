// Executors: the .NET thread pool, a pool of own threads, a synchronization context. None of them queues without its
// callers' messages being queued in mailboxes anyway: at most one entry per actor is waiting in an executor.
using Akka.Configuration;

namespace Akka.Dispatch;

/// <summary>Runs pieces of work.</summary>
public abstract class ExecutorService
{
    /// <param name="id">Name of its dispatcher.</param>
    protected ExecutorService(string id) => Id = id;

    /// <summary>Name of its dispatcher.</summary>
    public string Id { get; }

    /// <summary>Runs a piece of work, soon.</summary>
    public abstract void Execute(IRunnable run);

    /// <summary>Takes no more work.</summary>
    public abstract void Shutdown();
}

/// <summary>Makes executors.</summary>
public abstract class ExecutorServiceFactory
{
    /// <summary>An executor for the dispatcher of this name.</summary>
    public abstract ExecutorService Produce(string id);
}

/// <summary>Makes executors from a dispatcher's section.</summary>
public abstract class ExecutorServiceConfigurator : ExecutorServiceFactory
{
    /// <param name="config">The dispatcher's section.</param>
    /// <param name="prerequisites">What the dispatcher needs.</param>
    protected ExecutorServiceConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    {
        Config = config;
        Prerequisites = prerequisites;
    }

    /// <summary>The dispatcher's section.</summary>
    public Config Config { get; }

    /// <summary>What the dispatcher needs.</summary>
    public IDispatcherPrerequisites Prerequisites { get; }
}

/// <summary>The .NET thread pool. Work goes to the current thread's own queue, which keeps what belongs together in one cache;
/// but a thread looks at the common queue only when its own is empty, so every few pieces one goes to the common queue. Without
/// that, two actors that keep waking each other would keep their thread from everybody else for ever.</summary>
internal sealed class ThreadPoolExecutor(string id) : ExecutorService(id)
{
    private const int LocalInARow = 16;

    [ThreadStatic]
    private static int _localSoFar;

    private volatile bool _stopped;

    public override void Execute(IRunnable run)
    {
        if (_stopped)
            throw new RejectedExecutionException($"Dispatcher [{Id}] has been shut down.");
        var local = ++_localSoFar < LocalInARow;
        if (!local)
            _localSoFar = 0;
        if (run is IThreadPoolWorkItem item)
            ThreadPool.UnsafeQueueUserWorkItem(item, local);
        else
            ThreadPool.UnsafeQueueUserWorkItem(static r => r.Run(), run, local);
    }

    public override void Shutdown() => _stopped = true;
}

/// <summary>A fixed number of background threads over one queue. A thread without work sleeps at once: spinning for the next
/// piece, as the framework's blocking collections do, took a fifth of the processor from those who had work.</summary>
internal sealed class DedicatedThreadExecutor : ExecutorService
{
    private readonly object _gate = new();
    private readonly Queue<IRunnable> _work = new();
    private int _sleeping;
    private bool _stopped;

    public DedicatedThreadExecutor(string id, int threadCount)
        : base(id)
    {
        for (var i = 0; i < threadCount; i++)
        {
            var thread = new Thread(Loop) { IsBackground = true, Name = $"{id}-{i}" };
            thread.UnsafeStart();
        }
    }

    public override void Execute(IRunnable run)
    {
        lock (_gate)
        {
            if (_stopped)
                throw new RejectedExecutionException($"Dispatcher [{Id}] has been shut down.");
            _work.Enqueue(run);
            if (_sleeping > 0)
                Monitor.Pulse(_gate);
        }
    }

    public override void Shutdown()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Loop()
    {
        while (Take() is { } run)
            run.Run();
    }

    // Null when there is no more work and there will be none.
    private IRunnable? Take()
    {
        lock (_gate)
        {
            IRunnable? run;
            while (!_work.TryDequeue(out run) && !_stopped)
            {
                _sleeping++;
                Monitor.Wait(_gate);
                _sleeping--;
            }

            return run;
        }
    }
}

/// <summary>The synchronization context that was current when the dispatcher was made, such as that of a user interface.</summary>
internal sealed class SynchronizationContextExecutor : ExecutorService
{
    private readonly SynchronizationContext _context;
    private volatile bool _stopped;

    public SynchronizationContextExecutor(string id)
        : base(id) =>
        _context = SynchronizationContext.Current
            ?? throw new InvalidOperationException($"Dispatcher [{id}] needs a current SynchronizationContext, and there is none.");

    public override void Execute(IRunnable run)
    {
        if (_stopped)
            throw new RejectedExecutionException($"Dispatcher [{Id}] has been shut down.");
        _context.Post(static r => ((IRunnable)r!).Run(), run);
    }

    public override void Shutdown() => _stopped = true;
}
