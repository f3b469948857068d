// Messages between singleton managers: a manifest each, no content.
using Akka.Actor;
using Akka.Embedded.Serialization;
using Akka.Serialization;

namespace Akka.Cluster.Tools.Singleton.Serialization;

/// <summary>Serializes the messages between singleton managers.</summary>
public class ClusterSingletonMessageSerializer : SerializerWithStringManifest
{
    /// <summary>Made by the actor system.</summary>
    public ClusterSingletonMessageSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <inheritdoc/>
    public override int Identifier => 14;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => [];

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        "A" => HandOverToMe.Instance,
        "B" => HandOverInProgress.Instance,
        "C" => HandOverDone.Instance,
        "D" => TakeOverFromMe.Instance,
        _ => throw new WireFormatException($"'{manifest}' is not a message between singleton managers"),
    };

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        HandOverToMe => "A",
        HandOverInProgress => "B",
        HandOverDone => "C",
        TakeOverFromMe => "D",
        _ => throw new ArgumentException($"{o.GetType()} is not a message between singleton managers", nameof(o)),
    };
}
