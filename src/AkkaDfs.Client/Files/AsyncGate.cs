// One at a time, in the order of asking, without holding a thread. SemaphoreSlim would do, but for one thing: with a token, its waiters
// go on at the thread pool whatever the await says, and in the simulation there is none.

using AkkaDfs.Shared;

namespace AkkaDfs.Client.Files;

/// <summary>Lets one in at a time. Thread-safe.</summary>
internal sealed class AsyncGate
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private bool _isTaken;

    /// <summary>Waits for its turn; whoever was let in must <see cref="Leave"/>.</summary>
    /// <exception cref="OperationCanceledException">Given up before its turn came.</exception>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!_isTaken)
            {
                _isTaken = true;
                return;
            }

            place = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        await using var registration = cancellationToken.UnsafeRegister((_, token) => GiveUp(place, token), null).ConfigureAwait(Surroundings.HoldAwaits);
        await place.Value.Task.ConfigureAwait(Surroundings.HoldAwaits);
    }

    /// <summary>Lets the next one in.</summary>
    public void Leave()
    {
        LinkedListNode<TaskCompletionSource>? next;
        lock (_lock)
        {
            next = _waiting.First;
            if (next is null)
            {
                _isTaken = false;
                return;
            }

            _waiting.Remove(next);
        }

        next.Value.SetResult();
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource> place, CancellationToken token)
    {
        lock (_lock)
        {
            if (place.List is null)
            {
                // Let in already.
                return;
            }

            _waiting.Remove(place);
        }

        place.Value.SetCanceled(token);
    }
}
