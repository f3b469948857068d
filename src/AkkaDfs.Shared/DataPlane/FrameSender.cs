// The sending half of a connection. Frames are encoded under a short lock into staging blocks; one loop sends what has
// gathered, so that many small frames leave in one system call and a large payload leaves from where it lies.
// Payloads up to SmallPayloadBytes are copied, larger ones are borrowed until they are sent or the connection is over.

using System.Buffers.Binary;
using System.Threading.Tasks.Sources;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>A head that can be written; knows how long it can get.</summary>
public interface IFrameHead
{
    /// <summary>Upper bound of its length in bytes.</summary>
    int MaxBytes { get; }

    /// <summary>Writes it.</summary>
    void Write(ref HeadWriter writer);
}

/// <summary>Follows the sending of a large payload.</summary>
public interface ISendObserver
{
    /// <summary>The first byte is about to leave; false keeps the frame back.</summary>
    bool TryBeginSend();

    /// <summary>The memory is free again; called once after a true <see cref="TryBeginSend"/>, also when the connection was lost.</summary>
    void EndSend();
}

/// <summary>The payload of a frame to send.</summary>
/// <param name="Bytes">The bytes.</param>
/// <param name="Phase">Where the first checksum segment begins in its block: offset modulo <see cref="Checksum.BlockBytes"/>.</param>
/// <param name="Checksums">One per segment; see <see cref="Checksum.ComputeSegments"/>.</param>
/// <param name="Owner">Released when the bytes are not needed any more.</param>
public readonly record struct FramePayload(ReadOnlyMemory<byte> Bytes, int Phase, ReadOnlyMemory<uint> Checksums, BlockSlice Owner = default)
{
    /// <summary>No payload.</summary>
    public static FramePayload None => default;

    /// <summary>Length of the checksums in front of the typed head: a 32-bit phase and one number per segment; 0 without payload.</summary>
    public static int ChecksumBytes(int payloadBytes, int phase)
        => payloadBytes == 0 ? 0 : sizeof(uint) * (1 + Checksum.SegmentCount(new ByteRange(phase, payloadBytes)));
}

internal sealed class FrameSender(IDataStream stream, BlockPool pool) : IValueTaskSource
{
    /// <summary>Payloads up to this are copied behind their head.</summary>
    public const int SmallPayloadBytes = 8 * 1024;

    private const int StagingBytes = 128 * 1024;

    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _signal = new() { RunContinuationsAsynchronously = true };
    private List<Part> _pending = [];
    private List<Part> _sending = [];
    private PooledBlock? _staging;
    private int _stagingUsed;
    private bool _idle;
    private bool _closed;
    private Batch _pendingBatch;

    /// <summary>Called after each batch with the requests and bytes that were told with their frames.</summary>
    public Action<int, long>? Sent { get; set; }

    /// <summary>Queues a frame; false when the connection is over (then nothing was taken).</summary>
    /// <param name="type">What it says.</param>
    /// <param name="requestId">The request.</param>
    /// <param name="deadlineMs">Time the sender will wait; 0 for ever.</param>
    /// <param name="head">Its head.</param>
    /// <param name="payload">Its payload.</param>
    /// <param name="observer">Follows the sending when the payload is large.</param>
    /// <param name="settles">What <see cref="Sent"/> is told when it has left: payload bytes of the request that it answers; -1 for none.</param>
    public bool TrySend<THead>(
        FrameType type, ulong requestId, uint deadlineMs, in THead head, in FramePayload payload, ISendObserver? observer, long settles)
        where THead : IFrameHead
    {
        var bytes = payload.Bytes.Length;
        var small = bytes <= SmallPayloadBytes;
        var front = FrameHeader.PrefixBytes + FramePayload.ChecksumBytes(bytes, payload.Phase);
        bool wake;
        lock (_lock)
        {
            if (_closed)
            {
                return false;
            }

            var frame = Stage(front + head.MaxBytes + (small ? bytes : 0));
            if (bytes > 0)
            {
                WriteChecksums(frame[FrameHeader.PrefixBytes..], payload);
            }

            var writer = new HeadWriter(frame[front..]);
            head.Write(ref writer);
            var headEnd = front + writer.Length;
            new FrameHeader(type, requestId, headEnd - FrameHeader.PrefixBytes, bytes, deadlineMs).Seal(frame[..headEnd]);
            if (small)
            {
                payload.Bytes.Span.CopyTo(frame[headEnd..]);
                Append(headEnd + bytes);
            }
            else
            {
                AppendLarge(headEnd, payload, observer);
            }

            _pendingBatch.Add(settles);
            wake = _idle;
            _idle = false;
        }

        if (small)
        {
            payload.Owner.Release();
        }

        if (wake)
        {
            _signal.SetResult(true);
        }

        return true;
    }

    /// <summary>Queues a frame whose payload lies in several places; the payload is copied, and stays the caller's.</summary>
    /// <param name="type">What it says.</param>
    /// <param name="requestId">The request.</param>
    /// <param name="head">Its head.</param>
    /// <param name="parts">Its payload, in order; together at most 64 KiB.</param>
    public bool TrySendGathered<THead>(FrameType type, ulong requestId, in THead head, ReadOnlySpan<BlockSlice> parts)
        where THead : IFrameHead
    {
        var bytes = 0;
        foreach (ref readonly var part in parts)
        {
            bytes += part.Length;
        }

        var front = FrameHeader.PrefixBytes + FramePayload.ChecksumBytes(bytes, phase: 0);
        bool wake;
        lock (_lock)
        {
            if (_closed)
            {
                return false;
            }

            var frame = Stage(front + head.MaxBytes + bytes);
            var writer = new HeadWriter(frame[front..]);
            head.Write(ref writer);
            var headEnd = front + writer.Length;
            var payload = frame.Slice(headEnd, bytes);
            Gather(parts, payload);
            WriteOwnChecksums(frame[FrameHeader.PrefixBytes..front], payload);
            new FrameHeader(type, requestId, headEnd - FrameHeader.PrefixBytes, bytes, DeadlineMs: 0).Seal(frame[..headEnd]);
            Append(headEnd + bytes);
            _pendingBatch.Add(-1);
            wake = _idle;
            _idle = false;
        }

        if (wake)
        {
            _signal.SetResult(true);
        }

        return true;
    }

    /// <summary>Sends until the connection is over.</summary>
    /// <exception cref="IOException">The connection is lost.</exception>
    public async Task RunAsync()
    {
        try
        {
            while (true)
            {
                Batch batch;
                while (!TryTakeBatch(out batch))
                {
                    await new ValueTask(this, _signal.Version);
                }

                for (var i = 0; i < _sending.Count; i++)
                {
                    await SendPartAsync(i);
                }

                _sending.Clear();
                if (batch.Requests > 0)
                {
                    Sent?.Invoke(batch.Requests, batch.Bytes);
                }

                if (_closed)
                {
                    return;
                }
            }
        }
        finally
        {
            Close();
            ReleaseAll(_sending);
            ReleaseAll(_pending);
        }
    }

    /// <summary>Takes no more frames and lets <see cref="RunAsync"/> end.</summary>
    public void Close()
    {
        bool wake;
        lock (_lock)
        {
            _closed = true;
            wake = _idle;
            _idle = false;
        }

        if (wake)
        {
            _signal.SetResult(true);
        }
    }

    void IValueTaskSource.GetResult(short token) => _signal.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _signal.OnCompleted(continuation, state, token, flags);

    private static void WriteChecksums(Span<byte> target, in FramePayload payload)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, payload.Phase);
        var checksums = payload.Checksums.Span;
        var count = Checksum.SegmentCount(new ByteRange(payload.Phase, payload.Bytes.Length));
        for (var i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(target[(sizeof(uint) * (1 + i))..], checksums[i]);
        }
    }

    private static void Gather(ReadOnlySpan<BlockSlice> parts, Span<byte> target)
    {
        foreach (ref readonly var part in parts)
        {
            part.Span.CopyTo(target);
            target = target[part.Length..];
        }
    }

    private static void WriteOwnChecksums(Span<byte> target, ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
        {
            return;
        }

        BinaryPrimitives.WriteInt32LittleEndian(target, 0);
        for (var i = 0; !payload.IsEmpty; i++)
        {
            var segment = payload[..Math.Min(payload.Length, Checksum.BlockBytes)];
            BinaryPrimitives.WriteUInt32LittleEndian(target[(sizeof(uint) * (1 + i))..], Checksum.Compute(segment));
            payload = payload[segment.Length..];
        }
    }

    private static void ReleaseAll(List<Part> parts)
    {
        foreach (var part in parts)
        {
            part.Free();
        }

        parts.Clear();
    }

    // False, with the signal armed, when nothing waits.
    private bool TryTakeBatch(out Batch batch)
    {
        lock (_lock)
        {
            batch = _pendingBatch;
            if (_pending.Count == 0 && !_closed)
            {
                _signal.Reset();
                _idle = true;
                return false;
            }

            (_pending, _sending) = (_sending, _pending);
            _pendingBatch = default;
            _staging = null;
            return true;
        }
    }

    private async ValueTask SendPartAsync(int index)
    {
        var part = _sending[index];
        if (part.Observer is { } observer)
        {
            if (!observer.TryBeginSend())
            {
                _sending[index] = default;
                part.Free();
                return;
            }

            _sending[index] = part with { Begun = true };
        }

        await stream.SendAsync(part.Staging!.Array.AsMemory(part.Offset, part.Length));
        if (!part.Payload.IsEmpty)
        {
            await stream.SendAsync(part.Payload);
        }

        part = _sending[index];
        _sending[index] = default;
        part.Free();
    }

    // Room for one frame's head behind what is staged; the reference of the part that holds it keeps the block.
    private Span<byte> Stage(int bytes)
    {
        if (_staging is null || _staging.Capacity - _stagingUsed < bytes)
        {
            _staging = pool.Rent(Math.Max(StagingBytes, bytes));
            _stagingUsed = 0;
        }

        return _staging.Array.AsSpan(_stagingUsed, bytes);
    }

    private void Append(int bytes)
    {
        var last = _pending.Count - 1;
        if (last >= 0 && _pending[last] is { Payload.IsEmpty: true } part && part.Staging == _staging && part.Offset + part.Length == _stagingUsed)
        {
            _pending[last] = part with { Length = part.Length + bytes };
        }
        else
        {
            _pending.Add(new Part(HoldStaging(), _stagingUsed, bytes, default, default, null));
        }

        _stagingUsed += bytes;
    }

    private void AppendLarge(int headBytes, in FramePayload payload, ISendObserver? observer)
    {
        _pending.Add(new Part(HoldStaging(), _stagingUsed, headBytes, payload.Bytes, payload.Owner, observer));
        _stagingUsed += headBytes;
    }

    // The first part of a fresh block takes over the reference that came with renting it.
    private PooledBlock HoldStaging()
    {
        if (_stagingUsed > 0)
        {
            _staging!.Retain();
        }

        return _staging!;
    }

    private struct Batch
    {
        public int Requests;
        public long Bytes;

        public void Add(long settles)
        {
            if (settles >= 0)
            {
                Requests++;
                Bytes += settles;
            }
        }
    }

    private readonly record struct Part(
        PooledBlock? Staging, int Offset, int Length, ReadOnlyMemory<byte> Payload, BlockSlice Owner, ISendObserver? Observer, bool Begun = false)
    {
        public void Free()
        {
            Staging?.Release();
            Owner.Release();
            if (Begun)
            {
                Observer!.EndSend();
            }
        }
    }
}
