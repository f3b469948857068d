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

internal sealed partial class FrameSender(IDataStream stream, BlockPool pool) : IValueTaskSource
{
    /// <summary>Payloads up to this are copied behind their head.</summary>
    public const int SmallPayloadBytes = 8 * 1024;

    private const int StagingBytes = 128 * 1024;
    private const int MostBatchesInARow = 4;

    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _signal = new() { RunContinuationsAsynchronously = true };
    private List<Part> _pending = [];
    private List<Part> _sending = [];
    private PooledBlock? _staging;
    private int _stagingUsed;
    private bool _idle;
    private bool _poked;
    private bool _hasLarge;
    private bool _closed;
    private Batch _pendingBatch;

    /// <summary>Called after each batch with the requests and bytes that were told with their frames.</summary>
    public Action<int, long>? Sent { get; set; }

    /// <summary>Called when the loop is about to look for frames, after a <see cref="Poke"/>: whoever has some queues them now.</summary>
    public Action? Collect { get; set; }

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
            Wake();
        }

        return true;
    }

    /// <summary>Queues a frame whose payload lies in several places; the payload is copied, and stays the caller's.</summary>
    /// <param name="type">What it says.</param>
    /// <param name="requestId">The request.</param>
    /// <param name="head">Its head.</param>
    /// <param name="parts">Its payload, in order; together at most 96 KiB.</param>
    public bool TrySendGathered<THead>(FrameType type, ulong requestId, in THead head, ReadOnlySpan<ReadOnlyMemory<byte>> parts)
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
            Wake();
        }

        return true;
    }

    /// <summary>Lets the loop call <see cref="Collect"/> soon.</summary>
    public void Poke()
    {
        bool wake;
        lock (_lock)
        {
            _poked = true;
            wake = _idle;
            _idle = false;
        }

        if (wake)
        {
            Wake();
        }
    }

    /// <summary>Lets the loop go on, on this thread until it has to wait. Called by a <see cref="SendTurn"/> that holds it.</summary>
    public void WakeHere()
    {
        _signal.RunContinuationsAsynchronously = _hasLarge;
        _signal.SetResult(true);
    }

    /// <summary>Sends until the connection is over.</summary>
    /// <exception cref="IOException">The connection is lost.</exception>
    public async Task RunAsync()
    {
        var inARow = 0;
        try
        {
            while (true)
            {
                Batch batch;
                if (++inARow > MostBatchesInARow)
                {
                    // It may run on the thread of someone who has other things to do.
                    inARow = 0;
                    await Task.Yield();
                }

                for (var next = Take(out batch); next != Next.Send; next = Take(out batch))
                {
                    inARow = 0;
                    await (next == Next.Wait ? new ValueTask(this, _signal.Version) : CollectAsync());
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
            _signal.RunContinuationsAsynchronously = true;
            _signal.SetResult(true);
        }
    }

    void IValueTaskSource.GetResult(short token) => _signal.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _signal.OnCompleted(continuation, state, token, flags);

    private static void ReleaseAll(List<Part> parts)
    {
        foreach (var part in parts)
        {
            part.Free();
        }

        parts.Clear();
    }

    private void Wake()
    {
        if (!SendTurn.TryJoin(this))
        {
            _signal.RunContinuationsAsynchronously = true;
            _signal.SetResult(true);
        }
    }

    // Whoever runs next on this pool goes first: callers that were woken by the same answers are collected from together.
    private async ValueTask CollectAsync()
    {
        await Task.Yield();
        lock (_lock)
        {
            _poked = false;
        }

        Collect!();
    }

    // To wait, with the signal armed, when there is nothing to send.
    private Next Take(out Batch batch)
    {
        lock (_lock)
        {
            batch = _pendingBatch;
            if (_poked && !_closed)
            {
                return Next.Collect;
            }

            if (_pending.Count == 0 && !_closed)
            {
                _signal.Reset();
                _idle = true;
                return Next.Wait;
            }

            (_pending, _sending) = (_sending, _pending);
            _pendingBatch = default;
            _staging = null;
            _hasLarge = false;
            return Next.Send;
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

    private enum Next
    {
        Send,
        Wait,
        Collect,
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
