// What remoting tells the rest of the system: events, log lines, dead letters; and what it makes of messages before they leave.
using Akka.Actor;
using Akka.Event;
using Akka.Remote;

namespace Akka.Embedded.Remote;

internal sealed partial class Remoting
{
    /// <summary>Publishes an event, and logs it if it is to be logged.</summary>
    public void Publish(RemotingLifecycleEvent happening)
    {
        System.EventStream.Publish(happening);
        if (_lifecycleLevel is { } least && happening is not RemotingListenEvent)
            LogAt(happening.LogLevel() > LogLevel.DebugLevel ? happening.LogLevel() : least, happening.ToString()!);
    }

    public void LogWarning(string text) => LogAt(LogLevel.WarningLevel, text);

    /// <summary>An address is left alone for a while; quietly if its system ended in good order.</summary>
    public void OnGated(Address address, string reason, bool quietly)
    {
        if (quietly)
        {
            Log.Debug("Remote system with address [{0}] has shut down. Address is now gated for {1} ms.", address, Settings.RetryGateClosedFor.TotalMilliseconds);
            return;
        }

        System.EventStream.Publish(new AssociationErrorEvent(new RemoteTransportException(reason), DefaultAddress, address, false, LogLevel.WarningLevel));
        LogWarning(
            $"Association with remote system {address} has failed; address is now gated for {Settings.RetryGateClosedFor.TotalMilliseconds:0} ms. "
            + $"Reason: [{reason}]");
    }

    public void OnQuarantined(Address address, int uid, string reason)
    {
        System.EventStream.Publish(new QuarantinedEvent(address, uid));
        LogWarning($"Association to [{address}] having UID [{uid}] is quarantined: {reason}. Messages to that incarnation become dead letters.");
    }

    /// <summary>Another incarnation has taken over an address: watches there must be renewed.</summary>
    public void OnRestarted(Address address, int uid) => Provider.RemoteWatcher.Tell(new RemoteWatcher.Restarted(address, uid), ActorRefs.NoSender);

    /// <summary>System messages cannot be brought to an address.</summary>
    public void OnGivenUp(Address address)
    {
        LogWarning($"System messages for [{address}] could not be delivered for too long and are given up; its actors count as terminated.");
        Terminate(address);
    }

    public void OnQuarantinedByPeer(Address address)
    {
        Publish(new ThisActorSystemQuarantinedEvent(DefaultAddress, address));
        Terminate(address);
    }

    /// <summary>The system at an address has ended in good order.</summary>
    public void OnPeerShutdown(Address address) => Terminate(address);

    /// <summary>Makes a dead letter of a message.</summary>
    public void DeadLetter(object message, IActorRef? sender, IActorRef recipient)
    {
        var deadLetters = System.DeadLetters;
        deadLetters.Tell(new DeadLetter(message, sender ?? deadLetters, recipient), sender ?? deadLetters);
    }

    /// <summary>A message was refused where it was to be sent.</summary>
    public void OnNotSent(Association association, SendResult result, object message, IActorRef? sender, IActorRef recipient, int size)
    {
        if (result == SendResult.TooLarge)
        {
            if (_serializationErrors.TryTake(out _))
            {
                LogAt(
                    LogLevel.ErrorLevel,
                    $"Transient error (association remains live): Discarding oversized payload sent to {recipient}: max allowed size {Options.MaxFrameBytes} bytes, "
                    + $"actual size of encoded {message.GetType()} was {size} bytes.");
            }

            return;
        }

        if (result == SendResult.Full && _overflows.TryTake(out var suppressed))
        {
            LogWarning(
                $"Messages to [{association.RemoteAddress}] become dead letters: more than {Options.MaxPendingBytes} bytes or {Options.MaxPendingMessages} "
                + $"messages wait for it ({suppressed} such lines were left out). The other side reads too slowly.");
        }

        DeadLetter(message, sender, recipient);
    }

    /// <summary>The message as bytes; null, with a line in the log, if that is impossible.</summary>
    private SerializedMessage? Serialize(object message, RemoteActorRef recipient)
    {
        try
        {
            var serializer = System.Serialization.FindSerializerFor(message);
            var manifest = Akka.Serialization.Serialization.ManifestFor(serializer, message);
            var payload = Akka.Serialization.Serialization.WithTransport(System, (serializer, message), static state => state.serializer.ToBinary(state.message));
            if (Settings.LogSend)
                Log.Debug("sending message [{0}] to [{1}]", message, recipient);
            if (payload.Length > Options.LogFrameSizeExceeding)
                Log.Info("Payload size for [{0}] is [{1}] bytes. Sent to [{2}].", message.GetType(), payload.Length, recipient);
            return new SerializedMessage(serializer.Identifier, manifest, payload);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A serializer may throw anything; the sender's actor has no part in it and goes on.
            if (_serializationErrors.TryTake(out _))
                LogAt(LogLevel.ErrorLevel, $"A message of type {message.GetType()} to {recipient} cannot be serialized and is dropped: {e.Message}");
            return null;
        }
    }

    private void Terminate(Address address) => AddressTerminatedTopic.Get(System).Publish(new AddressTerminated(address));

    private void LogAt(LogLevel level, string text) => Log.Log(level, null, text);
}
