// What a mailbox's queue must do, and the markers by which an actor asks for a kind of queue.
using Akka.Actor;

namespace Akka.Dispatch.MessageQueues
{
    /// <summary>A queue of user messages: many producers, one consumer.</summary>
    public interface IMessageQueue
    {
        /// <summary>True if there is something to dequeue.</summary>
        bool HasMessages { get; }

        /// <summary>Number of messages; a snapshot.</summary>
        int Count { get; }

        /// <summary>Adds a message at the end; any thread.</summary>
        void Enqueue(IActorRef receiver, Envelope envelope);

        /// <summary>Takes the next message; the consumer only.</summary>
        bool TryDequeue(out Envelope envelope);

        /// <summary>Moves all messages to dead letters.</summary>
        void CleanUp(IActorRef owner, IMessageQueue deadletters);
    }
}

namespace Akka.Dispatch
{
    /// <summary>Base of the markers.</summary>
    public interface ISemantics
    {
    }

    /// <summary>A queue without bounds.</summary>
    public interface IUnboundedMessageQueueSemantics : ISemantics
    {
    }

    /// <summary>A queue with bounds.</summary>
    public interface IBoundedMessageQueueSemantics : ISemantics
    {
        /// <summary>How long a sender waits for room before its message becomes a dead letter.</summary>
        TimeSpan PushTimeOut { get; }
    }

    /// <summary>A queue that also takes messages at its front.</summary>
    public interface IDequeBasedMessageQueueSemantics : ISemantics
    {
        /// <summary>Puts a message in front of all others; the consumer only.</summary>
        void EnqueueFirst(Envelope envelope);
    }

    /// <summary>A queue without bounds that also takes messages at its front.</summary>
    public interface IUnboundedDequeBasedMessageQueueSemantics : IDequeBasedMessageQueueSemantics, IUnboundedMessageQueueSemantics
    {
    }

    /// <summary>A queue with bounds that also takes messages at its front.</summary>
    public interface IBoundedDequeBasedMessageQueueSemantics : IDequeBasedMessageQueueSemantics, IBoundedMessageQueueSemantics
    {
    }

    /// <summary>A queue with several consumers.</summary>
    public interface IMultipleConsumerSemantics : ISemantics
    {
    }

    /// <summary>A queue whose operations may wait for each other.</summary>
    public interface IBlockingMessageQueueSemantics : IMultipleConsumerSemantics
    {
        /// <summary>The longest wait.</summary>
        TimeSpan BlockTimeOut { get; set; }
    }

    /// <summary>An actor that needs a kind of queue; akka.actor.mailbox.requirements maps it to a mailbox.</summary>
    public interface IRequiresMessageQueue<T>
        where T : ISemantics
    {
    }

    /// <summary>A mailbox type that makes a kind of queue.</summary>
    public interface IProducesMessageQueue<TQueue>
        where TQueue : MessageQueues.IMessageQueue
    {
    }

    /// <summary>A mailbox type whose senders wait for room.</summary>
    public interface IProducesPushTimeoutSemanticsMailbox
    {
        /// <summary>How long they wait.</summary>
        TimeSpan PushTimeout { get; }
    }
}
