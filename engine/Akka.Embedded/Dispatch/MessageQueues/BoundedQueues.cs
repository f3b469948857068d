// Queues with bounds: a sender waits for room up to the push time-out, then its message goes to dead letters.
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Dispatch.MessageQueues;

/// <summary>First in, first out, with bounds.</summary>
public class BoundedMessageQueue : IMessageQueue, IBoundedMessageQueueSemantics
{
    private readonly Queue<Envelope> _queue = new();
    private readonly Lock _taking = new();
    private readonly SemaphoreSlim _room;

    /// <param name="config">With mailbox-capacity and mailbox-push-timeout-time.</param>
    public BoundedMessageQueue(Config config)
        : this(config.GetInt("mailbox-capacity", 1000), config.GetTimeSpan("mailbox-push-timeout-time", TimeSpan.FromSeconds(10)))
    {
    }

    /// <param name="boundedCapacity">Messages it holds, at least 1.</param>
    /// <param name="pushTimeOut">How long a sender waits for room; negative for ever.</param>
    public BoundedMessageQueue(int boundedCapacity, TimeSpan pushTimeOut)
    {
        if (boundedCapacity < 1)
            throw new ArgumentException("The capacity of a bounded mailbox must be positive.", nameof(boundedCapacity));
        _room = new SemaphoreSlim(boundedCapacity, boundedCapacity);
        PushTimeOut = pushTimeOut;
    }

    /// <inheritdoc/>
    public TimeSpan PushTimeOut { get; set; }

    /// <inheritdoc/>
    public bool HasMessages => Count > 0;

    /// <inheritdoc/>
    public int Count
    {
        get
        {
            lock (_taking)
                return _queue.Count;
        }
    }

    /// <inheritdoc/>
    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        var wait = Embedded.ThreadRules.MayBlock ? PushTimeOut : TimeSpan.Zero;
        if (_room.Wait(wait < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : wait))
        {
            lock (_taking)
                _queue.Enqueue(envelope);
        }
        else
        {
            var system = ((IInternalActorRef)receiver).Provider.Settings.System;
            system.DeadLetters.Tell(new DeadLetter(envelope.Message, envelope.Sender ?? system.DeadLetters, receiver), envelope.Sender);
        }
    }

    /// <inheritdoc/>
    public bool TryDequeue(out Envelope envelope)
    {
        lock (_taking)
        {
            if (!_queue.TryDequeue(out envelope))
                return false;
        }

        _room.Release();
        return true;
    }

    /// <inheritdoc/>
    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        while (TryDequeue(out var envelope))
            deadletters.Enqueue(owner, envelope);
    }
}

/// <summary>First in, first out, with a front and bounds; what is put at the front does not count.</summary>
public class BoundedDequeMessageQueue : DequeWrapperMessageQueue, IBoundedDequeBasedMessageQueueSemantics
{
    /// <param name="boundedCapacity">Messages it holds, at least 1.</param>
    /// <param name="pushTimeOut">How long a sender waits for room; negative for ever.</param>
    public BoundedDequeMessageQueue(int boundedCapacity, TimeSpan pushTimeOut)
        : base(new BoundedMessageQueue(boundedCapacity, pushTimeOut)) => PushTimeOut = pushTimeOut;

    /// <inheritdoc/>
    public TimeSpan PushTimeOut { get; }
}
