// A message inside a message: number of its serializer, manifest, bytes. The depth is counted per thread, as serializers
// call each other on one thread.
using Akka.Actor;

namespace Akka.Embedded.Serialization;

internal sealed class NestedMessages(ExtendedActorSystem system)
{
    [ThreadStatic]
    private static int _depth;

    public void Write(WireWriter writer, object? message)
    {
        var serializer = system.Serialization.FindSerializerFor(message);
        writer.Number(serializer.Identifier);
        writer.Text(message is null ? "" : Akka.Serialization.Serialization.ManifestFor(serializer, message));
        Enter();
        try
        {
            writer.Bytes(message is null ? [] : serializer.ToBinary(message));
        }
        finally
        {
            _depth--;
        }
    }

    public object? Read(ref WireReader reader)
    {
        var identifier = reader.Number();
        var manifest = reader.Text();
        var bytes = reader.Bytes();
        Enter();
        try
        {
            return identifier == 0 ? null : system.Serialization.Deserialize(bytes, identifier, manifest);
        }
        finally
        {
            _depth--;
        }
    }

    private static void Enter()
    {
        if (_depth >= EngineMessageSerializer.MaxNesting)
            throw new WireFormatException($"messages are nested more than {EngineMessageSerializer.MaxNesting} deep");
        _depth++;
    }
}
