// What the provider needs of remoting, and the failure remoting reports.
using Akka.Actor;
using Akka.Event;

namespace Akka.Remote;

/// <summary>Sends messages to other systems.</summary>
public abstract class RemoteTransport
{
    /// <param name="system">The system it works for.</param>
    /// <param name="provider">The system's provider.</param>
    protected RemoteTransport(ExtendedActorSystem system, RemoteActorRefProvider provider)
    {
        System = system;
        Provider = provider;
        Log = Logging.GetLogger(system, "remoting");
    }

    /// <summary>The system it works for.</summary>
    public ExtendedActorSystem System { get; }

    /// <summary>The system's provider.</summary>
    public RemoteActorRefProvider Provider { get; }

    /// <summary>Where the system can be reached.</summary>
    public abstract ISet<Address> Addresses { get; }

    /// <summary>What the system tells others about where it can be reached.</summary>
    public abstract Address DefaultAddress { get; }

    /// <summary>Remoting's log.</summary>
    public ILoggingAdapter Log { get; protected set; }

    /// <summary>True if life cycle events are logged.</summary>
    public bool logRemoteLifeCycleEvents { get; protected set; }

    /// <summary>Refuse system messages and harmful messages from outside.</summary>
    protected bool UseUntrustedMode { get; set; }

    /// <summary>Listens; when it returns, <see cref="DefaultAddress"/> is known.</summary>
    /// <exception cref="RemoteTransportException">It cannot listen.</exception>
    public abstract void Start();

    /// <summary>Ends every association, after what is on its way out has left or the flush time is over.</summary>
    public abstract Task Shutdown();

    /// <summary>Sends a message.</summary>
    public abstract void Send(object message, IActorRef? sender, RemoteActorRef recipient);

    /// <summary>This system's address as the one at <paramref name="remote"/> knows it.</summary>
    /// <exception cref="RemoteTransportException">It cannot be reached with any transport here.</exception>
    public abstract Address LocalAddressForRemote(Address remote);

    /// <summary>Carries out a command of a transport; false if no transport knows it.</summary>
    public abstract Task<bool> ManagementCommand(object cmd);

    /// <summary>Carries out a command of a transport; false if no transport knows it.</summary>
    public abstract Task<bool> ManagementCommand(object cmd, CancellationToken cancellationToken);

    /// <summary>Gives an incarnation up for good; a null uid means whichever is known.</summary>
    public abstract void Quarantine(Address address, int? uid);
}

/// <summary>Remoting cannot do what was asked.</summary>
public class RemoteTransportException : AkkaException
{
    /// <summary>With the reason and its cause.</summary>
    public RemoteTransportException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
