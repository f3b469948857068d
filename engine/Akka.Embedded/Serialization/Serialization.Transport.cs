// References in messages carry the address under which the reader reaches this system. Which one that is depends on the
// connection being written to; it is kept per thread while a serializer runs.
using Akka.Actor;

namespace Akka.Serialization;

public partial class Serialization
{
    [ThreadStatic]
    private static Information? _transport;

    /// <summary>The address being written for on this thread.</summary>
    /// <exception cref="InvalidOperationException">No serializer runs on this thread.</exception>
    public static Information GetCurrentTransportInformation() =>
        _transport ?? throw new InvalidOperationException(
            "There is no current transport information: this may only be asked by a serializer while it works.");

    /// <summary>Runs a function with a system's own address as the one being written for.</summary>
    public static T WithTransport<T>(ExtendedActorSystem system, Func<T> action) => WithTransport(InformationOf(system), action);

    /// <summary>Runs a function with a system's own address as the one being written for.</summary>
    public static T WithTransport<TState, T>(ExtendedActorSystem system, TState state, Func<TState, T> action)
    {
        var outer = _transport;
        // Inside another serializer its connection stays the one being written to.
        _transport ??= InformationOf(system);
        try
        {
            return action(state);
        }
        finally
        {
            _transport = outer;
        }
    }

    /// <summary>Runs a function with an address as the one being written for.</summary>
    [Obsolete("Use WithTransport(ExtendedActorSystem, Func<T>) instead.")]
    public static T WithTransport<T>(ActorSystem system, Address address, Func<T> action) =>
        WithTransport(new Information(address, system), action);

    /// <summary>A reference as text that the reader can resolve; empty for none.</summary>
    /// <param name="actorRef">Any reference, null included.</param>
    public static string SerializedActorPath(IActorRef? actorRef)
    {
        if (actorRef is null || actorRef.Equals(ActorRefs.NoSender))
            return "";
        var path = actorRef.Path;
        if (!path.Address.HasLocalScope)
            return path.ToSerializationFormat();
        var provider = (actorRef as IInternalActorRef)?.Provider;
        // A reference of another system in this process is reached at that system's own address.
        var foreign = provider is not null && _transport?.System is ExtendedActorSystem writing && !ReferenceEquals(writing.Provider, provider);
        if (_transport is { } transport && !foreign)
            return path.ToSerializationFormatWithAddress(transport.Address);
        return provider is null ? path.ToSerializationFormat() : path.ToSerializationFormatWithAddress(provider.DefaultAddress);
    }

    /// <summary>The reference of a text made by <see cref="SerializedActorPath"/>.</summary>
    public IActorRef DeserializeActorRef(string path) => System.Provider.ResolveActorRef(path);

    internal static T WithTransport<T>(Information transport, Func<T> action)
    {
        var outer = _transport;
        _transport = transport;
        try
        {
            return action();
        }
        finally
        {
            _transport = outer;
        }
    }

    private static Information InformationOf(ExtendedActorSystem system) => system.Provider.SerializationInformation;
}
