// From the bytes of a message to the mailbox of its actor. Whatever is wrong with a message, it is dropped with one line in the log (a limited
// number of lines a second), and the connection goes on. Runs on the connection's reading thread.
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Embedded.Remote.Wire;
using Akka.Event;
using Akka.Remote;

namespace Akka.Embedded.Remote;

internal sealed class InboundDelivery
{
    private readonly Remoting _remoting;
    private readonly RemoteActorRefProvider _provider;
    private readonly LogLimiter _refusals;

    public InboundDelivery(Remoting remoting)
    {
        _remoting = remoting;
        _provider = remoting.Provider;
        _refusals = new LogLimiter(EngineEnvironment.Of(remoting.System).Time);
    }

    /// <summary>Delivers a user message.</summary>
    public void Deliver(Link link, Association from, ref FrameReader reader)
    {
        if (Read(link, from, ref reader, out var recipient, out var sender) is not { } message)
            return;
        if (message is ISystemMessage)
            LogRefusal("A system message of {0} came as a user message and is dropped.", from.RemoteAddress);
        else if (recipient is IRemoteRef)
            LogRefusal("A message of {0} for the actor {1} of another system is dropped.", from.RemoteAddress, recipient);
        else if (_remoting.Settings.UntrustedMode && IsRefused(message, recipient))
            LogRefusal("A message of type {0} from {1} is dropped in untrusted mode.", message.GetType(), from.RemoteAddress);
        else
            recipient.Tell(message, sender);
    }

    /// <summary>Delivers a system message.</summary>
    public void DeliverSystem(Link link, Association from, ref FrameReader reader)
    {
        if (Read(link, from, ref reader, out var recipient, out _) is not { } message)
            return;
        if (message is not ISystemMessage system || recipient is IRemoteRef)
            LogRefusal("A message of {0} came as a system message for {1}, is none, and is dropped.", from.RemoteAddress, recipient);
        else if (_remoting.Settings.UntrustedMode && system is not (Watch or Unwatch or DeathWatchNotification))
            LogRefusal("A system message of type {0} from {1} is dropped in untrusted mode.", message.GetType(), from.RemoteAddress);
        else
            recipient.SendSystemMessage(system);
    }

    /// <summary>Logs, once, that something from outside is refused.</summary>
    public void LogRefusal(string format, params object[] args)
    {
        if (!_refusals.TryTake(out var suppressed))
            return;
        var text = string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args);
        _remoting.LogWarning(suppressed == 0 ? text : $"{text} ({suppressed} more such lines were left out.)");
    }

    private object? Read(Link link, Association from, ref FrameReader reader, out IInternalActorRef recipient, out IActorRef sender)
    {
        recipient = ActorRefs.Nobody;
        sender = ActorRefs.NoSender;
        if (MessageFrame.ReadHead(ref reader, link.InboundNames, out var head) is { } fault)
        {
            LogRefusal("A message of {0} is dropped: {1}.", from.RemoteAddress, fault);
            return null;
        }

        recipient = Recipient(head.Recipient!);
        if (head.Sender is not null)
            sender = Sender(head.Sender, from);
        object? message;
        try
        {
            message = _remoting.System.Serialization.Deserialize(reader.Rest.ToArray(), head.SerializerId, head.Manifest);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A serializer may throw anything at all at bytes it does not know.
            LogRefusal(
                "A message of {0} bytes for {1} from {2} is dropped: serializer [{3}] with manifest [{4}] cannot read it ({5}).",
                reader.Rest.Length, recipient.Path.ToStringWithoutAddress(), from.RemoteAddress, head.SerializerId, Shown(head.Manifest), e.Message);
            return null;
        }

        if (message is null)
            LogRefusal("An empty message from {0} is dropped.", from.RemoteAddress);
        else if (_remoting.Settings.LogReceive)
            _remoting.Log.Debug("received message [{0}] to [{1}] from [{2}]", message, recipient, sender);
        return message;
    }

    private IInternalActorRef Recipient(InboundPath path)
    {
        // Kept only while it leads to a living actor: another one may take its place under the same name.
        if (path.Recipient is { IsTerminated: false } known)
            return known;
        var found = path.Text.StartsWith('/') ? _provider.ResolveLocal(path.Text) : _provider.ResolveActorRef(path.Text);
        var recipient = found as IInternalActorRef ?? (IInternalActorRef)_provider.DeadLetters;
        path.Recipient = recipient is ActorRefWithCell ? recipient : null;
        return recipient;
    }

    private IActorRef Sender(InboundPath path, Association from)
    {
        if (path.Sender is { } known)
            return known;
        if (!path.Text.StartsWith('/') || !ActorPath.TryParse(from.RemoteRoot, path.Text, out var parsed))
            return path.Sender = _provider.ResolveActorRef(path.Text);
        return path.Sender = new RemoteActorRef(_remoting, _remoting.DefaultAddress, parsed, ActorRefs.Nobody) { CachedAssociation = from };
    }

    private bool IsRefused(object message, IInternalActorRef recipient)
    {
        if (message is not ActorSelectionMessage selection)
            return message is IPossiblyHarmful;
        var path = recipient.Path.ToStringWithoutAddress().TrimEnd('/') + "/" + string.Join('/', selection.Elements.Select(e => e.ToString()));
        return selection.Message is IPossiblyHarmful || !_remoting.Settings.TrustedSelectionPaths.Contains(path);
    }

    private static string Shown(string manifest) => manifest.Length <= 64 ? manifest : manifest[..64] + "…";
}
