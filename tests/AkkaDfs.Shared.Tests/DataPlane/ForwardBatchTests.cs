// Batches of operations on their way down a chain: what is written is read again, and what cannot be right is refused.

using System.Threading.Channels;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Shared.Tests.DataPlane;

public sealed class ForwardBatchTests
{
    private static readonly ChainMember[] Members = [new(new ServerId(2), new DataEndpoint("10.0.0.2", 7002)), new(new ServerId(3), new DataEndpoint("host", 7003))];

    [Fact]
    public void A_head_comes_back_as_it_was()
    {
        var head = Head(Entry(100, 0), Entry(0, 0), Entry(8192, 16_000));
        var reader = new HeadReader(Bytes(head));
        var read = ForwardBatchHead.Read(ref reader, 8292);
        Assert.Equal(Members, ChainMember.ReadAll(ref reader, skip: false));
        Assert.True(reader.IsValid);
        Assert.Equal(0, reader.Rest.Length);
        Assert.Equal(head with { Entries = default, Rest = default }, read with { Entries = default, Rest = default });
        Assert.Equal(
            head.Entries.ToArray().Select(e => (e.Operation, e.Mode, e.Flags, e.Offset, e.PayloadBytes, e.Phase, string.Join(',', e.Checksums))),
            read.Entries.ToArray().Select(e => (e.Operation, e.Mode, e.Flags, e.Offset, e.PayloadBytes, e.Phase, string.Join(',', e.Checksums))));
    }

    [Fact]
    public void A_head_that_cannot_be_right_is_refused_before_anything_is_made_of_it()
    {
        var good = Head(Entry(100, 0), Entry(200, 0));
        Assert.True(IsValid(Bytes(good), 300));
        Assert.False(IsValid(Bytes(good), 299));
        Assert.False(IsValid(Bytes(good), 301));
        Assert.False(IsValid(Bytes(good with { Position = 0 }), 300));
        Assert.False(IsValid(Bytes(good with { Position = 3 }), 300));
        Assert.False(IsValid(Bytes(good with { FirstSequence = 0 }), 300));
        Assert.False(IsValid(Bytes(good with { ChunkSizeBytes = 7 }), 300));
        Assert.False(IsValid(Bytes(good with { ChainLength = 17 }), 300));
        Assert.False(IsValid(Bytes(Head(Entry(100, 0) with { Mode = (WriteMode)9 }, Entry(200, 0))), 300));
        Assert.False(IsValid(Bytes(Head()), 0));
        Assert.False(IsValid(Bytes(Head([.. Enumerable.Repeat(Entry(1, 0), ForwardBatchHead.MaxEntries + 1)])), ForwardBatchHead.MaxEntries + 1));
        Assert.False(IsValid(Bytes(Head([.. Enumerable.Repeat(Entry(8192, 0), 13)])), 13 * 8192));
        var bytes = Bytes(good);
        for (var length = 0; length < bytes.Length; length++)
        {
            // Members are read apart from the rest.
            var reader = new HeadReader(bytes.AsSpan(0, length));
            ForwardBatchHead.Read(ref reader, 300);
            ChainMember.ReadAll(ref reader, skip: true);
            Assert.False(reader.IsValid, $"{length} of {bytes.Length} bytes");
        }
    }

    [Fact]
    public async Task A_payload_from_several_places_arrives_in_one_piece_and_intact()
    {
        const int Frames = 20;
        var random = new Random(1);
        var pool = new BlockPool();
        var stream = new Loop();
        var sender = new FrameSender(stream, pool);
        var handler = new Kept(Frames);
        var receiving = new FrameReceiver(stream, pool, handler).RunAsync();
        var sending = sender.RunAsync();
        var expected = new List<byte[]>();
        for (var frame = 0; frame < Frames; frame++)
        {
            var parts = Enumerable.Range(0, random.Next(1, 9)).Select(_ => Filled(pool, random, random.Next(0, 6000))).ToArray();
            var entries = parts.Select(p => Entry(p.Length, 0) with { Checksums = Checksums(p.Span) }).ToArray();
            expected.Add([.. parts.SelectMany(p => p.Memory.ToArray())]);
            Assert.True(sender.TrySendGathered(FrameType.ForwardBatch, (ulong)frame, Head(entries), Array.ConvertAll(parts, p => (ReadOnlyMemory<byte>)p.Memory)));
            Array.ForEach(parts, p => p.Release());
        }

        await handler.HasAll.Task.WaitAsync(TimeSpan.FromSeconds(30));
        sender.Close();
        await sending;
        stream.Complete();
        await receiving;
        Assert.Equal(expected, handler.Payloads);
        Assert.True(handler.AllIntact);
        Assert.Equal(0, pool.RentedBytes);
        Assert.False(sender.TrySendGathered(FrameType.ForwardBatch, 99, Head(Entry(0, 0)), []));
    }

    private static BlockSlice Filled(BlockPool pool, Random random, int bytes)
    {
        if (bytes == 0)
        {
            return BlockSlice.Empty;
        }

        var slice = pool.Rent(bytes).Hand(0, bytes);
        random.NextBytes(slice.Span);
        return slice;
    }

    private static uint[] Checksums(ReadOnlySpan<byte> bytes)
    {
        var checksums = new uint[Checksum.SegmentCount(new ByteRange(0, bytes.Length))];
        Checksum.ComputeSegments(0, bytes, checksums);
        return checksums;
    }

    private static BatchEntry Entry(int bytes, int phase) => new(
        new OperationId(Guid.Parse("00000000-0000-0000-0000-00000000000a"), 7),
        WriteMode.Record,
        OperationFlags.Sync,
        4096,
        bytes,
        phase,
        [.. Enumerable.Range(1, Checksum.SegmentCount(new ByteRange(phase, bytes))).Select(i => (uint)i)]);

    private static ForwardBatchHead Head(params BatchEntry[] entries)
        => new(new ChunkId(5), new Generation(6), 70, 1 << 20, 1, 3, entries, Members);

    private static byte[] Bytes(in ForwardBatchHead head)
    {
        var bytes = new byte[head.MaxBytes];
        var writer = new HeadWriter(bytes);
        head.Write(ref writer);
        return bytes[..writer.Length];
    }

    private static bool IsValid(byte[] bytes, int payloadBytes)
    {
        var reader = new HeadReader(bytes);
        ForwardBatchHead.Read(ref reader, payloadBytes);
        return reader.IsValid;
    }

    private sealed class Kept(int frames) : IFrameHandler
    {
        public TaskCompletionSource HasAll { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<byte[]> Payloads { get; } = [];

        public bool AllIntact { get; private set; } = true;

        public ValueTask WaitForRoomAsync() => ValueTask.CompletedTask;

        public Memory<byte> PlaceFor(in FrameHeader header) => default;

        public DfsError? OnFrame(in ReceivedFrame frame)
        {
            var reader = new HeadReader(frame.Head);
            var head = ForwardBatchHead.Read(ref reader, frame.Header.PayloadBytes);
            var rest = frame.Payload.Span;
            foreach (ref readonly var entry in head.Entries.Span)
            {
                AllIntact &= Checksum.FindMismatch(entry.Phase, rest[..entry.PayloadBytes], entry.Checksums) < 0;
                rest = rest[entry.PayloadBytes..];
            }

            AllIntact &= frame.IsIntact && reader.IsValid;
            Payloads.Add(frame.Payload.Span.ToArray());
            frame.Payload.Release();
            if (Payloads.Count == frames)
            {
                HasAll.SetResult();
            }

            return null;
        }
    }

    // What is sent is received, in pieces of other sizes.
    private sealed class Loop : IDataStream
    {
        private readonly Channel<byte[]> _pieces = Channel.CreateUnbounded<byte[]>();
        private ReadOnlyMemory<byte> _rest;

        public string Remote => "loop";

        public async ValueTask<int> ReceiveAsync(Memory<byte> destination)
        {
            while (_rest.IsEmpty)
            {
                if (!await _pieces.Reader.WaitToReadAsync() || !_pieces.Reader.TryRead(out var piece))
                {
                    return 0;
                }

                _rest = piece;
            }

            var take = Math.Min(Math.Min(_rest.Length, destination.Length), 1777);
            _rest[..take].CopyTo(destination);
            _rest = _rest[take..];
            return take;
        }

        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
        {
            Assert.True(_pieces.Writer.TryWrite(bytes.ToArray()));
            return ValueTask.CompletedTask;
        }

        public void Abort() => Complete();

        public void Complete() => _pieces.Writer.TryComplete();
    }
}
