// What happens to the connections of an actor system, published on its event stream.
using Akka.Actor;
using Akka.Event;

namespace Akka.Remote;

/// <summary>Base of all life cycle events of remoting.</summary>
public abstract class RemotingLifecycleEvent
{
    /// <summary>How it is logged.</summary>
    public abstract LogLevel LogLevel();
}

/// <summary>Something happened to the association with one remote system.</summary>
public abstract class AssociationEvent : RemotingLifecycleEvent
{
    /// <summary>A verb for the text form.</summary>
    protected string EventName = string.Empty;

    /// <summary>This system.</summary>
    public abstract Address LocalAddress { get; protected set; }

    /// <summary>The other system.</summary>
    public abstract Address RemoteAddress { get; protected set; }

    /// <summary>True if the other side opened the connection.</summary>
    public abstract bool IsInbound { get; protected set; }

    /// <inheritdoc/>
    public override string ToString() => $"{EventName} [{LocalAddress}] {(IsInbound ? "<-" : "->")} {RemoteAddress}";
}

/// <summary>A connection with a remote system is ready.</summary>
public sealed class AssociatedEvent : AssociationEvent
{
    /// <summary>From the parts.</summary>
    public AssociatedEvent(Address localAddress, Address remoteAddress, bool inbound)
    {
        LocalAddress = localAddress;
        RemoteAddress = remoteAddress;
        IsInbound = inbound;
        EventName = "Associated";
    }

    /// <inheritdoc/>
    public override Address LocalAddress { get; protected set; }

    /// <inheritdoc/>
    public override Address RemoteAddress { get; protected set; }

    /// <inheritdoc/>
    public override bool IsInbound { get; protected set; }

    /// <inheritdoc/>
    public override LogLevel LogLevel() => Event.LogLevel.DebugLevel;
}

/// <summary>The connection with a remote system has ended.</summary>
public sealed class DisassociatedEvent : AssociationEvent
{
    /// <summary>From the parts.</summary>
    public DisassociatedEvent(Address localAddress, Address remoteAddress, bool inbound)
    {
        LocalAddress = localAddress;
        RemoteAddress = remoteAddress;
        IsInbound = inbound;
        EventName = "Disassociated";
    }

    /// <inheritdoc/>
    public override Address LocalAddress { get; protected set; }

    /// <inheritdoc/>
    public override Address RemoteAddress { get; protected set; }

    /// <inheritdoc/>
    public override bool IsInbound { get; protected set; }

    /// <inheritdoc/>
    public override LogLevel LogLevel() => Event.LogLevel.DebugLevel;
}

/// <summary>A connection could not be made, or broke.</summary>
public sealed class AssociationErrorEvent : AssociationEvent
{
    private readonly LogLevel _level;

    /// <summary>From the parts.</summary>
    public AssociationErrorEvent(Exception cause, Address localAddress, Address remoteAddress, bool inbound, LogLevel level)
    {
        Cause = cause;
        LocalAddress = localAddress;
        RemoteAddress = remoteAddress;
        IsInbound = inbound;
        EventName = "AssociationError";
        _level = level;
    }

    /// <summary>Why.</summary>
    public Exception Cause { get; }

    /// <inheritdoc/>
    public override Address LocalAddress { get; protected set; }

    /// <inheritdoc/>
    public override Address RemoteAddress { get; protected set; }

    /// <inheritdoc/>
    public override bool IsInbound { get; protected set; }

    /// <inheritdoc/>
    public override LogLevel LogLevel() => _level;

    /// <inheritdoc/>
    public override string ToString() => $"{base.ToString()}: Error [{Cause.Message}]";
}

/// <summary>The system listens.</summary>
public sealed class RemotingListenEvent : RemotingLifecycleEvent
{
    /// <param name="listenAddresses">Where.</param>
    public RemotingListenEvent(IList<Address> listenAddresses) => ListenAddresses = listenAddresses;

    /// <summary>Where.</summary>
    public IList<Address> ListenAddresses { get; }

    /// <inheritdoc/>
    public override LogLevel LogLevel() => Event.LogLevel.InfoLevel;

    /// <inheritdoc/>
    public override string ToString() => $"Remoting now listens on addresses: [{string.Join(", ", ListenAddresses)}]";
}

/// <summary>Remoting has ended.</summary>
public sealed class RemotingShutdownEvent : RemotingLifecycleEvent
{
    /// <inheritdoc/>
    public override LogLevel LogLevel() => Event.LogLevel.InfoLevel;

    /// <inheritdoc/>
    public override string ToString() => "Remoting shut down";
}

/// <summary>Remoting met an error that concerns no single association.</summary>
public sealed class RemotingErrorEvent : RemotingLifecycleEvent
{
    /// <param name="cause">Why.</param>
    public RemotingErrorEvent(Exception cause) => Cause = cause;

    /// <summary>Why.</summary>
    public Exception Cause { get; }

    /// <inheritdoc/>
    public override LogLevel LogLevel() => Event.LogLevel.ErrorLevel;

    /// <inheritdoc/>
    public override string ToString() => $"Remoting error: [{Cause.Message}]";
}

/// <summary>An incarnation of a remote system has been given up: nothing is exchanged with it any more.</summary>
public sealed class QuarantinedEvent : RemotingLifecycleEvent
{
    /// <param name="address">The system's address.</param>
    /// <param name="uid">Its incarnation.</param>
    public QuarantinedEvent(Address address, int uid)
    {
        Address = address;
        Uid = uid;
    }

    /// <summary>The system's address.</summary>
    public Address Address { get; }

    /// <summary>Its incarnation.</summary>
    public int Uid { get; }

    /// <inheritdoc/>
    public override LogLevel LogLevel() => Event.LogLevel.WarningLevel;

    /// <inheritdoc/>
    public override string ToString() =>
        $"Association to [{Address}] having UID [{Uid}] is irrecoverably failed. UID is now quarantined and all messages to this UID will be "
        + "delivered to dead letters. Remote actorsystem must be restarted to recover from this situation.";
}

/// <summary>A remote system has given this one up.</summary>
public sealed class ThisActorSystemQuarantinedEvent : RemotingLifecycleEvent
{
    /// <summary>From the parts.</summary>
    public ThisActorSystemQuarantinedEvent(Address localAddress, Address remoteAddress)
    {
        LocalAddress = localAddress;
        RemoteAddress = remoteAddress;
    }

    /// <summary>This system.</summary>
    public Address LocalAddress { get; }

    /// <summary>The system that gave it up.</summary>
    public Address RemoteAddress { get; }

    /// <inheritdoc/>
    public override LogLevel LogLevel() => Event.LogLevel.WarningLevel;

    /// <inheritdoc/>
    public override string ToString() => $"The remote system [{RemoteAddress}] has quarantined this system [{LocalAddress}].";
}
