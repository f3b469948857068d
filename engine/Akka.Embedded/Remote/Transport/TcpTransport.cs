// Frames over TCP: a 4-byte little-endian length, then the frame. One socket per connection, both directions.
// Listening and dialling are rare and use tasks; sending and receiving (TcpConnection) do not.
using System.Net;
using System.Net.Sockets;

namespace Akka.Embedded.Remote;

/// <summary>Frames over TCP.</summary>
public sealed class TcpTransport : ITransport
{
    private readonly TransportLimits _limits;
    private readonly TcpOptions _options;
    private readonly object _gate = new();
    private readonly HashSet<TcpConnection> _connections = [];
    private readonly CancellationTokenSource _stop = new();
    private Socket? _listener;

    /// <param name="limits">Kept whatever the peers do.</param>
    /// <param name="options">Of the sockets.</param>
    public TcpTransport(TransportLimits limits, TcpOptions options)
    {
        _limits = limits;
        _options = options;
    }

    /// <inheritdoc/>
    public string Scheme => "tcp";

    internal TransportLimits Limits => _limits;

    /// <inheritdoc/>
    public TransportEndpoint Listen(TransportEndpoint endpoint, IConnectionAcceptor acceptor)
    {
        Socket? socket = null;
        try
        {
            var address = BindAddress(endpoint.Host);
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;

            // Not SocketOptionName.ReuseAddress: on Unix .NET would set SO_REUSEPORT too, and two systems could share a port. Connections that
            // linger do not keep a port from being bound again: .NET sets SO_REUSEADDR on its own.
            socket.Bind(new IPEndPoint(address, endpoint.Port));
            socket.Listen(_options.Backlog);
            lock (_gate)
            {
                if (_listener is not null || _stop.IsCancellationRequested)
                    throw new InvalidOperationException("The transport listens already, or has been shut down.");
                _listener = socket;
            }

            var bound = (IPEndPoint)socket.LocalEndPoint!;
            _ = AcceptAsync(socket, acceptor);
            return endpoint with { Port = bound.Port };
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw new IOException($"Cannot listen on {endpoint}: {e.Message}. Is the port in use, or the address not this machine's?", e);
        }
    }

    /// <inheritdoc/>
    public void Connect(TransportEndpoint endpoint, IConnectionHandler handler) => _ = Task.Run(() => ConnectAsync(endpoint, handler));

    /// <inheritdoc/>
    public void Shutdown()
    {
        TcpConnection[] open;
        lock (_gate)
        {
            if (_stop.IsCancellationRequested)
                return;
            _stop.Cancel();
            _listener?.Dispose();
            open = [.. _connections];
        }

        foreach (var connection in open)
            connection.Close("the transport shuts down");
    }

    internal void Forget(TcpConnection connection)
    {
        lock (_gate)
            _connections.Remove(connection);
    }

    private static IPAddress BindAddress(string host)
    {
        if (host.Length == 0)
            return IPAddress.Any;
        if (IPAddress.TryParse(host, out var address))
            return address;
        var found = Dns.GetHostAddresses(host);
        return found.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork)
            ?? found.FirstOrDefault()
            ?? throw new IOException($"The host name {host} has no address.");
    }

    private async Task ConnectAsync(TransportEndpoint endpoint, IConnectionHandler handler)
    {
        Socket? socket = null;
        string? error = null;
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            timeout.CancelAfter(_limits.ConnectTimeout);
            if (IPAddress.TryParse(endpoint.Host, out var address))
            {
                socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(new IPEndPoint(address, endpoint.Port), timeout.Token).ConfigureAwait(false);
            }
            else
            {
                socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(endpoint.Host, endpoint.Port, timeout.Token).ConfigureAwait(false);
            }
        }
        catch (SocketException e)
        {
            error = e.Message;
        }
        catch (OperationCanceledException)
        {
            error = _stop.IsCancellationRequested ? "the transport shuts down" : $"no connection within {_limits.ConnectTimeout.TotalSeconds:0.#} s";
        }

        if (error is not null || !Start(socket!, endpoint.ToString(), handler))
        {
            socket?.Dispose();
            handler.OnClosed(error ?? "the transport shuts down", CloseKind.NotReached);
        }
    }

    private async Task AcceptAsync(Socket listener, IConnectionAcceptor acceptor)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                if (acceptor.Accept() is not { } handler || !Start(socket, socket.RemoteEndPoint?.ToString() ?? "?", handler))
                    socket.Dispose();
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                if (_stop.IsCancellationRequested)
                    return;

                // Out of file descriptors, or a peer that left before it was accepted: neither ends the listener.
                acceptor.OnListenError(e.Message);
                if (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
                    await Task.Delay(100, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private bool Start(Socket socket, string peerName, IConnectionHandler handler)
    {
        try
        {
            socket.NoDelay = _options.NoDelay;
            if (_options.KeepAlive)
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            if (_options.SendBufferBytes > 0)
                socket.SendBufferSize = _options.SendBufferBytes;
            if (_options.ReceiveBufferBytes > 0)
                socket.ReceiveBufferSize = _options.ReceiveBufferBytes;
        }
        catch (SocketException)
        {
            // The peer has gone in the meantime; the first read says so and closes the connection.
            peerName += " (gone)";
        }

        var connection = new TcpConnection(this, socket, peerName, handler);
        lock (_gate)
        {
            if (_stop.IsCancellationRequested)
                return false;
            _connections.Add(connection);
        }

        connection.Start();
        return true;
    }
}
