// The number that tells two incarnations of an actor system on one address apart.
using Akka.Actor;
using Akka.Embedded;

namespace Akka.Remote;

/// <summary>A random number chosen at the start of an actor system.</summary>
public class AddressUid : IExtension
{
    /// <summary>Never 0.</summary>
    public readonly int Uid;

    /// <summary>Chooses at random.</summary>
    public AddressUid()
        : this(Random.Shared.Next(1, int.MaxValue))
    {
    }

    internal AddressUid(int uid) => Uid = uid;
}

/// <summary>Finds <see cref="AddressUid"/>.</summary>
public class AddressUidExtension : ExtensionIdProvider<AddressUid>
{
    /// <summary>The number of a system.</summary>
    public static int Uid(ActorSystem system) => system.WithExtension<AddressUid, AddressUidExtension>().Uid;

    /// <inheritdoc/>
    public override AddressUid CreateExtension(ExtendedActorSystem system) => new((int)EngineEnvironment.Of(system).NextUid());
}
