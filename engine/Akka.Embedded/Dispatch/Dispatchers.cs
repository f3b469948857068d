// The dispatchers of an actor system, by their names in the configuration; each is made on first use.
using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Util.Reflection;

namespace Akka.Dispatch;

/// <summary>The dispatchers of an actor system.</summary>
public sealed class Dispatchers
{
    /// <summary>The dispatcher of actors that name none.</summary>
    public const string DefaultDispatcherId = "akka.actor.default-dispatcher";

    /// <summary>A dispatcher for work that blocks.</summary>
    public const string DefaultBlockingDispatcherId = "akka.actor.default-blocking-io-dispatcher";

    /// <summary>A dispatcher on the caller's synchronization context.</summary>
    public const string SynchronizedDispatcherId = "akka.actor.synchronized-dispatcher";

    internal const string InternalDispatcherId = "akka.actor.internal-dispatcher";

    private const int MaxAliasDepth = 20;

    private readonly ConcurrentDictionary<string, MessageDispatcherConfigurator> _configurators = new();
    private readonly ActorSystem _system;

    /// <param name="system">The system.</param>
    /// <param name="prerequisites">What dispatchers need.</param>
    /// <param name="logger">Where warnings go; null for nowhere.</param>
    public Dispatchers(ActorSystem system, IDispatcherPrerequisites prerequisites, ILoggingAdapter? logger)
    {
        _system = system;
        Prerequisites = prerequisites;
        DefaultGlobalDispatcher = Lookup(DefaultDispatcherId);
    }

    /// <summary>The section of the default dispatcher.</summary>
    public Config DefaultDispatcherConfig => ConfigFor(DefaultDispatcherId, _system.Settings.Config);

    /// <summary>The dispatcher of actors that name none.</summary>
    public MessageDispatcher DefaultGlobalDispatcher { get; }

    /// <summary>What dispatchers need.</summary>
    public IDispatcherPrerequisites Prerequisites { get; }

    /// <summary>The section of a dispatcher, with its id; a name that stands for another name is followed.</summary>
    /// <exception cref="ConfigurationException">There is no such section.</exception>
    public static Config GetConfig(Config config, string id, int depth = 0)
    {
        if (depth > MaxAliasDepth)
            throw new ConfigurationException($"Could not find a concrete dispatcher config after following {MaxAliasDepth} deep. Is there a loop in your config? last Config id was: {id}");
        var value = config.GetValue(id) ?? throw new ConfigurationException($"Dispatcher [{id}] not configured.");
        return value.IsString() ? GetConfig(config, value.GetString()!, depth + 1) : value.ToConfig();
    }

    /// <summary>The dispatcher of this name.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public MessageDispatcher Lookup(string dispatcherName) => ConfiguratorFor(dispatcherName).Dispatcher();

    /// <summary>True if there is a dispatcher of this name.</summary>
    public bool HasDispatcher(string id) => _configurators.ContainsKey(id) || _system.Settings.Config.HasPath(id);

    /// <summary>Adds a dispatcher made in code; false if the name is taken.</summary>
    public bool RegisterConfigurator(string id, MessageDispatcherConfigurator configurator) => _configurators.TryAdd(id, configurator);

    internal Config ConfigOf(string id) => ConfiguratorFor(id).Config;

    internal void ShutDown()
    {
        foreach (var configurator in _configurators.Values)
        {
            if (configurator is ISharedDispatcher shared)
                shared.ShutDown();
        }
    }

    private static Config ConfigFor(string id, Config config)
    {
        var own = GetConfig(config, id);
        var name = ConfigurationFactory.ParseString($"id = \"{id}\"");
        return id == DefaultDispatcherId
            ? name.WithFallback(own)
            : name.WithFallback(own).WithFallback(config.GetConfig(DefaultDispatcherId));
    }

    private MessageDispatcherConfigurator ConfiguratorFor(string id)
    {
        if (_configurators.TryGetValue(id, out var known))
            return known;
        if (!_system.Settings.Config.HasPath(id))
            throw new ConfigurationException($"Dispatcher [{id}] not configured.");
        return _configurators.GetOrAdd(id, Create(ConfigFor(id, _system.Settings.Config)));
    }

    private MessageDispatcherConfigurator Create(Config config)
    {
        var type = config.GetString("type");
        switch (type)
        {
            case "Dispatcher" or "TaskDispatcher":
                return new DispatcherConfigurator(config, Prerequisites);
            case "ForkJoinDispatcher":
                return new DispatcherConfigurator(
                    ConfigurationFactory.ParseString("executor = fork-join-executor").WithFallback(config), Prerequisites);
            case "SynchronizedDispatcher":
                return new DispatcherConfigurator(
                    ConfigurationFactory.ParseString("executor = current-context-executor").WithFallback(config), Prerequisites);
            case "PinnedDispatcher":
                return new PinnedDispatcherConfigurator(config, Prerequisites);
            case null or "":
                throw new ConfigurationException($"Missing dispatcher type for dispatcher [{config.GetString("id")}].");
        }

        var found = TypeCache.GetType(type)
            ?? throw new ConfigurationException($"Could not resolve dispatcher type {type} for path {config.GetString("id")}");
        return (MessageDispatcherConfigurator)Activator.CreateInstance(found, config, Prerequisites)!;
    }
}

/// <summary>A configurator that hands out one dispatcher and can end it.</summary>
internal interface ISharedDispatcher
{
    void ShutDown();
}

/// <summary>Makes a <see cref="Dispatcher"/>.</summary>
public sealed class DispatcherConfigurator : MessageDispatcherConfigurator, ISharedDispatcher
{
    private readonly Lazy<Dispatcher> _instance;

    /// <param name="config">The dispatcher's section.</param>
    /// <param name="prerequisites">What the dispatcher needs.</param>
    public DispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) =>
        _instance = new Lazy<Dispatcher>(() => new Dispatcher(
            this, config.GetString("id")!, config.GetInt("throughput", MessageDispatcher.DefaultThroughput),
            config.GetTimeSpan("throughput-deadline-time", TimeSpan.Zero).Ticks, ConfigureExecutor(),
            config.GetTimeSpan("shutdown-timeout", TimeSpan.FromSeconds(1))));

    /// <inheritdoc/>
    public override MessageDispatcher Dispatcher() => _instance.Value;

    void ISharedDispatcher.ShutDown()
    {
        if (_instance.IsValueCreated)
            _instance.Value.ShutDownNow();
    }
}

/// <summary>Makes a <see cref="PinnedDispatcher"/> for every actor.</summary>
internal sealed class PinnedDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : MessageDispatcherConfigurator(config, prerequisites)
{
    public override MessageDispatcher Dispatcher() => new PinnedDispatcher(
        this, Config.GetString("id")!, Config.GetInt("throughput", MessageDispatcher.DefaultThroughput),
        Config.GetTimeSpan("throughput-deadline-time", TimeSpan.Zero).Ticks, Executors.SingleThread(Config, Prerequisites),
        Config.GetTimeSpan("shutdown-timeout", TimeSpan.FromSeconds(1)));
}
