// Small writes end in the system's memory, and waking a disk thread for one costs more than the write. So whoever has a small one
// may do it on its own thread, one at a time for each folder, and not while the log is being synced, which a write waits for: a
// disk that hangs holds up one such thread, and everyone after it takes the way over the disk threads.

namespace AkkaDfs.Chunk.Storage;

/// <summary>The turn to write to a folder from a thread that should not block. Thread-safe.</summary>
/// <param name="isSyncing">True while a write would wait for the disk.</param>
public sealed class FolderTurn(Func<bool> isSyncing)
{
    private int _taken;

    /// <summary>Takes the turn if it is free.</summary>
    public bool TryTake() => !isSyncing() && Interlocked.CompareExchange(ref _taken, 1, 0) == 0;

    /// <summary>Gives it back.</summary>
    public void GiveBack() => Volatile.Write(ref _taken, 0);
}
