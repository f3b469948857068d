// TCP connections that flip a bit in certain bytes wherever they are sent.

using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Tests.Actors;

internal sealed class DamagingTransport(byte[] victim) : IDataTransport
{
    public IDataListener Listen(string host, int port) => TcpTransport.Instance.Listen(host, port);

    public async ValueTask<IDataStream> ConnectAsync(DataEndpoint endpoint, CancellationToken cancellationToken)
        => new Stream(await TcpTransport.Instance.ConnectAsync(endpoint, cancellationToken), victim);

    private sealed class Stream(IDataStream inner, byte[] victim) : IDataStream
    {
        public string Remote => inner.Remote;

        public ValueTask<int> ReceiveAsync(Memory<byte> destination) => inner.ReceiveAsync(destination);

        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
        {
            var at = bytes.Span.IndexOf(victim);
            if (at < 0)
            {
                return inner.SendAsync(bytes);
            }

            var damaged = bytes.ToArray();
            damaged[at + (victim.Length / 2)] ^= 4;
            return inner.SendAsync(damaged);
        }

        public void Abort() => inner.Abort();
    }
}
