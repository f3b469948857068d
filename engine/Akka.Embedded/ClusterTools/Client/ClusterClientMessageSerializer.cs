// Messages of clients and receptionists. Manifests are short and append only; messages inside carry their own serializer.
using Akka.Actor;
using Akka.Embedded.Serialization;
using Akka.Serialization;

namespace Akka.Cluster.Tools.Client.Serialization;

/// <summary>Serializes the messages between cluster clients and receptionists.</summary>
public class ClusterClientMessageSerializer : SerializerWithStringManifest
{
    private readonly NestedMessages _nested;

    /// <summary>Made by the actor system.</summary>
    public ClusterClientMessageSerializer(ExtendedActorSystem system)
        : base(system) => _nested = new NestedMessages(system);

    /// <inheritdoc/>
    public override int Identifier => 15;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        Contacts => "A",
        GetContacts => "B",
        Heartbeat => "C",
        HeartbeatRsp => "D",
        ReceptionistShutdown => "E",
        ClusterClient.Send => "F",
        ClusterClient.SendToAll => "G",
        ClusterClient.Publish => "H",
        Services => "I",
        Deliver => "J",
        _ => throw new ArgumentException($"{o.GetType()} is not a message of a cluster client", nameof(o)),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        var writer = new WireWriter();
        switch (obj)
        {
            case Contacts contacts:
                WriteTexts(writer, contacts.ContactPoints);
                break;
            case Services services:
                WriteTexts(writer, services.Paths);
                WriteTexts(writer, services.Topics);
                break;
            case ClusterClient.Send send:
                writer.Text(send.Path);
                writer.Bool(send.LocalAffinity);
                _nested.Write(writer, send.Message);
                break;
            case ClusterClient.SendToAll send:
                writer.Text(send.Path);
                _nested.Write(writer, send.Message);
                break;
            case ClusterClient.Publish publish:
                writer.Text(publish.Topic);
                _nested.Write(writer, publish.Message);
                break;
            case Deliver deliver:
                writer.Text(deliver.Key);
                writer.Bool(deliver.IsTopic);
                _nested.Write(writer, deliver.Message);
                break;
            default:
                break;
        }

        return writer.ToArray();
    }

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        var reader = new WireReader(bytes);
        object message = manifest switch
        {
            "A" => new Contacts(ReadTexts(ref reader)),
            "B" => GetContacts.Instance,
            "C" => Heartbeat.Instance,
            "D" => HeartbeatRsp.Instance,
            "E" => ReceptionistShutdown.Instance,
            "F" => ReadSend(ref reader),
            "G" => new ClusterClient.SendToAll(reader.Text(), ReadMessage(ref reader)),
            "H" => new ClusterClient.Publish(reader.Text(), ReadMessage(ref reader)),
            "I" => new Services(ReadTexts(ref reader), ReadTexts(ref reader)),
            "J" => new Deliver(reader.Text(), reader.Bool(), ReadMessage(ref reader)),
            _ => throw new WireFormatException($"'{manifest}' is not a message of a cluster client"),
        };
        reader.End();
        return message;
    }

    private static void WriteTexts(WireWriter writer, IReadOnlyList<string> texts)
    {
        writer.Number(texts.Count);
        foreach (var text in texts)
            writer.Text(text);
    }

    private static string[] ReadTexts(ref WireReader reader)
    {
        var texts = new string[reader.Count()];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = reader.Text();
        return texts;
    }

    private ClusterClient.Send ReadSend(ref WireReader reader)
    {
        var path = reader.Text();
        var localAffinity = reader.Bool();
        return new ClusterClient.Send(path, ReadMessage(ref reader), localAffinity);
    }

    private object ReadMessage(ref WireReader reader)
        => _nested.Read(ref reader) ?? throw new WireFormatException("a message is missing inside");
}
