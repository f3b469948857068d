// The cell of one actor: its instance, behaviours, mailbox, children and watches. Everything here but the sending of messages
// happens in the actor's own turn, which the mailbox grants to one thread at a time.
using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>The cell of one actor.</summary>
public partial class ActorCell : IUntypedActorContext
{
    /// <summary>The incarnation number that means "any".</summary>
    public const int UndefinedUid = 0;

    private readonly ActorSystemImpl _system;
    private readonly IInternalActorRef _self;
    private readonly MessageDispatcher _dispatcher;
    private readonly Props _props;
    private Mailbox _mailbox = null!;
    private ActorBase? _actor;
    private Receive? _behaviour;
    private Stack<Receive>? _stacked;
    private object? _currentMessage;
    private IActorRef? _currentSender;
    private SupervisorStrategy? _strategy;

    /// <param name="system">The system.</param>
    /// <param name="self">The actor's reference.</param>
    /// <param name="props">Makes the actor.</param>
    /// <param name="dispatcher">What it runs on.</param>
    /// <param name="parent">Its supervisor.</param>
    public ActorCell(
        ActorSystemImpl system, IInternalActorRef self, Props props, MessageDispatcher dispatcher, IInternalActorRef parent)
    {
        _system = system;
        _self = self;
        _props = props;
        _dispatcher = dispatcher;
        Parent = parent;
    }

    /// <inheritdoc/>
    public IActorRef Self => _self;

    /// <inheritdoc/>
    public Props Props => _props;

    /// <inheritdoc/>
    public ActorSystem System => _system;

    /// <summary>The system.</summary>
    public ActorSystemImpl SystemImpl => _system;

    /// <inheritdoc/>
    public MessageDispatcher Dispatcher => _dispatcher;

    /// <summary>The actor's mailbox.</summary>
    public Mailbox Mailbox => _mailbox;

    /// <summary>The supervisor.</summary>
    public IInternalActorRef Parent { get; }

    IActorRef IActorContext.Parent => Parent;

    /// <summary>The message in process; null outside of a turn.</summary>
    public object CurrentMessage => _currentMessage!;

    /// <inheritdoc/>
    public IActorRef Sender => _currentSender ?? _system.DeadLetters;

    /// <summary>True if user messages wait.</summary>
    public bool HasMessages => _mailbox.HasMessages;

    /// <summary>Number of user messages that wait; a snapshot.</summary>
    public int NumberOfMessages => _mailbox.NumberOfMessages;

    /// <summary>True: the actor runs in this process.</summary>
    public bool IsLocal => true;

    /// <summary>True once the actor has ended.</summary>
    public bool IsTerminated => _mailbox.IsClosed;

    /// <summary>A scheduler whose tasks run in the actor's turn.</summary>
    public virtual ActorTaskScheduler TaskScheduler => _taskScheduler ??= new ActorTaskScheduler(this);

    internal ActorBase? Actor => _actor;

    /// <summary>Counts user messages processed; tells one message from the next even if both are the same object.</summary>
    internal long TurnNumber { get; private set; }

    private bool IsDebugging => _system.Settings.DebugLifecycle;

    /// <summary>The actor in whose turn this is called; null outside of actors.</summary>
    public static IActorRef GetCurrentSelfOrNoSender() => InternalCurrentActorCellKeeper.Current?._self!;

    /// <summary>The sender of the message in process; null outside of actors.</summary>
    public static IActorRef GetCurrentSenderOrNoSender() => InternalCurrentActorCellKeeper.Current?.Sender!;

    /// <summary>Gives the cell its mailbox and its first message; once, before Start.</summary>
    public void Init(bool sendSupervise, MailboxType mailboxType)
    {
        _mailbox = new Mailbox(mailboxType.Create(_self, _system));
        _mailbox.SetActor(this);
        _mailbox.TryPostSystem(new Create());
        if (sendSupervise)
            Parent.SendSystemMessage(new Supervise(_self, async: false));
    }

    /// <summary>Starts processing.</summary>
    public virtual void Start() => _dispatcher.Attach(this);

    /// <summary>Stops the actor after the message in process.</summary>
    public void Stop() => SendSystemMessage(new Terminate());

    /// <summary>Restarts the actor.</summary>
    public void Restart(Exception cause) => SendSystemMessage(new Recreate(cause));

    /// <summary>Suspends the actor.</summary>
    public void Suspend() => SendSystemMessage(new Suspend());

    /// <summary>Resumes the actor.</summary>
    public void Resume(Exception? causedByFailure) => SendSystemMessage(new Resume(causedByFailure));

    /// <summary>Sends the actor a message.</summary>
    public virtual void SendMessage(IActorRef sender, object message) => _dispatcher.Dispatch(this, new Envelope(message, sender));

    /// <summary>Sends the actor a system message.</summary>
    public virtual void SendSystemMessage(ISystemMessage systemMessage) =>
        _dispatcher.SystemDispatch(this, (SystemMessage)systemMessage);

    /// <inheritdoc/>
    public void Become(Receive receive)
    {
        // The first behaviour of all stays at the bottom: unbecoming leads back to it even after a replacement.
        if (_stacked is not { Count: > 0 })
            BecomeStacked(receive);
        else
            _behaviour = receive;
    }

    /// <inheritdoc/>
    public void BecomeStacked(Receive receive)
    {
        if (_behaviour is not null)
            (_stacked ??= new Stack<Receive>()).Push(_behaviour);
        _behaviour = receive;
    }

    /// <inheritdoc/>
    public void UnbecomeStacked()
    {
        if (_stacked is not null && _stacked.TryPop(out var previous))
            _behaviour = previous;
    }

    void IUntypedActorContext.Become(UntypedReceive receive) => Become(Untyped(receive));

    void IUntypedActorContext.BecomeStacked(UntypedReceive receive) => BecomeStacked(Untyped(receive));

    /// <inheritdoc/>
    public ActorSelection ActorSelection(string path) => ActorRefFactoryShared.ActorSelection(path, _system, _self);

    /// <inheritdoc/>
    public ActorSelection ActorSelection(ActorPath path) => ActorRefFactoryShared.ActorSelection(path, _system);

    /// <summary>Runs an action with this cell as the current one.</summary>
    public void UseThreadContext(Action action)
    {
        var previous = InternalCurrentActorCellKeeper.Current;
        InternalCurrentActorCellKeeper.Current = this;
        try
        {
            action();
        }
        finally
        {
            InternalCurrentActorCellKeeper.Current = previous;
        }
    }

    /// <summary>Processes one user message; the mailbox calls it in the actor's turn.</summary>
    public void Invoke(Envelope envelope)
    {
        TurnNumber++;
        _currentMessage = envelope.Message;
        _currentSender = envelope.Sender;
        try
        {
            if (envelope.Message is IAutoReceivedMessage)
                AutoReceiveMessage(envelope);
            else
                ReceiveMessage(envelope.Message);
            if (_turn is null)
            {
                _currentMessage = null;
                _currentSender = null;
            }
        }
        catch (Exception cause)
        {
            HandleInvokeFailure(cause);
        }
        finally
        {
            NoteActivity(envelope.Message);
        }
    }

    /// <summary>Called with what was sent after the mailbox was closed.</summary>
    internal void SystemMessageAfterClose(SystemMessage message)
    {
        switch (message)
        {
            case AsyncContinuation continuation:
                RunDetached(continuation);
                break;
            case ActorTask or NoMessage:
                break;
            default:
                _system.DeadLetters.Tell(new DeadLetter(message, _self, _self), _self);
                break;
        }
    }

    /// <summary>Closes the mailbox and sends on what is left in it.</summary>
    internal void CloseMailbox()
    {
        var rest = _mailbox.Close();
        while (rest is not null)
        {
            var next = rest.Next;
            rest.Next = null;
            SystemMessageAfterClose(rest);
            rest = next;
        }

        _mailbox.CleanUp();
    }

    /// <summary>Has the actor handle a message that is not for the engine.</summary>
    protected virtual void ReceiveMessage(object message)
    {
        var actor = _actor!;
        actor.InvokeAroundReceive(_behaviour!, message);
    }

    /// <summary>Handles a message that is for the engine.</summary>
    protected virtual void AutoReceiveMessage(Envelope envelope)
    {
        if (_system.Settings.DebugAutoReceive)
            Publish(new Debug(_self.Path.ToString(), _actor!.GetType(), $"received AutoReceiveMessage {envelope}"));
        switch (envelope.Message)
        {
            case TimerSignal signal:
                ReceiveTimerSignal(signal);
                break;
            case Terminated terminated:
                ReceivedTerminated(terminated);
                break;
            case ReceiveTimeoutSignal signal:
                ReceivedReceiveTimeoutSignal(signal);
                break;
            case PoisonPill:
                Stop();
                break;
            case Kill:
                throw new ActorKilledException("Kill");
            case Identify identify:
                Sender.Tell(new ActorIdentity(identify.MessageId, _self));
                break;
            case ActorSelectionMessage selection:
                ReceiveSelection(selection);
                break;
            case AddressTerminated addressTerminated:
                ReceivedAddressTerminated(addressTerminated.Address);
                break;
            default:
                ReceiveMessage(envelope.Message);
                break;
        }
    }

    private static Receive Untyped(UntypedReceive receive) => message =>
    {
        receive(message);
        return true;
    };

    private void ReceiveSelection(ActorSelectionMessage selection) =>
        SelectionDelivery.Deliver(_self, Sender, selection);

    private void Publish(LogEvent logEvent) => _system.EventStream.Publish(logEvent);
}
