// Bytes from outside that do not mean anything. Part of Akka.Embedded.
using System.Runtime.Serialization;
using Akka.Serialization;

namespace Akka.Embedded.Serialization;

/// <summary>Bytes or a manifest from outside are not of the expected form.</summary>
public sealed class WireFormatException : SerializationException
{
    /// <param name="reason">What is wrong.</param>
    /// <param name="cause">What was thrown underneath; null if nothing.</param>
    public WireFormatException(string reason, Exception? cause = null)
        : base($"A message cannot be read: {reason}.", cause)
    {
    }

    /// <summary>For a manifest that a serializer does not know.</summary>
    public static WireFormatException UnknownManifest(Serializer serializer, string manifest)
    {
        var shown = manifest.Length <= 64 ? manifest : manifest[..64] + "…";
        return new WireFormatException($"{serializer.GetType().Name} ({serializer.Identifier}) knows no manifest '{shown}'; do both sides run the same version?");
    }
}
