// The provider of a system with remoting: a local one for what is here, remote references for what is elsewhere.
// Remote deployment is not part of this engine: every actor runs where it is created.
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Embedded.Remote;
using Akka.Event;

namespace Akka.Remote;

/// <summary>What the engine needs of a provider with remoting.</summary>
public interface IRemoteActorRefProvider : IActorRefProvider
{
    /// <summary>The settings of akka.remote.</summary>
    RemoteSettings RemoteSettings { get; }

    /// <summary>Watches actors of other systems for those here.</summary>
    IActorRef RemoteWatcher { get; }

    /// <summary>Sends messages to other systems.</summary>
    RemoteTransport Transport { get; }

    /// <summary>True if the address is one of this system's own.</summary>
    bool HasAddress(Address address);

    /// <summary>Gives an incarnation of another system up for good.</summary>
    void Quarantine(Address address, int? uid);
}

/// <summary>The provider of a system with remoting.</summary>
public class RemoteActorRefProvider : IRemoteActorRefProvider
{
    private readonly LocalActorRefProvider _local;
    private ActorSystemImpl? _system;
    private Remoting? _remoting;
    private IActorRef? _remoteWatcher;
    private Akka.Serialization.Information? _information;

    /// <param name="systemName">The system's name.</param>
    /// <param name="settings">The system's settings.</param>
    /// <param name="eventStream">The system's bus.</param>
    public RemoteActorRefProvider(string systemName, Settings settings, EventStream eventStream)
    {
        RemoteSettings = new RemoteSettings(settings.Config);
        _local = new LocalActorRefProvider(systemName, settings, eventStream);
    }

    /// <inheritdoc/>
    public RemoteSettings RemoteSettings { get; }

    /// <inheritdoc/>
    public IActorRef RemoteWatcher => _remoteWatcher ?? _local.DeadLetters;

    /// <inheritdoc/>
    public RemoteTransport Transport => _remoting ?? throw new InvalidOperationException("The system has not started yet.");

    /// <inheritdoc/>
    public IInternalActorRef RootGuardian => _local.RootGuardian;

    /// <inheritdoc/>
    public LocalActorRef Guardian => _local.Guardian;

    /// <inheritdoc/>
    public LocalActorRef SystemGuardian => _local.SystemGuardian;

    /// <inheritdoc/>
    public IActorRef DeadLetters => _local.DeadLetters;

    /// <inheritdoc/>
    public IActorRef IgnoreRef => _local.IgnoreRef;

    /// <inheritdoc/>
    public ActorPath RootPath => _local.RootPath;

    /// <inheritdoc/>
    public Settings Settings => _local.Settings;

    /// <inheritdoc/>
    public Deployer Deployer => _local.Deployer;

    /// <inheritdoc/>
    public IInternalActorRef TempContainer => _local.TempContainer;

    /// <inheritdoc/>
    public Task TerminationTask => _local.TerminationTask;

    /// <inheritdoc/>
    public Address DefaultAddress => Transport.DefaultAddress;

    /// <inheritdoc/>
    public Akka.Serialization.Information SerializationInformation =>
        _information ??= new Akka.Serialization.Information(DefaultAddress, _system!);

    internal Remoting Remoting => _remoting!;

    /// <inheritdoc/>
    public virtual void Init(ActorSystemImpl system)
    {
        _system = system;
        _local.Init(system);
        _remoting = new Remoting(system, this);
        var terminator = system.SystemActorOf(
            RemoteSettings.ConfigureDispatcher(Props.Create(() => new RemotingTerminator(_local.SystemGuardian, _remoting))), "remoting-terminator");
        _remoting.Start();
        _remoteWatcher = CreateRemoteWatcher(system);
        terminator.Tell(RemotingTerminator.Begin.Instance, ActorRefs.NoSender);
    }

    /// <inheritdoc/>
    public bool HasAddress(Address address) =>
        address.Equals(_local.RootPath.Address) || address.Equals(RootPath.Address) || (_remoting is { } remoting && remoting.IsOwnAddress(address));

    /// <inheritdoc/>
    public void Quarantine(Address address, int? uid) => Transport.Quarantine(address, uid);

    /// <inheritdoc/>
    public ActorPath TempPath() => _local.TempPath();

    /// <inheritdoc/>
    public void RegisterTempActor(IInternalActorRef actorRef, ActorPath path) => _local.RegisterTempActor(actorRef, path);

    /// <inheritdoc/>
    public void UnregisterTempActor(ActorPath path) => _local.UnregisterTempActor(path);

    /// <inheritdoc/>
    public FutureActorRef<T> CreateFutureRef<T>(TaskCompletionSource<T> tcs) => new(tcs, this);

    /// <inheritdoc/>
    public IInternalActorRef ActorOf(
        ActorSystemImpl system, Props props, IInternalActorRef supervisor, ActorPath path, bool systemService, Deploy? deploy,
        bool lookupDeploy, bool async) => _local.ActorOf(system, props, supervisor, path, systemService, deploy, lookupDeploy, async);

    /// <inheritdoc/>
    public IActorRef ResolveActorRef(string path)
    {
        if (ActorPath.TryParse(path, out var parsed))
            return ResolveActorRef(parsed);
        _local.Log.Debug("Resolve of unknown path [{0}] failed. Invalid format.", path);
        return DeadLetters;
    }

    /// <inheritdoc/>
    public IActorRef ResolveActorRef(ActorPath actorPath)
    {
        if (HasAddress(actorPath.Address))
            return ResolveLocal(actorPath.ToStringWithUid()[actorPath.Address.ToString().Length..]);
        if (actorPath.Address.HasLocalScope || actorPath.Address.Port is null)
            return _local.ResolveActorRef(actorPath);
        return CreateRemoteRef(actorPath, Transport.LocalAddressForRemote(actorPath.Address));
    }

    /// <inheritdoc/>
    public IActorRef RootGuardianAt(Address address) => HasAddress(address)
        ? RootGuardian
        : CreateRemoteRef(new RootActorPath(address), Transport.LocalAddressForRemote(address));

    /// <inheritdoc/>
    public Address? GetExternalAddressFor(Address address)
    {
        if (HasAddress(address))
            return _local.RootPath.Address;
        return address.HasGlobalScope && address.Protocol == DefaultAddress.Protocol ? DefaultAddress : null;
    }

    /// <summary>The actor at "/user/a#12" of this system; a reference to nobody at that path if there is none.</summary>
    internal IActorRef ResolveLocal(string pathWithoutAddress) => ActorPath.TryParse(RootPath, pathWithoutAddress, out var path)
        ? _local.ResolveActorRef((IInternalActorRef)_local.RootGuardian, path)
        : DeadLetters;

    /// <summary>A reference to an actor of another system.</summary>
    protected virtual IInternalActorRef CreateRemoteRef(ActorPath actorPath, Address localAddress) =>
        new RemoteActorRef(Transport, localAddress, actorPath, ActorRefs.Nobody);

    /// <summary>Starts the actor that watches other systems.</summary>
    protected virtual IActorRef CreateRemoteWatcher(ActorSystemImpl system) => system.SystemActorOf(
        RemoteSettings.ConfigureDispatcher(Akka.Remote.RemoteWatcher.Props(
            CreateRemoteWatcherFailureDetector(system),
            RemoteSettings.WatchHeartBeatInterval,
            RemoteSettings.WatchUnreachableReaperInterval,
            RemoteSettings.WatchHeartbeatExpectedResponseAfter)),
        "remote-watcher");

    /// <summary>The failure detectors of that actor.</summary>
    protected DefaultFailureDetectorRegistry<Address> CreateRemoteWatcherFailureDetector(ActorSystem system) => new(
        FailureDetectorLoader.LoaderFor(
            RemoteSettings.WatchFailureDetectorImplementationClass,
            RemoteSettings.WatchFailureDetectorConfig,
            system,
            RemoteSettings.WatchUnreachableReaperInterval));
}
