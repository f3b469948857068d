// The reference of an actor in this process: passes everything on to its cell.
using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>The reference of an actor in this process.</summary>
public class LocalActorRef : ActorRefWithCell
{
    private readonly ActorCell _cell;

    /// <param name="system">The system.</param>
    /// <param name="props">Makes the actor.</param>
    /// <param name="dispatcher">What it runs on.</param>
    /// <param name="mailboxType">What its messages wait in.</param>
    /// <param name="supervisor">Its parent.</param>
    /// <param name="path">Its place, with its incarnation.</param>
    public LocalActorRef(
        ActorSystemImpl system, Props props, MessageDispatcher dispatcher, MailboxType mailboxType, IInternalActorRef supervisor,
        ActorPath path)
    {
        Path = path;
        System = system;
        Props = props;
        Dispatcher = dispatcher;
        MailboxType = mailboxType;
        Supervisor = supervisor;
        _cell = NewActorCell(system, this, props, dispatcher, supervisor);
        _cell.Init(sendSupervise: false, mailboxType);
    }

    /// <inheritdoc/>
    public override ActorPath Path { get; }

    /// <inheritdoc/>
    public override IActorRefProvider Provider => _cell.SystemImpl.Provider;

    /// <inheritdoc/>
    public override IInternalActorRef Parent => _cell.Parent;

    /// <inheritdoc/>
    public override IEnumerable<IActorRef> Children => _cell.GetChildren();

    /// <inheritdoc/>
    public override bool IsLocal => true;

    /// <inheritdoc/>
    public override bool IsTerminated => _cell.IsTerminated;

    /// <summary>The actor's cell.</summary>
    public ActorCell Cell => _cell;

    /// <summary>The system.</summary>
    protected ActorSystem System { get; }

    /// <summary>Makes the actor.</summary>
    protected Props Props { get; }

    /// <summary>What it runs on.</summary>
    protected MessageDispatcher Dispatcher { get; }

    /// <summary>What its messages wait in.</summary>
    protected MailboxType MailboxType { get; }

    /// <summary>Its parent.</summary>
    protected IInternalActorRef Supervisor { get; }

    /// <inheritdoc/>
    public override void Start() => _cell.Start();

    /// <inheritdoc/>
    public override void Stop() => _cell.Stop();

    /// <inheritdoc/>
    public override void Suspend() => _cell.Suspend();

    /// <inheritdoc/>
    public override void Resume(Exception? causedByFailure = null) => _cell.Resume(causedByFailure);

    /// <inheritdoc/>
    public override void Restart(Exception cause) => _cell.Restart(cause);

    /// <inheritdoc/>
    public override void SendSystemMessage(ISystemMessage message) => _cell.SendSystemMessage(message);

    /// <inheritdoc/>
    public override IInternalActorRef GetSingleChild(string name) => _cell.GetSingleChild(name);

    /// <inheritdoc/>
    public override IActorRef GetChild(IReadOnlyList<string> name)
    {
        IInternalActorRef current = this;
        for (var i = 0; i < name.Count; i++)
        {
            var element = name[i];
            switch (element)
            {
                case "":
                    continue;
                case "..":
                    current = current.Parent;
                    break;
                default:
                    if (current is not ActorRefWithCell withCell)
                        return current.GetChild(name.Skip(i).ToArray());
                    current = withCell.GetSingleChild(element);
                    break;
            }

            if (current.IsNobody())
                return ActorRefs.Nobody;
        }

        return current;
    }

    /// <summary>Makes the cell.</summary>
    protected virtual ActorCell NewActorCell(
        ActorSystemImpl system, IInternalActorRef self, Props props, MessageDispatcher dispatcher, IInternalActorRef supervisor) =>
        new(system, self, props, dispatcher, supervisor);

    /// <inheritdoc/>
    protected override void TellInternal(object message, IActorRef? sender) => _cell.SendMessage(sender!, message);
}
