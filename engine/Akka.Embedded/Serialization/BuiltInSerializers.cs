// Serializers for what needs no format of its own: nothing, and bytes.
using System.Runtime.Serialization;
using Akka.Actor;

namespace Akka.Serialization;

/// <summary>Writes null.</summary>
public class NullSerializer : Serializer
{
    /// <param name="system">The system the serializer works for.</param>
    public NullSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <inheritdoc/>
    public override int Identifier => 0;

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => [];

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, Type? type) => null!;
}

/// <summary>Passes byte arrays through, without a copy.</summary>
public class ByteArraySerializer : Serializer
{
    /// <param name="system">The system the serializer works for.</param>
    public ByteArraySerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => obj switch
    {
        null => null!,
        byte[] bytes => bytes,
        _ => throw new NotSupportedException($"A {obj.GetType()} is no byte array."),
    };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, Type? type) => bytes;
}
