// Extensions: one instance of a service per actor system, made on first use.
using Akka.Embedded;

namespace Akka.Actor;

/// <summary>A service of which an actor system has at most one.</summary>
public interface IExtension
{
}

/// <summary>Identifies an extension and makes it.</summary>
public interface IExtensionId
{
    /// <summary>The type of the extension.</summary>
    Type ExtensionType { get; }

    /// <summary>The system's instance, made now if need be.</summary>
    object Apply(ActorSystem system);

    /// <summary>The system's instance, made now if need be.</summary>
    object Get(ActorSystem system);

    /// <summary>Makes the instance; the engine calls it once per system.</summary>
    object CreateExtension(ExtendedActorSystem system);
}

/// <summary>Identifies an extension of a known type.</summary>
public interface IExtensionId<out T> : IExtensionId
    where T : IExtension
{
    /// <summary>The system's instance, made now if need be.</summary>
    new T Apply(ActorSystem system);

    /// <summary>The system's instance, made now if need be.</summary>
    new T Get(ActorSystem system);

    /// <summary>Makes the instance; the engine calls it once per system.</summary>
    new T CreateExtension(ExtendedActorSystem system);
}

/// <summary>Base of extension ids; equal when their types are.</summary>
public abstract class ExtensionIdProvider<T> : IExtensionId<T>
    where T : IExtension
{
    /// <inheritdoc/>
    public Type ExtensionType => typeof(T);

    /// <inheritdoc/>
    public T Apply(ActorSystem system) => (T)system.RegisterExtension(this);

    /// <inheritdoc/>
    public T Get(ActorSystem system) => (T)system.GetExtension(this);

    object IExtensionId.Apply(ActorSystem system) => Apply(system);

    object IExtensionId.Get(ActorSystem system) => Get(system);

    object IExtensionId.CreateExtension(ExtendedActorSystem system) => CreateExtension(system);

    /// <inheritdoc/>
    public abstract T CreateExtension(ExtendedActorSystem system);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is not null && GetType() == obj.GetType();

    /// <inheritdoc/>
    public override int GetHashCode() => StableHash.Of(GetType().FullName);
}

/// <summary>Extensions by the type of their id.</summary>
public static class ActorSystemWithExtensions
{
    /// <summary>The extension of type <typeparamref name="T"/>; it must be registered.</summary>
    public static T WithExtension<T>(this ActorSystem system)
        where T : class, IExtension => system.GetExtension<T>();

    /// <summary>The extension of type <typeparamref name="T"/>, made by an id of the given type if need be.</summary>
    public static T WithExtension<T>(this ActorSystem system, Type extensionId)
        where T : class, IExtension => system.HasExtension<T>()
            ? system.GetExtension<T>()
            : (T)system.RegisterExtension((IExtensionId)Activator.CreateInstance(extensionId)!);

    /// <summary>The extension of type <typeparamref name="T"/>, made by an id of type <typeparamref name="TI"/> if need be.</summary>
    public static T WithExtension<T, TI>(this ActorSystem system)
        where T : class, IExtension
        where TI : IExtensionId => system.WithExtension<T>(typeof(TI));
}
