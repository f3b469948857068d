// Socket options of the TCP transport, from akka.remote.dot-netty.tcp.
namespace Akka.Embedded.Remote;

/// <summary>Options of <see cref="TcpTransport"/>'s sockets.</summary>
/// <param name="NoDelay">Send small segments at once.</param>
/// <param name="KeepAlive">Let the operating system probe silent peers.</param>
/// <param name="Backlog">Connections the operating system holds until they are accepted.</param>
/// <param name="SendBufferBytes">Send buffer of the operating system; 0 is its default.</param>
/// <param name="ReceiveBufferBytes">Receive buffer of the operating system; 0 is its default.</param>
public sealed record TcpOptions(
    bool NoDelay = true, bool KeepAlive = true, int Backlog = 4096, int SendBufferBytes = 0, int ReceiveBufferBytes = 0);
