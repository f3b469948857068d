// Bases of all references. Identity is (path, uid): Tell is final here so that a null message never gets further.
using System.Diagnostics.CodeAnalysis;
using Akka.Dispatch.SysMsg;
using Akka.Util;

namespace Akka.Actor;

/// <summary>Base of all references.</summary>
public abstract class ActorRefBase : IActorRef
{
    /// <inheritdoc/>
    public abstract ActorPath Path { get; }

    /// <inheritdoc/>
    public void Tell(object message, IActorRef? sender)
    {
        if (message is null)
            throw new ArgumentNullException(nameof(message), "The message cannot be null.");
        TellInternal(message, sender);
    }

    /// <inheritdoc/>
    public override string ToString() => Path.Uid == ActorCell.UndefinedUid ? $"[{Path}]" : $"[{Path.ToStringWithUid()}]";

    /// <inheritdoc/>
    public override bool Equals(object? obj) => ReferenceEquals(this, obj) || (obj is IActorRef other && Equals(other));

    /// <inheritdoc/>
    public bool Equals(IActorRef? other)
    {
        if (ReferenceEquals(this, other))
            return true;
        return other is not null && Path.Uid == other.Path.Uid && Path.Equals(other.Path);
    }

    /// <inheritdoc/>
    public override int GetHashCode() => Embedded.StableHash.Combine(Path.GetHashCode(), (int)Path.Uid);

    /// <inheritdoc/>
    public int CompareTo(object? obj) =>
        obj is null or IActorRef ? CompareTo((IActorRef?)obj) : throw new ArgumentException("Object must be of type IActorRef.", nameof(obj));

    /// <inheritdoc/>
    public int CompareTo(IActorRef? other)
    {
        if (other is null)
            return 1;
        var order = Path.CompareTo(other.Path);
        return order != 0 ? order : Path.Uid.CompareTo(other.Path.Uid);
    }

    /// <inheritdoc/>
    public virtual ISurrogate ToSurrogate(ActorSystem system) => new Surrogate(Serialization.Serialization.SerializedActorPath(this));

    /// <summary>Delivers a message that is not null.</summary>
    protected abstract void TellInternal(object message, IActorRef? sender);

    /// <summary>The portable form of a reference.</summary>
    public class Surrogate : ISurrogate
    {
        /// <param name="path">The serialized path.</param>
        public Surrogate(string path) => Path = path;

        /// <summary>The serialized path.</summary>
        public string Path { get; }

        /// <inheritdoc/>
        public ISurrogated FromSurrogate(ActorSystem system) => ((ExtendedActorSystem)system).Provider.ResolveActorRef(Path);
    }
}

/// <summary>Base of the references the engine itself makes.</summary>
public abstract class InternalActorRefBase : ActorRefBase, IInternalActorRef
{
    /// <inheritdoc/>
    public abstract IInternalActorRef Parent { get; }

    /// <inheritdoc/>
    public abstract IActorRefProvider Provider { get; }

    /// <inheritdoc/>
    public abstract bool IsTerminated { get; }

    /// <inheritdoc/>
    public abstract bool IsLocal { get; }

    /// <inheritdoc/>
    public abstract IActorRef GetChild(IReadOnlyList<string> name);

    /// <inheritdoc/>
    public abstract void Resume(Exception? causedByFailure = null);

    /// <inheritdoc/>
    public abstract void Start();

    /// <inheritdoc/>
    public abstract void Stop();

    /// <inheritdoc/>
    public abstract void Restart(Exception cause);

    /// <inheritdoc/>
    public abstract void Suspend();

    /// <inheritdoc/>
    public abstract void SendSystemMessage(ISystemMessage message);
}

/// <summary>A reference without an actor behind it: everything does nothing until overridden.</summary>
public abstract class MinimalActorRef : InternalActorRefBase
{
    /// <inheritdoc/>
    public override IInternalActorRef Parent => ActorRefs.Nobody;

    /// <inheritdoc/>
    public override bool IsLocal => true;

    /// <inheritdoc/>
    public override bool IsTerminated => false;

    /// <inheritdoc/>
    public override IActorRef GetChild(IReadOnlyList<string> name)
    {
        foreach (var element in name)
        {
            if (element.Length > 0)
                return ActorRefs.Nobody;
        }

        return this;
    }

    /// <inheritdoc/>
    public override void Resume(Exception? causedByFailure = null)
    {
    }

    /// <inheritdoc/>
    public override void Start()
    {
    }

    /// <inheritdoc/>
    public override void Stop()
    {
    }

    /// <inheritdoc/>
    public override void Restart(Exception cause)
    {
    }

    /// <inheritdoc/>
    public override void Suspend()
    {
    }

    /// <inheritdoc/>
    public override void SendSystemMessage(ISystemMessage message)
    {
    }

    /// <inheritdoc/>
    protected override void TellInternal(object message, IActorRef? sender)
    {
    }
}

/// <summary>Stands for "no actor": messages vanish.</summary>
public sealed class Nobody : MinimalActorRef
{
    /// <summary>The one value.</summary>
    public static Nobody Instance = new();

    private static readonly NobodySurrogate SurrogateInstance = new();

    private readonly ActorPath _path = new RootActorPath(Address.AllSystems, "/Nobody");

    private Nobody()
    {
    }

    /// <inheritdoc/>
    public override ActorPath Path => _path;

    /// <inheritdoc/>
    public override IActorRefProvider Provider => throw new NotSupportedException("Nobody does not provide");

    /// <inheritdoc/>
    public override ISurrogate ToSurrogate(ActorSystem system) => SurrogateInstance;

    /// <summary>The portable form of nobody.</summary>
    public class NobodySurrogate : ISurrogate
    {
        /// <inheritdoc/>
        public ISurrogated FromSurrogate(ActorSystem system) => Instance;
    }
}

/// <summary>The two references that stand for nobody.</summary>
public static class ActorRefs
{
    /// <summary>A reference that swallows everything.</summary>
    public static readonly Nobody Nobody = Nobody.Instance;

    /// <summary>As a sender: replies go to dead letters. It is null.</summary>
    public static readonly IActorRef NoSender = null!;
}

/// <summary>Questions to references that may be nobody.</summary>
public static class ActorRefExtensions
{
    /// <summary>True for null and for <see cref="ActorRefs.Nobody"/>.</summary>
    public static bool IsNobody([NotNullWhen(false)] this IActorRef? actorRef) => actorRef is null or Nobody;

    /// <summary>The reference, or another one if it is nobody.</summary>
    public static IActorRef GetOrElse(this IActorRef? actorRef, Func<IActorRef> elseValue) =>
        actorRef.IsNobody() ? elseValue() : actorRef;
}

/// <summary>Tell with the sender taken from where the call is made.</summary>
public static class ActorRefImplicitSenderExtensions
{
    /// <summary>Sends with the actor in whose turn this is called as the sender; outside of actors, with no sender.</summary>
    public static void Tell(this IActorRef receiver, object message) => receiver.Tell(message, ActorCell.GetCurrentSelfOrNoSender());

    /// <summary>Passes a message on with its original sender.</summary>
    public static void Forward(this IActorRef receiver, object message) => receiver.Tell(message, ActorCell.GetCurrentSenderOrNoSender());
}

/// <summary>A reference whose actor is in this process.</summary>
public abstract class ActorRefWithCell : InternalActorRefBase
{
    /// <summary>The actor's children.</summary>
    public abstract IEnumerable<IActorRef> Children { get; }

    /// <summary>The child with this name, which may end in #uid; <see cref="ActorRefs.Nobody"/> if there is none.</summary>
    public abstract IInternalActorRef GetSingleChild(string name);
}

/// <summary>Short forms on factories.</summary>
public static class ActorRefFactoryExtensions
{
    /// <summary>Starts an actor with a parameterless constructor.</summary>
    public static IActorRef ActorOf<TActor>(this IActorRefFactory factory, string? name = null)
        where TActor : ActorBase, new() => factory.ActorOf(Props.Create<TActor>(), name);

    /// <summary>A selection below another actor.</summary>
    public static ActorSelection ActorSelection(this IActorRefFactory factory, IActorRef anchorRef, string actorPath) =>
        ActorRefFactoryShared.ActorSelection(anchorRef, actorPath);
}
