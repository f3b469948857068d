// The one serializer of the control plane: protobuf under short manifests, never a type name.
// What it does not know or cannot parse is refused with a SerializationException, which remoting logs and drops.

using System.Collections.Frozen;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;

namespace AkkaDfs.Shared.Protocol;

/// <summary>Serializes every message of <see cref="MetaProtocol"/> and <see cref="ServerProtocol"/>.</summary>
public sealed class DfsSerializer : SerializerWithStringManifest
{
    /// <summary>The serializer's number on the wire; never reused.</summary>
    public const int SerializerId = 7301;

    /// <summary>Largest message, in bytes; remoting's frame limit is set a little above.</summary>
    public const int MaxMessageBytes = 1_900_000;

    private static readonly WireCodec[] All = [.. MetaWire.Codecs, .. ServerWire.Codecs];
    private static readonly FrozenDictionary<string, WireCodec> ByManifest = All.ToFrozenDictionary(c => c.Manifest);
    private static readonly FrozenDictionary<Type, WireCodec> ByType = All.ToFrozenDictionary(c => c.Record);

    /// <summary>Made by the actor system.</summary>
    public DfsSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <inheritdoc/>
    public override int Identifier => SerializerId;

    /// <summary>Every record this serializer takes; for tests that must cover all of them.</summary>
    public static IEnumerable<Type> RecordTypes => ByType.Keys;

    /// <inheritdoc/>
    public override string Manifest(object o) => CodecOf(o).Manifest;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        var wire = CodecOf(obj).Encode(obj);
        var size = wire.CalculateSize();
        return size <= MaxMessageBytes
            ? wire.ToByteArray()
            : throw new SerializationException($"{obj.GetType().Name} takes {size} bytes, over the limit of {MaxMessageBytes}; ask for a smaller page");
    }

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (!ByManifest.TryGetValue(manifest, out var codec))
        {
            throw new SerializationException($"unknown manifest '{manifest}': the sender is of a newer or foreign version; upgrade this node");
        }

        try
        {
            return codec.Decode(bytes);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or FormatException or OverflowException or ArgumentException or NullReferenceException)
        {
            throw new SerializationException($"a message with manifest '{manifest}' ({bytes.Length} bytes) is malformed: {e.Message}", e);
        }
    }

    private static WireCodec CodecOf(object message) => ByType.TryGetValue(message.GetType(), out var codec)
        ? codec
        : throw new SerializationException($"{message.GetType().Name} is not part of the protocol and never leaves its process");
}
