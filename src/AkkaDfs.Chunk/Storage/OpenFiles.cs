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

            Close(MaxLooks, butNot: replica);
        }
    }

    /// <summary>Closes what is beyond the limit and was kept open because it had something unwritten.</summary>
    internal void Trim()
    {
        lock (_lock)
        {
            // The first look at a file that was used only takes note of it.
            Close(2 * _queue.Count, butNot: null);
        }
    }

    private void Close(int looks, Replica? butNot)
    {
        for (; looks > 0 && _queue.Count > limit; looks--)
        {
            var oldest = _queue.Dequeue();
            if (!ReferenceEquals(oldest, butNot) && oldest.LookToClose() == Look.Closed)
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
