// The mailbox types of an actor system, by their names in the configuration or by what an actor's class requires.
using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.MessageQueues;
using Akka.Util.Reflection;

namespace Akka.Dispatch;

/// <summary>The mailbox types of an actor system.</summary>
public class Mailboxes
{
    /// <summary>The mailbox of actors that name none.</summary>
    public static readonly string DefaultMailboxId = "akka.actor.default-mailbox";

    /// <summary>An actor that requires nothing.</summary>
    public static readonly string NoMailboxRequirement = "";

    private readonly ConcurrentDictionary<string, MailboxType> _types = new();
    private readonly ConcurrentDictionary<Type, MailboxType?> _required = new();
    private readonly ActorSystem _system;

    /// <param name="system">The system; its settings and dead letters must be there.</param>
    public Mailboxes(ActorSystem system)
    {
        _system = system;
        DeadLetterMailbox = new DeadLetterMailbox(system.DeadLetters);
    }

    /// <summary>The mailbox of actors that have ended.</summary>
    public DeadLetterMailbox DeadLetterMailbox { get; }

    /// <summary>The mailbox type of this name.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public MailboxType Lookup(string id) => _types.TryGetValue(id, out var known) ? known : _types.GetOrAdd(id, Create(id));

    /// <summary>The mailbox type for a kind of queue.</summary>
    /// <exception cref="ConfigurationException">akka.actor.mailbox.requirements has no entry for it.</exception>
    public MailboxType LookupByQueueType(Type queueType) =>
        FindByQueueType(queueType)
        ?? throw new ConfigurationException($"Mailbox Mapping for [{queueType.FullName}] not configured");

    /// <summary>The kind of queue that an actor's class requires.</summary>
    /// <exception cref="NotSupportedException">It requires nothing.</exception>
    public Type GetRequiredType(Type actorType) =>
        RequirementOf(actorType) ?? throw new NotSupportedException($"Actor {actorType} does not require a specific message queue.");

    /// <summary>True if an actor's class requires a kind of queue.</summary>
    public bool HasRequiredType(Type actorType) => RequirementOf(actorType) is not null;

    /// <summary>True if a mailbox type says which queue it makes.</summary>
    public bool ProducesMessageQueue(Type mailboxType) => mailboxType.GetInterfaces().Any(
        i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IProducesMessageQueue<>));

    /// <summary>The mailbox type for an actor: from its deployment, its dispatcher, its class, or the default.</summary>
    public MailboxType GetMailboxType(Props props, Config? dispatcherConfig)
    {
        if (!string.IsNullOrEmpty(props.Deploy.Mailbox))
            return Lookup(props.Deploy.Mailbox);
        var ofDispatcher = dispatcherConfig?.GetString("mailbox-type");
        if (!string.IsNullOrEmpty(ofDispatcher))
            return _types.GetOrAdd("dispatcher:" + dispatcherConfig!.GetString("id"), _ => Create(ofDispatcher, dispatcherConfig!));
        return _required.GetOrAdd(props.Type, static (type, self) => self.FindRequired(type), this) ?? Lookup(DefaultMailboxId);
    }

    /// <summary>The bound of stashes of actors with this dispatcher and mailbox; -1 for none.</summary>
    public int StashCapacity(string dispatcher, string mailbox)
    {
        var config = _system.Settings.Config;
        foreach (var id in (ReadOnlySpan<string>)[mailbox, dispatcher, DefaultMailboxId])
        {
            if (!string.IsNullOrEmpty(id) && config.HasPath(id + ".stash-capacity"))
            {
                var capacity = config.GetInt(id + ".stash-capacity", -1);
                if (capacity > 0 || id == DefaultMailboxId)
                    return capacity > 0 ? capacity : Deploy.NoStashSize;
            }
        }

        return Deploy.NoStashSize;
    }

    private static Type? RequirementOf(Type actorType)
    {
        foreach (var one in actorType.GetInterfaces())
        {
            if (one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IRequiresMessageQueue<>))
                return one.GetGenericArguments()[0];
        }

        return null;
    }

    private MailboxType? FindRequired(Type actorType)
    {
        // Every mailbox takes unstashed messages at its front, so a stash alone needs no special queue.
        var requirement = RequirementOf(actorType);
        return requirement is null || requirement == typeof(IDequeBasedMessageQueueSemantics)
            || requirement == typeof(IUnboundedDequeBasedMessageQueueSemantics) || requirement == typeof(IUnboundedMessageQueueSemantics)
            ? null
            : FindByQueueType(requirement);
    }

    private MailboxType? FindByQueueType(Type queueType)
    {
        var requirements = _system.Settings.Config.GetConfig("akka.actor.mailbox.requirements");
        if (requirements is null)
            return null;
        foreach (var (key, value) in requirements.AsEnumerable())
        {
            if (key.Trim('"') == queueType.FullName)
                return Lookup(value.GetString()!);
        }

        return null;
    }

    private MailboxType Create(string id)
    {
        var config = _system.Settings.Config;
        if (id == "unbounded")
            return new UnboundedMailbox(_system.Settings, ConfigurationFactory.Empty);
        if (!config.HasPath(id))
            throw new ConfigurationException($"Mailbox Type [{id}] not configured");
        var own = config.GetConfig(id) ?? ConfigurationFactory.Empty;
        var section = own.WithFallback(config.GetConfig(DefaultMailboxId));
        var name = own.GetString("mailbox-type");
        if (string.IsNullOrEmpty(name))
            throw new ConfigurationException($"The setting mailbox-type, defined in [{id}] is empty");
        return Create(name, section);
    }

    private MailboxType Create(string typeName, Config section)
    {
        var type = TypeCache.GetType(typeName)
            ?? throw new ConfigurationException($"Found mailbox-type [{typeName}] but could not find that type");
        return (MailboxType)Activator.CreateInstance(type, _system.Settings, section)!;
    }
}
