// What a test actor received and the test has not looked at yet. Any thread adds, one test takes. Unbounded, as it belongs
// to a test that ends. Waits are real time, whatever scheduler the tested system has.
using System.Collections.Concurrent;

namespace Akka.TestKit.Internal;

internal sealed class TestQueue
{
    private readonly ConcurrentQueue<MessageEnvelope> _messages = new();
    private readonly SemaphoreSlim _count = new(0);

    public bool HasMessages => !_messages.IsEmpty;

    public void Add(MessageEnvelope message)
    {
        _messages.Enqueue(message);
        _count.Release();
    }

    /// <summary>Takes the next message.</summary>
    /// <param name="sync">True: blocks, and the task is complete on return.</param>
    /// <param name="timeout">Zero looks once; <see cref="Timeout.InfiniteTimeSpan"/> waits for ever.</param>
    /// <param name="cancellationToken">Ends the wait with an exception.</param>
    /// <returns>Null if none came in time.</returns>
    public async ValueTask<MessageEnvelope?> Take(bool sync, TimeSpan timeout, CancellationToken cancellationToken) =>
        await Wait(sync, timeout, cancellationToken).ConfigureAwait(false) && _messages.TryDequeue(out var message) ? message : null;

    /// <summary>Like <see cref="Take"/>, and leaves the message where it is.</summary>
    public async ValueTask<MessageEnvelope?> Peek(bool sync, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!await Wait(sync, timeout, cancellationToken).ConfigureAwait(false))
            return null;
        _messages.TryPeek(out var message);
        _count.Release();
        return message;
    }

    private ValueTask<bool> Wait(bool sync, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (sync)
            return ValueTask.FromResult(_count.Wait(timeout, cancellationToken));
        return new ValueTask<bool>(_count.WaitAsync(timeout, cancellationToken));
    }
}
