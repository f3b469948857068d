// Strings and whole numbers. Manifests: S (UTF-8), I (4 bytes, little-endian), L (8 bytes, little-endian).
using System.Buffers.Binary;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.Embedded.Serialization;
using Akka.Serialization;

namespace Akka.Remote.Serialization;

/// <summary>Writes <see cref="string"/>, <see cref="int"/> and <see cref="long"/>.</summary>
public sealed class PrimitiveSerializers : SerializerWithStringManifest
{
    private const string StringManifest = "S";
    private const string Int32Manifest = "I";
    private const string Int64Manifest = "L";

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <param name="system">The system the serializer works for.</param>
    /// <param name="config">Not used: there is one form only.</param>
    public PrimitiveSerializers(ExtendedActorSystem system, Config config)
        : base(system)
    {
    }

    /// <inheritdoc/>
    public override string Manifest(object obj) => obj switch
    {
        string => StringManifest,
        int => Int32Manifest,
        long => Int64Manifest,
        _ => throw new ArgumentException($"{obj.GetType()} is neither string nor int nor long.", nameof(obj)),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        switch (obj)
        {
            case string text:
                return Encoding.UTF8.GetBytes(text);
            case int number:
                var four = new byte[sizeof(int)];
                BinaryPrimitives.WriteInt32LittleEndian(four, number);
                return four;
            case long number:
                var eight = new byte[sizeof(long)];
                BinaryPrimitives.WriteInt64LittleEndian(eight, number);
                return eight;
            default:
                throw new ArgumentException($"{obj.GetType()} is neither string nor int nor long.", nameof(obj));
        }
    }

    /// <inheritdoc/>
    /// <exception cref="WireFormatException">The manifest is unknown, or the bytes are not of its form.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        switch (manifest)
        {
            case StringManifest: return Text(bytes);
            case Int32Manifest: return BinaryPrimitives.ReadInt32LittleEndian(Exactly(bytes, sizeof(int)));
            case Int64Manifest: return BinaryPrimitives.ReadInt64LittleEndian(Exactly(bytes, sizeof(long)));
            default: throw WireFormatException.UnknownManifest(this, manifest);
        }
    }

    private static string Text(byte[] bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException cause)
        {
            throw new WireFormatException("a text is not valid UTF-8", cause);
        }
    }

    private static byte[] Exactly(byte[] bytes, int length) =>
        bytes.Length == length ? bytes : throw new WireFormatException($"a number has {bytes.Length} bytes instead of {length}");
}
