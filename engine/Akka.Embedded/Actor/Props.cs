// How to make an actor: type and constructor arguments, or a producer, and where to run it. Immutable but for Deploy and
// SupervisorStrategy, whose setters the engine's public API has; the With… methods copy.
using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using Akka.Util;

namespace Akka.Actor;

/// <summary>Makes actors where reflection on a type will not do, such as from a container.</summary>
public interface IIndirectActorProducer
{
    /// <summary>The type that <see cref="Produce"/> returns.</summary>
    Type ActorType { get; }

    /// <summary>Makes an instance; called for every start and restart.</summary>
    ActorBase Produce();

    /// <summary>Takes back an instance that is no longer used.</summary>
    void Release(ActorBase actor);
}

/// <summary>How to make an actor.</summary>
public class Props : IEquatable<Props>, ISurrogated
{
    /// <summary>Makes nothing; stands for "no props".</summary>
    public static readonly Props None = new TerminatedProps();

    private static readonly Deploy DefaultDeploy = new();

    private readonly IIndirectActorProducer _producer;

    /// <summary>Props of <see cref="None"/>.</summary>
    protected Props()
    {
        _producer = new ReflectionProducer(typeof(EmptyActor), []);
        Arguments = [];
        Deploy = DefaultDeploy;
    }

    /// <summary>A copy.</summary>
    protected Props(Props copy)
    {
        _producer = copy._producer;
        Arguments = copy.Arguments;
        Deploy = copy.Deploy;
        SupervisorStrategy = copy.SupervisorStrategy;
    }

    /// <param name="type">A class derived from <see cref="ActorBase"/>.</param>
    /// <param name="args">Arguments of its constructor.</param>
    public Props(Type type, object?[] args)
        : this(DefaultDeploy, type, args)
    {
    }

    /// <param name="type">A class derived from <see cref="ActorBase"/> with a parameterless constructor.</param>
    public Props(Type type)
        : this(DefaultDeploy, type, [])
    {
    }

    /// <param name="type">A class derived from <see cref="ActorBase"/>.</param>
    /// <param name="supervisorStrategy">Overrides the actor's own strategy.</param>
    /// <param name="args">Arguments of its constructor.</param>
    public Props(Type type, SupervisorStrategy? supervisorStrategy, IEnumerable<object?> args)
        : this(DefaultDeploy, type, args.ToArray()) => SupervisorStrategy = supervisorStrategy;

    /// <param name="type">A class derived from <see cref="ActorBase"/>.</param>
    /// <param name="supervisorStrategy">Overrides the actor's own strategy.</param>
    /// <param name="args">Arguments of its constructor.</param>
    public Props(Type type, SupervisorStrategy? supervisorStrategy, params object?[] args)
        : this(DefaultDeploy, type, args) => SupervisorStrategy = supervisorStrategy;

    /// <param name="deploy">Where and on what to run.</param>
    /// <param name="type">A class derived from <see cref="ActorBase"/>.</param>
    /// <param name="args">Arguments of its constructor.</param>
    public Props(Deploy deploy, Type type, IEnumerable<object?> args)
        : this(deploy, type, args.ToArray())
    {
    }

    /// <param name="deploy">Where and on what to run.</param>
    /// <param name="type">A class derived from <see cref="ActorBase"/>.</param>
    /// <param name="args">Arguments of its constructor.</param>
    public Props(Deploy deploy, Type type, params object?[] args)
    {
        ArgumentNullException.ThrowIfNull(type);
        Deploy = deploy;
        Arguments = args ?? [];
        _producer = ReflectionProducer.For(type, Arguments);
    }

    private Props(IIndirectActorProducer producer, Deploy deploy, object?[] args)
    {
        _producer = producer;
        Deploy = deploy;
        Arguments = args;
    }

    /// <summary>Props of an actor that handles nothing.</summary>
    public static Props Empty { get; } = Create<EmptyActor>();

    /// <summary>The actor's type.</summary>
    public Type Type => _producer.ActorType;

    /// <summary>Assembly-qualified name of the actor's type.</summary>
    public string TypeName => Type.AssemblyQualifiedName!;

    /// <summary>Arguments of the constructor.</summary>
    public object?[] Arguments { get; }

    /// <summary>Where and on what to run.</summary>
    public Deploy Deploy { get; protected set; }

    /// <summary>Overrides the actor's own strategy; null if nothing is overridden.</summary>
    public SupervisorStrategy? SupervisorStrategy { get; protected set; }

    /// <summary>The dispatcher's id; "akka.actor.default-dispatcher" if none was given.</summary>
    public string Dispatcher =>
        string.IsNullOrEmpty(Deploy.Dispatcher) ? Dispatch.Dispatchers.DefaultDispatcherId : Deploy.Dispatcher;

    /// <summary>The mailbox's id; empty if none was given.</summary>
    public string Mailbox => Deploy.Mailbox;

    /// <summary>From an expression that is one call of a constructor: <c>() => new MyActor(a, b)</c>. Arguments are computed once.</summary>
    /// <exception cref="ArgumentException">The expression is anything else.</exception>
    public static Props Create<TActor>(Expression<Func<TActor>> factory, SupervisorStrategy? supervisorStrategy = null)
        where TActor : ActorBase
    {
        if (factory.Body is not NewExpression creation)
            throw new ArgumentException("The create function must be a 'new T (args)' expression");
        return new Props(typeof(TActor), supervisorStrategy, creation.GetArguments());
    }

    /// <summary>By type and constructor arguments.</summary>
    public static Props Create<TActor>(params object?[] args)
        where TActor : ActorBase => new(typeof(TActor), args);

    /// <summary>By type, with a strategy for its children.</summary>
    public static Props Create<TActor>(SupervisorStrategy supervisorStrategy)
        where TActor : ActorBase, new() => new(typeof(TActor), supervisorStrategy);

    /// <summary>By type and constructor arguments.</summary>
    public static Props Create(Type type, params object?[] args)
    {
        ArgumentNullException.ThrowIfNull(type);
        return new Props(type, args);
    }

    /// <summary>By a producer.</summary>
    public static Props CreateBy(IIndirectActorProducer producer, params object?[] args) => new(producer, DefaultDeploy, args);

    /// <summary>On a dispatcher, by its id.</summary>
    public Props WithDispatcher(string dispatcher) => With(Deploy.WithDispatcher(dispatcher));

    /// <summary>With a mailbox, by its id.</summary>
    public Props WithMailbox(string mailbox) => With(Deploy.WithMailbox(mailbox));

    /// <summary>With a stash that holds this many messages; -1 for no bound.</summary>
    public Props WithStashCapacity(int stashCapacity) => With(Deploy.WithStashCapacity(stashCapacity));

    /// <summary>With a deployment; what the present one says on top of it stays.</summary>
    public Props WithDeploy(Deploy deploy) => With(deploy.WithFallback(Deploy));

    /// <summary>With a strategy that overrides the actor's own.</summary>
    public Props WithSupervisorStrategy(SupervisorStrategy supervisorStrategy)
    {
        var copy = Copy();
        copy.SupervisorStrategy = supervisorStrategy;
        return copy;
    }

    /// <summary>Makes an instance; only the engine calls it.</summary>
    public virtual ActorBase NewActor() => _producer.Produce();

    /// <inheritdoc/>
    public bool Equals(Props? other) =>
        ReferenceEquals(this, other) ||
        (other is not null && Type == other.Type && Deploy.Equals(other.Deploy)
            && Equals(SupervisorStrategy, other.SupervisorStrategy) && Arguments.SequenceEqual(other.Arguments));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Props);

    /// <inheritdoc/>
    public override int GetHashCode() => Embedded.StableHash.Combine(Embedded.StableHash.Of(Type.FullName), Arguments.Length);

    /// <inheritdoc/>
    public ISurrogate ToSurrogate(ActorSystem system) => new PropsSurrogate { Arguments = Arguments, Type = Type, Deploy = Deploy };

    internal void Release(ActorBase actor) => _producer.Release(actor);

    /// <summary>A copy that the With… methods change.</summary>
    protected virtual Props Copy() => new(this);

    private Props With(Deploy deploy)
    {
        var copy = Copy();
        copy.Deploy = deploy;
        return copy;
    }

    /// <summary>The portable form of props.</summary>
    public class PropsSurrogate : ISurrogate
    {
        /// <summary>See <see cref="Props.Type"/>.</summary>
        public Type Type { get; set; } = typeof(EmptyActor);

        /// <summary>See <see cref="Props.Deploy"/>.</summary>
        public Deploy Deploy { get; set; } = new();

        /// <summary>See <see cref="Props.Arguments"/>.</summary>
        public object?[] Arguments { get; set; } = [];

        /// <inheritdoc/>
        public ISurrogated FromSurrogate(ActorSystem system) => new Props(Deploy, Type, Arguments);
    }

    private sealed class EmptyActor : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }
}

/// <summary>Props of an actor that no longer exists.</summary>
public class TerminatedProps : Props
{
    /// <inheritdoc/>
    public override ActorBase NewActor() => throw new InvalidOperationException("This actor has been terminated");
}
