// An actor system: a hierarchy of actors with its dispatchers, scheduler, event stream and extensions.
using Akka.Actor.Internal;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor;

/// <summary>An actor system.</summary>
public abstract class ActorSystem : IActorRefFactory, IDisposable
{
    /// <summary>The system's settings.</summary>
    public abstract Settings Settings { get; }

    /// <summary>The system's name.</summary>
    public abstract string Name { get; }

    /// <summary>The system's serialization.</summary>
    public abstract Serialization.Serialization Serialization { get; }

    /// <summary>The system's bus.</summary>
    public abstract EventStream EventStream { get; }

    /// <summary>Takes what cannot be delivered.</summary>
    public abstract IActorRef DeadLetters { get; }

    /// <summary>Swallows everything, on every node.</summary>
    public abstract IActorRef IgnoreRef { get; }

    /// <summary>The system's dispatchers.</summary>
    public abstract Dispatchers Dispatchers { get; }

    /// <summary>The system's mailbox types.</summary>
    public abstract Mailboxes Mailboxes { get; }

    /// <summary>The system's scheduler and clock.</summary>
    public abstract IScheduler Scheduler { get; }

    /// <summary>The system's logger.</summary>
    public abstract ILoggingAdapter Log { get; }

    /// <summary>When the system started, on its monotonic clock.</summary>
    public TimeSpan StartTime => ((ActorSystemImpl)this).StartedAt;

    /// <summary>How long the system has been running.</summary>
    public TimeSpan Uptime => ((ActorSystemImpl)this).MonotonicNow - StartTime;

    /// <summary>Ends when the system has ended.</summary>
    public abstract Task WhenTerminated { get; }

    /// <summary>Starts a system.</summary>
    /// <param name="name">Letters, digits, and inside also -.</param>
    /// <param name="config">On top of the engine's defaults.</param>
    /// <exception cref="ArgumentException">The name is malformed.</exception>
    public static ActorSystem Create(string name, Config config) => Create(name, BootstrapSetup.Create().WithConfig(config));

    /// <summary>Starts a system.</summary>
    public static ActorSystem Create(string name, BootstrapSetup setup) => Create(name, ActorSystemSetup.Create(setup));

    /// <summary>Starts a system.</summary>
    public static ActorSystem Create(string name, ActorSystemSetup setup)
    {
        var bootstrap = setup.Get<BootstrapSetup>();
        var config = bootstrap.HasValue ? bootstrap.Value.Config.GetOrElse(ConfigurationFactory.Load()) : ConfigurationFactory.Load();
        var system = new ActorSystemImpl(name, config, setup);
        system.Start();
        return system;
    }

    /// <summary>Starts a system with the engine's defaults.</summary>
    public static ActorSystem Create(string name) => Create(name, ActorSystemSetup.Empty);

    /// <summary>The extension of this id.</summary>
    public abstract object GetExtension(IExtensionId extensionId);

    /// <summary>The extension of this type; it must be registered.</summary>
    public abstract T GetExtension<T>()
        where T : class, IExtension;

    /// <summary>True if there is an extension of this type.</summary>
    public abstract bool HasExtension(Type type);

    /// <summary>True if there is an extension of this type.</summary>
    public abstract bool HasExtension<T>()
        where T : class, IExtension;

    /// <summary>The extension of this type, if there is one.</summary>
    public abstract bool TryGetExtension(Type extensionType, out object extension);

    /// <summary>The extension of this type, if there is one.</summary>
    public abstract bool TryGetExtension<T>(out T extension)
        where T : class, IExtension;

    /// <summary>Makes an extension, unless it is there already.</summary>
    public abstract object RegisterExtension(IExtensionId extension);

    /// <summary>Runs code when the system has ended.</summary>
    public abstract void RegisterOnTermination(Action code);

    /// <summary>Stops the system and all its actors.</summary>
    public abstract Task Terminate();

    /// <summary>Stops an actor.</summary>
    public abstract void Stop(IActorRef actor);

    /// <summary>Stops the system, without waiting.</summary>
    public void Dispose()
    {
        _ = Terminate();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts a top-level actor, a child of "/user".</summary>
    public abstract IActorRef ActorOf(Props props, string? name = null);

    /// <summary>A selection by path.</summary>
    public abstract ActorSelection ActorSelection(ActorPath actorPath);

    /// <summary>A selection by absolute or relative path; relative ones start at "/user".</summary>
    public abstract ActorSelection ActorSelection(string actorPath);
}

/// <summary>What extensions and the engine need of an actor system.</summary>
public abstract class ExtendedActorSystem : ActorSystem
{
    /// <summary>Makes and resolves references.</summary>
    public abstract IActorRefProvider Provider { get; }

    /// <summary>"/user".</summary>
    public abstract IInternalActorRef Guardian { get; }

    /// <summary>Where selections by relative path start.</summary>
    public abstract IInternalActorRef LookupRoot { get; }

    /// <summary>"/system".</summary>
    public abstract IInternalActorRef SystemGuardian { get; }

    /// <summary>Starts a child of "/system".</summary>
    public abstract IActorRef SystemActorOf(Props props, string? name = null);

    /// <summary>Starts a child of "/system".</summary>
    public abstract IActorRef SystemActorOf<TActor>(string? name = null)
        where TActor : ActorBase, new();

    /// <summary>Stops the system as fast as possible.</summary>
    public abstract void Abort();

    /// <summary>The hierarchy as text.</summary>
    public abstract string PrintTree();
}
