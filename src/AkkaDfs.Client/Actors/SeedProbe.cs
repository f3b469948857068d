// Whether anything listens where the cluster is said to be. A person who has not started one should hear so at once, and not
// after the time-out of a first request. Only certainty ends the wait: silence leaves it to the request itself.

using System.Net.Sockets;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Actors;

/// <summary>Tries the seeds' ports.</summary>
internal static class SeedProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns when one of the seeds accepts a connection, or when it cannot be said that none will.</summary>
    /// <exception cref="DfsException">NoMetaAvailable: all of them refused for a while; InvalidConfiguration: not host:port.</exception>
    public static async Task WaitAsync(IReadOnlyList<string> seeds, TimeProvider time, CancellationToken cancellationToken)
    {
        var endpoints = seeds.Select(Parse).ToArray();
        var started = time.GetTimestamp();
        while (true)
        {
            var attempts = await Task.WhenAll(endpoints.Select(e => RefusedAsync(e.Host, e.Port, cancellationToken))).ConfigureAwait(false);
            if (attempts.Any(refused => refused is null))
            {
                return;
            }

            if (time.GetElapsedTime(started) > Patience)
            {
                throw new DfsException(
                    DfsErrorCode.NoMetaAvailable,
                    $"No cluster answers at {string.Join(" or ", seeds)} ({attempts[0]}). Start one with dfs up, or say where one runs: --seed HOST:PORT, or DFS_SEED.");
            }

            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    // Null when it is open, or when nobody can say; otherwise why not.
    private static async Task<string?> RefusedAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await socket.ConnectAsync(host, port, patience.Token).ConfigureAwait(false);
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused ? "connection refused" : e.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static (string Host, int Port) Parse(string seed)
    {
        var checkedSeed = AkkaDfs.Shared.Hosting.SettingsReader.CheckSeed(seed);
        var colon = checkedSeed.LastIndexOf(':');
        return (checkedSeed[..colon].Trim('[', ']'), int.Parse(checkedSeed.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture));
    }
}
