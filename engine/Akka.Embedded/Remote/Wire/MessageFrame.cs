// The head of a message frame: kind, recipient, sender, serializer, manifest; the payload follows to the end of the frame.
// A name is written as a tag: 0 none, 1 in full, 2+2n slot n, 3+2n slot n in full. Paths of the receiver's system (as recipient) and of the
// sender's system (as sender) are written without address.
using Akka.Actor;
using Akka.Remote;

namespace Akka.Embedded.Remote.Wire;

/// <summary>What the head of a message frame says.</summary>
internal struct MessageHead
{
    public InboundPath? Recipient;
    public InboundPath? Sender;
    public int SerializerId;
    public string Manifest;
}

internal static class MessageFrame
{
    private const int LongestName = 4096;

    public static void WriteHead(
        FrameBuffer buffer, OutboundNames? names, RemoteActorRef recipient, IActorRef? sender, int serializerId, string manifest)
    {
        buffer.Byte((byte)FrameKind.Message);
        WriteNames(buffer, names, recipient, sender, serializerId, manifest);
    }

    public static void WriteNames(
        FrameBuffer buffer, OutboundNames? names, RemoteActorRef recipient, IActorRef? sender, int serializerId, string manifest)
    {
        WritePath(buffer, recipient.IsTemporary ? null : names, recipient, recipient.WirePath);
        WriteSender(buffer, names, sender);
        buffer.Signed(serializerId);
        if (manifest.Length == 0)
        {
            buffer.Byte(0);
        }
        else if (names is null)
        {
            buffer.Byte(1);
            buffer.Text(manifest);
        }
        else
        {
            WriteTag(buffer, names.ManifestSlot(manifest, out var known), known);
            if (!known)
                buffer.Text(manifest);
        }
    }

    /// <summary>Reads the head; what is left in the reader is the payload.</summary>
    /// <returns>Null if it was read; else what is wrong with it.</returns>
    public static string? ReadHead(ref FrameReader reader, InboundNames names, out MessageHead head)
    {
        head = default;
        head.Recipient = ReadPath(ref reader, names, out var error);
        if (error is not null)
            return error;
        head.Sender = ReadPath(ref reader, names, out error);
        if (error is not null)
            return error;
        head.SerializerId = reader.SignedInt();
        head.Manifest = ReadManifest(ref reader, names, out error);
        if (error is not null)
            return error;
        if (reader.Failed)
            return "it ends within its head";
        return head.Recipient is null ? "it has no recipient" : null;
    }

    private static void WriteSender(FrameBuffer buffer, OutboundNames? names, IActorRef? sender)
    {
        switch (sender)
        {
            case null:
                buffer.Byte(0);
                break;
            case RemoteActorRef remote:
                WritePath(buffer, remote.IsTemporary ? null : names, remote, null);
                break;
            case ActorRefWithCell local when names is not null:
                WritePath(buffer, names, local, null);
                break;
            default:
                // References of Ask: each is used once, a slot would be wasted on it.
                WritePath(buffer, null, sender, null);
                break;
        }
    }

    private static void WritePath(FrameBuffer buffer, OutboundNames? names, IActorRef actor, string? wirePath)
    {
        if (names is null)
        {
            buffer.Byte(1);
        }
        else
        {
            WriteTag(buffer, names.PathSlot(actor, out var known), known);
            if (known)
                return;
        }

        buffer.Text(wirePath ?? RemoteActorRef.WirePathOf(actor));
    }

    private static void WriteTag(FrameBuffer buffer, int slot, bool known) => buffer.Varint((uint)(2 + (2 * slot) + (known ? 0 : 1)));

    private static InboundPath? ReadPath(ref FrameReader reader, InboundNames names, out string? error)
    {
        error = null;
        var tag = reader.Varint();
        if (tag == 0)
            return null;
        if (tag == 1)
            return new InboundPath(ReadName(ref reader, ref error));
        var slot = (tag - 2) / 2;
        if (slot >= OutboundNames.PathSlots)
        {
            error = "it names a slot that cannot exist";
            return null;
        }

        if (tag % 2 == 0)
        {
            if (names.Paths[slot] is { } known)
                return known;
            error = "it refers to a name that was never sent";
            return null;
        }

        var path = new InboundPath(ReadName(ref reader, ref error));
        if (error is null)
            names.Paths[slot] = path;
        return path;
    }

    private static string ReadManifest(ref FrameReader reader, InboundNames names, out string? error)
    {
        error = null;
        var tag = reader.Varint();
        if (tag == 0)
            return string.Empty;
        if (tag == 1)
            return ReadName(ref reader, ref error);
        var slot = (tag - 2) / 2;
        if (slot >= OutboundNames.ManifestSlots)
        {
            error = "it names a slot that cannot exist";
            return string.Empty;
        }

        if (tag % 2 == 0)
        {
            if (names.Manifests[slot] is { } known)
                return known;
            error = "it refers to a manifest that was never sent";
            return string.Empty;
        }

        var manifest = ReadName(ref reader, ref error);
        if (error is null)
            names.Manifests[slot] = manifest;
        return manifest;
    }

    private static string ReadName(ref FrameReader reader, ref string? error)
    {
        var bytes = reader.Block();
        if (reader.Failed)
            error = "it ends within a name";
        else if (bytes.Length > LongestName)
            error = $"a name in it is longer than {LongestName} bytes";
        return error is null ? System.Text.Encoding.UTF8.GetString(bytes) : string.Empty;
    }
}
