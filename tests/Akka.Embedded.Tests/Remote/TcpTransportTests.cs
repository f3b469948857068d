// Frames over real sockets: whole and in order, bounded towards a peer that does not read, and firm against bytes that are no frames.
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Embedded.Remote;

namespace Akka.Embedded.Tests.Remote;

public sealed class TcpTransportTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TransportLimits Limits = new(100_000, 1_000_000, 10_000, TimeSpan.FromSeconds(10));

    private readonly TcpTransport _server = new(Limits, new TcpOptions());
    private readonly TcpTransport _client = new(Limits, new TcpOptions());
    private readonly Acceptor _acceptor = new();
    private int _port;

    public void Dispose()
    {
        _client.Shutdown();
        _server.Shutdown();
    }

    [Fact]
    public async Task Frames_of_all_sizes_arrive_whole_and_in_order_both_ways()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var (here, there) = await Connect();
        var sent = new List<byte[]>();
        for (var i = 0; i < 2_000; i++)
        {
            var frame = new byte[random.Next(20) == 0 ? random.Next(1, 100_000) : random.Next(1, 200)];
            random.NextBytes(frame);
            sent.Add(frame);
        }

        foreach (var frame in sent)
        {
            while (here.Connection.Send(FrameLane.Ordinary, frame.AsSpan(0, frame.Length / 2), frame.AsSpan(frame.Length / 2)) == SendResult.Full)
            {
                here.Connection.Flush();
                await Task.Yield();
            }

            here.Connection.Flush();
        }

        for (var i = 0; i < sent.Count; i++)
        {
            var frame = await there.Next();
            Assert.True(sent[i].AsSpan().SequenceEqual(frame), $"frame {i}, seed {seed}");
        }

        Send(there, 7);
        Assert.Equal([7], await here.Next());
    }

    [Fact]
    public async Task A_peer_that_does_not_read_costs_no_more_than_the_bound()
    {
        var port = Listen();
        using var mute = new TcpClient();
        await mute.ConnectAsync(IPAddress.Loopback, port);
        var there = await _acceptor.Accepted();
        var frame = new byte[50_000];
        long accepted = 0;
        var full = 0;
        while (full < 100)
        {
            if (there.Connection.Send(FrameLane.Ordinary, frame, default) == SendResult.Accepted)
                accepted += frame.Length;
            else
                full++;
            there.Connection.Flush();
            await Task.Yield();
        }

        // What the operating system buffers comes on top.
        Assert.InRange(accepted, Limits.MaxPendingBytes - frame.Length, Limits.MaxPendingBytes + 64_000_000);
        Assert.Equal(SendResult.Accepted, there.Connection.Send(FrameLane.Urgent, new byte[1], default));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("\0\0\0\0")]
    [InlineData("\u007f\u007f\u007f\u007fxxxx")]
    public async Task Bytes_that_are_no_frames_close_the_connection_and_nothing_else(string text)
    {
        var (here, there) = await Connect();
        using var stranger = new TcpClient();
        await stranger.ConnectAsync(IPAddress.Loopback, _port);
        var visited = await _acceptor.Accepted();
        await stranger.GetStream().WriteAsync(System.Text.Encoding.Latin1.GetBytes(text));
        Assert.Equal(CloseKind.BrokenFraming, (await visited.Closed()).Kind);
        Assert.Equal(0, await stranger.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));

        Send(here, 1, 2, 3);
        Assert.Equal([1, 2, 3], await there.Next());
    }

    [Fact]
    public async Task A_connection_that_ends_within_a_frame_delivers_nothing_of_it()
    {
        var port = Listen();
        using (var stranger = new TcpClient())
        {
            await stranger.ConnectAsync(IPAddress.Loopback, port);
            await stranger.GetStream().WriteAsync(new byte[] { 10, 0, 0, 0, 1, 2, 3 });
        }

        var visited = await _acceptor.Accepted();
        Assert.Contains("middle of a frame", (await visited.Closed()).Reason);
        Assert.True(visited.IsEmpty);
    }

    [Fact]
    public async Task What_was_accepted_before_the_close_still_arrives()
    {
        var (here, there) = await Connect();
        for (var i = 0; i < 500; i++)
            Assert.Equal(SendResult.Accepted, here.Connection.Send(FrameLane.Ordinary, new byte[1000], default));
        here.Connection.Close("done");
        Assert.Equal(SendResult.Closed, here.Connection.Send(FrameLane.Ordinary, new byte[1], default));
        for (var i = 0; i < 500; i++)
            Assert.Equal(1000, (await there.Next()).Length);
        await there.Closed();
        await here.Closed();
    }

    [Fact]
    public async Task Nobody_listening_is_reported_and_a_port_in_use_too()
    {
        var port = Listen();
        var listener = new TcpTransport(Limits, new TcpOptions());
        Assert.Throws<IOException>(() => listener.Listen(new TransportEndpoint("127.0.0.1", port), _acceptor));
        _server.Shutdown();
        var handler = new Handler();
        _client.Connect(new TransportEndpoint("127.0.0.1", port), handler);
        Assert.Equal(CloseKind.NotReached, (await handler.Closed()).Kind);
    }

    [Fact]
    public async Task Many_threads_may_send_at_once_and_each_ones_order_holds()
    {
        var (here, there) = await Connect();
        const int threads = 4, each = 5_000;
        var senders = Enumerable.Range(0, threads).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < each; i++)
            {
                Span<byte> frame = [(byte)thread, (byte)i, (byte)(i >> 8)];
                while (here.Connection.Send(FrameLane.Ordinary, frame, default) == SendResult.Full)
                    here.Connection.Flush();
                here.Connection.Flush();
            }
        })).ToArray();
        var next = new int[threads];
        for (var i = 0; i < threads * each; i++)
        {
            var frame = await there.Next();
            Assert.Equal(next[frame[0]]++, frame[1] + (frame[2] << 8));
        }

        await Task.WhenAll(senders);
    }

    private static void Send(Handler from, params byte[] frame)
    {
        Assert.Equal(SendResult.Accepted, from.Connection.Send(FrameLane.Ordinary, frame, default));
        from.Connection.Flush();
    }

    private int Listen() => _port = _server.Listen(new TransportEndpoint("127.0.0.1", 0), _acceptor).Port;

    private async Task<(Handler Here, Handler There)> Connect()
    {
        var here = new Handler();
        _client.Connect(new TransportEndpoint("127.0.0.1", Listen()), here);
        var there = await _acceptor.Accepted();
        await here.Opened();
        return (here, there);
    }

    private sealed class Acceptor : IConnectionAcceptor
    {
        private readonly BlockingCollection<Handler> _accepted = [];

        public IConnectionHandler Accept()
        {
            var handler = new Handler();
            _accepted.Add(handler);
            return handler;
        }

        public void OnListenError(string error) => Assert.Fail(error);

        public async Task<Handler> Accepted()
        {
            var handler = await Task.Run(() => _accepted.TryTake(out var h, Patience) ? h : throw new TimeoutException("nobody connected"));
            await handler.Opened();
            return handler;
        }
    }

    private sealed class Handler : IConnectionHandler
    {
        private readonly System.Threading.Channels.Channel<byte[]> _frames = System.Threading.Channels.Channel.CreateUnbounded<byte[]>();
        private readonly TaskCompletionSource<IConnection> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<(string Reason, CloseKind Kind)> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IConnection Connection => _opened.Task.Result;

        public bool IsEmpty => _frames.Reader.Count == 0;

        public void OnOpened(IConnection connection) => _opened.SetResult(connection);

        public void OnFrame(IConnection connection, ReadOnlySpan<byte> frame) => Assert.True(_frames.Writer.TryWrite(frame.ToArray()));

        public void OnBatchEnd(IConnection connection)
        {
        }

        public void OnClosed(string reason, CloseKind fault) => _closed.SetResult((reason, fault));

        public Task Opened() => _opened.Task.WaitAsync(Patience);

        public Task<(string Reason, CloseKind Kind)> Closed() => _closed.Task.WaitAsync(Patience);

        public async Task<byte[]> Next() => await _frames.Reader.ReadAsync().AsTask().WaitAsync(Patience);
    }
}
