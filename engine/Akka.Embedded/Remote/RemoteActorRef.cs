// A reference to an actor of another system. Telling hands the message to remoting on the caller's thread.
// Watches between actors go through the RemoteWatcher, which keeps an eye on the other system; only the watcher's own watches travel.
using System.Globalization;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Embedded.Remote;

namespace Akka.Remote;

/// <summary>Marks references to actors of other systems.</summary>
public interface IRemoteRef : IActorRefScope
{
}

/// <summary>A reference to an actor of another system.</summary>
public class RemoteActorRef : InternalActorRefBase, IRemoteRef
{
    private readonly IInternalActorRef _parent;
    private string? _wirePath;

    internal RemoteActorRef(RemoteTransport remote, Address localAddressToUse, ActorPath path, IInternalActorRef parent)
    {
        Remote = remote;
        LocalAddressToUse = localAddressToUse;
        Path = path;
        _parent = parent;
        IsTemporary = path.Depth > 0 && path.ParentOf(1).Name == "temp";
    }

    /// <summary>This system's address as the other one knows it.</summary>
    public Address LocalAddressToUse { get; }

    /// <inheritdoc/>
    public override ActorPath Path { get; }

    /// <inheritdoc/>
    public override IInternalActorRef Parent => _parent;

    /// <inheritdoc/>
    public override IActorRefProvider Provider => Remote.Provider;

    /// <inheritdoc/>
    public override bool IsLocal => false;

    /// <inheritdoc/>
    public override bool IsTerminated => false;

    internal RemoteTransport Remote { get; }

    /// <summary>True for references of Ask, each of which is used once.</summary>
    internal bool IsTemporary { get; }

    /// <summary>The association with the other system, once looked up.</summary>
    internal Association? CachedAssociation { get; set; }

    /// <summary>The path as the other system reads it: without its address.</summary>
    internal string WirePath => _wirePath ??= WithUid(Path);

    internal static string WirePathOf(IActorRef actor) =>
        actor.Path.Address.HasGlobalScope || actor is Nobody ? actor.Path.ToSerializationFormat() : WithUid(actor.Path);

    /// <inheritdoc/>
    public override IActorRef GetChild(IReadOnlyList<string> name)
    {
        var path = Path;
        foreach (var element in name)
        {
            switch (element)
            {
                case "":
                    break;
                case "..":
                    path = path.Parent;
                    break;
                default:
                    path = path.Child(element);
                    break;
            }
        }

        return ReferenceEquals(path, Path) ? this : new RemoteActorRef(Remote, LocalAddressToUse, path, ActorRefs.Nobody);
    }

    /// <summary>True if a watch must go through the remote watcher.</summary>
    public bool IsWatchIntercepted(IActorRef watchee, IActorRef watcher)
    {
        // The watcher's own watches, and those of its system's guardian, are what travels.
        var remoteWatcher = ((RemoteActorRefProvider)Remote.Provider).RemoteWatcher;
        return !Equals(watcher, remoteWatcher) && Equals(watchee, this);
    }

    /// <inheritdoc/>
    public override void SendSystemMessage(ISystemMessage message)
    {
        var watcherOfRemotes = ((RemoteActorRefProvider)Remote.Provider).RemoteWatcher;
        switch (message)
        {
            case Watch watch when IsWatchIntercepted(watch.Watchee, watch.Watcher):
                watcherOfRemotes.Tell(new RemoteWatcher.WatchRemote(watch.Watchee, watch.Watcher), ActorRefs.NoSender);
                break;
            case Unwatch unwatch when IsWatchIntercepted(unwatch.Watchee, unwatch.Watcher):
                watcherOfRemotes.Tell(new RemoteWatcher.UnwatchRemote(unwatch.Watchee, unwatch.Watcher), ActorRefs.NoSender);
                break;
            default:
                Remote.Send(message, ActorRefs.NoSender, this);
                break;
        }
    }

    /// <inheritdoc/>
    public override void Start()
    {
    }

    /// <inheritdoc/>
    public override void Suspend() => SendSystemMessage(new Suspend());

    /// <inheritdoc/>
    public override void Resume(Exception? causedByFailure = null) => SendSystemMessage(new Resume(causedByFailure));

    /// <inheritdoc/>
    public override void Restart(Exception cause) => SendSystemMessage(new Recreate(cause));

    /// <inheritdoc/>
    public override void Stop() => SendSystemMessage(new Terminate());

    /// <inheritdoc/>
    protected override void TellInternal(object message, IActorRef? sender) => Remote.Send(message, sender, this);

    private static string WithUid(ActorPath path)
    {
        var text = path.ToStringWithoutAddress();
        return path.Uid == ActorCell.UndefinedUid ? text : string.Create(CultureInfo.InvariantCulture, $"{text}#{path.Uid}");
    }
}
