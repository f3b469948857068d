// The actor system. Order of construction: settings, event stream, scheduler, provider, mailboxes, dispatchers,
// serialization; then Start brings up the guardians, the loggers and the extensions.
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Embedded;
using Akka.Embedded.Simulation;
using Akka.Event;
using Akka.Util;
using Akka.Util.Reflection;

namespace Akka.Actor.Internal;

/// <summary>The actor system.</summary>
public partial class ActorSystemImpl : ExtendedActorSystem
{
    private readonly IActorRefProvider _provider;
    private readonly Lock _terminating = new();
    private readonly Completion<Done> _whenTerminated;
    private readonly List<Action> _onTermination = [];
    private int _loggerNumber;
    private bool _started;
    private bool _terminationDone;
    private Task? _terminate;
    private Serialization.Serialization? _serialization;
    private ILoggingAdapter _log;
    private IActorRef? _deadLetterListener;

    /// <summary>With the engine's defaults.</summary>
    public ActorSystemImpl(string name)
        : this(name, ConfigurationFactory.Load(), ActorSystemSetup.Empty)
    {
    }

    /// <param name="name">Letters, digits, and inside also -.</param>
    /// <param name="config">On top of the engine's defaults.</param>
    /// <param name="setup">Settings given in code.</param>
    /// <param name="guardianProps">Makes the actor "/user"; none for the usual one.</param>
    public ActorSystemImpl(string name, Config config, ActorSystemSetup setup, Option<Props>? guardianProps = null)
    {
        ActorSystemName.Check(name);
        ArgumentNullException.ThrowIfNull(config);
        Name = name;
        GuardianProps = guardianProps ?? Option<Props>.None;
        var simulation = setup.Get<SimulationSetup>();
        Environment = simulation.HasValue ? simulation.Value.CreateEnvironment(name) : RealEnvironment.Instance;
        _whenTerminated = Environment.NewCompletion<Done>();
        Settings = new Settings(this, config, setup);
        Timers = Environment.CreateTimerQueue(name, Settings.Config.GetConfig("akka.scheduler") ?? ConfigurationFactory.Empty);
        EventStream = new EventStream(Settings.DebugEventStream);
        EventStream.StartStdoutLogger(Settings);
        _log = new BusLogging(EventStream, $"ActorSystem({name})", GetType(), Settings.LogFormatter);
        Scheduler = CreateScheduler();
        StartedAt = MonotonicNow;
        _provider = CreateProvider();
        Mailboxes = new Mailboxes(this);
        Dispatchers = new Dispatchers(this, new DefaultDispatcherPrerequisites(EventStream, Scheduler, Settings, Mailboxes), _log);
    }

    /// <inheritdoc/>
    public override IActorRefProvider Provider => _provider;

    /// <inheritdoc/>
    public override Settings Settings { get; }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override Serialization.Serialization Serialization =>
        _serialization ?? Interlocked.CompareExchange(ref _serialization, new Serialization.Serialization(this), null) ?? _serialization;

    /// <inheritdoc/>
    public override EventStream EventStream { get; }

    /// <inheritdoc/>
    public override IActorRef DeadLetters => _provider.DeadLetters;

    /// <inheritdoc/>
    public override IActorRef IgnoreRef => _provider.IgnoreRef;

    /// <inheritdoc/>
    public override Dispatchers Dispatchers { get; }

    /// <inheritdoc/>
    public override Mailboxes Mailboxes { get; }

    /// <inheritdoc/>
    public override IScheduler Scheduler { get; }

    /// <inheritdoc/>
    public override ILoggingAdapter Log => _log;

    /// <inheritdoc/>
    public override IInternalActorRef Guardian => _provider.Guardian;

    /// <inheritdoc/>
    public override IInternalActorRef LookupRoot => _provider.RootGuardian;

    /// <inheritdoc/>
    public override IInternalActorRef SystemGuardian => _provider.SystemGuardian;

    /// <summary>Makes the actor "/user"; none for the usual one.</summary>
    public Option<Props> GuardianProps { get; }

    /// <inheritdoc/>
    public override Task WhenTerminated => _whenTerminated.Task;

    /// <summary>Clock, randomness and threads.</summary>
    internal EngineEnvironment Environment { get; }

    internal TimeProvider Time => Environment.Time;

    /// <summary>Light timers of the engine itself.</summary>
    internal TimerQueue Timers { get; }

    internal TimeSpan StartedAt { get; }

    internal TimeSpan MonotonicNow => Scheduler.MonotonicClock;

    internal bool IsAborting { get; private set; }

    /// <inheritdoc/>
    public override IActorRef ActorOf(Props props, string? name = null) =>
        GuardianProps.IsEmpty
            ? _provider.Guardian.Cell.AttachChild(props, false, name)
            : throw new InvalidOperationException("Cannot create top-level actor from the outside on ActorSystem with custom user guardian");

    /// <inheritdoc/>
    public override IActorRef SystemActorOf(Props props, string? name = null) =>
        _provider.SystemGuardian.Cell.AttachChild(props, true, name);

    /// <inheritdoc/>
    public override IActorRef SystemActorOf<TActor>(string? name = null) => SystemActorOf(Props.Create<TActor>(), name);

    /// <inheritdoc/>
    public override ActorSelection ActorSelection(ActorPath actorPath) => ActorRefFactoryShared.ActorSelection(actorPath, this);

    /// <inheritdoc/>
    public override ActorSelection ActorSelection(string actorPath) =>
        ActorRefFactoryShared.ActorSelection(actorPath, this, _provider.RootGuardian);

    /// <summary>Brings the system up; once.</summary>
    public void Start()
    {
        if (_started)
            return;
        _started = true;
        try
        {
            _provider.Init(this);
            _log = new BusLogging(
                EventStream, LogSource.Create(this, this).Source, GetType(), Settings.LogFormatter);
            EventStream.StartUnsubscriber(this);
            var loggers = EventStream.StartDefaultLoggers(this);
            if (!Environment.IsSimulated || loggers.IsCompleted)
                loggers.GetAwaiter().GetResult();
            StartSystemActors();
            LoadExtensions();
            var shutdown = CoordinatedShutdown.Get(this);
            RunBeforeTermination = () => shutdown.Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
            if (Settings.LogConfigOnStart)
                _log.Info(Settings.ToString());
        }
        catch (Exception)
        {
            if (_provider.Guardian is null)
                OnActorsEnded();
            else
                _ = FinalTerminate();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Stop(IActorRef actor)
    {
        var path = actor.Path;
        var parent = path.Parent;
        if (parent is null)
            ((IInternalActorRef)actor).Stop();
        else if (parent.Equals(_provider.Guardian.Path))
            _provider.Guardian.Tell(new Dispatch.SysMsg.StopChild(actor), ActorRefs.NoSender);
        else if (parent.Equals(_provider.SystemGuardian.Path))
            _provider.SystemGuardian.Tell(new Dispatch.SysMsg.StopChild(actor), ActorRefs.NoSender);
        else
            ((IInternalActorRef)actor).Stop();
    }

    /// <inheritdoc/>
    public override string ToString() => LookupRoot.Path.Root.Address.ToString();

    /// <inheritdoc/>
    public override string PrintTree() => HierarchyText.Of(_provider.RootGuardian);

    internal int NextLoggerNumber() => Interlocked.Increment(ref _loggerNumber);

    private IScheduler CreateScheduler()
    {
        var type = TypeCache.GetType(Settings.SchedulerClass)
            ?? throw new ConfigurationException($"akka.scheduler.implementation: there is no type [{Settings.SchedulerClass}].");
        if (type == typeof(HashedWheelTimerScheduler))
            return new HashedWheelTimerScheduler(Settings.Config.GetConfig("akka.scheduler") ?? ConfigurationFactory.Empty, _log, Timers);
        return (IScheduler)Activator.CreateInstance(type, Settings.Config, _log)!;
    }

    private IActorRefProvider CreateProvider()
    {
        if (Settings.ProviderSelectionType is ProviderSelection.Local)
            return new LocalActorRefProvider(Name, Settings, EventStream);
        var type = TypeCache.GetType(Settings.ProviderClass)
            ?? throw new ConfigurationException($"akka.actor.provider: there is no type [{Settings.ProviderClass}].");
        return (IActorRefProvider)Activator.CreateInstance(type, Name, Settings, EventStream)!;
    }

    private void StartSystemActors()
    {
        if (Settings.LogDeadLetters > 0)
        {
            _deadLetterListener = StartListener<DeadLetterListener>("deadLetterListener");
            EventStream.Subscribe(_deadLetterListener, typeof(DeadLetter));
        }

        if (Settings.DebugUnhandledMessage)
            EventStream.Subscribe(StartListener<UnhandledMessageLogger>("unhandledMessageLogger"), typeof(UnhandledMessage));
    }

    /// <summary>Its caller subscribes it: in its own turn it could miss what is published meanwhile.</summary>
    private IActorRef StartListener<T>(string name)
        where T : ActorBase, new() =>
        SystemActorOf(Props.Create<T>().WithDispatcher(Dispatchers.InternalDispatcherId), name);
}
