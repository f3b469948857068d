// Queues by priority, lowest number first. The stable one keeps the order of arrival among equals; so does the other here,
// which costs nothing and makes simulations repeatable.
using Akka.Actor;

namespace Akka.Dispatch.MessageQueues;

/// <summary>Base of queues behind one lock.</summary>
public abstract class BlockingMessageQueue : IMessageQueue, IBlockingMessageQueueSemantics
{
    private readonly Lock _gate = new();

    /// <inheritdoc/>
    public TimeSpan BlockTimeOut { get; set; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public bool HasMessages => Count > 0;

    /// <inheritdoc/>
    public int Count
    {
        get
        {
            lock (_gate)
                return LockedCount;
        }
    }

    /// <summary>Number of messages; under the lock.</summary>
    protected abstract int LockedCount { get; }

    /// <inheritdoc/>
    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        lock (_gate)
            LockedEnqueue(envelope);
    }

    /// <inheritdoc/>
    public bool TryDequeue(out Envelope envelope)
    {
        lock (_gate)
            return LockedTryDequeue(out envelope);
    }

    /// <inheritdoc/>
    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        while (TryDequeue(out var envelope))
            deadletters.Enqueue(owner, envelope);
    }

    /// <summary>Adds a message; under the lock.</summary>
    protected abstract void LockedEnqueue(Envelope envelope);

    /// <summary>Takes a message; under the lock.</summary>
    protected abstract bool LockedTryDequeue(out Envelope envelope);
}

/// <summary>By priority.</summary>
public class UnboundedPriorityMessageQueue : BlockingMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
{
    private readonly PriorityLane _lane;

    /// <param name="priorityGenerator">From a message to its priority; lower goes first.</param>
    /// <param name="initialCapacity">Room reserved at first.</param>
    public UnboundedPriorityMessageQueue(Func<object, int> priorityGenerator, int initialCapacity) =>
        _lane = new PriorityLane(priorityGenerator, initialCapacity);

    /// <inheritdoc/>
    protected override int LockedCount => _lane.Count;

    /// <inheritdoc/>
    public void EnqueueFirst(Envelope envelope) => _lane.EnqueueFirst(envelope);

    /// <inheritdoc/>
    protected override void LockedEnqueue(Envelope envelope) => _lane.Enqueue(envelope);

    /// <inheritdoc/>
    protected override bool LockedTryDequeue(out Envelope envelope) => _lane.TryDequeue(out envelope);
}

/// <summary>By priority, equals in order of arrival.</summary>
public class UnboundedStablePriorityMessageQueue : BlockingMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
{
    private readonly PriorityLane _lane;

    /// <param name="priorityGenerator">From a message to its priority; lower goes first.</param>
    /// <param name="initialCapacity">Room reserved at first.</param>
    public UnboundedStablePriorityMessageQueue(Func<object, int> priorityGenerator, int initialCapacity) =>
        _lane = new PriorityLane(priorityGenerator, initialCapacity);

    /// <inheritdoc/>
    protected override int LockedCount => _lane.Count;

    /// <inheritdoc/>
    public void EnqueueFirst(Envelope envelope) => _lane.EnqueueFirst(envelope);

    /// <inheritdoc/>
    protected override void LockedEnqueue(Envelope envelope) => _lane.Enqueue(envelope);

    /// <inheritdoc/>
    protected override bool LockedTryDequeue(out Envelope envelope) => _lane.TryDequeue(out envelope);
}

/// <summary>A heap by (priority, arrival) with a front for unstashed messages, which only the consumer touches.</summary>
internal sealed class PriorityLane(Func<object, int> priorityOf, int initialCapacity)
{
    private readonly PriorityQueue<Envelope, (int Priority, long Arrival)> _heap = new(initialCapacity);
    private readonly Stack<Envelope> _front = new();
    private long _arrivals;

    public int Count => _heap.Count + _front.Count;

    public void Enqueue(Envelope envelope) => _heap.Enqueue(envelope, (priorityOf(envelope.Message), _arrivals++));

    public void EnqueueFirst(Envelope envelope) => _front.Push(envelope);

    public bool TryDequeue(out Envelope envelope) => _front.TryPop(out envelope) || _heap.TryDequeue(out envelope, out _);
}
