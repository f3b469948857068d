// How many bytes may be on their way at once. Whoever wants more waits in line, so that a fast writer cannot fill the memory.

namespace AkkaDfs.Fuse.Operations;

/// <summary>A bound on bytes. Thread-safe; first come, first served.</summary>
/// <param name="most">Bytes that may be taken at once; a single taking of more gets through when nothing else is taken.</param>
internal sealed class ByteBudget(long most)
{
    private readonly Lock _gate = new();
    private readonly Queue<(long Bytes, TaskCompletionSource Turn)> _line = new();
    private long _taken;

    /// <summary>Bytes that are taken now.</summary>
    public long Taken
    {
        get
        {
            lock (_gate)
            {
                return _taken;
            }
        }
    }

    /// <summary>Takes bytes when there is room.</summary>
    public ValueTask TakeAsync(long bytes)
    {
        lock (_gate)
        {
            if (_line.Count == 0 && HasRoom(bytes))
            {
                _taken += bytes;
                return ValueTask.CompletedTask;
            }

            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _line.Enqueue((bytes, turn));
            return new ValueTask(turn.Task);
        }
    }

    /// <summary>Takes bytes if there is room at once.</summary>
    public bool TryTake(long bytes)
    {
        lock (_gate)
        {
            if (_line.Count > 0 || !HasRoom(bytes))
            {
                return false;
            }

            _taken += bytes;
            return true;
        }
    }

    /// <summary>Gives bytes back.</summary>
    public void Return(long bytes)
    {
        lock (_gate)
        {
            _taken -= bytes;
            while (_line.TryPeek(out var next) && HasRoom(next.Bytes))
            {
                _line.Dequeue();
                _taken += next.Bytes;
                next.Turn.SetResult();
            }
        }
    }

    private bool HasRoom(long bytes) => _taken == 0 || _taken + bytes <= most;
}
