// The ends of simulated connections of the data plane, and how they come about.

using Akka.Embedded.Simulation;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Simulation.Network;

/// <summary>One end of a connection.</summary>
internal sealed class DataStream(SimulatedFabric fabric, DataPipe sending, DataPipe receiving, string remote) : IDataStream
{
    private bool _isAborted;

    /// <inheritdoc/>
    public string Remote => remote;

    /// <inheritdoc/>
    public ValueTask<int> ReceiveAsync(Memory<byte> destination) => receiving.ReceiveAsync(destination);

    /// <inheritdoc/>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => sending.SendAsync(bytes);

    /// <inheritdoc/>
    public void Abort()
    {
        if (!_isAborted)
        {
            _isAborted = true;
            sending.EndSending("aborted", fabric.Random.Chance(0.3));
            receiving.EndReceiving("aborted");
        }
    }
}

/// <summary>A bound address.</summary>
internal sealed class DataListener(SimulatedFabric fabric, SimulatedProcess process, DataEndpoint endpoint) : IDataListener
{
    private readonly Queue<DataStream> _offered = new();
    private TaskCompletionSource? _news;
    private bool _isDisposed;

    /// <inheritdoc/>
    public DataEndpoint Endpoint => endpoint;

    public SimulatedProcess Process => process;

    public void Offer(DataStream stream)
    {
        _offered.Enqueue(stream);
        Wake();
    }

    /// <inheritdoc/>
    public async ValueTask<IDataStream> AcceptAsync()
    {
        while (true)
        {
            if (_isDisposed)
            {
                throw new IOException("Cannot accept a connection: the listener was disposed.");
            }

            if (_offered.TryDequeue(out var stream))
            {
                return stream;
            }

            _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await _news.Task;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        fabric.Forget(this);
        while (_offered.TryDequeue(out var stream))
        {
            stream.Abort();
        }

        Wake();
    }

    private void Wake()
    {
        var woken = _news;
        _news = null;
        woken?.TrySetResult();
    }
}

/// <summary>A process's way into the network.</summary>
internal sealed class SimulatedDataTransport(SimulatedFabric fabric, SimulatedProcess process, string host) : IDataTransport
{
    private static readonly TimeSpan s_tryAgain = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    public IDataListener Listen(string host, int port) => fabric.Listen(process, host, port);

    /// <inheritdoc/>
    public async ValueTask<IDataStream> ConnectAsync(DataEndpoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            await WaitAsync(fabric.Transit(host, endpoint.Host, 0) + fabric.Transit(endpoint.Host, host, 0), cancellationToken);
            while (true)
            {
                if (fabric.TryConnect(process, host, endpoint) is { } stream)
                {
                    return stream;
                }

                await WaitAsync(s_tryAgain, cancellationToken);
            }
        }
        catch (OperationCanceledException e)
        {
            throw new IOException($"Cannot connect to {endpoint}: no answer in time", e);
        }
    }

    /// <summary>True when nothing listens at an address; false when something does, or nobody answers.</summary>
    public async Task<bool> IsRefusedAsync(DataEndpoint endpoint)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1), process.Time);
        try
        {
            (await ConnectAsync(endpoint, patience.Token)).Abort();
            return false;
        }
        catch (IOException e)
        {
            return e.InnerException is System.Net.Sockets.SocketException;
        }
    }

    private Task WaitAsync(TimeSpan time, CancellationToken cancellationToken) => Task.Delay(time, process.Time, cancellationToken);
}
