// What actors run on. A dispatcher decides when a mailbox runs; its executor decides where. All work of an actor system,
// messages and continuations alike, goes through ExecuteTask, which is the one seam a simulation replaces.
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Dispatch;

/// <summary>What dispatchers need of their system.</summary>
public interface IDispatcherPrerequisites
{
    /// <summary>Where failures are published.</summary>
    EventStream EventStream { get; }

    /// <summary>The system's scheduler.</summary>
    IScheduler Scheduler { get; }

    /// <summary>The system's settings.</summary>
    Settings Settings { get; }

    /// <summary>The system's mailboxes.</summary>
    Mailboxes Mailboxes { get; }
}

/// <summary>What dispatchers need of their system.</summary>
public sealed class DefaultDispatcherPrerequisites : IDispatcherPrerequisites
{
    /// <summary>From the parts.</summary>
    public DefaultDispatcherPrerequisites(EventStream eventStream, IScheduler scheduler, Settings settings, Mailboxes mailboxes)
    {
        EventStream = eventStream;
        Scheduler = scheduler;
        Settings = settings;
        Mailboxes = mailboxes;
    }

    /// <inheritdoc/>
    public EventStream EventStream { get; }

    /// <inheritdoc/>
    public IScheduler Scheduler { get; }

    /// <inheritdoc/>
    public Settings Settings { get; }

    /// <inheritdoc/>
    public Mailboxes Mailboxes { get; }
}

/// <summary>What actors run on.</summary>
public abstract class MessageDispatcher
{
    /// <summary>Messages per batch where nothing else is said.</summary>
    public const int DefaultThroughput = 100;

    private long _inhabitants;

    /// <param name="configurator">What made this dispatcher.</param>
    protected MessageDispatcher(MessageDispatcherConfigurator configurator)
    {
        Configurator = configurator;
        Throughput = DefaultThroughput;
    }

    /// <summary>What made this dispatcher.</summary>
    public MessageDispatcherConfigurator Configurator { get; }

    /// <summary>Where failures are published.</summary>
    public EventStream EventStream => Configurator.Prerequisites.EventStream;

    /// <summary>The system's mailboxes.</summary>
    public Mailboxes Mailboxes => Configurator.Prerequisites.Mailboxes;

    /// <summary>The dispatcher's name in the configuration.</summary>
    public string Id { get; protected set; } = string.Empty;

    /// <summary>Messages an actor processes before others get their turn.</summary>
    public int Throughput { get; set; }

    /// <summary>Ticks of 100 ns after which an actor's batch ends; null or 0 for no limit.</summary>
    public long? ThroughputDeadlineTime { get; protected set; }

    /// <summary>How long an unused dispatcher stays.</summary>
    public TimeSpan ShutdownTimeout { get; protected set; } = TimeSpan.FromSeconds(1);

    /// <summary>Actors on this dispatcher.</summary>
    protected long Inhabitants => Interlocked.Read(ref _inhabitants);

    /// <summary>Runs an action.</summary>
    public void Schedule(Action run) => Schedule(new ActionRunnable(run));

    /// <summary>Runs a piece of work.</summary>
    public void Schedule(IRunnable run) => ExecuteTask(run);

    /// <summary>Takes an actor on; its first system messages are processed from now on.</summary>
    public virtual void Attach(ActorCell cell)
    {
        Interlocked.Increment(ref _inhabitants);
        RegisterForExecution(cell.Mailbox, hasMessageHint: false, hasSystemMessageHint: true);
    }

    /// <summary>Lets an actor go: closes its mailbox and moves what is left to dead letters.</summary>
    public virtual void Detach(ActorCell cell)
    {
        try
        {
            cell.CloseMailbox();
        }
        finally
        {
            if (Interlocked.Decrement(ref _inhabitants) == 0)
                OnDeserted();
        }
    }

    /// <summary>Hands a message to an actor.</summary>
    public virtual void Dispatch(ActorCell cell, Envelope envelope) => cell.Mailbox.Post(cell.Self, envelope);

    /// <summary>Hands a system message to an actor.</summary>
    public virtual void SystemDispatch(ActorCell cell, SystemMessage message)
    {
        var mailbox = cell.Mailbox;
        if (mailbox.TryPostSystem(message))
            RegisterForExecution(mailbox, hasMessageHint: false, hasSystemMessageHint: true);
        else
            cell.SystemMessageAfterClose(message);
    }

    internal void ShutDownNow() => Shutdown();

    /// <summary>Has the mailbox run if it has something to do and is not running.</summary>
    internal virtual bool RegisterForExecution(Mailbox mailbox, bool hasMessageHint, bool hasSystemMessageHint)
    {
        if (!mailbox.CanBeScheduledForExecution(hasMessageHint, hasSystemMessageHint) || !mailbox.SetAsScheduled())
            return false;
        try
        {
            ExecuteTask(mailbox);
            return true;
        }
        catch (RejectedExecutionException e)
        {
            mailbox.SetIdle();
            ReportFailure(e);
            return false;
        }
    }

    /// <summary>Called when the last actor has gone.</summary>
    internal virtual void OnDeserted()
    {
    }

    /// <summary>Publishes a failure of the dispatcher itself.</summary>
    protected void ReportFailure(Exception ex) => EventStream.Publish(new Error(ex, GetType().FullName!, GetType(), ex.Message));

    /// <summary>Runs a piece of work on the executor.</summary>
    /// <exception cref="RejectedExecutionException">The executor has been shut down.</exception>
    protected abstract void ExecuteTask(IRunnable run);

    /// <summary>Ends the executor.</summary>
    protected abstract void Shutdown();
}

/// <summary>Makes dispatchers from a section of the configuration.</summary>
public abstract class MessageDispatcherConfigurator
{
    /// <param name="config">The dispatcher's section.</param>
    /// <param name="prerequisites">What the dispatcher needs.</param>
    protected MessageDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    {
        Config = config;
        Prerequisites = prerequisites;
    }

    /// <summary>The dispatcher's section.</summary>
    public Config Config { get; }

    /// <summary>What the dispatcher needs.</summary>
    public IDispatcherPrerequisites Prerequisites { get; }

    /// <summary>The dispatcher; the same one at every call unless its kind says otherwise.</summary>
    public abstract MessageDispatcher Dispatcher();

    /// <summary>What makes the executor that the section names.</summary>
    protected ExecutorServiceConfigurator ConfigureExecutor() => Executors.Configure(Config, Prerequisites);
}

/// <summary>A dispatcher over an executor.</summary>
public class Dispatcher : MessageDispatcher
{
    private readonly Lazy<ExecutorService> _executor;

    /// <param name="configurator">What made this dispatcher.</param>
    /// <param name="id">Its name in the configuration.</param>
    /// <param name="throughput">Messages per batch.</param>
    /// <param name="throughputDeadlineTime">Ticks per batch; null or 0 for no limit.</param>
    /// <param name="executorServiceFactory">Makes the executor, when it is first needed.</param>
    /// <param name="shutdownTimeout">How long an unused dispatcher stays.</param>
    public Dispatcher(
        MessageDispatcherConfigurator configurator, string id, int throughput, long? throughputDeadlineTime,
        ExecutorServiceFactory executorServiceFactory, TimeSpan shutdownTimeout)
        : base(configurator)
    {
        Id = id;
        Throughput = throughput;
        ThroughputDeadlineTime = throughputDeadlineTime;
        ShutdownTimeout = shutdownTimeout;
        _executor = new Lazy<ExecutorService>(() => executorServiceFactory.Produce(id));
    }

    /// <inheritdoc/>
    protected override void ExecuteTask(IRunnable run) => _executor.Value.Execute(run);

    /// <inheritdoc/>
    protected override void Shutdown()
    {
        if (_executor.IsValueCreated)
            _executor.Value.Shutdown();
    }
}

/// <summary>A dispatcher of one actor, with a thread of its own that ends with the actor.</summary>
public sealed class PinnedDispatcher : Dispatcher
{
    /// <inheritdoc cref="Akka.Dispatch.Dispatcher(MessageDispatcherConfigurator, string, int, long?, ExecutorServiceFactory, TimeSpan)"/>
    public PinnedDispatcher(
        MessageDispatcherConfigurator configurator, string id, int throughput, long? throughputDeadlineTime,
        ExecutorServiceFactory executorServiceFactory, TimeSpan shutdownTimeout)
        : base(configurator, id, throughput, throughputDeadlineTime, executorServiceFactory, shutdownTimeout)
    {
    }

    internal override void OnDeserted() => Shutdown();
}

/// <summary>The executor has been shut down.</summary>
public class RejectedExecutionException : AkkaException
{
    /// <summary>With an optional message and cause.</summary>
    public RejectedExecutionException(string? message = null, Exception? inner = null)
        : base(message, inner)
    {
    }
}
