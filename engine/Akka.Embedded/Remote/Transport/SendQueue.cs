// What waits to be written on one connection: two lanes of pooled segments. A frame never spans two segments, so that the urgent lane
// can go first between any two of them. Not thread-safe: the connection's lock guards it. Bounds: see Append.
using System.Buffers;
using System.Buffers.Binary;

namespace Akka.Embedded.Remote;

/// <summary>A piece of the byte stream made of whole frames.</summary>
internal sealed class SendSegment
{
    public byte[] Buffer = [];
    public int Start;
    public int End;
    public int Frames;
    public SendSegment? Next;
}

internal sealed class SendQueue
{
    public const int PrefixBytes = 4;
    private const int SegmentBytes = 32 * 1024;
    private const int UrgentBytes = 256 * 1024;

    private readonly TransportLimits _limits;
    private Lane _ordinary;
    private Lane _urgent;

    public SendQueue(TransportLimits limits) => _limits = limits;

    public bool IsEmpty => _ordinary.Head is null && _urgent.Head is null;

    public int PendingBytes => _ordinary.Bytes + _urgent.Bytes;

    public SendResult Append(FrameLane lane, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        var length = head.Length + body.Length;
        if (length > _limits.MaxFrameBytes || length == 0)
            return SendResult.TooLarge;
        if (lane == FrameLane.Urgent)
        {
            if (_urgent.Bytes > 0 && _urgent.Bytes + length > UrgentBytes)
                return SendResult.Full;
            Write(ref _urgent, head, body);
            return SendResult.Accepted;
        }

        // A single frame always fits into an empty lane, however the bounds are set.
        if (lane == FrameLane.Ordinary && _ordinary.Bytes > 0 && (_ordinary.Bytes + length > _limits.MaxPendingBytes || _ordinary.Frames >= _limits.MaxPendingFrames))
            return SendResult.Full;
        Write(ref _ordinary, head, body);
        return SendResult.Accepted;
    }

    /// <summary>Takes the next segment to write; the caller returns it with <see cref="Release"/>.</summary>
    public SendSegment? Take() => Take(ref _urgent) ?? Take(ref _ordinary);

    /// <summary>The segment has been written: its bytes count as pending until now.</summary>
    public void Release(SendSegment segment, FrameLane lane)
    {
        ref var owner = ref lane == FrameLane.Urgent ? ref _urgent : ref _ordinary;
        owner.Bytes -= segment.End;
        owner.Frames -= segment.Frames;
        ArrayPool<byte>.Shared.Return(segment.Buffer);
        segment.Buffer = [];
    }

    public bool IsUrgentNext => _urgent.Head is not null;

    public void Clear()
    {
        while (_urgent.Head is not null)
            Release(Take(ref _urgent)!, FrameLane.Urgent);
        while (_ordinary.Head is not null)
            Release(Take(ref _ordinary)!, FrameLane.Ordinary);
    }

    private static SendSegment? Take(ref Lane lane)
    {
        var segment = lane.Head;
        if (segment is null)
            return null;
        lane.Head = segment.Next;
        if (lane.Head is null)
            lane.Tail = null;
        segment.Next = null;
        return segment;
    }

    private static void Write(ref Lane lane, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        var needed = PrefixBytes + head.Length + body.Length;
        var segment = lane.Tail;
        if (segment is null || segment.Buffer.Length - segment.End < needed)
        {
            segment = new SendSegment { Buffer = ArrayPool<byte>.Shared.Rent(Math.Max(SegmentBytes, needed)) };
            if (lane.Tail is null)
                lane.Head = segment;
            else
                lane.Tail.Next = segment;
            lane.Tail = segment;
        }

        var target = segment.Buffer.AsSpan(segment.End, needed);
        BinaryPrimitives.WriteInt32LittleEndian(target, head.Length + body.Length);
        head.CopyTo(target[PrefixBytes..]);
        body.CopyTo(target[(PrefixBytes + head.Length)..]);
        segment.End += needed;
        segment.Frames++;
        lane.Bytes += needed;
        lane.Frames++;
    }

    private struct Lane
    {
        public SendSegment? Head;
        public SendSegment? Tail;
        public int Bytes;
        public int Frames;
    }
}
