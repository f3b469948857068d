// Tries whether anything listens at an address. A refused connection is proof that the process is gone; silence proves nothing.

using System.Net.Sockets;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Actors;

/// <summary>Probes data planes.</summary>
internal static class AddressProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>True when the connection is refused; false when it is accepted or nothing answers in time.</summary>
    internal static async Task<bool> IsRefusedAsync(DataEndpoint endpoint)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(endpoint.Host, endpoint.Port, patience.Token).ConfigureAwait(false);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
