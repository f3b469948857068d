// Plain TCP sockets: no delay, large kernel buffers left to the kernel's own tuning.

using System.Net;
using System.Net.Sockets;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>Connections over TCP.</summary>
public sealed class TcpTransport : IDataTransport
{
    private const int Backlog = 512;

    private TcpTransport()
    {
    }

    /// <summary>The only instance.</summary>
    public static TcpTransport Instance { get; } = new();

    /// <inheritdoc/>
    public IDataListener Listen(string host, int port)
    {
        try
        {
            var address = IPAddress.TryParse(host, out var parsed) ? parsed : Dns.GetHostAddresses(host)[0];
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(address, port));
                socket.Listen(Backlog);
                return new Listener(socket, host);
            }
            catch (SocketException)
            {
                socket.Dispose();
                throw;
            }
        }
        catch (SocketException e)
        {
            throw new DfsException(DfsErrorCode.AddressUnavailable, $"Cannot listen for data on {host}:{port}: {e.Message}. Give another --data-port or --hostname.", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IDataStream> ConnectAsync(DataEndpoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            EndPoint target = IPAddress.TryParse(endpoint.Host, out var address)
                ? new IPEndPoint(address, endpoint.Port)
                : new DnsEndPoint(endpoint.Host, endpoint.Port);
            await socket.ConnectAsync(target, cancellationToken);
            return new Stream(socket, endpoint.ToString());
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ArgumentException)
        {
            socket.Dispose();
            throw new IOException($"Cannot connect to {endpoint}: {(e is OperationCanceledException ? "no answer in time" : e.Message)}", e);
        }
    }

    private sealed class Listener(Socket socket, string host) : IDataListener
    {
        public DataEndpoint Endpoint { get; } = new(host, ((IPEndPoint)socket.LocalEndPoint!).Port);

        public async ValueTask<IDataStream> AcceptAsync()
        {
            try
            {
                var accepted = await socket.AcceptAsync();
                return new Stream(accepted, accepted.RemoteEndPoint?.ToString() ?? "unknown");
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                throw new IOException($"Cannot accept a connection: {e.Message}", e);
            }
        }

        public void Dispose() => socket.Dispose();
    }

    private sealed class Stream : IDataStream
    {
        private readonly Socket _socket;

        public Stream(Socket socket, string remote)
        {
            _socket = socket;
            Remote = remote;
            socket.NoDelay = true;
        }

        public string Remote { get; }

        public async ValueTask<int> ReceiveAsync(Memory<byte> destination)
        {
            try
            {
                return await _socket.ReceiveAsync(destination, SocketFlags.None);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                throw Lost(e);
            }
        }

        public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
        {
            try
            {
                while (!bytes.IsEmpty)
                {
                    bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None)..];
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                throw Lost(e);
            }
        }

        public void Abort() => _socket.Dispose();

        private IOException Lost(Exception e) => new($"The connection with {Remote} is lost: {e.Message}", e);
    }
}
