// The seam between the data plane and the network. TcpTransport is the real one; a simulation puts its own in its place.
// Code above the seam never starts threads: its loops run on the scheduler of DataPlaneOptions, its clock is a TimeProvider.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>Makes connections. Thread-safe.</summary>
public interface IDataTransport
{
    /// <summary>Begins to listen.</summary>
    /// <param name="host">Address or name to bind to.</param>
    /// <param name="port">0 takes any free port.</param>
    /// <exception cref="IOException">The address cannot be bound.</exception>
    IDataListener Listen(string host, int port);

    /// <summary>Connects.</summary>
    /// <exception cref="IOException">Nobody listens there, or the address cannot be reached.</exception>
    ValueTask<IDataStream> ConnectAsync(DataEndpoint endpoint, CancellationToken cancellationToken);
}

/// <summary>A bound address.</summary>
public interface IDataListener : IDisposable
{
    /// <summary>Where it listens, with the port that was taken.</summary>
    DataEndpoint Endpoint { get; }

    /// <summary>Waits for the next connection.</summary>
    /// <exception cref="IOException">The listener was disposed.</exception>
    ValueTask<IDataStream> AcceptAsync();
}

/// <summary>An ordered, reliable stream of bytes. One sender and one receiver at a time; Abort from any thread.</summary>
public interface IDataStream
{
    /// <summary>The other side, for messages.</summary>
    string Remote { get; }

    /// <summary>Receives at least one byte; 0 at the end of the stream.</summary>
    /// <exception cref="IOException">The connection is lost or aborted.</exception>
    ValueTask<int> ReceiveAsync(Memory<byte> destination);

    /// <summary>Sends all bytes; completes when the memory may be reused.</summary>
    /// <exception cref="IOException">The connection is lost or aborted.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Ends the connection at once; sends and receives under way fail.</summary>
    void Abort();
}

/// <summary>What the data plane runs on.</summary>
public sealed record DataPlaneOptions
{
    /// <summary>Makes the connections.</summary>
    public IDataTransport Transport { get; init; } = TcpTransport.Instance;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Makes random ids.</summary>
    public Func<Guid> NewId { get; init; } = Surroundings.NewId;

    /// <summary>Where the loops run.</summary>
    public TaskScheduler Scheduler { get; init; } = TaskScheduler.Default;

    /// <summary>Memory for bytes on their way.</summary>
    public BlockPool Pool { get; init; } = BlockPool.Shared;

    /// <summary>The cluster that both sides must belong to; empty when this side does not know yet.</summary>
    public Guid ClusterId { get; init; }

    /// <summary>Time for connecting and the handshake.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Silence, with requests in flight, after which the other side is asked whether it is there.</summary>
    public TimeSpan PingAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Time for the answer to a ping before the connection counts as lost.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Requests in flight on one connection; more wait.</summary>
    public int WindowRequests { get; init; } = 1024;

    /// <summary>Payload bytes in flight on one connection; more wait.</summary>
    public int WindowBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Connections of a client to one server, 1 to 16; a chunk always uses the same one.</summary>
    public int ConnectionsPerServer { get; init; } = 1;

    /// <summary>Receives one line for each thing that an operator may want to know: a refused frame, a lost connection.</summary>
    public Action<string> Log { get; init; } = static _ => { };
}
