// Where and on what an actor runs: dispatcher, mailbox, stash capacity, scope. Immutable.
using Akka.Configuration;
using Akka.Util;

namespace Akka.Actor;

/// <summary>Where an actor is deployed.</summary>
public abstract class Scope : IEquatable<Scope>
{
    /// <summary>In this process.</summary>
    public static readonly LocalScope Local = LocalScope.Instance;

    /// <inheritdoc/>
    public virtual bool Equals(Scope? other) => other is not null && GetType() == other.GetType();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Scope);

    /// <inheritdoc/>
    public override int GetHashCode() => Embedded.StableHash.Of(GetType().FullName);

    /// <summary>This scope where it says something, the other one where not.</summary>
    public abstract Scope WithFallback(Scope other);

    /// <summary>A copy.</summary>
    public abstract Scope Copy();
}

/// <summary>In this process.</summary>
public class LocalScope : Scope, ISurrogated
{
    private LocalScope()
    {
    }

    /// <summary>The one value.</summary>
    public static LocalScope Instance { get; } = new();

    /// <inheritdoc/>
    public override Scope WithFallback(Scope other) => Instance;

    /// <inheritdoc/>
    public override Scope Copy() => Instance;

    /// <inheritdoc/>
    public ISurrogate ToSurrogate(ActorSystem system) => new LocalScopeSurrogate();

    /// <summary>The portable form.</summary>
    public class LocalScopeSurrogate : ISurrogate
    {
        /// <inheritdoc/>
        public ISurrogated FromSurrogate(ActorSystem system) => Instance;
    }
}

internal sealed class NoScope : Scope
{
    public override Scope WithFallback(Scope other) => other;

    public override Scope Copy() => this;
}

/// <summary>Where and on what an actor runs.</summary>
public class Deploy : IEquatable<Deploy>, ISurrogated
{
    /// <summary>No dispatcher was named.</summary>
    public static readonly string NoDispatcherGiven = string.Empty;

    /// <summary>No mailbox was named.</summary>
    public static readonly string NoMailboxGiven = string.Empty;

    /// <summary>No scope was named.</summary>
    public static readonly Scope NoScopeGiven = new NoScope();

    /// <summary>In this process.</summary>
    public static readonly Deploy Local = new(Scope.Local);

    /// <summary>Says nothing.</summary>
    public static readonly Deploy? None = null;

    /// <summary>No stash capacity was named.</summary>
    public const int NoStashSize = -1;

    /// <summary>Says nothing.</summary>
    public Deploy()
        : this(string.Empty, ConfigurationFactory.Empty, NoScopeGiven, NoDispatcherGiven, NoMailboxGiven, NoStashSize)
    {
    }

    /// <param name="path">The actor this is for; empty for any.</param>
    /// <param name="scope">Where to run.</param>
    public Deploy(string path, Scope scope)
        : this(path, ConfigurationFactory.Empty, scope, NoDispatcherGiven, NoMailboxGiven, NoStashSize)
    {
    }

    /// <param name="scope">Where to run.</param>
    public Deploy(Scope scope)
        : this(string.Empty, scope)
    {
    }

    internal Deploy(string path, Config config, Scope scope, string dispatcher, string mailbox, int stashCapacity)
    {
        Path = path;
        Config = config;
        Scope = scope;
        Dispatcher = dispatcher;
        Mailbox = mailbox;
        StashCapacity = stashCapacity;
    }

    /// <summary>The actor this is for; empty for any.</summary>
    public string Path { get; }

    /// <summary>The section of akka.actor.deployment this came from.</summary>
    public Config Config { get; }

    /// <summary>Where to run.</summary>
    public Scope Scope { get; }

    /// <summary>Id of the mailbox; empty if not named.</summary>
    public string Mailbox { get; }

    /// <summary>Id of the dispatcher; empty if not named.</summary>
    public string Dispatcher { get; }

    /// <summary>Messages the stash holds; -1 if not named.</summary>
    public int StashCapacity { get; }

    /// <summary>This where it says something, the other one where not.</summary>
    public virtual Deploy WithFallback(Deploy other) => new(
        Path,
        Config.IsNullOrEmpty() ? other.Config : Config.WithFallback(other.Config),
        Scope.WithFallback(other.Scope),
        Dispatcher == NoDispatcherGiven ? other.Dispatcher : Dispatcher,
        Mailbox == NoMailboxGiven ? other.Mailbox : Mailbox,
        StashCapacity == NoStashSize ? other.StashCapacity : StashCapacity);

    /// <summary>With another scope.</summary>
    public virtual Deploy WithScope(Scope scope) => new(Path, Config, scope, Dispatcher, Mailbox, StashCapacity);

    /// <summary>With another mailbox.</summary>
    public virtual Deploy WithMailbox(string mailbox) => new(Path, Config, Scope, Dispatcher, mailbox, StashCapacity);

    /// <summary>With another dispatcher.</summary>
    public virtual Deploy WithDispatcher(string dispatcher) => new(Path, Config, Scope, dispatcher, Mailbox, StashCapacity);

    /// <summary>With another stash capacity.</summary>
    public virtual Deploy WithStashCapacity(int stashSize) => new(Path, Config, Scope, Dispatcher, Mailbox, stashSize);

    /// <inheritdoc/>
    public bool Equals(Deploy? other) =>
        other is not null && Path == other.Path && Dispatcher == other.Dispatcher && Mailbox == other.Mailbox
        && StashCapacity == other.StashCapacity && Scope.Equals(other.Scope);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Deploy);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        Embedded.StableHash.Combine(Embedded.StableHash.Of(Path), Embedded.StableHash.Of(Dispatcher));

    /// <inheritdoc/>
    public ISurrogate ToSurrogate(ActorSystem system) => new DeploySurrogate
    {
        Path = Path, Scope = Scope, Config = Config, Mailbox = Mailbox, Dispatcher = Dispatcher, StashCapacity = StashCapacity,
    };

    /// <summary>The portable form.</summary>
    public class DeploySurrogate : ISurrogate
    {
        /// <summary>See <see cref="Deploy.Scope"/>.</summary>
        public Scope Scope { get; set; } = NoScopeGiven;

        /// <summary>See <see cref="Deploy.Path"/>.</summary>
        public string Path { get; set; } = string.Empty;

        /// <summary>See <see cref="Deploy.Config"/>.</summary>
        public Config Config { get; set; } = ConfigurationFactory.Empty;

        /// <summary>See <see cref="Deploy.Mailbox"/>.</summary>
        public string Mailbox { get; set; } = NoMailboxGiven;

        /// <summary>See <see cref="Deploy.Dispatcher"/>.</summary>
        public string Dispatcher { get; set; } = NoDispatcherGiven;

        /// <summary>See <see cref="Deploy.StashCapacity"/>.</summary>
        public int StashCapacity { get; set; } = NoStashSize;

        /// <inheritdoc/>
        public ISurrogated FromSurrogate(ActorSystem system) => new Deploy(Path, Config, Scope, Dispatcher, Mailbox, StashCapacity);
    }
}
