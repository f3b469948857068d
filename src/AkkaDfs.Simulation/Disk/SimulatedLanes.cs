// Where work that blocks on the disk runs in a simulation: on the one thread there is, later, by as much as the disk takes. A piece
// of work is one step: what happens inside of it happens at one moment, but for a power loss, which may end it anywhere.

using Akka.Embedded.Simulation;
using AkkaDfs.Chunk.Actors;
using AkkaDfs.Chunk.Storage;

namespace AkkaDfs.Simulation.Disk;

/// <summary>The background work of a chunk store.</summary>
internal sealed class SimulatedLanes(SimulatedProcess process, SimulatedDisk disk) : ILanes
{
    /// <inheritdoc/>
    public ILane Create(string name) => new Lane(process, disk);

    private sealed class Lane(SimulatedProcess process, SimulatedDisk disk) : ILane
    {
        private readonly Queue<Action> _work = new();
        private bool _isBusy;
        private bool _isDisposed;

        public void Post(Action work)
        {
            if (_isDisposed)
            {
                return;
            }

            _work.Enqueue(work);
            if (!_isBusy)
            {
                Next();
            }
        }

        // Everything queued before is done when it returns.
        public void Dispose()
        {
            _isDisposed = true;
            while (_work.TryDequeue(out var work))
            {
                work();
            }
        }

        private void Next()
        {
            _isBusy = _work.Count > 0;
            if (_isBusy)
            {
                process.Schedule(disk.NextDelay(), static lane => ((Lane)lane!).Do(), this);
            }
        }

        private void Do()
        {
            if (_work.TryDequeue(out var work))
            {
                work();
            }

            Next();
        }
    }
}

/// <summary>Disk work of chunks' actors: several pieces at a time, which may overtake each other as on several threads.</summary>
internal sealed class SimulatedDiskQueue(SimulatedProcess process, SimulatedDisk disk, int workers) : IDiskQueue
{
    private readonly Queue<DiskJob> _jobs = new();
    private int _running;

    /// <inheritdoc/>
    public void Enqueue(DiskJob job)
    {
        _jobs.Enqueue(job);
        Next();
    }

    private void Next()
    {
        while (_running < workers && _jobs.TryDequeue(out var job))
        {
            _running++;
            process.Schedule(disk.NextDelay(), Do, job);
        }
    }

    private void Do(object? state)
    {
        var job = (DiskJob)state!;
        _running--;
        try
        {
            job.Run();
        }
        catch (Exception e) when (!process.IsDead)
        {
            job.Fail(e);
        }

        Next();
    }
}
