// A request on its way over a connection of a DataPlaneClient. Exactly one of OnReply and OnFailed is called, once.

namespace AkkaDfs.Shared.DataPlane;

/// <summary>A request and what to do with its answer. Callbacks come from the connection's loops and must not block.</summary>
public abstract class OutgoingCall
{
    private int _settled;

    /// <summary>Payload bytes of the request.</summary>
    public int RequestBytes { get; init; }

    /// <summary>
    /// True when the caller entered the connection's window with <see cref="RequestBytes"/>; false for calls that are bounded
    /// where they come from.
    /// </summary>
    public bool IsWindowed { get; init; }

    /// <summary>Monotonic time at which it was handed to the connection.</summary>
    internal long StartedAt { get; set; }

    /// <summary>Its id on the connection.</summary>
    internal ulong RequestId { get; set; }

    /// <summary>Memory for a large payload of the answer; empty for a pooled block.</summary>
    internal virtual Memory<byte> PlaceFor(in FrameHeader header) => default;

    /// <summary>True for the first caller: it may deliver the outcome.</summary>
    internal bool TrySettle() => Interlocked.Exchange(ref _settled, 1) == 0;

    /// <summary>The answer has arrived.</summary>
    /// <returns>What is wrong with it, which ends the connection; or null.</returns>
    internal abstract DfsError? OnReply(in ReceivedFrame frame);

    /// <summary>There will be no answer.</summary>
    internal abstract void OnFailed(DfsError error);

    /// <summary>The error in an Error frame.</summary>
    internal static DfsError ReadError(in ReceivedFrame frame) => ReadError(frame, out _);

    /// <summary>The error in an Error frame, and whom it suspects.</summary>
    internal static DfsError ReadError(in ReceivedFrame frame, out ServerId suspect)
    {
        var reader = new HeadReader(frame.Head);
        var head = ErrorHead.Read(ref reader);
        suspect = head.Suspect;
        return reader.IsValid ? head.Error : Malformed(frame.Header.Type);
    }

    /// <summary>A ProtocolViolation for an answer that cannot be read or was not asked for.</summary>
    internal static DfsError Malformed(FrameType type) => FrameHeader.Violation($"the content of its {type} cannot be read, or was not asked for");
}
