// A port belongs to one listener at a time.

using Akka.Embedded.Remote;

namespace Akka.Embedded.Tests.Remote;

public sealed class TcpListenTests
{
    [Fact]
    public void A_port_that_somebody_listens_on_is_refused()
    {
        var limits = new TransportLimits(100_000, 1_000_000, 10_000, TimeSpan.FromSeconds(10));
        var first = new TcpTransport(limits, new TcpOptions());
        var second = new TcpTransport(limits, new TcpOptions());
        try
        {
            var taken = first.Listen(new TransportEndpoint("127.0.0.1", 0), new Deaf());
            Assert.Contains("in use", Assert.Throws<IOException>(() => second.Listen(taken, new Deaf())).Message, StringComparison.Ordinal);
            first.Shutdown();
        }
        finally
        {
            first.Shutdown();
            second.Shutdown();
        }
    }

    private sealed class Deaf : IConnectionAcceptor
    {
        public IConnectionHandler? Accept() => null;

        public void OnListenError(string error) => throw new InvalidOperationException(error);
    }
}
