// Hello, Welcome, Refuse and Goodbye: who speaks, and to whom.
using Akka.Actor;

namespace Akka.Embedded.Remote.Wire;

/// <summary>What one side says about itself.</summary>
/// <param name="Uid">Its incarnation.</param>
/// <param name="From">Its address.</param>
/// <param name="To">The address it means to speak to.</param>
internal readonly record struct Greeting(int Uid, Address From, Address To);

internal static class Handshake
{
    public const byte Version = 1;
    private const int Magic = 0x31454B41; // "AKE1"

    public static void Write(FrameBuffer buffer, FrameKind kind, Greeting greeting)
    {
        buffer.Byte((byte)kind);
        buffer.Fixed32(Magic);
        buffer.Byte(Version);
        buffer.Fixed32(greeting.Uid);
        buffer.Text(greeting.From.ToString());
        buffer.Text(greeting.To.ToString());
    }

    /// <summary>Reads a greeting; the kind byte has been read.</summary>
    /// <returns>Null if it was read; else why not.</returns>
    public static (ByeReason Reason, string Text)? Read(ref FrameReader reader, out Greeting greeting)
    {
        greeting = default;
        var magic = reader.Fixed32();
        var version = reader.Byte();
        if (reader.Failed || magic != Magic)
            return (ByeReason.Unknown, "the greeting is not one of this protocol");
        if (version != Version)
            return (ByeReason.WrongVersion, $"the other side speaks version {version} of the protocol, this one {Version}");
        var uid = reader.Fixed32();
        var from = reader.Text();
        var to = reader.Text();
        if (reader.Failed || uid == 0 || !Address.TryParse(from, out Address? sender) || !Address.TryParse(to, out Address? receiver)
            || sender.HasLocalScope || sender.Port is null)
            return (ByeReason.Unknown, "the greeting is malformed");
        greeting = new Greeting(uid, sender, receiver);
        return null;
    }

    public static void WriteBye(FrameBuffer buffer, FrameKind kind, ByeReason reason, string text)
    {
        buffer.Byte((byte)kind);
        buffer.Byte((byte)reason);
        buffer.Text(text);
    }

    public static (ByeReason Reason, string Text) ReadBye(ref FrameReader reader)
    {
        var reason = (ByeReason)reader.Byte();
        var text = reader.Text();
        return reader.Failed ? (ByeReason.Unknown, "no reason given") : (reason, text.Length <= 512 ? text : text[..512]);
    }
}
