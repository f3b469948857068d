// The first byte of every frame. Numbers are on the wire: append only. See docs/formats/engine-wire.md.
namespace Akka.Embedded.Remote.Wire;

internal enum FrameKind : byte
{
    /// <summary>First frame of the side that opened the connection.</summary>
    Hello = 1,

    /// <summary>The answer to Hello.</summary>
    Welcome = 2,

    /// <summary>The other answer to Hello, or to Welcome.</summary>
    Refuse = 3,

    /// <summary>Last frame of a side that leaves on purpose.</summary>
    Goodbye = 4,

    /// <summary>A sign of life: 0, or 1 to ask for one.</summary>
    Beat = 5,

    /// <summary>From here on messages come over this connection, and no longer over an older one.</summary>
    Open = 6,

    /// <summary>A message for an actor.</summary>
    Message = 16,

    /// <summary>A numbered system message.</summary>
    System = 17,

    /// <summary>System messages up to a number have arrived.</summary>
    Acknowledge = 18,

    /// <summary>A message for an actor that may overtake others: heartbeats and membership.</summary>
    UrgentMessage = 19,
}

/// <summary>Why a side refuses or leaves. Numbers are on the wire: append only.</summary>
internal enum ByeReason : byte
{
    Unknown = 0,

    /// <summary>The system ends.</summary>
    Shutdown = 1,

    /// <summary>The other side's incarnation is quarantined.</summary>
    Quarantined = 2,

    /// <summary>Hello was for another system than the one that got it.</summary>
    WrongAddress = 3,

    /// <summary>The protocol versions differ.</summary>
    WrongVersion = 4,
}
