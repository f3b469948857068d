// The one seam through which every byte between actor systems goes.
// A transport moves whole frames over connections. What it promises: the callbacks of one connection never overlap and come as
// Opened, Frame*, Closed (Closed exactly once, also if Opened never came); frames of one lane arrive whole and in order.
// What it does not promise: that a frame arrives at all once the connection has closed.
namespace Akka.Embedded.Remote;

/// <summary>Where a system listens or is dialled.</summary>
/// <param name="Host">Host name or IP address without brackets.</param>
/// <param name="Port">0 to 65535; 0 only for listening: any free port.</param>
public readonly record struct TransportEndpoint(string Host, int Port)
{
    /// <inheritdoc/>
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>Limits a transport keeps to, whatever the peers do.</summary>
/// <param name="MaxFrameBytes">Largest frame sent or accepted; at least 1024. Checked before anything is allocated.</param>
/// <param name="MaxPendingBytes">Bytes waiting in the ordinary lane of one connection before <see cref="SendResult.Full"/>.</param>
/// <param name="MaxPendingFrames">Frames waiting in the ordinary lane of one connection before <see cref="SendResult.Full"/>.</param>
/// <param name="ConnectTimeout">Time for a connection attempt.</param>
public sealed record TransportLimits(int MaxFrameBytes, int MaxPendingBytes, int MaxPendingFrames, TimeSpan ConnectTimeout);

/// <summary>Order of a frame relative to the others of its connection.</summary>
public enum FrameLane
{
    /// <summary>Messages, in order.</summary>
    Ordinary = 0,

    /// <summary>Heartbeats and acknowledgements: overtake what waits in the ordinary lane.</summary>
    Urgent = 1,

    /// <summary>Greetings: in order with ordinary frames, not subject to their bounds, and never lost while the connection is open.</summary>
    Handshake = 2,
}

/// <summary>What became of a frame handed to a connection.</summary>
public enum SendResult
{
    /// <summary>Taken; it is sent unless the connection breaks.</summary>
    Accepted = 0,

    /// <summary>Refused: the peer reads too slowly and the bound is reached.</summary>
    Full = 1,

    /// <summary>Refused: the connection is closed.</summary>
    Closed = 2,

    /// <summary>Refused: larger than <see cref="TransportLimits.MaxFrameBytes"/>.</summary>
    TooLarge = 3,
}

/// <summary>Moves frames between systems.</summary>
public interface ITransport
{
    /// <summary>Its name in addresses: "tcp" in "akka.tcp://…".</summary>
    string Scheme { get; }

    /// <summary>Starts accepting connections; at most once.</summary>
    /// <param name="endpoint">Where to listen.</param>
    /// <param name="acceptor">Asked for a handler for each connection that comes in.</param>
    /// <returns>Where it listens now, with the port in use.</returns>
    /// <exception cref="IOException">The endpoint cannot be bound.</exception>
    TransportEndpoint Listen(TransportEndpoint endpoint, IConnectionAcceptor acceptor);

    /// <summary>Begins a connection; the outcome reaches the handler as Opened or Closed, never within this call.</summary>
    void Connect(TransportEndpoint endpoint, IConnectionHandler handler);

    /// <summary>Stops accepting, closes every connection. Idempotent.</summary>
    void Shutdown();
}

/// <summary>Decides about incoming connections.</summary>
public interface IConnectionAcceptor
{
    /// <summary>The handler of a new connection; null refuses it.</summary>
    IConnectionHandler? Accept();

    /// <summary>The listener met an error and goes on.</summary>
    void OnListenError(string error);
}

/// <summary>Receives what happens on one connection. Must not block.</summary>
public interface IConnectionHandler
{
    /// <summary>Frames can be sent from now on.</summary>
    void OnOpened(IConnection connection);

    /// <summary>A frame came in; the bytes are valid during the call only.</summary>
    void OnFrame(IConnection connection, ReadOnlySpan<byte> frame);

    /// <summary>All frames received so far have been handed over: the moment to acknowledge.</summary>
    void OnBatchEnd(IConnection connection);

    /// <summary>The connection is gone. Comes exactly once and last.</summary>
    /// <param name="reason">Plain words for the log.</param>
    /// <param name="fault">How it ended.</param>
    void OnClosed(string reason, CloseKind fault);
}

/// <summary>How a connection ended.</summary>
public enum CloseKind
{
    /// <summary>Closed by this or the other side, or broken on the way.</summary>
    Ordinary = 0,

    /// <summary>The other side sent bytes that cannot be cut into frames.</summary>
    BrokenFraming = 1,

    /// <summary>It never opened.</summary>
    NotReached = 2,
}

/// <summary>An open connection. All members may be called from any thread.</summary>
public interface IConnection
{
    /// <summary>The other end as the transport sees it; for logs.</summary>
    string PeerName { get; }

    /// <summary>False if single frames may vanish while the connection stays open (simulated networks).</summary>
    bool IsLossless { get; }

    /// <summary>
    /// Takes one frame made of two parts. The bytes are copied before the call returns. The frame may wait until <see cref="Flush"/>;
    /// nothing is called back from here, so a lock may be held.
    /// </summary>
    SendResult Send(FrameLane lane, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body);

    /// <summary>Sends what waits. Call it without holding locks.</summary>
    void Flush();

    /// <summary>Closes; what was accepted before is still sent if that is possible at once.</summary>
    void Close(string reason);
}
