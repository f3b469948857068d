// The provider of a system without remoting. It builds "/", "/user", "/system", "/temp" and "/deadLetters"; a provider with
// remoting wraps it.
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor;

/// <summary>The provider of a system without remoting.</summary>
public sealed class LocalActorRefProvider : IActorRefProvider
{
    private readonly ActorPath _tempNode;
    private readonly Dictionary<string, IInternalActorRef> _extraNames = [];
    private readonly TaskCompletionSource<Status> _termination = new();
    private readonly RootGuardianSupervisor _top;
    private ActorSystemImpl? _system;
    private RootGuardianActorRef? _rootGuardian;
    private LocalActorRef? _guardian;
    private LocalActorRef? _systemGuardian;
    private VirtualPathContainer? _temp;
    private Serialization.Information? _information;
    private long _tempNumber;

    /// <param name="systemName">The system's name.</param>
    /// <param name="settings">The system's settings.</param>
    /// <param name="eventStream">The system's bus.</param>
    public LocalActorRefProvider(string systemName, Settings settings, EventStream eventStream)
        : this(systemName, settings, eventStream, null, null)
    {
    }

    /// <param name="systemName">The system's name.</param>
    /// <param name="settings">The system's settings.</param>
    /// <param name="eventStream">The system's bus.</param>
    /// <param name="deployer">Knows the configured deployments; null for the usual one.</param>
    /// <param name="deadLettersFactory">Makes dead letters for a path; null for the usual ones.</param>
    public LocalActorRefProvider(
        string systemName, Settings settings, EventStream eventStream, Deployer? deployer,
        Func<ActorPath, IInternalActorRef>? deadLettersFactory)
    {
        Settings = settings;
        EventStream = eventStream;
        Deployer = deployer ?? new Deployer(settings);
        RootPath = new RootActorPath(new Address("akka", systemName));
        Log = Logging.GetLogger(eventStream, "LocalActorRefProvider(" + RootPath.Address + ")");
        var deadLettersPath = RootPath / "deadLetters";
        DeadLetters = deadLettersFactory?.Invoke(deadLettersPath) ?? new DeadLetterActorRef(this, deadLettersPath, eventStream);
        IgnoreRef = new IgnoreActorRef(this);
        _tempNode = RootPath / "temp";
        _top = new RootGuardianSupervisor((RootActorPath)RootPath, this, _termination, Log);
    }

    /// <inheritdoc/>
    public IActorRef DeadLetters { get; }

    /// <inheritdoc/>
    public IActorRef IgnoreRef { get; }

    /// <inheritdoc/>
    public Deployer Deployer { get; }

    /// <summary>The system's bus.</summary>
    public EventStream EventStream { get; }

    /// <summary>The provider's logger.</summary>
    public ILoggingAdapter Log { get; }

    /// <inheritdoc/>
    public ActorPath RootPath { get; }

    /// <inheritdoc/>
    public Settings Settings { get; }

    /// <inheritdoc/>
    public IInternalActorRef RootGuardian => _rootGuardian!;

    /// <inheritdoc/>
    public LocalActorRef Guardian => _guardian!;

    /// <inheritdoc/>
    public LocalActorRef SystemGuardian => _systemGuardian!;

    /// <inheritdoc/>
    public IInternalActorRef TempContainer => _temp!;

    /// <inheritdoc/>
    public Task TerminationTask => _termination.Task;

    /// <inheritdoc/>
    public Address DefaultAddress => RootPath.Address;

    /// <inheritdoc/>
    public Serialization.Information SerializationInformation =>
        _information ??= new Serialization.Information(DefaultAddress, _system!);

    /// <inheritdoc/>
    public void Init(ActorSystemImpl system)
    {
        _system = system;
        var dispatcher = system.Dispatchers.Lookup(Dispatchers.InternalDispatcherId);
        var strategy = SupervisorStrategyConfigurator.CreateConfigurator(Settings.SupervisorStrategyClass).Create();
        var mailbox = system.Mailboxes.Lookup(Mailboxes.DefaultMailboxId);
        _rootGuardian = new RootGuardianActorRef(
            system, Props.Create<GuardianActor>().WithSupervisorStrategy(Guardians.RootStrategy), dispatcher, mailbox, _top, RootPath,
            (IInternalActorRef)DeadLetters, _extraNames);

        var userProps = system.GuardianProps.GetOrElse(Props.Create<GuardianActor>()).WithSupervisorStrategy(strategy);
        _guardian = CreateGuardian(system, "user", userProps, dispatcher, mailbox);
        _systemGuardian = CreateGuardian(
            system, "system", Props.Create(() => new SystemGuardianActor(_guardian)).WithSupervisorStrategy(Guardians.SystemStrategy),
            dispatcher, mailbox);
        _temp = new VirtualPathContainer(this, _tempNode, _rootGuardian);
        _rootGuardian.SetTempContainer(_temp);

        // When "/user" ends "/system" follows, and then "/".
        _systemGuardian.SendSystemMessage(new Dispatch.SysMsg.Watch(_guardian, _systemGuardian));
        _rootGuardian.SendSystemMessage(new Dispatch.SysMsg.Watch(_systemGuardian, _rootGuardian));
        _rootGuardian.Start();
        _guardian.Start();
        _systemGuardian.Start();
        EventStream.Publish(new Debug("LocalActorRefProvider", GetType(), "guardians started"));
    }

    /// <summary>Adds a name under "/" that is no actor's.</summary>
    public void RegisterExtraName(string name, IInternalActorRef actor)
    {
        lock (_extraNames)
            _extraNames[name] = actor;
    }

    /// <inheritdoc/>
    public ActorPath TempPath() => _tempNode / TempNames.Of(Interlocked.Increment(ref _tempNumber));

    /// <inheritdoc/>
    public void RegisterTempActor(IInternalActorRef actorRef, ActorPath path)
    {
        CheckTemp(path);
        _temp!.AddChild(path.Name, actorRef);
    }

    /// <inheritdoc/>
    public void UnregisterTempActor(ActorPath path)
    {
        CheckTemp(path);
        _temp!.RemoveChild(path.Name);
    }

    /// <inheritdoc/>
    public FutureActorRef<T> CreateFutureRef<T>(TaskCompletionSource<T> tcs) => new(tcs, this);

    /// <inheritdoc/>
    public IActorRef RootGuardianAt(Address address) => address.Equals(RootPath.Address) ? RootGuardian : DeadLetters;

    /// <inheritdoc/>
    public Address? GetExternalAddressFor(Address address) => address.Equals(RootPath.Address) ? address : null;

    /// <inheritdoc/>
    public IActorRef ResolveActorRef(string path)
    {
        if (ActorPath.TryParse(path, out var parsed))
            return ResolveActorRef(parsed);
        Log.Debug("Resolve of unknown path [{0}] failed. Invalid format.", path);
        return DeadLetters;
    }

    /// <inheritdoc/>
    public IActorRef ResolveActorRef(ActorPath path)
    {
        if (IgnoreActorRef.IsIgnoreRefPath(path))
            return IgnoreRef;
        if (path.Address.Equals(RootPath.Address))
            return ResolveActorRef(_rootGuardian!, path);
        Log.Debug("Resolve of foreign ActorPath [{0}] failed", path);
        return DeadLetters;
    }

    /// <inheritdoc/>
    public IInternalActorRef ActorOf(
        ActorSystemImpl system, Props props, IInternalActorRef supervisor, ActorPath path, bool systemService, Deploy? deploy,
        bool lookupDeploy, bool async)
    {
        if (lookupDeploy && Deployer.Lookup(path) is { } configured)
            props = props.WithDeploy(configured);
        if (deploy is not null)
            props = props.WithDeploy(deploy);
        try
        {
            var dispatcher = system.Dispatchers.Lookup(props.Dispatcher);
            var mailbox = system.Mailboxes.GetMailboxType(props, dispatcher.Configurator.Config);
            return new LocalActorRef(system, props, dispatcher, mailbox, supervisor, path);
        }
        catch (Exception e) when (e is not ConfigurationException)
        {
            throw new ConfigurationException(
                $"Configuration problem while creating {path} with dispatcher [{props.Dispatcher}] and mailbox [{props.Mailbox}]", e);
        }
    }

    /// <summary>The actor at a path below a known one; a reference to nobody at that path if there is none.</summary>
    internal IActorRef ResolveActorRef(IInternalActorRef root, ActorPath path)
    {
        var elements = path.Elements;
        if (elements.Count == 0)
            return root;
        var names = elements as string[] ?? elements.ToArray();
        if (path.Uid != ActorCell.UndefinedUid)
        {
            names = (string[])names.Clone();
            names[^1] = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{names[^1]}#{path.Uid}");
        }

        var found = root.GetChild(names);
        return found.IsNobody() ? new EmptyLocalActorRef(_system!.Provider, path, EventStream) : found;
    }

    private static LocalActorRef Register(RootGuardianActorRef root, LocalActorRef guardian)
    {
        root.Cell.InitChild(guardian);
        return guardian;
    }

    private LocalActorRef CreateGuardian(
        ActorSystemImpl system, string name, Props props, MessageDispatcher dispatcher, MailboxType mailbox)
    {
        _rootGuardian!.Cell.ReserveChild(name);
        return Register(_rootGuardian, new LocalActorRef(system, props, dispatcher, mailbox, _rootGuardian, RootPath / name));
    }

    private void CheckTemp(ActorPath path)
    {
        if (!path.Parent.Equals(_tempNode))
            throw new InvalidOperationException($"Cannot register or unregister [{path}]: it is not a child of [{_tempNode}].");
    }
}
