// The serializer of the specs' messages: protobuf, named by short manifests. It can also be made to misbehave: a Puzzle is written with a manifest
// that nobody knows, and a Fragment loses half of its bytes.
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;

namespace AkkaDfs.Engine.TestHost;

/// <summary>Written with a manifest that nobody knows.</summary>
public sealed record Puzzle;

/// <summary>Written as half of a message.</summary>
public sealed record Fragment;

/// <summary>A reference inside a message.</summary>
public sealed record Introduction(IActorRef Actor);

/// <summary>The serializer of the specs' messages.</summary>
public sealed class SpecSerializer : SerializerWithStringManifest
{
    /// <summary>HOCON that binds the messages to this serializer.</summary>
    public const string Hocon =
        """
        akka.actor.serializers.spec = "AkkaDfs.Engine.TestHost.SpecSerializer, AkkaDfs.Engine.TestHost"
        akka.actor.serialization-bindings {
          "AkkaDfs.Engine.TestHost.Numbered, AkkaDfs.Engine.TestHost" = spec
          "AkkaDfs.Engine.TestHost.GetTally, AkkaDfs.Engine.TestHost" = spec
          "AkkaDfs.Engine.TestHost.Tally, AkkaDfs.Engine.TestHost" = spec
          "AkkaDfs.Engine.TestHost.Puzzle, AkkaDfs.Engine.TestHost" = spec
          "AkkaDfs.Engine.TestHost.Fragment, AkkaDfs.Engine.TestHost" = spec
          "AkkaDfs.Engine.TestHost.Introduction, AkkaDfs.Engine.TestHost" = spec
        }
        """;

    /// <param name="system">The system it works for.</param>
    public SpecSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <inheritdoc/>
    public override int Identifier => 4711;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        Numbered => "N",
        GetTally => "G",
        Tally => "T",
        Introduction => "I",
        Puzzle => "???",
        Fragment => "N",
        _ => throw new ArgumentException($"{o.GetType()} is no message of the specs.", nameof(o)),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => obj switch
    {
        IMessage message => message.ToByteArray(),
        Introduction introduction => new Carried { Path = Akka.Serialization.Serialization.SerializedActorPath(introduction.Actor) }.ToByteArray(),
        Fragment => new Numbered { Payload = ByteString.CopyFrom(new byte[100]) }.ToByteArray()[..50],
        _ => [1, 2, 3],
    };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        "N" => Numbered.Parser.ParseFrom(bytes),
        "G" => GetTally.Parser.ParseFrom(bytes),
        "T" => Tally.Parser.ParseFrom(bytes),
        "I" => new Introduction(system.Provider.ResolveActorRef(Carried.Parser.ParseFrom(bytes).Path)),
        _ => throw new System.Runtime.Serialization.SerializationException($"Unknown manifest [{manifest}]"),
    };
}
