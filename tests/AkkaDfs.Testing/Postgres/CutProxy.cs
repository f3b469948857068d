// Stands between a client and a server and breaks connections at chosen moments: before a request has arrived, or after it was
// carried out and before the answer arrives.

using System.Net;
using System.Net.Sockets;

namespace AkkaDfs.Testing.Postgres;

/// <summary>When a connection is cut.</summary>
public enum Cut
{
    /// <summary>Never.</summary>
    None,

    /// <summary>What the client sends next does not arrive.</summary>
    BeforeRequest,

    /// <summary>What the client sends next arrives, and is answered, but the answer does not arrive.</summary>
    BeforeReply,

    /// <summary>What the client sends next arrives, and the connection breaks before any answer.</summary>
    AfterRequest,
}

/// <summary>A TCP proxy on 127.0.0.1.</summary>
public sealed class CutProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _cut;
    private int _cuts;

    /// <summary>Begins to listen.</summary>
    /// <param name="target">Port of the server on 127.0.0.1.</param>
    public CutProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections cut so far.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>True to take new connections and drop them at once.</summary>
    public bool IsClosed { get; set; }

    /// <summary>The next thing that happens is cut so, once.</summary>
    public void CutNext(Cut cut) => Volatile.Write(ref _cut, (int)cut);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            if (!IsClosed)
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                (client.NoDelay, server.NoDelay) = (true, true);
                await Task.WhenAny(PumpAsync(client, server, isRequest: true), PumpAsync(server, client, isRequest: false));
            }
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, bool isRequest)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _stop.Token) is var read and > 0)
            {
                if (Takes(isRequest ? Cut.BeforeRequest : Cut.BeforeReply))
                {
                    return;
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _stop.Token);
                if (isRequest && Takes(Cut.AfterRequest))
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or SocketException)
        {
            // The other direction has ended it.
            return;
        }
    }

    private bool Takes(Cut cut)
    {
        if (Interlocked.CompareExchange(ref _cut, (int)Cut.None, (int)cut) != (int)cut)
        {
            return false;
        }

        Interlocked.Increment(ref _cuts);
        return true;
    }
}
