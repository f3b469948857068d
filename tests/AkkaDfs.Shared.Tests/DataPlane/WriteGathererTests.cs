// Small writes of one client against a server that answers when the test says so: what leaves when, and what becomes of what waits.

using System.Threading.Channels;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Shared.Tests.DataPlane;

public sealed class WriteGathererTests : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly ScriptedServer _server = new();
    private readonly DataPlaneClient _client = new(new DataPlaneOptions());
    private ulong _lastOperation;

    [Fact]
    public async Task Writes_gather_while_two_sendings_are_unanswered_and_leave_together()
    {
        var first = Write(1, 100);
        Assert.Equal([100], (await _server.NextAsync()).Sizes);
        var second = Write(1, 200);
        Assert.Equal([200], (await _server.NextAsync()).Sizes);
        var waiting = Enumerable.Range(1, 40).Select(i => Write(1, i)).ToArray();

        // Whatever comes after them on the connection arrives before them: they are still here.
        var stat = _client.StatAsync(_server.Endpoint, new ChunkId(1), new ServerId(1), CancellationToken.None).AsTask();
        Assert.Equal(FrameType.Stat, (await _server.NextAsync()).Type);

        _server.Answer(0);
        Assert.Equal(100, (await first.WaitAsync(s_patience)).Value.Offset);
        var batch = await _server.NextAsync();
        Assert.Equal(FrameType.WriteBatch, batch.Type);
        Assert.Equal(Enumerable.Range(1, 40), batch.Sizes);
        Assert.True(batch.IsIntact);

        _server.Answer(1);
        _server.Answer(3);
        Assert.Equal(200, (await second.WaitAsync(s_patience)).Value.Offset);
        var acks = await Task.WhenAll(waiting).WaitAsync(s_patience);
        Assert.Equal(Enumerable.Range(1, 40).Select(i => (long)i), acks.Select(a => a.Value.Offset));
        _server.Fail(2, new DfsError(DfsErrorCode.ReplicaNotFound, "no"));
        Assert.Equal(DfsErrorCode.ReplicaNotFound, (await stat.WaitAsync(s_patience)).Error?.Code);
    }

    [Fact]
    public async Task Each_write_of_a_batch_gets_its_own_answer()
    {
        var waiting = await GatherAsync(3);
        _server.Answer(0);
        await _server.NextAsync();
        _server.Answer(2, entry => entry == 1 ? new DfsError(DfsErrorCode.ChunkFull, "full") : null);
        var acks = await Task.WhenAll(waiting).WaitAsync(s_patience);
        Assert.Equal([null, DfsErrorCode.ChunkFull, null], acks.Select(a => a.Error?.Code));
    }

    [Fact]
    public async Task Other_chunks_and_acknowledgement_by_one_do_not_wait()
    {
        await GatherAsync(5);
        _ = Write(2, 7);
        Assert.Equal([7], (await _server.NextAsync()).Sizes);
        _ = Write(3, 9, AckPolicy.One);
        Assert.Equal([9], (await _server.NextAsync()).Sizes);
    }

    [Fact]
    public async Task A_large_write_does_not_overtake_the_small_ones_before_it()
    {
        await GatherAsync(5);
        _ = Write(1, 100_000);
        Assert.Equal([1, 2, 3, 4, 5], (await _server.NextAsync()).Sizes);
        Assert.Equal([100_000], (await _server.NextAsync()).Sizes);
    }

    [Fact]
    public async Task A_write_that_is_given_up_while_it_waits_is_never_sent()
    {
        await GatherAsync(2);
        using var giveUp = new CancellationTokenSource();
        var given = Write(1, 77, cancellationToken: giveUp.Token);
        var last = Write(1, 78);
        await giveUp.CancelAsync();
        Assert.Equal(DfsErrorCode.Timeout, (await given.WaitAsync(s_patience)).Error?.Code);
        _server.Answer(0);
        Assert.Equal([1, 2, 78], (await _server.NextAsync()).Sizes);
        _server.Answer(2);
        Assert.True((await last.WaitAsync(s_patience)).IsOk);
    }

    [Fact]
    public async Task What_waits_when_the_connection_is_lost_was_certainly_not_done()
    {
        var sent = Write(1, 10);
        await _server.NextAsync();
        var alsoSent = Write(1, 20);
        await _server.NextAsync();
        var waiting = Write(1, 30);
        _server.Cut();
        Assert.Equal(DfsErrorCode.OutcomeUnknown, (await sent.WaitAsync(s_patience)).Error?.Code);
        Assert.Equal(DfsErrorCode.OutcomeUnknown, (await alsoSent.WaitAsync(s_patience)).Error?.Code);
        Assert.Equal(DfsErrorCode.Unreachable, (await waiting.WaitAsync(s_patience)).Error?.Code);
    }

    [Fact]
    public async Task Writes_of_another_generation_or_chain_travel_in_another_frame()
    {
        await GatherAsync(2);
        _ = Write(1, 3, generation: 2);
        _ = Write(1, 4, generation: 2);
        _server.Answer(0);
        Assert.Equal([1, 2], (await _server.NextAsync()).Sizes);
        Assert.Equal([3, 4], (await _server.NextAsync()).Sizes);
    }

    [Fact]
    public void A_head_comes_back_as_it_was_and_a_part_of_one_is_refused()
    {
        var entries = new[] { 100, 0, 8192 }.Select((bytes, i) => new WriteBatchEntry((ulong)i + 5, (uint)i * 1000, Entry(bytes))).ToArray();
        var head = new WriteBatchHead(new ChunkId(5), new Generation(6), 1 << 20, entries, Members());
        var bytes = new byte[head.MaxBytes];
        var writer = new HeadWriter(bytes);
        head.Write(ref writer);
        var reader = new HeadReader(bytes.AsSpan(0, writer.Length));
        var read = WriteBatchHead.Read(ref reader, 8292);
        Assert.Equal(Members(), ChainMember.ReadAll(ref reader, skip: false));
        Assert.True(reader.IsValid);
        Assert.Equal((head.Chunk, head.Generation, head.ChunkSizeBytes), (read.Chunk, read.Generation, read.ChunkSizeBytes));
        Assert.Equal(
            entries.Select(e => (e.RequestId, e.DeadlineMs, e.Operation.Operation, e.Operation.PayloadBytes)),
            read.Entries.ToArray().Select(e => (e.RequestId, e.DeadlineMs, e.Operation.Operation, e.Operation.PayloadBytes)));
        for (var length = 0; length < writer.Length; length++)
        {
            var part = new HeadReader(bytes.AsSpan(0, length));
            WriteBatchHead.Read(ref part, 8292);
            ChainMember.ReadAll(ref part, skip: true);
            Assert.False(part.IsValid, $"{length} of {writer.Length} bytes");
        }

        var wrong = new HeadReader(bytes.AsSpan(0, writer.Length));
        WriteBatchHead.Read(ref wrong, 8291);
        Assert.False(wrong.IsValid);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        _server.Dispose();
    }

    // Two sendings under way, and writes of 1, 2, … bytes waiting behind them.
    private async Task<Task<Result<WriteAck>>[]> GatherAsync(int count)
    {
        for (var i = 0; i < 2; i++)
        {
            _ = Write(1, 500 + i);
            await _server.NextAsync();
        }

        return [.. Enumerable.Range(1, count).Select(i => Write(1, i))];
    }

    private Task<Result<WriteAck>> Write(
        ulong chunk, int bytes, AckPolicy ack = AckPolicy.All, uint generation = 1, CancellationToken cancellationToken = default)
    {
        var location = new ChunkLocation
        {
            Chunk = new ChunkId(chunk),
            File = new InodeId(1),
            Index = 0,
            Generation = new Generation(generation),
            ChunkSizeBytes = 1 << 20,
            IsOpen = true,
            Replicas = [new ReplicaLocation(new ServerId(1), _server.Endpoint)],
        };
        var op = new WriteOp
        {
            Location = location,
            Operation = new OperationId(Guid.Empty, ++_lastOperation),
            Mode = WriteMode.Record,
            FirstAttempt = true,
            Ack = ack,
            Payload = new byte[bytes],
        };
        return _client.WriteAsync(op, cancellationToken).AsTask();
    }

    private static ChainMember[] Members() => [new(new ServerId(2), new DataEndpoint("10.0.0.2", 7002)), new(new ServerId(3), new DataEndpoint("host", 7003))];

    private static BatchEntry Entry(int bytes) => new(
        new OperationId(Guid.Parse("00000000-0000-0000-0000-00000000000a"), 7), WriteMode.Record, OperationFlags.Sync, 4096, bytes, 0,
        new uint[Checksum.SegmentCount(new ByteRange(0, bytes))]);

    /// <summary>What arrived.</summary>
    private sealed record Arrived(FrameType Type, bool IsIntact, (ulong RequestId, int Bytes)[] Writes)
    {
        public IEnumerable<int> Sizes => Writes.Select(w => w.Bytes);
    }

    // One connection; each write is answered, when asked for, with its length as its offset.
    private sealed class ScriptedServer : IDisposable
    {
        private readonly IDataListener _listener = TcpTransport.Instance.Listen("127.0.0.1", 0);
        private readonly Channel<Arrived> _arrived = Channel.CreateUnbounded<Arrived>();
        private readonly List<Arrived> _taken = [];
        private Link? _link;

        public ScriptedServer() => _ = AcceptAsync();

        public DataEndpoint Endpoint => _listener.Endpoint;

        public async Task<Arrived> NextAsync()
        {
            using var timeout = new CancellationTokenSource(s_patience);
            var next = await _arrived.Reader.ReadAsync(timeout.Token);
            _taken.Add(next);
            return next;
        }

        public void Answer(int frame, Func<int, DfsError?>? error = null)
        {
            for (var i = 0; i < _taken[frame].Writes.Length; i++)
            {
                var (id, bytes) = _taken[frame].Writes[i];
                if (error?.Invoke(i) is { } failed)
                {
                    _link!.TrySend(FrameType.Error, id, new ErrorHead(failed));
                }
                else
                {
                    _link!.TrySend(FrameType.WriteReply, id, new WriteReplyHead(new WriteAck(bytes, Generation.First, 1, bytes)));
                }
            }
        }

        public void Fail(int frame, DfsError error) => _link!.TrySend(FrameType.Error, _taken[frame].Writes[0].RequestId, new ErrorHead(error));

        public void Cut() => _link!.Close(new DfsError(DfsErrorCode.Unreachable, "cut"));

        public void Dispose()
        {
            _link?.Close(new DfsError(DfsErrorCode.ShuttingDown, "over"));
            _listener.Dispose();
        }

        private async Task AcceptAsync()
        {
            _link = new Link(await _listener.AcceptAsync(), _arrived.Writer);
            _link.Start();
        }
    }

    private sealed class Link(IDataStream stream, ChannelWriter<Arrived> arrived) : FrameLink(stream, new DataPlaneOptions())
    {
        public override DfsError? OnFrame(in ReceivedFrame frame)
        {
            var reader = new HeadReader(frame.Head);
            var type = frame.Header.Type;
            if (type == FrameType.Hello)
            {
                TrySend(FrameType.HelloReply, 0, new HelloReplyHead(Guid.Empty, new ServerId(1), 256, 64 << 20));
            }
            else if (type == FrameType.WriteBatch)
            {
                var head = WriteBatchHead.Read(ref reader, frame.Header.PayloadBytes);
                Assert.True(arrived.TryWrite(new Arrived(type, frame.IsIntact, [.. head.Entries.ToArray().Select(e => (e.RequestId, e.Operation.PayloadBytes))])));
            }
            else
            {
                Assert.True(arrived.TryWrite(new Arrived(type, true, [(frame.Header.RequestId, frame.Header.PayloadBytes)])));
            }

            frame.Payload.Release();
            return null;
        }

        protected override void OnEnded(DfsError reason) => arrived.TryComplete();
    }
}
