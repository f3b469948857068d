// Work that blocks on the disk, kept away from the actors that decide. A few worker actors on the disk dispatcher take jobs from
// one queue, so that a slow job delays no other while a worker is free. The queue is bounded by what the chunks' doors let in.

using System.Collections.Concurrent;
using Akka.Actor;

namespace AkkaDfs.Chunk.Actors;

/// <summary>A piece of work that may block on the disk.</summary>
public abstract class DiskJob
{
    /// <summary>Does the work and tells its outcome; runs on a disk thread.</summary>
    public abstract void Run();

    /// <summary>Told instead of an outcome when <see cref="Run"/> threw.</summary>
    public abstract void Fail(Exception exception);
}

/// <summary>Takes jobs. Thread-safe.</summary>
public interface IDiskQueue
{
    /// <summary>Queues a job.</summary>
    void Enqueue(DiskJob job);
}

/// <summary>Jobs as tasks, for procedures that are not actors.</summary>
public static class DiskQueueTasks
{
    /// <summary>Runs some work on a disk thread.</summary>
    public static Task<T> RunAsync<T>(this IDiskQueue disk, Func<T> work)
    {
        var job = new FunctionJob<T>(work);
        disk.Enqueue(job);
        return job.Outcome;
    }

    private sealed class FunctionJob<T>(Func<T> work) : DiskJob
    {
        private readonly TaskCompletionSource<T> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Outcome => _outcome.Task;

        public override void Run() => _outcome.TrySetResult(work());

        public override void Fail(Exception exception) => _outcome.TrySetException(exception);
    }
}

/// <summary>A queue served by worker actors.</summary>
public sealed class DiskQueue : IDiskQueue
{
    /// <summary>Dispatcher of the workers.</summary>
    public const string Dispatcher = "akka.actor.disk-dispatcher";

    private readonly ConcurrentQueue<DiskJob> _jobs = new();
    private readonly ConcurrentStack<IActorRef> _idle = new();

    /// <summary>Starts the workers below some actor, or at the top of a system.</summary>
    /// <param name="parent">Where to make them.</param>
    /// <param name="workers">1 to 64.</param>
    /// <param name="name">Begins the workers' names.</param>
    public DiskQueue(IActorRefFactory parent, int workers, string name)
    {
        for (var i = 0; i < workers; i++)
        {
            parent.ActorOf(Props.Create(() => new Worker(this)).WithDispatcher(Dispatcher), $"{name}-disk-{i}");
        }
    }

    /// <inheritdoc/>
    public void Enqueue(DiskJob job)
    {
        _jobs.Enqueue(job);
        WakeOne();
    }

    private void WakeOne()
    {
        if (_idle.TryPop(out var worker))
        {
            worker.Tell(Wake.Instance, ActorRefs.NoSender);
        }
    }

    private sealed class Wake
    {
        public static readonly Wake Instance = new();
    }

    private sealed class Worker : ReceiveActor
    {
        private readonly DiskQueue _queue;

        public Worker(DiskQueue queue)
        {
            _queue = queue;
            Receive<Wake>(_ => Work());
        }

        // After a restart, too: the job that threw has told its owner.
        protected override void PreStart() => Self.Tell(Wake.Instance);

        private void Work()
        {
            while (_queue._jobs.TryDequeue(out var job))
            {
                try
                {
                    job.Run();
                }
                catch (Exception e)
                {
                    job.Fail(e);
                    throw;
                }
            }

            _queue._idle.Push(Self);
            if (!_queue._jobs.IsEmpty)
            {
                _queue.WakeOne();
            }
        }
    }
}
