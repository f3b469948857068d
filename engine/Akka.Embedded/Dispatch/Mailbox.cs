// The mailbox of one actor: a lane of system messages (always first), a lane of user messages, and the state that makes sure
// one thread at a time runs it. State word: bit 0 closed, bit 1 scheduled or running, above that the number of suspensions.
// A producer publishes its message before it looks at the state; the consumer goes idle before it looks at the lanes again;
// with a full fence in both, no message is left behind unscheduled. A message that meets a closed mailbox becomes a dead letter.
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch.MessageQueues;
using Akka.Dispatch.SysMsg;

namespace Akka.Dispatch;

/// <summary>The mailbox of one actor.</summary>
public class Mailbox : IRunnable, IThreadPoolWorkItem
{
    private const int Open = 0;
    private const int Closed = 1;
    private const int Scheduled = 2;
    private const int SuspendUnit = 4;
    private const int SuspendMask = ~3;

    private static readonly SystemMessage ClosedLane = new NoMessage();

    private readonly Lock _draining = new();
    private SystemMessage? _systemLane;
    private Stack<Envelope>? _front;
    private ActorCell? _actor;
    private int _state;

    /// <param name="messageQueue">The lane of user messages.</param>
    public Mailbox(IMessageQueue messageQueue) => MessageQueue = messageQueue;

    /// <summary>The lane of user messages.</summary>
    public IMessageQueue MessageQueue { get; }

    /// <summary>What the mailbox runs on.</summary>
    public MessageDispatcher Dispatcher => _actor!.Dispatcher;

    internal bool IsClosed => (Volatile.Read(ref _state) & Closed) != 0;

    internal bool IsSuspended => SuspendCount > 0;

    internal int SuspendCount => Volatile.Read(ref _state) / SuspendUnit;

    internal bool HasSystemMessages => Volatile.Read(ref _systemLane) is { } head && !ReferenceEquals(head, ClosedLane);

    internal bool HasMessages => _front is { Count: > 0 } || MessageQueue.HasMessages;

    internal int NumberOfMessages => (_front?.Count ?? 0) + MessageQueue.Count;

    internal ActorCell Actor => _actor!;

    /// <summary>Gives the mailbox its actor; once, before the first message.</summary>
    public virtual void SetActor(ActorCell actorCell) => _actor = actorCell;

    /// <summary>Processes system messages and one batch of user messages; the engine calls it on one thread at a time.</summary>
    public void Run()
    {
        var outer = InternalCurrentActorCellKeeper.Current;
        InternalCurrentActorCellKeeper.Current = _actor;
        try
        {
            if (!IsClosed)
            {
                ProcessAllSystemMessages();
                ProcessMailbox();
            }
        }
        finally
        {
            InternalCurrentActorCellKeeper.Current = outer;
            SetIdle();
            Dispatcher.RegisterForExecution(this, hasMessageHint: false, hasSystemMessageHint: false);
        }
    }

    void IThreadPoolWorkItem.Execute() => Run();

    /// <summary>Moves everything left to dead letters; only after the mailbox has been closed.</summary>
    public virtual void CleanUp()
    {
        if (_actor is null)
            return;
        lock (_draining)
        {
            var system = _actor.SystemImpl;
            var deadLetters = system.Mailboxes.DeadLetterMailbox.MessageQueue;
            while (_front is not null && _front.TryPop(out var envelope))
                deadLetters.Enqueue(_actor.Self, envelope);
            MessageQueue.CleanUp(_actor.Self, deadLetters);
        }
    }

    /// <summary>Adds a user message and has it processed; a dead letter if the mailbox is closed.</summary>
    internal void Post(IActorRef receiver, in Envelope envelope)
    {
        if (IsClosed)
        {
            _actor!.SystemImpl.Mailboxes.DeadLetterMailbox.MessageQueue.Enqueue(receiver, envelope);
            return;
        }

        MessageQueue.Enqueue(receiver, envelope);
        Interlocked.MemoryBarrier();
        var state = Volatile.Read(ref _state);
        if (state == Open)
            Dispatcher.RegisterForExecution(this, hasMessageHint: true, hasSystemMessageHint: false);
        else if ((state & Closed) != 0)
            CleanUp();
    }

    /// <summary>Adds a system message; false if the mailbox is closed and takes no more.</summary>
    internal bool TryPostSystem(SystemMessage message)
    {
        while (true)
        {
            var head = Volatile.Read(ref _systemLane);
            if (ReferenceEquals(head, ClosedLane))
                return false;
            message.Next = head;
            if (Interlocked.CompareExchange(ref _systemLane, message, head) == head)
                return true;
        }
    }

    /// <summary>Puts a message in front of all other user messages; in the actor's own turn only.</summary>
    internal void PostFirst(in Envelope envelope)
    {
        if (MessageQueue is IDequeBasedMessageQueueSemantics deque)
            deque.EnqueueFirst(envelope);
        else
            (_front ??= new Stack<Envelope>()).Push(envelope);
    }

    internal bool CanBeScheduledForExecution(bool hasMessageHint, bool hasSystemMessageHint)
    {
        var state = Volatile.Read(ref _state);
        if ((state & Closed) != 0)
            return false;
        return hasSystemMessageHint || HasSystemMessages
            || ((state & SuspendMask) == 0 && (hasMessageHint || HasMessages));
    }

    /// <summary>Claims the right to run; false if somebody else has it or the mailbox is closed.</summary>
    internal bool SetAsScheduled()
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if ((state & (Closed | Scheduled)) != 0)
                return false;
            if (Interlocked.CompareExchange(ref _state, state | Scheduled, state) == state)
                return true;
        }
    }

    internal void SetIdle() => Interlocked.And(ref _state, ~Scheduled);

    /// <summary>One suspension more; in the actor's own turn only.</summary>
    internal void Suspend() => Interlocked.Add(ref _state, SuspendUnit);

    /// <summary>One suspension less, if there is one; in the actor's own turn only.</summary>
    internal void Resume()
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if ((state & SuspendMask) == 0)
                return;
            if (Interlocked.CompareExchange(ref _state, state - SuspendUnit, state) == state)
                return;
        }
    }

    /// <summary>Takes no more messages; in the actor's own turn only. Returns the system messages left, oldest first.</summary>
    internal SystemMessage? Close()
    {
        Interlocked.Or(ref _state, Closed);
        return Reverse(Interlocked.Exchange(ref _systemLane, ClosedLane));
    }

    internal void ProcessAllSystemMessages()
    {
        while (HasSystemMessages)
        {
            var message = Reverse(Interlocked.Exchange(ref _systemLane, null));
            while (message is not null)
            {
                var next = message.Next;
                message.Next = null;
                if (IsClosed)
                    _actor!.SystemMessageAfterClose(message);
                else
                    _actor!.SystemInvoke(message);
                message = next;
            }
        }
    }

    private void ProcessMailbox()
    {
        var left = Math.Max(Dispatcher.Throughput, 1);
        var limit = Dispatcher.ThroughputDeadlineTime;
        var time = limit is > 0 ? _actor!.SystemImpl.Time : null;
        var start = time?.GetTimestamp() ?? 0;
        while (Volatile.Read(ref _state) == Scheduled)
        {
            if (!TryTake(out var envelope))
                return;
            _actor!.Invoke(envelope);
            if (Volatile.Read(ref _systemLane) is not null)
                ProcessAllSystemMessages();
            if (--left <= 0 || (time is not null && time.GetElapsedTime(start).Ticks >= limit))
                return;
        }
    }

    private bool TryTake(out Envelope envelope)
    {
        if (_front is not null && _front.TryPop(out envelope))
            return true;
        return MessageQueue.TryDequeue(out envelope);
    }

    private static SystemMessage? Reverse(SystemMessage? head)
    {
        SystemMessage? reversed = null;
        while (head is not null)
        {
            var next = head.Next;
            head.Next = reversed;
            reversed = head;
            head = next;
        }

        return reversed;
    }
}
