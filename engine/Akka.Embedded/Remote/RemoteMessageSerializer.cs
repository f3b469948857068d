// Bytes of the remote watcher's messages. Manifests are on the wire: append only.
using Akka.Actor;
using Akka.Embedded.Remote.Wire;
using Akka.Embedded.Serialization;
using Akka.Remote;
using Akka.Serialization;

namespace Akka.Embedded.Remote;

/// <summary>The serializer of the remote watcher's messages.</summary>
public sealed class RemoteMessageSerializer : SerializerWithStringManifest
{
    private const string HeartbeatManifest = "H";
    private const string AnswerManifest = "R";

    /// <param name="system">The system it works for.</param>
    public RemoteMessageSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        RemoteWatcher.Heartbeat => HeartbeatManifest,
        RemoteWatcher.HeartbeatRsp => AnswerManifest,
        _ => throw new ArgumentException($"{o.GetType()} is none of the remote watcher's messages.", nameof(o)),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        if (obj is not RemoteWatcher.HeartbeatRsp answer)
            return [];
        var buffer = new FrameBuffer(8);
        buffer.Fixed32(answer.AddressUid);
        return buffer.ToArray();
    }

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        switch (manifest)
        {
            case HeartbeatManifest:
                return RemoteWatcher.Heartbeat.Instance;
            case AnswerManifest:
                var reader = new FrameReader(bytes);
                var uid = reader.Fixed32();
                return reader.Failed ? throw new WireFormatException("a heartbeat's answer is too short") : new RemoteWatcher.HeartbeatRsp(uid);
            default:
                throw WireFormatException.UnknownManifest(this, manifest);
        }
    }
}
