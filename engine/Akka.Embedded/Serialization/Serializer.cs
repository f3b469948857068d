// A serializer turns objects of some types into bytes and back. It has a number, which names it on the wire.
using Akka.Actor;
using Akka.Configuration;
using Akka.Util.Reflection;

namespace Akka.Serialization;

/// <summary>Turns objects into bytes and back. Must be safe for use from several threads.</summary>
public abstract class Serializer
{
    /// <summary>The system the serializer works for.</summary>
    protected readonly ExtendedActorSystem system;

    private readonly Lazy<int> _identifier;

    /// <param name="system">The system the serializer works for.</param>
    protected Serializer(ExtendedActorSystem system)
    {
        this.system = system;
        _identifier = new Lazy<int>(() => SerializerIdentifierHelper.GetSerializerIdentifierFromConfig(GetType(), system));
    }

    /// <summary>
    /// The number that names this serializer on the wire; the same on every node. Unless overridden it comes from
    /// <c>akka.actor.serialization-identifiers</c>. 0 to 40 are the engine's.
    /// </summary>
    public virtual int Identifier => _identifier.Value;

    /// <summary>True if <see cref="FromBinary(byte[], Type)"/> needs to be told the type.</summary>
    public abstract bool IncludeManifest { get; }

    /// <summary>The bytes of an object.</summary>
    public abstract byte[] ToBinary(object obj);

    /// <summary>The object of some bytes.</summary>
    /// <param name="bytes">What <see cref="ToBinary"/> made, or anything at all: they come from a network.</param>
    /// <param name="type">The expected type; null if not known.</param>
    public abstract object FromBinary(byte[] bytes, Type? type);

    /// <summary>The object of some bytes, of a known type.</summary>
    public T FromBinary<T>(byte[] bytes) => (T)FromBinary(bytes, typeof(T));

    /// <summary>The bytes of an object in which references to actors of this system carry an address.</summary>
    /// <param name="address">The address under which the reader reaches this system.</param>
    /// <param name="obj">The object.</param>
    public byte[] ToBinaryWithAddress(Address address, object obj) =>
        Serialization.WithTransport(new Information(address, system), () => ToBinary(obj));
}

/// <summary>
/// A serializer that names what it wrote by a short text of its own choice, the manifest, which stays the same while classes
/// are renamed and moved.
/// </summary>
public abstract class SerializerWithStringManifest : Serializer
{
    /// <param name="system">The system the serializer works for.</param>
    protected SerializerWithStringManifest(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <inheritdoc/>
    public sealed override bool IncludeManifest => true;

    /// <summary>The manifest of an object.</summary>
    public abstract string Manifest(object o);

    /// <summary>The object of some bytes.</summary>
    /// <param name="bytes">What was written, or anything at all: they come from a network.</param>
    /// <param name="manifest">What <see cref="Manifest"/> gave for it, or anything at all.</param>
    public abstract object FromBinary(byte[] bytes, string manifest);

    /// <summary>The type's full name serves as the manifest: for callers that know only the type.</summary>
    public sealed override object FromBinary(byte[] bytes, Type? type) => FromBinary(bytes, type?.FullName ?? "");
}

/// <summary>Looks up the numbers of serializers.</summary>
public static class SerializerIdentifierHelper
{
    /// <summary>The number configured for a serializer's class.</summary>
    /// <exception cref="ArgumentException">None is.</exception>
    public static int GetSerializerIdentifierFromConfig(Type type, ExtendedActorSystem system)
    {
        var entries = system.Settings.Config.GetConfig("akka.actor.serialization-identifiers")?.AsEnumerable() ?? [];
        foreach (var (name, number) in entries)
        {
            if (TypeCache.GetType(name) == type)
                return number.GetInt();
        }

        throw new ArgumentException(
            $"No number is configured for the serializer {type.FullName}: override Identifier, or add it to akka.actor.serialization-identifiers.",
            nameof(type));
    }
}
