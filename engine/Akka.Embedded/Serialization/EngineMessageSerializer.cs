// Writes the engine's own messages; the bytes are described in docs/formats/engine-wire.md. Manifests are append-only: a
// letter once given keeps its meaning. Messages that carry other messages nest to a limited depth.
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Serialization;

namespace Akka.Embedded.Serialization;

/// <summary>The serializer of the messages that the engine itself defines.</summary>
public sealed class EngineMessageSerializer : SerializerWithStringManifest
{
    /// <summary>Messages inside messages inside messages: no deeper than this.</summary>
    public const int MaxNesting = 8;

    private const string IdentifyManifest = "I";
    private const string IdentityManifest = "A";
    private const string ReferenceManifest = "R";
    private const string PoisonPillManifest = "P";
    private const string KillManifest = "K";
    private const string SuccessManifest = "S";
    private const string FailureManifest = "F";
    private const string TerminatedManifest = "T";
    private const string SelectionManifest = "N";
    private const string DoneManifest = "D";
    private const string WatchManifest = "W";
    private const string UnwatchManifest = "U";
    private const string DeathNoticeManifest = "O";
    private const string StopManifest = "X";

    private readonly NestedMessages _nested;

    /// <param name="system">The system the serializer works for.</param>
    public EngineMessageSerializer(ExtendedActorSystem system)
        : base(system) => _nested = new NestedMessages(system);

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        ActorSelectionMessage => SelectionManifest,
        Identify => IdentifyManifest,
        ActorIdentity => IdentityManifest,
        Status.Success => SuccessManifest,
        Status.Failure => FailureManifest,
        PoisonPill => PoisonPillManifest,
        Kill => KillManifest,
        Terminated => TerminatedManifest,
        Watch => WatchManifest,
        Unwatch => UnwatchManifest,
        DeathWatchNotification => DeathNoticeManifest,
        Terminate => StopManifest,
        Done => DoneManifest,
        IActorRef => ReferenceManifest,
        _ => throw Foreign(o),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        var writer = new WireWriter();
        switch (obj)
        {
            case ActorSelectionMessage selection: Write(writer, selection); break;
            case Identify identify: _nested.Write(writer, identify.MessageId); break;
            case ActorIdentity identity:
                _nested.Write(writer, identity.MessageId);
                Write(writer, identity.Subject);
                break;
            case Status.Success success: _nested.Write(writer, success.Status); break;
            case Status.Failure failure:
                FailureFormat.Write(writer, failure.Cause);
                _nested.Write(writer, failure.State);
                break;
            case Terminated terminated:
                WriteEnd(writer, terminated.ActorRef, terminated.ExistenceConfirmed, terminated.AddressTerminated);
                break;
            case DeathWatchNotification notice:
                WriteEnd(writer, notice.Actor, notice.ExistenceConfirmed, notice.AddressTerminated);
                break;
            case Watch watch: WritePair(writer, watch.Watchee, watch.Watcher); break;
            case Unwatch unwatch: WritePair(writer, unwatch.Watchee, unwatch.Watcher); break;
            case PoisonPill or Kill or Done or Terminate: break;
            case IActorRef reference: Write(writer, reference); break;
            default: throw Foreign(obj);
        }

        return writer.ToArray();
    }

    /// <inheritdoc/>
    /// <exception cref="WireFormatException">The manifest is unknown, or the bytes are not of its form.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        var reader = new WireReader(bytes);
        var message = Read(ref reader, manifest);
        reader.End();
        return message;
    }

    private object Read(ref WireReader reader, string manifest)
    {
        switch (manifest)
        {
            case SelectionManifest: return ReadSelection(ref reader);
            case IdentifyManifest: return new Identify(_nested.Read(ref reader));
            case IdentityManifest:
                var messageId = _nested.Read(ref reader);
                return new ActorIdentity(messageId, ReadReference(ref reader));
            case SuccessManifest: return new Status.Success(_nested.Read(ref reader));
            case FailureManifest:
                var cause = FailureFormat.Read(ref reader);
                return new Status.Failure(cause, _nested.Read(ref reader));
            case PoisonPillManifest: return PoisonPill.Instance;
            case KillManifest: return Kill.Instance;
            case DoneManifest: return Done.Instance;
            case StopManifest: return new Terminate();
            case ReferenceManifest: return ReadReference(ref reader) ?? ActorRefs.Nobody;
            case TerminatedManifest: return new Terminated(ReadActor(ref reader), reader.Bool(), reader.Bool());
            case DeathNoticeManifest: return new DeathWatchNotification(ReadActor(ref reader), reader.Bool(), reader.Bool());
            case WatchManifest: return new Watch(ReadActor(ref reader), ReadActor(ref reader));
            case UnwatchManifest: return new Unwatch(ReadActor(ref reader), ReadActor(ref reader));
            default: throw WireFormatException.UnknownManifest(this, manifest);
        }
    }

    private void Write(WireWriter writer, ActorSelectionMessage selection)
    {
        writer.Bool(selection.WildCardFanOut);
        writer.Number(selection.Elements.Length);
        foreach (var element in selection.Elements)
        {
            switch (element)
            {
                case SelectParent: writer.Byte((byte)PathElement.Parent); break;
                case SelectChildName name:
                    writer.Byte((byte)PathElement.Name);
                    writer.Text(name.Name);
                    break;
                case SelectChildPattern pattern:
                    writer.Byte((byte)PathElement.Pattern);
                    writer.Text(pattern.PatternStr);
                    break;
                case SelectChildRecursive: writer.Byte((byte)PathElement.Recursive); break;
                default: throw Foreign(element);
            }
        }

        _nested.Write(writer, selection.Message);
    }

    private ActorSelectionMessage ReadSelection(ref WireReader reader)
    {
        var wildCards = reader.Bool();
        var elements = new SelectionPathElement[reader.Count()];
        for (var i = 0; i < elements.Length; i++)
        {
            elements[i] = (PathElement)reader.Byte() switch
            {
                PathElement.Parent => SelectParent.Instance,
                PathElement.Name => new SelectChildName(reader.Text()),
                PathElement.Pattern => new SelectChildPattern(reader.Text()),
                PathElement.Recursive => SelectChildRecursive.Instance,
                var other => throw new WireFormatException($"a path element is of kind {other}"),
            };
        }

        var message = _nested.Read(ref reader) ?? throw new WireFormatException("a selection carries no message");
        return new ActorSelectionMessage(message, elements, wildCards);
    }

    private static void WriteEnd(WireWriter writer, IActorRef actor, bool existenceConfirmed, bool addressTerminated)
    {
        Write(writer, actor);
        writer.Bool(existenceConfirmed);
        writer.Bool(addressTerminated);
    }

    private static void WritePair(WireWriter writer, IActorRef watchee, IActorRef watcher)
    {
        Write(writer, watchee);
        Write(writer, watcher);
    }

    private static void Write(WireWriter writer, IActorRef? reference) =>
        writer.Text(Akka.Serialization.Serialization.SerializedActorPath(reference));

    private IActorRef? ReadReference(ref WireReader reader)
    {
        var path = reader.Text();
        return path.Length == 0 ? null : system.Provider.ResolveActorRef(path);
    }

    private IInternalActorRef ReadActor(ref WireReader reader) =>
        ReadReference(ref reader) as IInternalActorRef ?? throw new WireFormatException("an actor is missing");

    private static ArgumentException Foreign(object o) => new($"{o.GetType()} is none of the engine's messages.", nameof(o));

    private enum PathElement : byte
    {
        Parent = 0,
        Name = 1,
        Pattern = 2,
        Recursive = 3,
    }
}
