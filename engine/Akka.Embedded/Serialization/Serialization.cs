// Placeholder surface until the serialization part arrives.
using Akka.Actor;

namespace Akka.Serialization;

/// <summary>Serialization of an actor system.</summary>
public class Serialization
{
    /// <param name="system">The system.</param>
    public Serialization(ExtendedActorSystem system) => System = system;

    /// <summary>The system.</summary>
    public ExtendedActorSystem System { get; }

    /// <summary>The text of a reference.</summary>
    public static string SerializedActorPath(IActorRef actorRef) => actorRef.Path.ToSerializationFormat();
}

/// <summary>What serializers need to know about this side.</summary>
public sealed class Information
{
    /// <summary>From both.</summary>
    public Information(Address address, ActorSystem system)
    {
        Address = address;
        System = system;
    }

    /// <summary>The address.</summary>
    public Address Address { get; }

    /// <summary>The system.</summary>
    public ActorSystem System { get; }
}
