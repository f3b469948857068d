// References without an actor: a path where nobody lives, dead letters, the ignore reference, and "/temp".
using System.Collections.Concurrent;
using Akka.Dispatch.MessageQueues;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>A path where nobody lives: publishes dead letters, and answers death watch and Identify for the absent.</summary>
public class EmptyLocalActorRef : MinimalActorRef
{
    private readonly EventStream _eventStream;

    /// <param name="provider">The provider.</param>
    /// <param name="path">Where nobody lives.</param>
    /// <param name="eventStream">Where dead letters are published.</param>
    public EmptyLocalActorRef(IActorRefProvider provider, ActorPath path, EventStream eventStream)
    {
        Provider = provider;
        Path = path;
        _eventStream = eventStream;
    }

    /// <inheritdoc/>
    public override ActorPath Path { get; }

    /// <inheritdoc/>
    public override IActorRefProvider Provider { get; }

    /// <inheritdoc/>
    public override bool IsTerminated => true;

    /// <inheritdoc/>
    public override void SendSystemMessage(ISystemMessage message) => SpecialHandle(message, Provider.DeadLetters);

    /// <inheritdoc/>
    protected override void TellInternal(object message, IActorRef? sender)
    {
        if (message is DeadLetter letter)
            SpecialHandle(letter.Message, letter.Sender);
        else if (!SpecialHandle(message, sender ?? Provider.DeadLetters))
            Publish(new DeadLetter(message, sender ?? Provider.DeadLetters, this));
    }

    /// <summary>Handles what must not become a dead letter; true if that was done.</summary>
    protected virtual bool SpecialHandle(object message, IActorRef sender)
    {
        switch (message)
        {
            case Watch watch:
                if (watch.Watchee.Equals(this) && !watch.Watcher.Equals(this))
                    watch.Watcher.SendSystemMessage(new DeathWatchNotification(watch.Watchee, false, false));
                return true;
            case Unwatch:
                return true;
            case Identify identify:
                sender.Tell(new ActorIdentity(identify.MessageId, null));
                return true;
            case ActorSelectionMessage selection:
                if (selection.Message is Identify inner)
                {
                    if (!selection.WildCardFanOut)
                        sender.Tell(new ActorIdentity(inner.MessageId, null));
                }
                else
                {
                    Publish(new DeadLetter(selection.Message, sender, this));
                }

                return true;
            case IDeadLetterSuppression suppressed:
                Publish(new SuppressedDeadLetter(suppressed, sender, this));
                return true;
            default:
                return false;
        }
    }

    private protected void Publish(AllDeadLetters letter) => _eventStream.Publish(letter);
}

/// <summary>Takes what cannot be delivered and publishes it on the event stream.</summary>
public class DeadLetterActorRef : EmptyLocalActorRef
{
    /// <inheritdoc cref="EmptyLocalActorRef(IActorRefProvider, ActorPath, EventStream)"/>
    public DeadLetterActorRef(IActorRefProvider provider, ActorPath path, EventStream eventStream)
        : base(provider, path, eventStream)
    {
    }

    /// <inheritdoc/>
    protected override void TellInternal(object message, IActorRef? sender)
    {
        switch (message)
        {
            case Identify identify:
                (sender ?? this).Tell(new ActorIdentity(identify.MessageId, ActorRefs.Nobody));
                break;
            case AllDeadLetters letter:
                if (!SpecialHandle(letter.Message, letter.Sender ?? this))
                    Publish(letter);
                break;
            default:
                if (!SpecialHandle(message, sender ?? this))
                    Publish(new DeadLetter(message, sender ?? this, this));
                break;
        }
    }

    /// <inheritdoc/>
    protected override bool SpecialHandle(object message, IActorRef sender)
    {
        if (message is not Watch watch)
            return base.SpecialHandle(message, sender);
        if (!watch.Watchee.Equals(this) && !watch.Watcher.Equals(this))
            watch.Watcher.SendSystemMessage(new DeathWatchNotification(watch.Watchee, false, false));
        return true;
    }
}

/// <summary>Swallows everything; the same path on every node.</summary>
internal sealed class IgnoreActorRef(IActorRefProvider provider) : MinimalActorRef
{
    public static readonly ActorPath IgnorePath = new RootActorPath(Address.AllSystems) / "ignore";

    public override ActorPath Path => IgnorePath;

    public override IActorRefProvider Provider => provider;

    public static bool IsIgnoreRefPath(ActorPath path) => path.Equals(IgnorePath);
}

/// <summary>A place in the hierarchy that holds references by name, without an actor: "/temp".</summary>
internal sealed class VirtualPathContainer(IActorRefProvider provider, ActorPath path, IInternalActorRef parent) : MinimalActorRef
{
    private readonly ConcurrentDictionary<string, IInternalActorRef> _children = new();

    public override ActorPath Path => path;

    public override IActorRefProvider Provider => provider;

    public override IInternalActorRef Parent => parent;

    public int Count => _children.Count;

    public void AddChild(string name, IInternalActorRef actor) => _children[name] = actor;

    public void RemoveChild(string name) => _children.TryRemove(name, out _);

    public override IActorRef GetChild(IReadOnlyList<string> name)
    {
        if (name.Count == 0 || (name.Count == 1 && name[0].Length == 0))
            return this;
        if (!_children.TryGetValue(ActorPath.SplitNameAndUid(name[0]).Name, out var child))
            return ActorRefs.Nobody;
        return name.Count == 1 ? child : child.GetChild(name.Skip(1).ToArray());
    }
}

/// <summary>The queue of actors that have ended: everything becomes a dead letter.</summary>
internal sealed class DeadLetterMessageQueue(IActorRef deadLetters) : IMessageQueue
{
    public bool HasMessages => false;

    public int Count => 0;

    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        if (envelope.Message is DeadLetter)
            return;
        var sender = envelope.Sender ?? deadLetters;
        deadLetters.Tell(new DeadLetter(envelope.Message, sender, receiver), sender);
    }

    public bool TryDequeue(out Envelope envelope)
    {
        envelope = default;
        return false;
    }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
    }
}

/// <summary>The mailbox of actors that have ended.</summary>
public sealed class DeadLetterMailbox : Dispatch.Mailbox
{
    /// <param name="deadLetters">Where messages go.</param>
    public DeadLetterMailbox(IActorRef deadLetters)
        : base(new DeadLetterMessageQueue(deadLetters))
    {
    }
}
