// Remoting of one actor system: its transport, its associations by address, and the clock that looks after them. Associations decide about
// themselves; here is what they share.
using Akka.Actor;
using Akka.Configuration;
using Akka.Embedded.Remote.Wire;
using Akka.Event;
using Akka.Remote;

namespace Akka.Embedded.Remote;

internal sealed partial class Remoting : RemoteTransport, IConnectionAcceptor
{
    private const int MaxAssociations = 100_000;
    private static readonly TimeSpan UpkeepInterval = TimeSpan.FromMilliseconds(500);

    private readonly object _gate = new();
    private readonly Dictionary<Address, Association> _associations = [];
    private readonly HashSet<Link> _unknownLinks = [];
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly LogLimiter _overflows;
    private readonly LogLimiter _serializationErrors;
    private readonly Completion<Done> _allClosed;
    private readonly LogLevel? _lifecycleLevel;
    private ITransport? _transport;
    private ICancelable? _upkeep;
    private Address? _defaultAddress;
    private HashSet<Address> _addresses = [];
    private long _lastNumber;
    private int _openLinks;
    private volatile bool _stopped;

    public Remoting(ExtendedActorSystem system, RemoteActorRefProvider provider)
        : base(system, provider)
    {
        Settings = provider.RemoteSettings;
        UseUntrustedMode = Settings.UntrustedMode;
        var transport = Settings.TransportNames.FirstOrDefault()
            ?? throw new ConfigurationException("akka.remote.enabled-transports is empty: remoting needs one transport.");
        TransportConfig = system.Settings.Config.GetConfig(transport)
            ?? throw new ConfigurationException($"akka.remote.enabled-transports names [{transport}], and there is no such section.");
        Options = new RemotingOptions(system.Settings.Config, TransportConfig);
        var environment = EngineEnvironment.Of(system);
        _allClosed = environment.NewCompletion<Done>();
        _time = environment.Time;
        _start = _time.GetTimestamp();
        _overflows = new LogLimiter(_time, burst: 3);
        _serializationErrors = new LogLimiter(_time);
        logRemoteLifeCycleEvents = !Settings.RemoteLifecycleEventsLogLevel.Equals("off", StringComparison.OrdinalIgnoreCase);
        _lifecycleLevel = logRemoteLifeCycleEvents ? Logging.LogLevelFor(Settings.RemoteLifecycleEventsLogLevel) : null;
        Inbound = new InboundDelivery(this);
        Uid = AddressUidExtension.Uid(system);
    }

    public RemoteSettings Settings { get; }

    public RemotingOptions Options { get; }

    public Config TransportConfig { get; }

    public InboundDelivery Inbound { get; }

    /// <summary>This system's incarnation.</summary>
    public int Uid { get; }

    /// <summary>Milliseconds since the start, never going back.</summary>
    public long NowMillis => (long)_time.GetElapsedTime(_start).TotalMilliseconds;

    public override Address DefaultAddress => _defaultAddress ?? throw new RemoteTransportException("Remoting has not started yet.");

    public override ISet<Address> Addresses => _addresses;

    /// <summary>Number of associations; for tests.</summary>
    public int AssociationCount
    {
        get
        {
            lock (_gate)
                return _associations.Count;
        }
    }

    public bool IsOwnAddress(Address address) => _addresses.Contains(address);

    /// <summary>A number greater than all given before.</summary>
    public long NextNumber() => Interlocked.Increment(ref _lastNumber);

    public FailureDetector NewTransportFailureDetector() => FailureDetectorLoader.Load(Options.SilenceClass, Options.SilenceConfig, System);

    public override void Start()
    {
        var listen = new ListenSettings(TransportConfig, System.Name);
        _transport = TransportFactory.Create(System, TransportConfig, Options);
        TransportEndpoint bound;
        try
        {
            bound = _transport.Listen(listen.Bind, this);
        }
        catch (IOException e)
        {
            throw new RemoteTransportException(e.Message, e);
        }

        var protocol = $"{RemoteSettings.AkkaScheme}.{_transport.Scheme}";
        _defaultAddress = new Address(protocol, System.Name, listen.PublicHost, listen.PublicPort > 0 ? listen.PublicPort : bound.Port);
        _addresses = [_defaultAddress];
        if (listen.Bind.Host.Length > 0)
            _addresses.Add(new Address(protocol, System.Name, listen.Bind.Host, bound.Port));
        _upkeep = System.Scheduler.Advanced.ScheduleRepeatedlyCancelable(UpkeepInterval, UpkeepInterval, Upkeep);
        Log.Info("Remoting started; listening on addresses : [{0}]", _defaultAddress);
        Publish(new RemotingListenEvent([.. _addresses]));
    }

    public override Task Shutdown()
    {
        if (_stopped)
            return _allClosed.Task;
        _stopped = true;
        _upkeep?.Cancel();
        Association[] associations;
        lock (_gate)
        {
            associations = [.. _associations.Values];
            _associations.Clear();
        }

        foreach (var association in associations)
            association.Shutdown();
        System.Scheduler.Advanced.ScheduleOnce(Settings.FlushWait, FinishShutdown);
        if (Volatile.Read(ref _openLinks) == 0)
            FinishShutdown();
        return _allClosed.Task;
    }

    public override void Send(object message, IActorRef? sender, RemoteActorRef recipient)
    {
        if (Serialize(message, recipient) is not { } body)
            return;
        while (!_stopped)
        {
            var association = recipient.CachedAssociation;
            if (association is null || association.IsRemoved)
            {
                association = AssociationFor(recipient.Path.Address);
                if (association is null)
                    break;
                recipient.CachedAssociation = association;
            }

            var sent = message is Dispatch.SysMsg.ISystemMessage
                ? association.SendSystem(message, recipient, body)
                : association.Send(message, sender, recipient, body);
            if (sent)
                return;
        }

        DeadLetter(message, sender, recipient);
    }

    public override Address LocalAddressForRemote(Address remote) => remote.Protocol == DefaultAddress.Protocol
        ? DefaultAddress
        : throw new RemoteTransportException($"No transport is loaded for protocol: [{remote.Protocol}], available protocols: [{DefaultAddress.Protocol}]");

    public override Task<bool> ManagementCommand(object cmd) => Task.FromResult(false);

    public override Task<bool> ManagementCommand(object cmd, CancellationToken cancellationToken) => Task.FromResult(false);

    public override void Quarantine(Address address, int? uid) => AssociationFor(address)?.Quarantine(uid, "it was requested");

    /// <summary>Opens a connection for an association.</summary>
    public void Dial(Association association, Link link)
    {
        Interlocked.Increment(ref _openLinks);
        var address = association.RemoteAddress;
        _transport!.Connect(new TransportEndpoint(address.Host!, address.Port!.Value), link);
    }

    public IConnectionHandler? Accept()
    {
        if (_stopped)
            return null;
        lock (_gate)
        {
            if (_unknownLinks.Count >= Options.MaxUnknownLinks)
                return null;
            var link = new Link(this);
            _unknownLinks.Add(link);
            Interlocked.Increment(ref _openLinks);
            return link;
        }
    }

    public void OnListenError(string error) => Publish(new RemotingErrorEvent(new RemoteTransportException($"The listener met an error and goes on: {error}")));

    /// <summary>Somebody outside said who they are.</summary>
    public void OnHello(Link link, Greeting greeting)
    {
        lock (_gate)
            _unknownLinks.Remove(link);
        if (!IsOwnAddress(greeting.To) || IsOwnAddress(greeting.From))
        {
            Inbound.LogRefusal(
                "Dropping association from {0}: it is meant for {1}, and this system is {2}.", greeting.From, greeting.To, DefaultAddress);
            link.Leave(FrameKind.Refuse, ByeReason.WrongAddress, $"this system is {DefaultAddress}, not {greeting.To}");
            return;
        }

        while (AssociationFor(greeting.From) is { } association)
        {
            if (association.OnHello(link, greeting))
                return;
        }

        link.Leave(FrameKind.Refuse, ByeReason.Shutdown, "the system shuts down");
    }

    /// <summary>A link has ended.</summary>
    public void OnLinkEnded(Link link)
    {
        lock (_gate)
            _unknownLinks.Remove(link);
        if (Interlocked.Decrement(ref _openLinks) == 0 && _stopped)
            FinishShutdown();
    }

    private void FinishShutdown()
    {
        if (_allClosed.Task.IsCompleted)
            return;
        _transport?.Shutdown();
        if (_allClosed.TrySetResult(Done.Instance))
            Publish(new RemotingShutdownEvent());
    }

    private Association? AssociationFor(Address address)
    {
        if (address.Host is null || address.Port is null || IsOwnAddress(address))
            return null;
        lock (_gate)
        {
            if (_stopped)
                return null;
            if (_associations.TryGetValue(address, out var known) && !known.IsRemoved)
                return known;
            if (_associations.Count >= MaxAssociations)
                return null;
            return _associations[address] = new Association(this, address);
        }
    }

    private void Upkeep()
    {
        Association[] associations;
        Link[] unknown;
        lock (_gate)
        {
            associations = [.. _associations.Values];
            unknown = [.. _unknownLinks];
        }

        foreach (var association in associations)
        {
            if (!association.Upkeep())
                continue;
            lock (_gate)
            {
                if (_associations.TryGetValue(association.RemoteAddress, out var known) && ReferenceEquals(known, association))
                    _associations.Remove(association.RemoteAddress);
            }
        }

        foreach (var link in unknown)
        {
            if (NowMillis - link.CreatedAt > Options.HandshakeMillis)
                link.Close("it did not say who it is in time");
        }
    }
}
