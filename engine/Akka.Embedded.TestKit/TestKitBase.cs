// The test kit: a test actor whose messages the test takes one by one, and means to wait for things to happen. Unless the
// kit is an INoImplicitSender, its test actor is the sender of messages that the test's thread tells without one, across
// awaits too.
using System.Diagnostics;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit.Internal;

namespace Akka.TestKit;

/// <summary>Base of test kits; test frameworks derive from it.</summary>
public abstract partial class TestKitBase : IActorRefFactory
{
    private const string DefaultSystemName = "test";

    private static readonly Config DefaultConfiguration =
        ConfigurationFactory.FromResource("Akka.TestKit.Reference.conf", typeof(TestKitBase).Assembly);

    private static readonly Config FullDebugConfiguration = ConfigurationFactory.ParseString("""
        akka {
          loglevel = DEBUG
          stdout-loglevel = DEBUG
          log-dead-letters = on
          log-dead-letters-during-shutdown = on
          actor.debug {
            receive = on
            autoreceive = on
            lifecycle = on
            event-stream = on
            unhandled = on
            fsm = on
            router-misconfiguration = on
          }
        }
        """);

    private static int _testActors;

    private readonly ITestKitAssertions _assertions;
    private readonly TestQueue _queue = new();

    private ActorSystem _system = null!;
    private IActorRef _testActor = null!;
    private MessageEnvelope _lastMessage = NullMessageEnvelope.Instance;
    private TimeSpan? _end;
    private bool _lastWasNoMsg;

    /// <param name="assertions">How tests fail.</param>
    /// <param name="system">The tested system; null makes one.</param>
    /// <param name="testActorName">The test actor's name; null for a default.</param>
    protected TestKitBase(ITestKitAssertions assertions, ActorSystem? system = null, string? testActorName = null)
        : this(assertions, system, ActorSystemSetup.Empty, null, testActorName)
    {
    }

    /// <param name="assertions">How tests fail.</param>
    /// <param name="setup">Settings of the system to make.</param>
    /// <param name="actorSystemName">Its name; null for a default.</param>
    /// <param name="testActorName">The test actor's name; null for a default.</param>
    protected TestKitBase(
        ITestKitAssertions assertions, ActorSystemSetup setup, string? actorSystemName = null, string? testActorName = null)
        : this(assertions, null, setup, actorSystemName, testActorName)
    {
    }

    /// <param name="assertions">How tests fail.</param>
    /// <param name="config">Configuration of the system to make, over the kit's defaults.</param>
    /// <param name="actorSystemName">Its name; null for a default.</param>
    /// <param name="testActorName">The test actor's name; null for a default.</param>
    protected TestKitBase(
        ITestKitAssertions assertions, Config config, string? actorSystemName = null, string? testActorName = null)
        : this(assertions, null, ActorSystemSetup.Empty.And(BootstrapSetup.Create().WithConfig(config)), actorSystemName, testActorName)
    {
    }

    /// <param name="assertions">How tests fail.</param>
    /// <param name="system">The tested system; null makes one.</param>
    /// <param name="config">Settings of the system to make.</param>
    /// <param name="actorSystemName">Its name; null for a default.</param>
    /// <param name="testActorName">The test actor's name; null for a default.</param>
    protected TestKitBase(
        ITestKitAssertions assertions, ActorSystem? system, ActorSystemSetup config, string? actorSystemName, string? testActorName)
    {
        _assertions = assertions;
        InitializeTest(system, config, actorSystemName, testActorName);
    }

    /// <summary>The kit's defaults.</summary>
    public static Config DefaultConfig => DefaultConfiguration;

    /// <summary>Logs everything there is.</summary>
    public static Config FullDebugConfig => FullDebugConfiguration;

    /// <summary>Time since some fixed moment; never goes back.</summary>
    public static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <summary>The tested system.</summary>
    public ActorSystem Sys => _system;

    /// <summary>Settings of the kit.</summary>
    public TestKitSettings TestKitSettings { get; private set; } = null!;

    /// <summary>The actor whose messages the expectations are about.</summary>
    public IActorRef TestActor => _testActor;

    /// <summary>True if messages wait that no expectation has taken.</summary>
    public bool HasMessages => _queue.HasMessages;

    /// <summary>The message taken last; null before the first.</summary>
    public object? LastMessage => _lastMessage.Message;

    /// <summary>The sender of the message taken last.</summary>
    public IActorRef LastSender => _lastMessage.Sender;

    /// <summary>Logs with the test's name.</summary>
    public ILoggingAdapter Log { get; private set; } = null!;

    /// <summary>Expects and mutes log events.</summary>
    public EventFilterFactory EventFilter { get; private set; } = null!;

    internal ITestKitAssertions TestAssertions => _assertions;

    /// <summary>Event filters for another system.</summary>
    public EventFilterFactory CreateEventFilter(ActorSystem system) => new(this, system);

    /// <summary>A time multiplied by the time factor.</summary>
    public TimeSpan Dilated(TimeSpan duration) =>
        duration.IsPositiveFinite() ? new TimeSpan((long)(duration.Ticks * TestKitSettings.TestTimeFactor)) : duration;

    /// <summary>Another test actor; its messages go to this kit's queue too.</summary>
    public IActorRef CreateTestActor(string name) => CreateTestActor(_system, name);

    /// <summary>A probe in the tested system.</summary>
    public virtual TestProbe CreateTestProbe(string? name = null) => CreateTestProbe(Sys, name);

    /// <summary>A probe in another system.</summary>
    public virtual TestProbe CreateTestProbe(ActorSystem system, string? name = null) => new(system, _assertions, name);

    /// <summary>A latch whose time-outs follow the time factor.</summary>
    public virtual TestLatch CreateTestLatch(int count = 1) => TestLatch.For(this, count);

    /// <summary>A barrier whose time-outs follow the time factor.</summary>
    public TestBarrier CreateTestBarrier(int count) => new(this, count);

    /// <summary>Watches an actor: the test actor gets <see cref="Terminated"/>.</summary>
    public IActorRef Watch(IActorRef actorToWatch)
    {
        _testActor.Tell(new TestActor.Watch(actorToWatch), ActorRefs.NoSender);
        return actorToWatch;
    }

    /// <inheritdoc cref="Watch"/>
    public Task<IActorRef> WatchAsync(IActorRef actorToWatch) => Task.FromResult(Watch(actorToWatch));

    /// <summary>Takes a watch back.</summary>
    public IActorRef Unwatch(IActorRef actorToUnwatch)
    {
        _testActor.Tell(new TestActor.Unwatch(actorToUnwatch), ActorRefs.NoSender);
        return actorToUnwatch;
    }

    /// <inheritdoc cref="Unwatch"/>
    public Task<IActorRef> UnwatchAsync(IActorRef actorToUnwatch) => Task.FromResult(Unwatch(actorToUnwatch));

    /// <summary>Drops messages before they reach the queue.</summary>
    public void IgnoreMessages(Func<object, bool> shouldIgnoreMessage) =>
        _testActor.Tell(new TestActor.SetIgnore(message => shouldIgnoreMessage(message)), ActorRefs.NoSender);

    /// <summary>Drops messages of one type before they reach the queue.</summary>
    public void IgnoreMessages<TMsg>(Func<TMsg, bool> shouldIgnoreMessage) =>
        IgnoreMessages(message => message is TMsg typed && shouldIgnoreMessage(typed));

    /// <summary>Drops all messages of one type before they reach the queue.</summary>
    public void IgnoreMessages<TMsg>() => IgnoreMessages<TMsg>(static _ => true);

    /// <summary>Drops nothing any more.</summary>
    public void IgnoreNoMessages() => _testActor.Tell(new TestActor.SetIgnore(null), ActorRefs.NoSender);

    /// <summary>Lets an auto pilot react to messages from now on.</summary>
    public void SetAutoPilot(AutoPilot pilot) => _testActor.Tell(new TestActor.SetAutoPilot(pilot), ActorRefs.NoSender);

    /// <summary>Ends the tested system.</summary>
    /// <param name="duration">How long to wait; five seconds times the time factor, at most ten, if not given.</param>
    /// <param name="verifySystemShutdown">Throws if it does not end in time; else only a warning is logged.</param>
    public virtual void Shutdown(TimeSpan? duration = null, bool verifySystemShutdown = false) =>
        Shutdown(_system, duration, verifySystemShutdown);

    /// <summary>Ends a system.</summary>
    /// <inheritdoc cref="Shutdown(TimeSpan?, bool)"/>
    protected virtual void Shutdown(ActorSystem system, TimeSpan? duration = null, bool verifySystemShutdown = false)
    {
        var limit = duration ?? Dilated(TimeSpan.FromSeconds(5)).Min(TimeSpan.FromSeconds(10));
        // Off this thread: what the system still has to do may need the test framework's context.
        if (Task.Run(system.Terminate).Wait(limit))
            return;
        var message = $"Failed to stop [{system.Name}] within [{limit}]";
        if (verifySystemShutdown)
            throw new TimeoutException(message);
        system.Log.Warning(message);
    }

    /// <summary>Makes the system if need be, and the test actor.</summary>
    protected void InitializeTest(ActorSystem? system, Config config, string? actorSystemName, string? testActorName) =>
        InitializeTest(system, ActorSystemSetup.Empty.And(BootstrapSetup.Create().WithConfig(config)), actorSystemName, testActorName);

    /// <summary>Makes the system if need be, and the test actor.</summary>
    protected virtual void InitializeTest(ActorSystem? system, ActorSystemSetup config, string? actorSystemName, string? testActorName)
    {
        _system = system ?? CreateSystem(config, actorSystemName ?? DefaultSystemName);
        _system.RegisterExtension(new TestKitExtension());
        _system.RegisterExtension(new TestKitAssertionsExtension(_assertions));
        TestKitSettings = TestKitExtension.For(_system);
        EventFilter = new EventFilterFactory(this, _system);
        Log = Logging.GetLogger(_system, GetType());
        _testActor = CreateTestActor(_system, testActorName ?? $"testActor{Interlocked.Increment(ref _testActors)}");
        if (this is not INoImplicitSender)
            ImplicitSender.Set(_testActor);
    }

    /// <summary>Undoes on this thread what made the test actor the implicit sender.</summary>
    private protected void ForgetImplicitSender() => ImplicitSender.Clear(_testActor);

    private static ActorSystem CreateSystem(ActorSystemSetup setup, string name)
    {
        var bootstrap = setup.Get<BootstrapSetup>();
        var withDefaults = (bootstrap.HasValue ? bootstrap.Value : BootstrapSetup.Create()).WithConfigFallback(DefaultConfiguration);
        return ActorSystem.Create(name, setup.And(withDefaults));
    }

    private IActorRef CreateTestActor(ActorSystem system, string name)
    {
        var queue = _queue;
        var props = Props.Create(() => new InternalTestActor(queue)).WithDispatcher("akka.test.test-actor.dispatcher");
        return ((ActorSystemImpl)system).SystemActorOf(props, name);
    }
}
