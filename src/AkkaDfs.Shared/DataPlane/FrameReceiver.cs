// The receiving half of a connection. Small frames are parsed where they arrived: their payload is a slice of the receive block.
// A large payload is received straight into the memory that the handler names, or into a block of its own, and each checksum
// segment is verified while it is still in the processor's cache. Nothing is allocated before the lengths are within their limits.

using System.Buffers.Binary;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>A frame that arrived, valid during the call that hands it over; only the payload may be kept, and must be released.</summary>
internal readonly ref struct ReceivedFrame
{
    public required FrameHeader Header { get; init; }

    /// <summary>The typed head, without the checksums of the payload.</summary>
    public required ReadOnlySpan<byte> Head { get; init; }

    /// <summary>The payload in a block; empty when it went into memory that the handler named. The handler owns it.</summary>
    public BlockSlice Payload { get; init; }

    /// <summary>Offset of the payload modulo the block size, as its checksums were cut.</summary>
    public int Phase { get; init; }

    /// <summary>One checksum per segment, little-endian.</summary>
    public ReadOnlySpan<byte> Checksums { get; init; }

    /// <summary>True when every segment matches its checksum.</summary>
    public bool IsIntact { get; init; }

    /// <summary>The checksums as numbers.</summary>
    public uint[] CopyChecksums()
    {
        var numbers = new uint[Checksums.Length / sizeof(uint)];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadUInt32LittleEndian(Checksums[(i * sizeof(uint))..]);
        }

        return numbers;
    }
}

/// <summary>Takes what a <see cref="FrameReceiver"/> receives; called from one loop, never concurrently.</summary>
internal interface IFrameHandler
{
    /// <summary>Waits for room before the next frame is looked at.</summary>
    ValueTask WaitForRoomAsync();

    /// <summary>Names memory for a large payload that is about to be received; empty for a block of the pool.</summary>
    Memory<byte> PlaceFor(in FrameHeader header);

    /// <summary>Takes a frame.</summary>
    /// <returns>What is wrong with it, which ends the connection; or null.</returns>
    DfsError? OnFrame(in ReceivedFrame frame);
}

internal sealed class FrameReceiver(IDataStream stream, BlockPool pool, IFrameHandler handler)
{
    private const int BufferBytes = 256 * 1024;

    // Frames up to this are parsed in the receive block.
    private const int InlineFrameBytes = 128 * 1024;

    // After a large payload the next frame's head is likely to come alone in front of the next large payload.
    private const int HeadProbeBytes = 1024;

    private PooledBlock _buffer = pool.Rent(BufferBytes);
    private int _start;
    private int _end;
    private bool _expectLarge;
    private long _receivedBytes;

    /// <summary>Bytes received so far, whole frames or not.</summary>
    public long ReceivedBytes => Volatile.Read(ref _receivedBytes);

    private int Available => _end - _start;

    /// <summary>Receives until the other side ends the connection or breaks the protocol.</summary>
    /// <returns>Why it ended.</returns>
    /// <exception cref="IOException">The connection is lost.</exception>
    public async Task<DfsError> RunAsync()
    {
        try
        {
            while (true)
            {
                await handler.WaitForRoomAsync();
                if (!await FillAsync(FrameHeader.PrefixBytes))
                {
                    return EndOfStream();
                }

                if (FrameHeader.Read(_buffer.Array.AsSpan(_start, FrameHeader.PrefixBytes), out var header) is { } error)
                {
                    return error;
                }

                if (!await FillAsync(FrameHeader.PrefixBytes + header.HeadBytes))
                {
                    return Cut();
                }

                if (FrameHeader.Verify(_buffer.Array.AsSpan(_start, FrameHeader.PrefixBytes + header.HeadBytes)) is { } damaged)
                {
                    return damaged;
                }

                var failure = header.FrameBytes <= InlineFrameBytes
                    ? await TakeInlineAsync(header)
                    : await TakeLargeAsync(header);
                if (failure is not null)
                {
                    return failure;
                }
            }
        }
        finally
        {
            _buffer.Release();
        }
    }

    private static DfsError Cut() => new(DfsErrorCode.Unreachable, "The other side ended the connection in the middle of a frame. Try again.");

    private DfsError EndOfStream()
        => Available == 0 ? new DfsError(DfsErrorCode.Unreachable, "The other side ended the connection. Try again.") : Cut();

    private async ValueTask<DfsError?> TakeInlineAsync(FrameHeader header)
    {
        if (!await FillAsync(header.FrameBytes))
        {
            return Cut();
        }

        return Inline(header);
    }

    private DfsError? Inline(in FrameHeader header)
    {
        var head = _buffer.Array.AsSpan(_start + FrameHeader.PrefixBytes, header.HeadBytes);
        if (SplitHead(header, head, out var typed, out var phase, out var checksums) is { } error)
        {
            return error;
        }

        var payloadStart = _start + FrameHeader.PrefixBytes + header.HeadBytes;
        var intact = Verifier.IsIntact(_buffer.Array.AsSpan(payloadStart, header.PayloadBytes), phase, checksums);
        var frame = new ReceivedFrame
        {
            Header = header,
            Head = typed,
            Payload = header.PayloadBytes == 0 ? BlockSlice.Empty : _buffer.Share(payloadStart, header.PayloadBytes),
            Phase = phase,
            Checksums = checksums,
            IsIntact = intact,
        };
        _start += header.FrameBytes;
        return handler.OnFrame(frame);
    }

    private async ValueTask<DfsError?> TakeLargeAsync(FrameHeader header)
    {
        var headStart = _start + FrameHeader.PrefixBytes;
        if (SplitHead(header, _buffer.Array.AsSpan(headStart, header.HeadBytes), out _, out var phase, out _) is { } error)
        {
            return error;
        }

        var place = handler.PlaceFor(header);
        var block = place.IsEmpty ? pool.Rent(header.PayloadBytes) : null;
        var target = block is null ? place[..header.PayloadBytes] : block.Array.AsMemory(0, header.PayloadBytes);
        try
        {
            var copied = Math.Min(header.PayloadBytes, Available - FrameHeader.PrefixBytes - header.HeadBytes);
            _buffer.Array.AsSpan(headStart + header.HeadBytes, copied).CopyTo(target.Span);
            _start = headStart + header.HeadBytes + copied;

            // The head stays where it is: the receive block is not touched until the payload is complete.
            var verifier = new Verifier(phase);
            verifier.Advance(target.Span, copied, ChecksumsOf(header, headStart));
            var filled = copied;
            while (filled < header.PayloadBytes)
            {
                var received = await stream.ReceiveAsync(target[filled..]);
                if (received == 0)
                {
                    return Cut();
                }

                Volatile.Write(ref _receivedBytes, _receivedBytes + received);
                filled += received;
                verifier.Advance(target.Span, filled, ChecksumsOf(header, headStart));
            }

            _expectLarge = true;
            return Hand(header, headStart, verifier.IsIntactSoFar, ref block);
        }
        finally
        {
            block?.Release();
        }
    }

    private DfsError? Hand(in FrameHeader header, int headStart, bool intact, ref PooledBlock? block)
    {
        SplitHead(header, _buffer.Array.AsSpan(headStart, header.HeadBytes), out var typed, out var phase, out var checksums);
        var payload = block?.Hand(0, header.PayloadBytes) ?? BlockSlice.Empty;
        block = null;
        return handler.OnFrame(new ReceivedFrame
        {
            Header = header,
            Head = typed,
            Payload = payload,
            Phase = phase,
            Checksums = checksums,
            IsIntact = intact,
        });
    }

    private ReadOnlySpan<byte> ChecksumsOf(in FrameHeader header, int headStart)
    {
        SplitHead(header, _buffer.Array.AsSpan(headStart, header.HeadBytes), out _, out _, out var checksums);
        return checksums;
    }

    // With a payload, the head begins with the phase and one checksum per segment; how many follows from phase and length.
    private static DfsError? SplitHead(
        in FrameHeader header, ReadOnlySpan<byte> head, out ReadOnlySpan<byte> typed, out int phase, out ReadOnlySpan<byte> checksums)
    {
        typed = head;
        phase = 0;
        checksums = default;
        if (header.PayloadBytes == 0)
        {
            return null;
        }

        if (head.Length < sizeof(uint))
        {
            return FrameHeader.Violation("its payload comes without checksums");
        }

        phase = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (phase is < 0 or >= Checksum.BlockBytes)
        {
            return FrameHeader.Violation($"its payload begins at {phase} in a block of {Checksum.BlockBytes} bytes");
        }

        var front = FramePayload.ChecksumBytes(header.PayloadBytes, phase);
        if (head.Length < front)
        {
            return FrameHeader.Violation("its payload comes without enough checksums");
        }

        checksums = head[sizeof(uint)..front];
        typed = head[front..];
        return null;
    }

    private async ValueTask<bool> FillAsync(int bytes)
    {
        while (Available < bytes)
        {
            MakeRoom(bytes);
            var limit = _expectLarge && Available == 0 ? HeadProbeBytes : _buffer.Capacity - _end;
            _expectLarge = false;
            var received = await stream.ReceiveAsync(_buffer.Array.AsMemory(_end, limit));
            if (received == 0)
            {
                return false;
            }

            Volatile.Write(ref _receivedBytes, _receivedBytes + received);
            _end += received;
        }

        return true;
    }

    // Payloads that were handed over still lie in the block: it may be written from its start only when nobody else holds it.
    private void MakeRoom(int bytes)
    {
        if (_buffer.Capacity - _start >= bytes && _buffer.Capacity - _end > InlineFrameBytes / 8)
        {
            return;
        }

        var rest = _buffer.Array.AsSpan(_start, Available);
        if (_buffer.IsSole)
        {
            rest.CopyTo(_buffer.Array);
        }
        else
        {
            var fresh = pool.Rent(BufferBytes);
            rest.CopyTo(fresh.Array);
            _buffer.Release();
            _buffer = fresh;
        }

        _end -= _start;
        _start = 0;
    }

    // Compares segments with their checksums as soon as they are complete.
    private struct Verifier(int phase)
    {
        private int _done;
        private int _segment;

        public bool IsIntactSoFar { get; private set; } = true;

        public static bool IsIntact(ReadOnlySpan<byte> payload, int phase, ReadOnlySpan<byte> checksums)
        {
            var verifier = new Verifier(phase);
            verifier.Advance(payload, payload.Length, checksums);
            return verifier.IsIntactSoFar;
        }

        public void Advance(ReadOnlySpan<byte> payload, int filled, ReadOnlySpan<byte> checksums)
        {
            while (_done < payload.Length)
            {
                var take = Math.Min(payload.Length - _done, Checksum.BlockBytes - ((phase + _done) % Checksum.BlockBytes));
                if (_done + take > filled)
                {
                    return;
                }

                var expected = BinaryPrimitives.ReadUInt32LittleEndian(checksums[(_segment * sizeof(uint))..]);
                IsIntactSoFar &= Checksum.Compute(payload.Slice(_done, take)) == expected;
                _done += take;
                _segment++;
            }
        }
    }
}
