// Bounds the data files that replicas hold open. Whoever opens one beyond the limit closes another: of those that were not used
// since they were last looked at, the first that has nothing unwritten (a second-chance queue). Replicas' locks are only tried
// here, never waited for.

namespace AkkaDfs.Chunk.Storage;

/// <param name="limit">Files held open, but for those of replicas that changed since their checkpoint.</param>
internal sealed class OpenFiles(int limit)
{
    private const int MaxLooks = 64;
    private readonly Lock _lock = new();
    private readonly Queue<Replica> _queue = new();

    /// <summary>What came of asking a replica to close its file.</summary>
    internal enum Look
    {
        /// <summary>It is closed.</summary>
        Closed,

        /// <summary>It was used lately, has something unwritten, or is busy.</summary>
        InUse,
    }

    /// <summary>An upper bound of the files that are open.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _queue.Count;
            }
        }
    }

    /// <summary>A replica has opened its file.</summary>
    internal void Add(Replica replica)
    {
        lock (_lock)
        {
            if (!replica.IsInOpenFiles)
            {
                replica.IsInOpenFiles = true;
                _queue.Enqueue(replica);
            }

            for (var looks = 0; looks < MaxLooks && _queue.Count > limit; looks++)
            {
                var oldest = _queue.Dequeue();
                if (!ReferenceEquals(oldest, replica) && oldest.LookToClose() == Look.Closed)
                {
                    oldest.IsInOpenFiles = false;
                }
                else
                {
                    _queue.Enqueue(oldest);
                }
            }
        }
    }
}
