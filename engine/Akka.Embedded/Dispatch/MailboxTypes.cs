// Kinds of mailbox, as named by mailbox-type in configuration files.
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.MessageQueues;

namespace Akka.Dispatch;

/// <summary>Makes the queue of a mailbox; needs a public constructor with these two arguments.</summary>
public abstract class MailboxType
{
    /// <summary>The system's settings.</summary>
    protected readonly Settings Settings;

    /// <summary>The mailbox's section.</summary>
    protected readonly Config Config;

    /// <param name="settings">The system's settings.</param>
    /// <param name="config">The mailbox's section.</param>
    protected MailboxType(Settings settings, Config config)
    {
        Settings = settings;
        Config = config;
    }

    /// <summary>A queue for one actor.</summary>
    public abstract IMessageQueue Create(IActorRef owner, ActorSystem system);
}

/// <summary>First in, first out, without bounds: the default.</summary>
public sealed class UnboundedMailbox : MailboxType, IProducesMessageQueue<UnboundedMessageQueue>
{
    /// <summary>Without configuration.</summary>
    public UnboundedMailbox()
        : this(null!, ConfigurationFactory.Empty)
    {
    }

    /// <inheritdoc cref="MailboxType(Settings, Config)"/>
    public UnboundedMailbox(Settings settings, Config config)
        : base(settings, config)
    {
    }

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new UnboundedMessageQueue();
}

/// <summary>First in, first out, with bounds.</summary>
public sealed class BoundedMailbox : MailboxType, IProducesMessageQueue<BoundedMessageQueue>, IProducesPushTimeoutSemanticsMailbox
{
    /// <inheritdoc cref="MailboxType(Settings, Config)"/>
    public BoundedMailbox(Settings settings, Config config)
        : base(settings, config) => (Capacity, PushTimeout) = MailboxBounds.Read(config);

    /// <summary>Messages it holds.</summary>
    public int Capacity { get; }

    /// <inheritdoc/>
    public TimeSpan PushTimeout { get; }

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new BoundedMessageQueue(Capacity, PushTimeout);
}

/// <summary>First in, first out, with a front, without bounds.</summary>
public sealed class UnboundedDequeBasedMailbox : MailboxType, IProducesMessageQueue<UnboundedDequeMessageQueue>
{
    /// <inheritdoc cref="MailboxType(Settings, Config)"/>
    public UnboundedDequeBasedMailbox(Settings settings, Config config)
        : base(settings, config)
    {
    }

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new UnboundedDequeMessageQueue();
}

/// <summary>First in, first out, with a front and bounds.</summary>
public class BoundedDequeBasedMailbox
    : MailboxType, IProducesMessageQueue<BoundedDequeMessageQueue>, IProducesPushTimeoutSemanticsMailbox
{
    /// <inheritdoc cref="MailboxType(Settings, Config)"/>
    public BoundedDequeBasedMailbox(Settings settings, Config config)
        : base(settings, config) => (Capacity, PushTimeout) = MailboxBounds.Read(config);

    /// <summary>Messages it holds.</summary>
    public int Capacity { get; }

    /// <inheritdoc/>
    public TimeSpan PushTimeout { get; }

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new BoundedDequeMessageQueue(Capacity, PushTimeout);
}

/// <summary>By priority; derive and say which.</summary>
public abstract class UnboundedPriorityMailbox : MailboxType, IProducesMessageQueue<UnboundedPriorityMessageQueue>
{
    /// <summary>Room reserved at first.</summary>
    public const int DefaultCapacity = 11;

    /// <inheritdoc cref="MailboxType(Settings, Config)"/>
    protected UnboundedPriorityMailbox(Settings settings, Config config)
        : base(settings, config) => InitialCapacity = DefaultCapacity;

    /// <summary>Room reserved at first.</summary>
    public int InitialCapacity { get; }

    /// <inheritdoc/>
    public sealed override IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        new UnboundedPriorityMessageQueue(PriorityGenerator, InitialCapacity);

    /// <summary>The priority of a message; lower goes first.</summary>
    protected abstract int PriorityGenerator(object message);
}

/// <summary>By priority, equals in order of arrival; derive and say which.</summary>
public abstract class UnboundedStablePriorityMailbox : MailboxType, IProducesMessageQueue<UnboundedStablePriorityMessageQueue>
{
    /// <summary>Room reserved at first.</summary>
    public const int DefaultCapacity = 11;

    /// <inheritdoc cref="MailboxType(Settings, Config)"/>
    protected UnboundedStablePriorityMailbox(Settings settings, Config config)
        : base(settings, config) => InitialCapacity = DefaultCapacity;

    /// <summary>Room reserved at first.</summary>
    public int InitialCapacity { get; }

    /// <inheritdoc/>
    public sealed override IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        new UnboundedStablePriorityMessageQueue(PriorityGenerator, InitialCapacity);

    /// <summary>The priority of a message; lower goes first.</summary>
    protected abstract int PriorityGenerator(object message);
}

internal static class MailboxBounds
{
    public static (int Capacity, TimeSpan PushTimeout) Read(Config config)
    {
        var capacity = config.GetInt("mailbox-capacity", 1000);
        if (capacity < 1)
            throw new ArgumentException("The capacity for BoundedMailbox cannot be negative or zero", nameof(config));
        return (capacity, config.GetTimeSpan("mailbox-push-timeout-time", TimeSpan.FromSeconds(10)));
    }
}
