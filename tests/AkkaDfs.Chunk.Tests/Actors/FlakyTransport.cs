// TCP connections that a test can cut, refuse, or hold up.

using System.Collections.Concurrent;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Tests.Actors;

internal sealed class FlakyTransport : IDataTransport
{
    private readonly ConcurrentDictionary<Cuttable, bool> _open = new();
    private TaskCompletionSource? _held;

    /// <summary>Cuts each connection after this many bytes sent and received; 0 never.</summary>
    public int CutAfterBytes { get; set; }

    public IDataListener Listen(string host, int port) => TcpTransport.Instance.Listen(host, port);

    public async ValueTask<IDataStream> ConnectAsync(DataEndpoint endpoint, CancellationToken cancellationToken)
    {
        var stream = new Cuttable(await TcpTransport.Instance.ConnectAsync(endpoint, cancellationToken), this);
        _open.TryAdd(stream, true);
        return stream;
    }

    public void CutAll()
    {
        foreach (var stream in _open.Keys)
        {
            stream.Abort();
        }
    }

    /// <summary>From now on nothing that arrives is handed over, until <see cref="Release"/>.</summary>
    public void Hold() => Volatile.Write(ref _held, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    public void Release() => Interlocked.Exchange(ref _held, null)?.TrySetResult();

    private sealed class Cuttable(IDataStream inner, FlakyTransport owner) : IDataStream
    {
        private int _bytes;

        public string Remote => inner.Remote;

        public async ValueTask<int> ReceiveAsync(Memory<byte> destination)
        {
            var received = await inner.ReceiveAsync(destination);
            if (Volatile.Read(ref owner._held) is { } held)
            {
                await held.Task;
            }

            Count(received);
            return received;
        }

        public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
        {
            await inner.SendAsync(bytes);
            Count(bytes.Length);
        }

        public void Abort()
        {
            owner._open.TryRemove(this, out _);
            inner.Abort();
        }

        private void Count(int bytes)
        {
            if (owner.CutAfterBytes > 0 && Interlocked.Add(ref _bytes, bytes) > owner.CutAfterBytes)
            {
                Abort();
            }
        }
    }
}
